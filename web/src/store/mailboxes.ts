/** The folders of the account shown. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { Refused } from "../jmap/errors";
import type { GetAnswer, Id, Mailbox, Role, SetAnswer } from "../jmap/types";
import { client, onForget } from "./account";

const said = signal<ReadonlyMap<Id, Mailbox>>(new Map());
/** Counts that are about to change: by a step that is on its way. */
const deltas = signal<ReadonlyMap<number, ReadonlyMap<Id, Counts>>>(new Map());
export const mailboxState = { value: "" };
/** Whether they have been fetched. */
export const areMailboxesKnown = signal(false);

export type Counts = Partial<Pick<Mailbox, "totalEmails" | "unreadEmails" | "totalThreads" | "unreadThreads">>;
const COUNTED = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"] as const;
let next = 1;

onForget(() => {
  said.value = new Map();
  deltas.value = new Map();
  mailboxState.value = "";
  areMailboxesKnown.value = false;
});

/** All of them by id, with the counts as they will be. */
export const mailboxes: ReadonlySignal<ReadonlyMap<Id, Mailbox>> = computed(() => {
  if (!deltas.value.size) return said.value;
  const shown = new Map(said.value);
  for (const changes of deltas.value.values())
    for (const [id, counts] of changes) {
      const box = shown.get(id);
      if (box) shown.set(id, counted(box, counts));
    }
  return shown;
});

function counted(box: Mailbox, counts: Counts): Mailbox {
  const result = { ...box };
  for (const name of COUNTED) result[name] = Math.max(0, box[name] + (counts[name] ?? 0));
  return result;
}

/** "snoozed" and "scheduled" have no role of the standard: they are known by their names. */
export function mailboxWithRole(role: Role): Mailbox | undefined {
  for (const box of mailboxes.value.values()) if (box.role === role) return box;
  if (role !== "snoozed" && role !== "scheduled") return undefined;
  for (const box of mailboxes.value.values())
    if (box.role === null && box.parentId === null && box.name.toLowerCase() === role) return box;
  return undefined;
}

export async function fetchMailboxes(): Promise<void> {
  const answer = await client().call<GetAnswer<Mailbox>>("Mailbox/get", { ids: null });
  learnMailboxes(answer.list, [], true);
  mailboxState.value = answer.state;
  areMailboxesKnown.value = true;
}

/** What the server has said of some of them (or of all). */
export function learnMailboxes(
  changed: readonly (Partial<Mailbox> & { id: Id })[],
  destroyed: readonly Id[] = [],
  all = false,
): void {
  const result = new Map(all ? [] : said.value);
  for (const box of changed) result.set(box.id, { ...result.get(box.id), ...box } as Mailbox);
  for (const id of destroyed) result.delete(id);
  said.value = result;
}

/** Counts as they will be once a step is done; the answer takes them off. */
export function expectCounts(changes: ReadonlyMap<Id, Counts>): () => void {
  const key = next++;
  deltas.value = new Map(deltas.value).set(key, changes);
  return () => {
    const left = new Map(deltas.value);
    left.delete(key);
    deltas.value = left;
  };
}

/** A new folder's id. Throws Refused (`type` "invalidProperties" where the name is taken), Offline. */
export async function createMailbox(name: string, parentId: Id | null = null): Promise<Id> {
  const answer = await set({ create: { new: { name, parentId, isSubscribed: true } } });
  const made = answer.created?.new;
  if (!made) throw refusal("new", answer.notCreated);
  learnMailboxes([{ ...NEW, ...made, name, parentId } as Mailbox]);
  return (made as { id: Id }).id;
}

export function renameMailbox(id: Id, name: string): Promise<void> {
  return change(id, { name });
}

export function moveMailbox(id: Id, parentId: Id | null, sortOrder?: number): Promise<void> {
  return change(id, { parentId, ...(sortOrder === undefined ? {} : { sortOrder }) });
}

/** Any of its properties that may be set (isSubscribed, shareWith …), shown at once, taken back if refused. */
export async function change(id: Id, properties: Partial<Mailbox>): Promise<void> {
  const before = said.value.get(id);
  learnMailboxes([{ id, ...properties }]);
  try {
    const answer = await set({ update: { [id]: properties } });
    if (answer.notUpdated?.[id]) throw refusal(id, answer.notUpdated);
  } catch (error) {
    if (before) learnMailboxes([before]);
    throw error;
  }
}

/** With all emails that are in no other folder, where `withEmails`; else only an empty one goes. */
export async function deleteMailbox(id: Id, withEmails = false): Promise<void> {
  const answer = await set({ destroy: [id], onDestroyRemoveEmails: withEmails });
  if (answer.notDestroyed?.[id]) throw refusal(id, answer.notDestroyed);
  learnMailboxes([], [id]);
}

function set(what: object): Promise<SetAnswer> {
  return client().call<SetAnswer>("Mailbox/set", what);
}

function refusal(id: string, not: SetAnswer["notUpdated"]): Refused {
  const error = not?.[id];
  return new Refused(id, error?.type ?? "serverFail", error?.description, error?.properties);
}

const NEW = {
  role: null,
  sortOrder: 0,
  totalEmails: 0,
  unreadEmails: 0,
  totalThreads: 0,
  unreadThreads: 0,
  isSubscribed: true,
  myRights: {
    mayReadItems: true,
    mayAddItems: true,
    mayRemoveItems: true,
    maySetSeen: true,
    maySetKeywords: true,
    mayCreateChild: true,
    mayRename: true,
    mayDelete: true,
    maySubmit: true,
  },
};
