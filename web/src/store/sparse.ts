/**
 * The ids of a long list of which some windows are known: pure, and cheap for 100,000 of them.
 *
 * `ids` is the list as the server has it. Rows that we have filed away are hidden from it until the server says so too: what is
 * asked for is counted in the server's rows, what is shown in ours.
 */

import type { Id } from "../jmap/types";

export interface Added {
  id: Id;
  index: number;
}

export class SparseIds {
  private ids: (Id | undefined)[] = [];
  /** Shown still, but perhaps not in their place. */
  private doubted = new Set<Id>();
  private hidden = new Set<Id>();
  private places: Map<Id, number> | null = null;
  private hiddenPlaces: number[] | null = null;

  /** Rows shown. */
  get total(): number {
    return this.ids.length - this.hiddenRows().length;
  }

  at(index: number): Id | undefined {
    return index < 0 ? undefined : this.ids[this.theirs(index)];
  }

  indexOf(id: Id): number {
    const place = this.placeOf(id);
    if (place < 0 || this.hidden.has(id)) return -1;
    return place - this.hiddenRows().filter((each) => each < place).length;
  }

  known(): Id[] {
    return this.ids.filter((id) => id !== undefined && !this.hidden.has(id)) as Id[];
  }

  slice(first: number, last: number): Id[] {
    const result: Id[] = [];
    for (let index = first; index <= last; index++) {
      const id = this.at(index);
      if (id !== undefined) result.push(id);
    }
    return result;
  }

  /** The server's pages of these rows in which something is missing or doubted. */
  missing(first: number, last: number, page: number): number[] {
    const pages: number[] = [];
    const end = Math.min(this.theirs(last), this.ids.length - 1);
    for (let place = Math.max(0, this.theirs(first)); place <= end; place++) {
      const id = this.ids[place];
      if (id !== undefined && !this.doubted.has(id)) continue;
      const of = Math.floor(place / page);
      pages.push(of);
      place = (of + 1) * page - 1;
    }
    return pages;
  }

  /** What the server has in these rows, of so many. */
  put(position: number, ids: readonly Id[], total: number): void {
    this.resize(total);
    for (const [offset, id] of ids.entries()) {
      const place = position + offset;
      const before = this.placeOf(id);
      if (before >= 0 && before !== place && this.ids[before] === id) this.ids[before] = undefined;
      this.ids[place] = id;
      this.doubted.delete(id);
    }
    this.moved();
  }

  /** RFC 8620 §5.6: take out the removed ones, then put in the added ones, lowest index first. */
  change(removed: readonly Id[], added: readonly Added[], total?: number): void {
    const places = removed.map((id) => this.placeOf(id));
    const found = places.filter((place) => place >= 0).sort((a, b) => b - a);
    const gap = this.ids.indexOf(undefined);
    for (const place of found) this.ids.splice(place, 1);
    for (const id of removed) this.hidden.delete(id);
    // something may have gone from where nothing is known: what comes after that is no longer surely in its place
    if (gap >= 0 && found.length < places.length) this.doubtFrom(gap - found.filter((place) => place < gap).length);
    for (const { id, index } of [...added].sort((a, b) => a.index - b.index)) {
      if (index > this.ids.length) this.resize(index);
      this.ids.splice(index, 0, id);
      this.doubted.delete(id);
      this.hidden.delete(id);
    }
    this.moved();
    if (total === undefined || total === this.ids.length) return;
    // a gap is of unknown length: it takes up the difference
    this.resize(total);
    this.doubtFrom(Math.max(0, gap));
  }

  /** Hides rows ahead of the server. */
  withdraw(ids: readonly Id[]): void {
    for (const id of ids) this.hidden.add(id);
    this.hiddenPlaces = null;
  }

  restore(ids: readonly Id[]): void {
    for (const id of ids) this.hidden.delete(id);
    this.hiddenPlaces = null;
  }

  /** All of it is shown still, and asked for anew. */
  doubt(): void {
    this.doubtFrom(0);
  }

  private placeOf(id: Id): number {
    if (!this.places) {
      this.places = new Map();
      for (const [place, each] of this.ids.entries()) if (each !== undefined) this.places.set(each, place);
    }
    return this.places.get(id) ?? -1;
  }

  /** Where the hidden rows are, in order. */
  private hiddenRows(): number[] {
    if (this.hidden.size === 0) return NONE;
    this.hiddenPlaces ??= [...this.hidden]
      .map((id) => this.placeOf(id))
      .filter((place) => place >= 0)
      .sort((a, b) => a - b);
    return this.hiddenPlaces;
  }

  /** The server's row of one of ours. */
  private theirs(index: number): number {
    let place = index;
    for (const hidden of this.hiddenRows()) if (hidden <= place) place++;
    return place;
  }

  private doubtFrom(first: number): void {
    for (let place = first; place < this.ids.length; place++) {
      const id = this.ids[place];
      if (id !== undefined) this.doubted.add(id);
    }
  }

  private resize(total: number): void {
    if (total < this.ids.length) this.ids.length = total;
    while (this.ids.length < total) this.ids.push(undefined);
    this.moved();
  }

  private moved(): void {
    this.places = null;
    this.hiddenPlaces = null;
  }
}

const NONE: number[] = [];
