/**
 * What is on its way to the server. Kept on this machine until it has been answered, so that what is done without a network, or
 * just before the window is closed, is done all the same.
 */

import { signal } from "@preact/signals";
import { isPassing, MethodError, Offline, SignedOut } from "../jmap/errors";
import type { Answer, Call, Id } from "../jmap/types";
import { accountId, client, connection, onLeave, online } from "./account";
import type { Patch } from "./emails";

/** A step as it is kept: its calls may be asked twice, and mean the same. */
export interface Item {
  id: string;
  /** The window that did it: another one sends it only when that is gone. */
  tab: string;
  /** Who did it: it is sent in nobody else's name. */
  owner: string;
  accountId: Id;
  calls: Call[];
  /** Milliseconds since 1970 before which it waits: it can be taken back until then without the server. */
  notBefore: number;
  /** How emails look meanwhile. */
  changes: [Id, Patch][];
}

export class Cancelled extends Error {}

interface Settled {
  done: (answers: Answer[]) => void;
  failed: (error: unknown) => void;
}

const KEY = "pillarbox.outbox";
const tab = Math.random().toString(36).slice(2);
const RETRY = [2, 5, 15, 30, 60];

/** What waits, oldest first; the shell says so where there is no network. */
export const waiting = signal<readonly Item[]>([]);
const promises = new Map<string, Settled>();
let sending: Promise<void> | null = null;
const inFlight = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let counter = 0;

export interface Sent {
  item: Item;
  answers: Promise<Answer[]>;
}

/** Puts a step into the outbox, and sends what is there. Its answers reject with MethodError or Cancelled, never with Offline. */
export function send(
  calls: Call[],
  changes: readonly [Id, Patch][] = [],
  holdSeconds = 0,
  account: Id = accountId.peek(),
): Sent {
  const notBefore = holdSeconds ? Date.now() + holdSeconds * 1000 : 0;
  const id = `${tab}-${counter++}`;
  const item: Item = { id, tab, owner: owner(), accountId: account, calls, notBefore, changes: [...changes] };
  const sent = promised(item);
  hold();
  setWaiting([...waiting.peek(), item]);
  void flush();
  return sent;
}

function promised(item: Item): Sent {
  return { item, answers: new Promise<Answer[]>((done, failed) => promises.set(item.id, { done, failed })) };
}

function owner(): string {
  return connection.peek()?.session.username ?? "";
}

const isMine = (item: Item): boolean => item.tab === tab && item.owner === owner();

/** Takes a step back that has not been sent. False: it has. */
export function cancel(id: string): boolean {
  if (inFlight.has(id) || !waiting.peek().some((item) => item.id === id)) return false;
  setWaiting(waiting.peek().filter((item) => item.id !== id));
  promises.get(id)?.failed(new Cancelled());
  promises.delete(id);
  return true;
}

/** Sends all that may be sent now. */
export function flush(): Promise<void> {
  sending ??= Promise.resolve()
    .then(sendDue)
    .finally(() => {
      sending = null;
      again();
    });
  return sending;
}

async function sendDue(): Promise<void> {
  for (let item = due(); item && connection.peek(); item = due()) {
    inFlight.add(item.id);
    try {
      settle(item, await client().requestOf(item.accountId, item.calls));
      failures = 0;
    } catch (error) {
      // nobody is signed in any more: it waits until the same person is again
      if (error instanceof SignedOut) return;
      if (isPassing(error)) {
        failures++;
        if (error instanceof Offline) online.value = false;
        return;
      }
      settle(item, error instanceof Error ? error : new MethodError("serverFail"));
    } finally {
      inFlight.delete(item.id);
    }
  }
}

function due(): Item | undefined {
  const now = Date.now();
  return waiting.peek().find((item) => isMine(item) && item.notBefore <= now);
}

/** Comes back when the next one is due, or when a failure may have passed. */
function again(): void {
  clearTimeout(timer);
  const mine = waiting.peek().filter(isMine);
  if (!mine.length || !connection.peek()) return;
  const wait = failures
    ? (RETRY[Math.min(failures, RETRY.length) - 1] ?? 60) * 1000
    : Math.min(...mine.map((item) => item.notBefore)) - Date.now();
  timer = setTimeout(() => void flush(), Math.max(50, wait));
}

function settle(item: Item, outcome: Answer[] | Error): void {
  setWaiting(waiting.peek().filter((each) => each !== item && each.id !== item.id));
  const settled = promises.get(item.id);
  promises.delete(item.id);
  if (outcome instanceof Error) settled?.failed(outcome);
  else settled?.done(outcome);
}

function setWaiting(items: readonly Item[]): void {
  waiting.value = items;
  try {
    const others = read().filter((item) => item.tab !== tab && !items.some(({ id }) => id === item.id));
    localStorage.setItem(KEY, JSON.stringify([...others, ...items]));
  } catch {
    // a full or forbidden storage: it lasts as long as the window does
  }
}

function read(): Item[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]") as Item[];
  } catch {
    return [];
  }
}

onLeave(() => {
  // what could not be sent was somebody's, who has gone
  for (const { id } of waiting.peek()) cancel(id);
  try {
    localStorage.removeItem(KEY);
  } catch {
    // nothing was kept there either
  }
});

let isHeld = false;
/** While this window lives, others leave its steps alone. */
function hold(): void {
  if (isHeld || typeof navigator === "undefined" || !navigator.locks) return;
  isHeld = true;
  void navigator.locks.request(`${KEY}.${tab}`, () => new Promise<void>(() => {}));
}

/** Somebody has signed in: takes over what their windows have left that are gone; the answer is what was taken over. */
export async function adopt(): Promise<Sent[]> {
  layAside();
  if (typeof navigator === "undefined" || !navigator.locks) return [];
  hold();
  return navigator.locks.request(KEY, async () => {
    const held = new Set((await navigator.locks.query()).held?.map(({ name }) => name));
    const orphans = read().filter((item) => item.tab !== tab && !held.has(`${KEY}.${item.tab}`) && isOurs(item));
    const mine = orphans.map((item) => ({ ...item, tab }));
    const left = read().filter((item) => !orphans.some(({ id }) => id === item.id));
    localStorage.setItem(KEY, JSON.stringify(left));
    const taken = mine.map(promised);
    setWaiting([...mine, ...waiting.peek()]);
    void flush();
    return taken;
  });
}

function isOurs(item: Item): boolean {
  return item.owner === owner() && item.accountId in (connection.peek()?.session.accounts ?? {});
}

/** What another person did in this window, whose log-in has ended, waits for them in no window's name. */
function layAside(): void {
  const others = waiting.peek().filter((item) => item.owner !== owner());
  if (!others.length) return;
  const ids = new Set(others.map(({ id }) => id));
  try {
    localStorage.setItem(KEY, JSON.stringify(read().map((item) => (ids.has(item.id) ? { ...item, tab: "" } : item))));
  } catch {
    // nothing was kept there either
  }
  for (const { id } of others) {
    promises.get(id)?.failed(new Cancelled());
    promises.delete(id);
  }
  setWaiting(waiting.peek().filter(({ id }) => !ids.has(id)));
}

if (typeof addEventListener !== "undefined") {
  addEventListener("online", () => {
    failures = 0;
    void flush();
  });
  // what waits only so that it may be taken back goes now: its owner goes too
  addEventListener("pagehide", () => {
    for (const item of waiting.peek()) item.notBefore = 0;
    setWaiting([...waiting.peek()]);
  });
}
