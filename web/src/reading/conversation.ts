/** Which messages of a conversation are shown, in which order, and which of them open. Pure. */

import type { Email, Id, Role } from "../jmap/types";

type Letter = Pick<Email, "id" | "keywords" | "mailboxIds" | "receivedAt" | "messageId">;

export interface Arranged<Kind extends Letter> {
  /** Oldest first. */
  readonly shown: readonly Kind[];
  /** In the trash or in Junk, while one reads elsewhere: told of in a line. */
  readonly aside: readonly Kind[];
}

const ASIDE: ReadonlySet<Role> = new Set(["trash", "junk"]);
/** More than so many are not opened by themselves. */
const MOST_OPEN = 8;
/** So many read ones between the first and the last that are open are one line together. */
export const LEAST_RUN = 4;

/** `here` is the folder one reads in; null in a search. */
export function arrange<Kind extends Letter>(
  letters: readonly Kind[],
  roleOf: (id: Id) => Role | null,
  here: Id | null,
): Arranged<Kind> {
  const sorted = [...letters].sort((one, other) => compare(one.receivedAt, other.receivedAt) || compare(one.id, other.id));
  const isAside = (letter: Kind): boolean => {
    const boxes = Object.keys(letter.mailboxIds);
    return boxes.length > 0 && (here === null || !boxes.includes(here)) && boxes.every((box) => ASIDE.has(roleOf(box) as Role));
  };
  const aside = sorted.filter(isAside);
  if (aside.length === sorted.length) return { shown: sorted, aside: [] };
  return { shown: sorted.filter((letter) => !isAside(letter)), aside };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Which are open at first: the unread ones; where there are none, the last that is no draft. */
export function openAtFirst(letters: readonly Letter[]): Set<Id> {
  const unread = letters.filter((letter) => !letter.keywords.$seen && !letter.keywords.$draft);
  if (unread.length > 0) return new Set(unread.slice(-MOST_OPEN).map((letter) => letter.id));
  const last = letters.findLast((letter) => !letter.keywords.$draft) ?? letters.at(-1);
  return new Set(last ? [last.id] : []);
}

/** Where one begins to read: the oldest of those that are open. */
export function beginning(letters: readonly Letter[], open: ReadonlySet<Id>): Id | null {
  return letters.find((letter) => open.has(letter.id))?.id ?? null;
}

/** Letters, and in place of many folded ones in a row how many there are. */
export type Place<Kind> = { readonly letter: Kind } | { readonly run: readonly Kind[] };

/** The first stays in sight, and the ones on either side of what is open. */
export function placesOf<Kind extends Letter>(
  letters: readonly Kind[],
  open: ReadonlySet<Id>,
  isWhole: boolean,
): Place<Kind>[] {
  const isFolded = (index: number): boolean => {
    const letter = letters[index];
    return (
      letter !== undefined &&
      index > 0 &&
      index < letters.length - 1 &&
      !open.has(letter.id) &&
      !letter.keywords.$flagged &&
      !letter.keywords.$draft
    );
  };
  const places: Place<Kind>[] = [];
  for (let at = 0; at < letters.length; ) {
    let end = at;
    while (!isWhole && isFolded(end)) end += 1;
    const run = letters.slice(at, end);
    if (run.length >= LEAST_RUN) places.push({ run });
    else places.push(...run.map((letter) => ({ letter })));
    const letter = letters[end];
    if (letter !== undefined) places.push({ letter });
    at = end + 1;
  }
  return places;
}

/** The neighbour of a message, a step up or down; itself at either end. */
export function neighbour(ids: readonly Id[], now: Id | null, step: 1 | -1): Id | null {
  const at = now === null ? -1 : ids.indexOf(now);
  if (at < 0) return (step > 0 ? ids[0] : ids.at(-1)) ?? null;
  return ids[Math.min(Math.max(at + step, 0), ids.length - 1)] ?? null;
}
