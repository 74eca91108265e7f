/** Follows the server: what has changed there is asked for, and told to whoever shows it. */

import { signal } from "@preact/signals";
import { MethodError } from "../jmap/errors";
import { WEBMAIL } from "../jmap/session";
import type { Answer, Changed, ChangesAnswer, Email, GetAnswer, Id, Mailbox } from "../jmap/types";
import { accountId, can, client, onForget } from "./account";
import { doubt, emailNow, forget, isKnown, knownIds, learn } from "./emails";
import { openedLists, refreshLists } from "./lists";
import { fetchMailboxes, learnMailboxes, mailboxState } from "./mailboxes";
import { fetchThreads, threadNow } from "./threads";

/** Where the emails and conversations that we know are as of. */
const states: { Email: string; Thread: string } = { Email: "", Thread: "" };
const MOST = 500;
const MOST_ROUNDS = 8;
/** What changes in an email that stays the same one. */
const MUTABLE = ["id", "keywords", "mailboxIds", "threadId"];

let running: Promise<void> | null = null;
let isAgain = false;

/** Told to whom something is shared with (RFC 9670 §3), whosever mail is shown just then. */
const SHARES = "ShareNotification";

type Listener = (created: readonly Email[]) => void;
const listeners = new Set<Listener>();
const others = new Map<string, Set<() => void>>();

/** Goes up when something has changed in accounts other than the one shown. */
export const elsewhere = signal(0);

onForget(() => {
  states.Email = "";
  states.Thread = "";
});

/** Told of emails that are new in this account (fetched already). */
export function onNewEmails(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Told when something of another type has changed: "EmailSubmission", "Identity", "VacationResponse", "Quota", "ShareNotification". */
export function onChanged(type: string, listener: () => void): () => void {
  const all = others.get(type) ?? new Set();
  others.set(type, all.add(listener));
  return () => all.delete(listener);
}

/** Learns where the emails are as of now, before the first of them is fetched. */
export async function begin(): Promise<void> {
  const answers = await client().request([
    ["Email/get", { ids: [] }, "e"],
    ["Thread/get", { ids: [] }, "t"],
  ]);
  states.Email = stateOf(answers, "e");
  states.Thread = stateOf(answers, "t");
}

/** The server says that these have changed; null: something may have. */
export function hear(changed: Changed | null): void {
  const mine = changed?.[accountId.peek()];
  if (!changed || Object.keys(changed).some((id) => id !== accountId.peek())) elsewhere.value++;
  if (!changed || Object.values(changed).some((each) => SHARES in each))
    for (const listener of others.get(SHARES) ?? []) listener();
  if (changed && !mine) return;
  for (const [type, all] of others) if (type !== SHARES && (!mine || type in mine)) for (const listener of all) listener();
  const isNews = !mine || mine.Email !== states.Email || mine.Mailbox !== mailboxState.value || mine.Thread !== states.Thread;
  if (isNews) void sync();
}

/** Catches up. One at a time; what comes meanwhile makes it go round again. */
export function sync(): Promise<void> {
  if (running) {
    isAgain = true;
    return running;
  }
  running = (async () => {
    try {
      do {
        isAgain = false;
        await catchUp();
      } while (isAgain);
    } catch {
      // offline, or signed out: whoever comes back asks again
    } finally {
      running = null;
    }
  })();
  return running;
}

async function catchUp(): Promise<void> {
  await Promise.all([catchUpMailboxes(), catchUpEmails(), refreshLists()]);
}

async function catchUpMailboxes(): Promise<void> {
  if (!mailboxState.value) return fetchMailboxes();
  const answers = await client().request([
    ["Mailbox/changes", { sinceState: mailboxState.value, maxChanges: MOST }, "c"],
    ["Mailbox/get", { "#ids": { resultOf: "c", name: "Mailbox/changes", path: "/created" } }, "created"],
    ["Mailbox/get", { "#ids": { resultOf: "c", name: "Mailbox/changes", path: "/updated" } }, "updated"],
  ]);
  const [changes, created, updated] = answers as [
    Answer<ChangesAnswer>,
    Answer<GetAnswer<Mailbox>>,
    Answer<GetAnswer<Mailbox>>,
  ];
  if (changes.error || created?.error || updated?.error) return fetchMailboxes();
  learnMailboxes([...created.result.list, ...updated.result.list], changes.result.destroyed);
  mailboxState.value = changes.result.newState;
  if (changes.result.hasMoreChanges) await catchUpMailboxes();
}

async function catchUpEmails(): Promise<void> {
  if (!states.Email) return begin();
  const created: Id[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const answers = await client().request([
      ["Email/changes", { sinceState: states.Email, maxChanges: MOST }, "e"],
      ["Thread/changes", { sinceState: states.Thread, maxChanges: MOST }, "t"],
    ]);
    const [emails, threads] = answers as [Answer<ChangesAnswer>, Answer<ChangesAnswer>];
    if (emails?.error || threads?.error) return startOver();
    created.push(...emails.result.created);
    await apply(emails.result, threads.result);
    states.Email = emails.result.newState;
    states.Thread = threads.result.newState;
    if (!emails.result.hasMoreChanges && !threads.result.hasMoreChanges) return tell(created);
  }
  return startOver();
}

async function apply(emails: ChangesAnswer, threads: ChangesAnswer): Promise<void> {
  forget(emails.destroyed);
  const known = emails.updated.filter((id) => isKnown(id, "row"));
  const mutable = can(WEBMAIL) ? [...MUTABLE, "snoozedUntil"] : MUTABLE;
  const [answer] = await Promise.all([
    known.length ? client().call<GetAnswer<Email>>("Email/get", { ids: known, properties: mutable }) : null,
    fetchThreads([...threads.updated, ...threads.destroyed].filter((id) => threadNow(id) !== undefined)),
  ]);
  for (const email of answer?.list ?? []) learn(email);
  forget(answer?.notFound ?? []);
}

/** New emails are told of once a list has brought them (what no list shows is fetched by nobody). */
async function tell(created: readonly Id[]): Promise<void> {
  if (!created.length || !listeners.size) return;
  await Promise.all(
    openedLists()
      .slice(-1)
      .map((list) => list.refresh().catch(() => {})),
  );
  const emails = created.map((id) => emailNow(id)).filter((email) => email !== undefined);
  if (emails.length) for (const listener of listeners) listener(emails);
}

/** Too much has changed, or too long ago: what is known is asked for anew, as far as it is looked at. */
async function startOver(): Promise<void> {
  await begin();
  const known = knownIds();
  const ids = known.slice(-MOST);
  // the others are asked for when somebody looks at them again
  doubt(known.slice(0, -MOST));
  if (!ids.length) return;
  const answer = await client().call<GetAnswer<Email>>("Email/get", { ids, properties: MUTABLE });
  for (const email of answer.list) learn(email);
  forget(answer.notFound);
}

function stateOf(answers: readonly Answer[], callId: string): string {
  const found = answers.find((answer) => answer.callId === callId);
  if (!found || found.error) throw new MethodError(found?.error?.type ?? "serverFail");
  return (found.result as { state: string }).state;
}
