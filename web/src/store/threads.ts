/** Conversations: which emails belong together, oldest first. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { limitsOf } from "../jmap/session";
import type { GetAnswer, Id, Thread } from "../jmap/types";
import { client, onForget } from "./account";

/** So many are kept that nobody looks at. */
export const MOST_KEPT = 20_000;

const kept = new Map<Id, Signal<Id[] | undefined>>();
const watched = new Set<Id>();
const flying = new Map<Id, Promise<void>>();
let asking = new Set<Id>();
let batch: Promise<void> | null = null;

onForget(() => {
  for (const each of kept.values()) each.value = undefined;
  kept.clear();
});

/** The emails of a conversation; undefined: not known yet. Fetched by being asked for. */
export function threadSignal(id: Id): ReadonlySignal<Id[] | undefined> {
  const found = kept.get(id);
  if (found) return found;
  const signal = made(id);
  void wantThreads([id]).catch(() => {});
  return signal;
}

function made(id: Id): Signal<Id[] | undefined> {
  const found = signal<Id[] | undefined>(undefined, {
    watched: () => void watched.add(id),
    unwatched: () => void watched.delete(id),
  });
  kept.set(id, found);
  return found;
}

/** Forgets those that were learnt first and that nobody looks at, where there are too many. */
export function prune(): void {
  if (kept.size <= MOST_KEPT) return;
  let count = kept.size - MOST_KEPT * 0.8;
  for (const id of kept.keys()) {
    if (count <= 0) return;
    if (watched.has(id)) continue;
    kept.delete(id);
    count--;
  }
}

/** The same, once it is known. */
export async function threadEmails(id: Id): Promise<Id[]> {
  await wantThreads([id]);
  return kept.get(id)?.peek() ?? [];
}

export function threadNow(id: Id): Id[] | undefined {
  return kept.get(id)?.peek();
}

/** Sees to it that these are known. */
export function wantThreads(ids: readonly Id[]): Promise<void> {
  const missing = ids.filter((id) => kept.get(id)?.peek() === undefined);
  return Promise.all(missing.map((id) => flying.get(id) ?? fetchSoon(id))).then(() => {});
}

function fetchSoon(id: Id): Promise<void> {
  asking.add(id);
  batch ??= Promise.resolve().then(fetchAsked);
  const answer = batch.finally(() => flying.delete(id));
  flying.set(id, answer);
  return answer;
}

async function fetchAsked(): Promise<void> {
  const ids = [...asking];
  asking = new Set();
  batch = null;
  await fetchThreads(ids);
}

/** Asks anew, known or not. */
export async function fetchThreads(ids: readonly Id[]): Promise<void> {
  const most = limitsOf(client().session).maxObjectsInGet;
  for (let from = 0; from < ids.length; from += most) {
    const answer = await client().call<GetAnswer<Thread>>("Thread/get", { ids: ids.slice(from, from + most) });
    for (const thread of answer.list) learnThread(thread);
    for (const id of answer.notFound) learnThread({ id, emailIds: [] });
  }
  prune();
}

export function learnThread(thread: Thread): void {
  (kept.get(thread.id) ?? made(thread.id)).value = thread.emailIds;
}
