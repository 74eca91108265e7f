/**
 * What has been seen, for when there is no network: the objects that every /get brought, and the answers of the lists that were
 * open. What the server is asked for is then answered from here, as far as it is known.
 */

import type { Answer, Call, Id } from "../jmap/types";

interface Kept {
  key: string;
  /** Milliseconds since 1970 of when it was last brought: the oldest are forgotten first. */
  at: number;
  value: object;
}
type Store = "objects" | "answers";

const NAME = "pillarbox";
export const MOST: Record<Store, number> = { objects: 20_000, answers: 300 };
const GET = /\/get$/;
const QUERY = /\/query$/;

let opened: Promise<IDBDatabase> | null = null;

/** Remembers what a request brought. Never throws: a full or forbidden storage keeps nothing. */
export async function keep(calls: readonly Call[], answers: readonly Answer[]): Promise<void> {
  const at = Date.now();
  const found: Kept[] = [];
  for (const { method, result, error } of answers) {
    if (error || !GET.test(method)) continue;
    const { accountId, list } = result as { accountId: Id; list: { id: Id }[] };
    for (const value of list ?? []) found.push({ key: keyOf(accountId, method, value.id), at, value });
  }
  const isList = calls.some(([method]) => QUERY.test(method)) && answers.every(({ error }) => !error);
  const wholes = calls.filter(isOfAll);
  if (!found.length && !isList && !wholes.length) return;
  try {
    const db = await open();
    const write = db.transaction(["objects", "answers"], "readwrite");
    const objects = write.objectStore("objects");
    for (const each of found) {
      const before = await asked<Kept | undefined>(objects.get(each.key));
      objects.put({ ...each, value: { ...before?.value, ...each.value } });
    }
    const whole = write.objectStore("answers");
    if (isList) whole.put({ key: requestOf(calls), at, value: numbered(calls, answers) });
    for (const call of wholes) {
      const answer = answers.find(({ callId, error }) => callId === call[2] && !error);
      if (answer) whole.put({ key: requestOf([call]), at, value: numbered([call], [answer]) });
    }
    await done(write);
  } catch {
    // it is not there then
  }
}

/** What these calls would bring, as of when it was last brought; null where it is not all known. */
export async function recall(calls: readonly Call[]): Promise<Answer[] | null> {
  try {
    const read = (await open()).transaction(["objects", "answers"]);
    const whole = await asked<Kept | undefined>(read.objectStore("answers").get(requestOf(calls)));
    if (whole) return await renewed(whole, calls, read);
    const answers: Answer[] = [];
    for (const call of calls) {
      const answer = await recallOne(call, read);
      if (!answer) return null;
      answers.push(answer);
    }
    return answers;
  } catch {
    return null;
  }
}

/** Nothing of anybody stays on this machine. What cannot be forgotten was never kept: one kind keeps no other from going. */
export async function forgetSeen(): Promise<void> {
  await Promise.allSettled([forgetObjects(), forgetFiles(), forgetPeople()]);
}

async function forgetObjects(): Promise<void> {
  const write = (await open()).transaction(["objects", "answers"], "readwrite");
  write.objectStore("objects").clear();
  write.objectStore("answers").clear();
  await done(write);
}

/** Those of the worker. */
async function forgetFiles(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith("seen")) await caches.delete(name);
}

/** Whom one writes to, which the room for writing keeps; it may not have been entered. */
async function forgetPeople(): Promise<void> {
  localStorage.removeItem("pillarbox.people");
}

/** Forgets what was brought longest ago, where there is too much. */
export async function prune(): Promise<void> {
  try {
    const write = (await open()).transaction(["objects", "answers"], "readwrite");
    for (const name of ["objects", "answers"] as const) {
      const store = write.objectStore(name);
      let surplus = (await asked(store.count())) - MOST[name];
      if (surplus <= 0) continue;
      const oldest = await asked(store.index("at").getAllKeys(null, surplus));
      for (const key of oldest) if (surplus-- > 0) store.delete(key);
    }
    await done(write);
  } catch {
    // it is tried again the next time
  }
}

/** A /get of all objects as it was answered, or of certain ones, all known with all that is asked of them. */
async function recallOne(call: Call, read: IDBTransaction): Promise<Answer | null> {
  const [method, args, callId] = call;
  if (isOfAll(call)) {
    const whole = await asked<Kept | undefined>(read.objectStore("answers").get(requestOf([call])));
    return whole ? (await renewed(whole, [call], read))[0]! : null;
  }
  const { accountId, ids, properties } = args as { accountId: Id; ids?: Id[]; properties?: string[] };
  if (!GET.test(method) || !Array.isArray(ids)) return null;
  const list = await Promise.all(ids.map((id) => objectOf(accountId, method, id, read)));
  if (list.some((each) => !each || properties?.some((name) => !(name in each)))) return null;
  return { method, callId, error: null, result: { accountId, state: "", list, notFound: [] } };
}

/** Answers whose call ids are the places of their calls. */
const numbered = (calls: readonly Call[], answers: readonly Answer[]): Answer[] =>
  answers.map((answer) => ({ ...answer, callId: String(calls.findIndex(([, , id]) => id === answer.callId)) }));

/** Answers to these calls, their objects as they have been seen since. */
async function renewed({ value }: Kept, calls: readonly Call[], read: IDBTransaction): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const answer of value as Answer[]) {
    const { accountId, list } = answer.result as { accountId: Id; list?: { id: Id }[] };
    const fresh = [];
    for (const each of list ?? []) fresh.push({ ...each, ...(await objectOf(accountId, answer.method, each.id, read)) });
    const result = list ? { ...(answer.result as object), list: fresh } : answer.result;
    answers.push({ ...answer, callId: calls[Number(answer.callId)]?.[2] ?? "", result });
  }
  return answers;
}

async function objectOf(accountId: Id, method: string, id: Id, read: IDBTransaction): Promise<object | undefined> {
  return (await asked<Kept | undefined>(read.objectStore("objects").get(keyOf(accountId, method, id))))?.value;
}

function isOfAll([method, args]: Call): boolean {
  return GET.test(method) && !("#ids" in args) && !Array.isArray((args as { ids?: unknown }).ids);
}

const keyOf = (accountId: Id, method: string, id: Id): string => `${accountId} ${method} ${id}`;
const requestOf = (calls: readonly Call[]): string => JSON.stringify(calls.map(([method, args]) => [method, args]));

function open(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((is, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const name of ["objects", "answers"]) {
        request.result.createObjectStore(name, { keyPath: "key" }).createIndex("at", "at");
      }
    };
    request.onsuccess = () => {
      // the browser closes it where everything of ours is cleared
      request.result.onclose = () => {
        opened = null;
      };
      is(request.result);
    };
    request.onerror = () => failed(request.error);
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((is, failed) => {
    request.onsuccess = () => is(request.result);
    request.onerror = () => failed(request.error);
  });
}

function done(write: IDBTransaction): Promise<void> {
  return new Promise((is, failed) => {
    write.oncomplete = () => is();
    write.onerror = () => failed(write.error);
    write.onabort = () => failed(write.error);
  });
}
