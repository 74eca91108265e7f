/**
 * What of a list is chosen: some rows, or all but some. Pure: every verb gives a new selection.
 *
 * `anchor` is the row from which shift reaches, `reach` what shift added last: reaching elsewhere takes that back first, as lists do
 * everywhere.
 */

export type Id = string;

export interface Selection {
  readonly chosen: ReadonlySet<Id>;
  /** All of the list, those not loaded too, except `chosen`. */
  readonly isAll: boolean;
  readonly anchor: Id | null;
  readonly reach: readonly Id[];
}

/** The list in its order, as far as it is known. */
export interface Order {
  at(index: number): Id | undefined;
  indexOf(id: Id): number;
}

export const NOTHING: Selection = { chosen: new Set(), isAll: false, anchor: null, reach: [] };

export function isChosen(selection: Selection, id: Id): boolean {
  return selection.chosen.has(id) !== selection.isAll;
}

export function isEmpty(selection: Selection): boolean {
  return !selection.isAll && selection.chosen.size === 0;
}

export function countOf(selection: Selection, total: number): number {
  return selection.isAll ? Math.max(0, total - selection.chosen.size) : selection.chosen.size;
}

/** One row in or out, as a checkbox, ctrl-click and the key x do; shift reaches from it afterwards. */
export function toggled(selection: Selection, id: Id): Selection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { ...selection, chosen, anchor: id, reach: [] };
}

/** From the anchor to here, as shift-click and shift with an arrow do. Rows not loaded in between are left out. */
export function reached(selection: Selection, id: Id, order: Order): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (to < 0) return selection;
  if (from < 0) return toggled(selection, id);
  const chosen = new Set(selection.chosen);
  const put = (each: Id, isIn: boolean) => (isIn !== selection.isAll ? chosen.add(each) : chosen.delete(each));
  for (const each of selection.reach) put(each, false);
  const reach: Id[] = [];
  for (let index = Math.min(from, to); index <= Math.max(from, to); index++) {
    const each = order.at(index);
    if (each === undefined) continue;
    put(each, true);
    reach.push(each);
  }
  return { ...selection, chosen, reach };
}

/** Where shift begins from now on, without anything being chosen. */
export function anchored(selection: Selection, id: Id): Selection {
  return { ...selection, anchor: id, reach: [] };
}

/** These and nothing else: what "all unread" or "all shown" choose. */
export function only(ids: Iterable<Id>): Selection {
  return { ...NOTHING, chosen: new Set(ids) };
}

/** Everything in the list, whether loaded or not. */
export function everything(): Selection {
  return { ...NOTHING, isAll: true };
}

/** What went from the list is chosen no more. The same selection where nothing did, so that nothing is drawn again. */
export function without(selection: Selection, ids: Iterable<Id>): Selection {
  const chosen = new Set(selection.chosen);
  for (const id of ids) chosen.delete(id);
  return chosen.size === selection.chosen.size ? selection : { ...selection, chosen };
}
