/** Every email that is known, once: what the server said, and over it what is being changed. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { limitsOf, WEBMAIL } from "../jmap/session";
import type { Email, GetAnswer, Id } from "../jmap/types";
import { can, client, onForget } from "./account";
import { clippedEmail } from "./clipping";

// biome-ignore format: a list
export const ROW = [
  "id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "sentAt",
  "from", "to", "cc", "subject", "preview", "hasAttachment",
] as const;
// biome-ignore format: a list
export const WHOLE = [
  ...ROW, "messageId", "inReplyTo", "references", "sender", "bcc", "replyTo", "textBody", "htmlBody", "attachments",
] as const;
const BODY_PROPERTIES = ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid"];

export type Depth = "row" | "whole";
/** A change that is on its way to the server: a property whole, or a patch as of RFC 8620 §5.3 ("keywords/$seen": true). */
export type Patch = Readonly<Record<string, unknown>>;

/** So many are kept that nobody looks at. */
const MOST_KEPT = 10_000;

interface Kept {
  said: Email | undefined;
  depth: Depth | null;
  shown: Signal<Email | undefined>;
  patches: Map<number, Patch>;
  isWatched: boolean;
}

const kept = new Map<Id, Kept>();
const wanted: Record<Depth, Map<Id, Promise<void>>> = { row: new Map(), whole: new Map() };
let asking: Record<Depth, Set<Id>> = { row: new Set(), whole: new Set() };
let nextPatch = 1;

onForget(() => {
  for (const each of kept.values()) each.shown.value = undefined;
  kept.clear();
  wanted.row.clear();
  wanted.whole.clear();
});

function keptOf(id: Id): Kept {
  let found = kept.get(id);
  if (!found) {
    found = made();
    kept.set(id, found);
  }
  return found;
}

function made(): Kept {
  const watched = (isWatched: boolean) => () => {
    each.isWatched = isWatched;
  };
  const shown = signal<Email | undefined>(undefined, { watched: watched(true), unwatched: watched(false) });
  const each: Kept = { said: undefined, depth: null, shown, patches: new Map(), isWatched: false };
  return each;
}

/** Forgets those that were learnt first and that nobody looks at, where there are too many. */
export function prune(): void {
  if (kept.size <= MOST_KEPT) return;
  let count = kept.size - MOST_KEPT * 0.8;
  for (const [id, each] of kept) {
    if (count <= 0) return;
    if (each.isWatched || each.patches.size) continue;
    kept.delete(id);
    count--;
  }
}

function show(each: Kept): void {
  let email = each.said;
  if (email) for (const patch of each.patches.values()) email = patched(email, patch);
  each.shown.value = email;
}

/** The email as it is to be shown; undefined: not known (yet), or gone. Ask for it by `wantEmails`. */
export function emailSignal(id: Id): ReadonlySignal<Email | undefined> {
  return keptOf(id).shown;
}

/** The same, once, without being told of changes. */
export function emailNow(id: Id): Email | undefined {
  return kept.get(id)?.shown.peek();
}

/** Whether it is known so far. */
export function isKnown(id: Id, depth: Depth): boolean {
  const found = kept.get(id)?.depth;
  return found === "whole" || (found !== undefined && found === depth);
}

export function knownIds(): Id[] {
  return [...kept].filter(([, each]) => each.said).map(([id]) => id);
}

/** Sees to it that these are known: what is missing is fetched, all of one tick together. Resolves when all are. */
export function wantEmails(ids: readonly Id[], depth: Depth = "row"): Promise<void> {
  const waits: Promise<void>[] = [];
  for (const id of ids) {
    if (isKnown(id, depth)) continue;
    const before = wanted.whole.get(id) ?? wanted[depth].get(id);
    if (before) waits.push(before);
    else waits.push(fetchSoon(id, depth));
  }
  return waits.length ? Promise.all(waits).then(() => {}) : Promise.resolve();
}

let batch: Promise<void> | null = null;
function fetchSoon(id: Id, depth: Depth): Promise<void> {
  asking[depth].add(id);
  batch ??= Promise.resolve().then(fetchAsked);
  const answer = batch.finally(() => wanted[depth].delete(id));
  wanted[depth].set(id, answer);
  return answer;
}

async function fetchAsked(): Promise<void> {
  const asked = asking;
  asking = { row: new Set(), whole: new Set() };
  batch = null;
  for (const id of asked.whole) asked.row.delete(id);
  await Promise.all([fetchAll([...asked.row], "row"), fetchAll([...asked.whole], "whole")]);
}

async function fetchAll(ids: readonly Id[], depth: Depth): Promise<void> {
  if (!ids.length) return;
  const most = limitsOf(client().session).maxObjectsInGet;
  const properties = propertiesOf(depth);
  const asks = [];
  for (let from = 0; from < ids.length; from += most)
    asks.push(
      client().call<GetAnswer<Email>>("Email/get", {
        ids: ids.slice(from, from + most),
        properties,
        ...(depth === "whole" ? { bodyProperties: BODY_PROPERTIES } : {}),
      }),
    );
  for (const answer of await Promise.all(asks)) {
    for (const email of answer.list) learn(email, depth);
    forget(answer.notFound);
  }
  prune();
}

/** What is asked for: with ours, where the server is ours. */
export function propertiesOf(depth: Depth): readonly string[] {
  const properties = depth === "row" ? ROW : WHOLE;
  return can(WEBMAIL) ? [...properties, "snoozedUntil"] : properties;
}

/** What the server has said of an email: whole, or some properties of one that is known. */
export function learn(email: Partial<Email> & { id: Id }, depth: Depth | null = null): void {
  const each = keptOf(email.id);
  if (!each.said && depth === null) return;
  each.said = { ...each.said, ...clippedEmail(email) } as Email;
  if (depth && each.depth !== "whole") each.depth = depth;
  show(each);
}

/** They are gone from the server, or from what we may see. */
export function forget(ids: readonly Id[]): void {
  for (const id of ids) {
    const each = kept.get(id);
    if (!each) continue;
    each.said = undefined;
    each.depth = null;
    each.shown.value = undefined;
  }
}

/** What is known of them may be out of date: shown still, and asked for anew by `wantEmails`. */
export function doubt(ids: readonly Id[]): void {
  for (const id of ids) {
    const each = kept.get(id);
    if (each) each.depth = null;
  }
}

/** Lays a change over what the server said; the answer takes it off again, or makes it what the server said. */
export function overlay(changes: ReadonlyMap<Id, Patch>): { settle: () => void; drop: () => void } {
  const key = nextPatch++;
  for (const [id, patch] of changes) {
    const each = keptOf(id);
    each.patches.set(key, patch);
    show(each);
  }
  const end = (isTrue: boolean) => {
    for (const [id, patch] of changes) {
      const each = kept.get(id);
      if (!each?.patches.delete(key)) continue;
      if (isTrue && each.said) each.said = patched(each.said, patch);
      show(each);
    }
  };
  return { settle: () => end(true), drop: () => end(false) };
}

/** The object with a PatchObject applied, itself unchanged (RFC 8620 §5.3; one level deep is all that emails need). */
export function patched<T extends object>(object: T, patch: Patch): T {
  const result = { ...object } as Record<string, unknown>;
  for (const [path, value] of Object.entries(patch)) {
    const [name = "", inner] = path.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    if (inner === undefined) {
      result[name] = value;
      continue;
    }
    const changed = { ...((result[name] ?? {}) as Record<string, unknown>) };
    if (value === null) delete changed[inner];
    else changed[inner] = value;
    result[name] = changed;
  }
  return result as T;
}

/** An email with the texts of its body parts, for editing it or quoting it; not kept. */
export async function emailWithBody(id: Id): Promise<Email> {
  const answer = await client().call<GetAnswer<Email>>("Email/get", {
    ids: [id],
    properties: [...WHOLE, "bodyValues"],
    bodyProperties: BODY_PROPERTIES,
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: 2_000_000,
  });
  const email = answer.list[0];
  if (!email) throw new Error("gone");
  learn({ ...email, bodyValues: undefined } as Email, "whole");
  return clippedEmail(email);
}
