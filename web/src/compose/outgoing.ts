/** Sending: now, later, when the network is back; taking back; and marking what has been answered. */

import { effect, type ReadonlySignal, signal } from "@preact/signals";
import { t } from "../i18n";
import { isPassing } from "../jmap/errors";
import { SUBMISSION } from "../jmap/session";
import type { GetAnswer, Id, QueryAnswer, SetAnswer } from "../jmap/types";
import { middleDate } from "../parts/date";
import { toast } from "../parts/toast";
import { accountId, client, connection, onForget, online } from "../store/account";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { done, steps } from "../store/undo";
import { type Backup, dropBackup, keepBackup, leaveBackup } from "./backup";
import type { Composition } from "./composition";
import { rememberPeople } from "./correspondents";
import { blobsOf, type Letter } from "./message";
import { sentAt } from "./schedule";
import { type Boxes, cancelCall, cancelled, type Hold, outcomeOf, reasonOf, sendCalls } from "./sending";
import { type About, renamed, type Snapshot } from "./snapshot";
import { upToDate } from "./versions";

/** A message that waits for the network. */
export interface Unsent {
  readonly key: string;
  readonly letter: Letter;
  readonly snapshot: Snapshot;
  readonly hold: Hold;
  readonly accountId: Id;
}

const list = signal<readonly Unsent[]>([]);
/** Messages that wait for the network, oldest first. */
export const unsent: ReadonlySignal<readonly Unsent[]> = list;

onForget(() => {
  // kept in this browser, for when their account is shown again
  for (const { key } of list.peek()) leaveBackup(key);
  list.value = [];
});

/** Who shows a message again, to be written on: the dock, which knows us and not we it. */
export const reopen: { run: (snapshot: Snapshot, notice: "undone" | null) => void } = { run: () => {} };

/** Seconds that the server can hold a message; 0: it cannot. */
export function mostHold(): number {
  const { session } = client();
  const of = session.accounts[client().accountId]?.accountCapabilities[SUBMISSION] ?? session.capabilities[SUBMISSION];
  const most = (of as { maxDelayedSend?: number } | undefined)?.maxDelayedSend;
  return typeof most === "number" ? most : 0;
}

/** As long as one likes to have for second thoughts. */
export function usualHold(): Hold {
  const seconds = Math.min(preferences.peek().undoSeconds, mostHold());
  return seconds > 0 ? { seconds } : null;
}

export function boxes(): Boxes {
  const drafts = mailboxWithRole("drafts")?.id ?? mailboxWithRole("inbox")?.id ?? "";
  return { drafts, sent: mailboxWithRole("sent")?.id ?? drafts };
}

/** Sends what is written. True: it has gone, or waits for the network; false: the composer says why not. */
export async function sendComposition(composition: Composition, hold: Hold = usualHold()): Promise<boolean> {
  composition.state.value = "sending";
  composition.notice.value = null;
  await composition.keeper.stop();
  const now = { letter: composition.letter(), snapshot: composition.snapshot() };
  const { letter, snapshot } = composition.isUnsure ? await upToDate(now.snapshot, now.letter).catch(() => now) : now;
  const item: Unsent = { key: composition.key, letter, snapshot, hold, accountId: composition.accountId };
  try {
    const outcome = await submit(item);
    if (outcome.kind === "sent") {
      composition.end();
      return true;
    }
    composition.notice.value = {
      kind: "refused",
      reason: reasonOf(outcome.error),
      said: outcome.error.description ?? outcome.error.type,
    };
    if (outcome.emailId) composition.replaced(letter, outcome.blobs);
    composition.keeper.resume(outcome.emailId ?? composition.keeper.id);
  } catch (error) {
    if (isPassing(error)) {
      composition.end();
      wait(item);
      return true;
    }
    composition.notice.value = { kind: "refused", reason: "other", said: error instanceof Error ? error.message : "" };
    composition.keeper.resume(composition.keeper.id);
  }
  composition.state.value = "writing";
  return false;
}

async function submit(item: Unsent) {
  const { letter, snapshot, hold } = item;
  const send = {
    letter,
    draftId: snapshot.draftId,
    identityId: snapshot.identityId ?? "",
    hold,
    boxes: boxes(),
    sentAt: sentAt(new Date()),
  };
  const outcome = outcomeOf(await client().requestOf(item.accountId, sendCalls(send)));
  if (outcome.kind === "sent") {
    const marked = mark(snapshot.about, true);
    rememberPeople([...letter.to, ...letter.cc, ...letter.bcc]);
    const kept = { ...renamed(snapshot, blobsOf(letter), outcome.blobs), draftId: outcome.emailId };
    tellSent({ ...item, snapshot: kept }, send.boxes, outcome.submissionId, marked);
  }
  return outcome;
}

// Said, and taken back.

function tellSent(sent: Unsent, boxes: Boxes, submissionId: Id, marked: Promise<readonly Id[]>): void {
  const { snapshot, hold } = sent;
  const back = async () => {
    const answers = await client().requestOf(sent.accountId, [cancelCall(submissionId, boxes)]);
    const error = cancelled(answers, submissionId);
    if (error)
      return void toast({ kind: "problem", text: t(error.type === "cannotUnsend" ? "compose.tooLate" : "compose.notUndone") });
    // among its drafts it lies where another account is shown by now
    if (sent.accountId !== accountId.peek()) return;
    void unmark(snapshot.about, await marked);
    reopen.run(snapshot, "undone");
  };
  const undo = () => void back().catch(() => toast({ kind: "problem", text: t("compose.notUndone") }));
  if (hold === null) return void toast({ text: t("compose.sent") });
  const text = "until" in hold ? t("compose.scheduledFor", { when: middleDate(hold.until) }) : t("compose.sent");
  const seconds = "until" in hold ? 10 : hold.seconds;
  done(text, undo, false);
  const step = steps.peek().at(-1);
  const drop = () => {
    steps.value = steps.peek().filter((each) => each !== step);
  };
  const run = () => {
    drop();
    undo();
  };
  toast({ text, seconds, action: { label: t("shell.undo"), run } });
  setTimeout(drop, seconds * 1000);
}

// What has been answered.

/** Marks it; the answer is what has been marked that was not before. */
async function mark(about: About | null, on: boolean): Promise<readonly Id[]> {
  if (!about) return [];
  try {
    const ids = about.emailIds.length ? about.emailIds : await byMessageId(about.messageId);
    const keyword = about.kind === "answered" ? "$answered" : "$forwarded";
    const known = await client().call<GetAnswer<{ id: Id; keywords: Record<string, true> }>>("Email/get", {
      ids,
      properties: ["id", "keywords"],
    });
    const others = known.list.filter((each) => Boolean(each.keywords[keyword]) !== on).map((each) => each.id);
    if (!others.length) return [];
    const update = Object.fromEntries(others.map((id) => [id, { [`keywords/${keyword}`]: on || null }]));
    await client().call<SetAnswer>("Email/set", { update });
    return others;
  } catch {
    return [];
  }
}

async function unmark(about: About | null, ids: readonly Id[]): Promise<void> {
  if (about && ids.length) await mark({ ...about, emailIds: ids }, false);
}

async function byMessageId(messageId: string | null, more: object[] = []): Promise<Id[]> {
  if (!messageId) return [];
  const condition = { header: ["Message-ID", `<${messageId}>`] };
  const filter = more.length ? { operator: "AND", conditions: [condition, ...more] } : condition;
  return (await client().call<QueryAnswer>("Email/query", { filter, limit: 10 })).ids;
}

// When there is no network.

const AGAIN = 30_000;
let running: Promise<void> | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function wait(item: Unsent): void {
  list.value = [...list.value.filter((each) => each.key !== item.key), item];
  const sending = {
    seconds: item.hold && "seconds" in item.hold ? item.hold.seconds : 0,
    until: item.hold && "until" in item.hold ? item.hold.until.toISOString() : null,
  };
  keepBackup({
    key: item.key,
    accountId: item.accountId,
    username: client().session.username,
    snapshot: item.snapshot,
    sending,
  });
  toast({ text: t("compose.waitsForNetwork") });
  again();
}

function again(): void {
  clearTimeout(timer);
  if (list.peek().length) timer = setTimeout(() => void flushUnsent(), AGAIN);
}

/** What another tab has left, and was to be sent. */
export function adoptUnsent(backup: Backup, letter: Letter): void {
  const { seconds = 0, until = null } = backup.sending ?? {};
  const hold: Hold = until ? { until: new Date(until) } : seconds ? { seconds } : null;
  list.value = [...list.value, { key: backup.key, letter, snapshot: backup.snapshot, hold, accountId: backup.accountId }];
  void flushUnsent();
}

/** Not to be sent yet: to be written on. */
export function takeUnsent(key: string): void {
  const item = list.peek().find((each) => each.key === key);
  if (!item) return;
  remove(key);
  reopen.run(item.snapshot, null);
}

function remove(key: string): void {
  list.value = list.peek().filter((each) => each.key !== key);
  dropBackup(key);
}

/** Sends all that waits. An answer may have been lost on its way: what the server has already is not sent again. */
export function flushUnsent(): Promise<void> {
  running ??= sendAll().finally(() => {
    running = null;
    again();
  });
  return running;
}

async function sendAll(): Promise<void> {
  for (const item of list.peek()) {
    if (!connection.peek() || item.accountId !== accountId.peek()) continue;
    try {
      const there = await byMessageId(item.letter.messageId, [{ notKeyword: "$draft" }]);
      const outcome = there.length ? null : await submit({ ...item, ...(await upToDate(item.snapshot, item.letter)) });
      remove(item.key);
      if (outcome?.kind === "refused") {
        toast({
          kind: "problem",
          text: t("compose.refusedLater", { subject: item.snapshot.subject || t("compose.noSubject") }),
        });
        const kept = renamed(item.snapshot, blobsOf(item.letter), outcome.blobs);
        reopen.run({ ...kept, draftId: outcome.emailId ?? kept.draftId }, null);
      }
    } catch (error) {
      if (isPassing(error)) return;
      remove(item.key);
      reopen.run(item.snapshot, null);
    }
  }
}

effect(() => {
  if (online.value && connection.value && list.peek().length) queueMicrotask(() => void flushUnsent());
});
