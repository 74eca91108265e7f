/** Lists of emails: a folder, or what a search found. Sparse, of any length, live. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { MethodError } from "../jmap/errors";
import type {
  Answer,
  Comparator,
  Email,
  EmailFilter,
  GetAnswer,
  Id,
  QueryAnswer,
  QueryChangesAnswer,
  Thread,
} from "../jmap/types";
import { client, onForget } from "./account";
import { emailNow, learn, propertiesOf, prune, wantEmails } from "./emails";
import { SparseIds } from "./sparse";
import { fetchThreads, learnThread, prune as pruneThreads } from "./threads";

export interface ListQuery {
  /** A folder's … */
  mailboxId?: Id;
  /** … or whatever this finds (both: both must hold). */
  filter?: EmailFilter | null;
  /** Else the newest first. */
  sort?: readonly Comparator[];
  /** One row a conversation. */
  collapseThreads?: boolean;
}

export type ListState = "loading" | "ready" | "failed";

const NEWEST: readonly Comparator[] = [{ property: "receivedAt", isAscending: false }];
const PAGE = 50;
/** So many rows more are fetched ahead of where one scrolls to. */
const AHEAD = 3 * PAGE;
/** Pages asked for at once, at most. */
const MOST_PAGES = 4;
const MOST_CHANGES = 1000;
const MOST_LISTS = 16;
/** So many of the lists opened last are kept live; the others catch up when they are opened again. */
const LIVE = 2;
const TRIES = 3;

export class MailList {
  readonly filter: EmailFilter | null;
  readonly collapseThreads: boolean;
  private readonly ids = new SparseIds();
  private readonly changed = signal(0);
  private readonly stateNow = signal<ListState>("loading");
  private readonly totalNow = signal<number | null>(null);
  private queryState = "";
  private wanted: readonly [number, number] = [0, PAGE - 1];
  private turn: Promise<void> = Promise.resolve();
  private isUpwards = false;
  private isAsking = false;
  /** Rows that the server has filed away too, or will have with the next changes that it tells. */
  private settled: Id[] = [];
  isBehind = false;

  constructor(readonly query: ListQuery) {
    this.filter = filterOf(query);
    this.collapseThreads = query.collapseThreads ?? false;
  }

  /** How many rows; null: not known yet. */
  get total(): ReadonlySignal<number | null> {
    return this.totalNow;
  }

  /** "failed": nothing is known, and asking did not help; `retry` asks again. */
  get state(): ReadonlySignal<ListState> {
    return this.stateNow;
  }

  /** Goes up with every change of what `at` answers. */
  get version(): ReadonlySignal<number> {
    return this.changed;
  }

  /** The email of a row (a conversation's newest one here); undefined: ask for it by `need`. */
  at(index: number): Id | undefined {
    void this.changed.value;
    return this.ids.at(index);
  }

  /** The row of an email; -1 where it is not known to be in the list. */
  indexOf(id: Id): number {
    void this.changed.value;
    return this.ids.indexOf(id);
  }

  /** All ids known so far, in order. */
  known(): Id[] {
    void this.changed.value;
    return this.ids.known();
  }

  /** These rows are on screen, or soon will be: what of them is missing is fetched. */
  need(first: number, last: number): void {
    this.isUpwards = first < this.wanted[0];
    this.wanted = [Math.max(0, first), Math.max(first, last)];
    if (this.missing().length && !this.isAsking) void this.fetchWanted();
    else void wantEmails(this.ids.slice(...this.wanted)).catch(() => {});
  }

  retry(): void {
    this.stateNow.value = "loading";
    void this.fetchWanted();
  }

  /** All ids from `first` to `last`, known or not: for what is done to a range of them. */
  async range(first: number, last: number): Promise<Id[]> {
    for (let at = first; at <= last; at += PAGE * MOST_PAGES) {
      const pages = this.ids.missing(at, Math.min(last, at + PAGE * MOST_PAGES - 1), PAGE);
      for (const page of pages) await this.inTurn(() => this.fetchPages(page, 1));
    }
    return this.ids.slice(first, last);
  }

  /** What has changed at the server since. */
  refresh(): Promise<void> {
    this.isBehind = false;
    return this.inTurn(() => this.fetchChanges());
  }

  /** Takes rows out before the server has; `restore` shows them again, where they were. */
  withdraw(ids: readonly Id[]): void {
    this.ids.withdraw(ids);
    this.tell();
  }

  restore(ids: readonly Id[]): void {
    this.ids.restore(ids);
    this.tell();
  }

  /** The server has done what they were withdrawn for: from the next changes on it is believed. */
  settle(ids: readonly Id[]): void {
    this.settled.push(...ids);
  }

  private tell(): void {
    if (this.queryState || this.ids.total) this.totalNow.value = this.ids.total;
    this.changed.value++;
  }

  private missing(): number[] {
    const [first, last] = this.wanted;
    if (!this.queryState) return [Math.floor(first / PAGE)];
    const now = this.ids.missing(first, last, PAGE);
    if (now.length) return now;
    return this.isUpwards ? this.ids.missing(first - AHEAD, first - 1, PAGE) : this.ids.missing(last + 1, last + AHEAD, PAGE);
  }

  /** One thing at a time: what comes in between would be counted from other rows. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => {});
    return mine;
  }

  private async fetchWanted(): Promise<void> {
    this.isAsking = true;
    try {
      for (let pages = this.missing(); pages.length; pages = this.missing()) {
        const [page = 0] = pages;
        const count = pages.findIndex((each, index) => each !== page + index);
        await this.inTurn(() => this.fetchPages(page, Math.min(MOST_PAGES, count < 0 ? pages.length : count)));
      }
      this.stateNow.value = "ready";
    } catch {
      if (!this.queryState) this.stateNow.value = "failed";
    } finally {
      this.isAsking = false;
    }
  }

  private async fetchPages(page: number, count: number): Promise<void> {
    const position = page * PAGE;
    for (let tries = TRIES; tries > 0; tries--) {
      const answer = await this.ask(position, count * PAGE);
      if (this.queryState && answer.queryState !== this.queryState) {
        await this.fetchChanges();
        if (answer.queryState !== this.queryState && tries > 1) continue;
      }
      this.queryState = answer.queryState;
      this.ids.put(position, answer.ids, answer.total ?? position + answer.ids.length);
      this.tell();
      return;
    }
  }

  /** A window with all that its rows show, in one go. */
  private async ask(position: number, limit: number): Promise<QueryAnswer> {
    const query = { ...this.asked(), position, limit, calculateTotal: true };
    const rest: [string, object, string][] = this.collapseThreads
      ? [
          ["Email/get", { "#ids": from("q", "Email/query", "/ids"), properties: ["threadId"] }, "t"],
          ["Thread/get", { "#ids": from("t", "Email/get", "/list/*/threadId") }, "threads"],
          ["Email/get", { "#ids": from("threads", "Thread/get", "/list/*/emailIds"), properties: propertiesOf("row") }, "rows"],
        ]
      : [["Email/get", { "#ids": from("q", "Email/query", "/ids"), properties: propertiesOf("row") }, "rows"]];
    const answers = await client().request([["Email/query", query, "q"], ...rest]);
    const found = resultOf<QueryAnswer>(answers, "q");
    for (const thread of maybe<GetAnswer<Thread>>(answers, "threads")?.list ?? []) learnThread(thread);
    for (const email of maybe<GetAnswer<Email>>(answers, "rows")?.list ?? []) learn(email, "row");
    await wantEmails(found.ids);
    prune();
    pruneThreads();
    return found;
  }

  /** How its rows are put in order, and which there are of a conversation: as arguments of a query. */
  get order(): { sort: readonly Comparator[]; collapseThreads: boolean } {
    return { sort: this.query.sort ?? NEWEST, collapseThreads: this.collapseThreads };
  }

  private asked(): object {
    return { filter: this.filter, ...this.order };
  }

  private async fetchChanges(): Promise<void> {
    if (!this.queryState) return;
    const settled = this.settled.splice(0);
    const since = { sinceQueryState: this.queryState, maxChanges: MOST_CHANGES, calculateTotal: true };
    try {
      const answer = await client().call<QueryChangesAnswer>("Email/queryChanges", { ...this.asked(), ...since });
      await this.prepare(answer.added.map(({ id }) => id).slice(0, PAGE * MOST_PAGES));
      this.queryState = answer.newQueryState;
      if (!answer.removed.length && !answer.added.length && !settled.length) return;
      this.ids.change(answer.removed, answer.added, answer.total);
      this.restore(settled);
    } catch (error) {
      if (!(error instanceof MethodError)) {
        this.settled.push(...settled);
        throw error;
      }
      // too long ago, or too much: all of it anew, as far as it is looked at
      this.ids.doubt();
      this.queryState = "";
      this.restore(settled);
    }
    if (this.missing().length && !this.isAsking) void this.fetchWanted();
  }

  /** What comes in is known before it is shown, so that no row is empty. */
  private async prepare(ids: readonly Id[]): Promise<void> {
    await wantEmails(ids);
    if (!this.collapseThreads) return;
    const threads = [...new Set(ids.map((id) => emailNow(id)?.threadId).filter((id) => id !== undefined))];
    await fetchThreads(threads);
  }
}

function filterOf({ mailboxId, filter }: ListQuery): EmailFilter | null {
  if (!mailboxId) return filter ?? null;
  const inMailbox = { inMailbox: mailboxId };
  return filter ? { operator: "AND", conditions: [inMailbox, filter] } : inMailbox;
}

function from(resultOf: string, name: string, path: string): object {
  return { resultOf, name, path };
}

function maybe<T>(answers: readonly Answer[], callId: string): T | null {
  const found = answers.find((answer) => answer.callId === callId);
  return found && !found.error ? (found.result as T) : null;
}

function resultOf<T>(answers: readonly Answer[], callId: string): T {
  const found = answers.find((answer) => answer.callId === callId);
  if (!found || found.error) throw new MethodError(found?.error?.type ?? "serverFail", found?.error?.description);
  return found.result as T;
}

/** The lists opened so far, the last one at the end. */
const lists = new Map<string, MailList>();
/** Goes up when another account is shown: whoever computes with a list asks for it anew. */
const epoch = signal(0);
onForget(() => {
  lists.clear();
  epoch.value++;
});

/** The list of this query: the same one as long as it is remembered. */
export function openList(what: ListQuery): MailList {
  void epoch.value;
  const key = JSON.stringify([what.mailboxId, what.filter, what.sort, what.collapseThreads ?? false]);
  const list = lists.get(key) ?? new MailList(what);
  lists.delete(key);
  lists.set(key, list);
  for (const old of [...lists.keys()].slice(0, -MOST_LISTS)) lists.delete(old);
  if (list.isBehind) void list.refresh().catch(() => {});
  return list;
}

/** Something has changed at the server. */
export async function refreshLists(): Promise<void> {
  const all = [...lists.values()];
  for (const list of all.slice(0, -LIVE)) list.isBehind = true;
  await Promise.all(all.slice(-LIVE).map((list) => list.refresh()));
}

/** Every remembered list, for what is withdrawn from each. */
export function openedLists(): MailList[] {
  return [...lists.values()];
}
