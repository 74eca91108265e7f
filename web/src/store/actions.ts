/** What is done to emails: shown at once, one step that can be undone, sent when there is a network. */

import { t } from "../i18n";
import { MethodError } from "../jmap/errors";
import { WEBMAIL } from "../jmap/session";
import type { Answer, Call, Email, Id, Mailbox, Role, SetAnswer } from "../jmap/types";
import { toast } from "../parts/toast";
import { accountId, can, client } from "./account";
import { countsAfter } from "./counting";
import { emailNow, overlay, type Patch, wantEmails } from "./emails";
import { openedLists } from "./lists";
import { createMailbox, expectCounts, learnMailboxes, mailboxes, mailboxWithRole } from "./mailboxes";
import { Cancelled, cancel, type Item, type Sent, send } from "./outbox";
import { done } from "./undo";

/** Seconds for which what cannot be undone at the server is held here. */
const HELD = 8;

/** Into the archive. */
export function archive(ids: readonly Id[]): Promise<void> {
  return file(ids, "archive", (count) => t("shell.archived", { count }));
}

/** Into the trash; what is there already is destroyed. */
export async function trash(ids: readonly Id[]): Promise<void> {
  const box = mailboxWithRole("trash");
  await wantEmails(ids);
  const inTrash = box ? ids.filter((id) => emailNow(id)?.mailboxIds[box.id]) : [];
  if (inTrash.length) return destroy(inTrash);
  return file(ids, "trash", (count) => t("shell.trashed", { count }));
}

/** Into Junk, or out of it into the inbox; the server learns from it. */
export function junk(ids: readonly Id[], on = true): Promise<void> {
  const words = on
    ? { "keywords/$junk": true, "keywords/$notjunk": null }
    : { "keywords/$junk": null, "keywords/$notjunk": true };
  return file(ids, on ? "junk" : "inbox", (count) => t(on ? "shell.junked" : "shell.notJunked", { count }), words);
}

/** Into a folder. `from` names the only one they leave; else they leave all they are in. */
export async function move(ids: readonly Id[], mailboxId: Id, from?: Id): Promise<void> {
  await wantEmails(ids);
  const name = mailboxes.peek().get(mailboxId)?.name ?? "";
  await step(
    changesOf(ids, (email) => moved(email, mailboxId, from)),
    t("shell.moved", { count: ids.length, folder: name }),
  );
}

/** Sets or takes a keyword: "$seen", "$flagged", a label. Says nothing unless `label` is given; undone by `z` all the same. */
export async function setKeyword(ids: readonly Id[], keyword: string, on: boolean, label = ""): Promise<void> {
  await wantEmails(ids);
  const path = `keywords/${keyword.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const changes = changesOf(ids, (email) => (Boolean(email.keywords[keyword]) === on ? null : { [path]: on || null }));
  await step(changes, label || t("shell.changed", { count: changes.size }), { isQuiet: !label });
}

/** Read or unread, of which nothing is said, and which is no step to undo where it came of itself. */
export async function setSeen(ids: readonly Id[], on: boolean, bySelf = false): Promise<void> {
  await wantEmails(ids);
  const changes = changesOf(ids, (email) => (Boolean(email.keywords.$seen) === on ? null : { "keywords/$seen": on || null }));
  await step(changes, t(on ? "shell.markedRead" : "shell.markedUnread", { count: changes.size }), {
    isQuiet: true,
    isNoStep: bySelf,
  });
}

/** Away until then, then back on top; null: back now. */
export async function snooze(ids: readonly Id[], until: Date | null): Promise<void> {
  await wantEmails(ids);
  const value = until ? `${until.toISOString().slice(0, 19)}Z` : null;
  const away = until ? mailboxWithRole("snoozed") : mailboxWithRole("inbox");
  const changes = changesOf(ids, () => ({ snoozedUntil: value }));
  const looks = away ? changesOf(ids, (email) => ({ snoozedUntil: value, ...moved(email, away.id) })) : changes;
  await step(changes, t(until ? "shell.snoozed" : "shell.unsnoozed", { count: ids.length }), { looks });
}

export const canSnooze = (): boolean => can(WEBMAIL);

/** For good. Held here for some seconds, in which it can be undone. */
export async function destroy(ids: readonly Id[]): Promise<void> {
  await wantEmails(ids);
  await perform(goneOf(ids), [["Email/set", { destroy: ids }, "s"]], t("shell.destroyed", { count: ids.length }), {
    held: HELD,
  });
}

/** For good, at once. */
export async function destroyNow(ids: readonly Id[]): Promise<void> {
  await wantEmails(ids);
  await perform(goneOf(ids), [["Email/set", { destroy: ids }, "s"]], "", { isNoStep: true });
}

function goneOf(ids: readonly Id[]): Map<Id, Patch> {
  return new Map(ids.map((id) => [id, { mailboxIds: {} }]));
}

/** A folder of an account that is not shown. */
export interface Place {
  readonly accountId: Id;
  readonly mailboxId: Id;
  readonly name: string;
}

/** Copied there, and destroyed here by the server once they are; undone by the way back. Only while the server can be reached. */
export async function moveAcross(ids: readonly Id[], to: Place): Promise<void> {
  await wantEmails(ids);
  const from = accountId.peek();
  const boxes = new Map(ids.map((id) => [id, emailNow(id)?.mailboxIds ?? {}]));
  const shown = showStep(goneOf(ids));
  try {
    const made = await copied(from, to.accountId, ids, () => ({ [to.mailboxId]: true }));
    shown.settle();
    const before = new Map([...made].map(([id, copy]) => [copy, boxes.get(id) ?? {}]));
    const back = () => copied(to.accountId, from, [...before.keys()], (copy) => before.get(copy) ?? {}).catch(told);
    done(t("shell.moved", { count: ids.length, folder: to.name }), back);
  } catch (error) {
    // what of it has been done all the same, the server tells us as news
    shown.drop();
    told(error);
  }
}

/** RFC 8621 §4.7: their ids there, by those they had. Throws where one of them was refused, or stays in both. */
async function copied(from: Id, to: Id, ids: readonly Id[], boxesOf: (id: Id) => object): Promise<Map<Id, Id>> {
  const create = Object.fromEntries(ids.map((id) => [`copy${id}`, { id, mailboxIds: boxesOf(id) }]));
  const asked = { fromAccountId: from, create, onSuccessDestroyOriginal: true };
  const answers = await client().requestOf(to, [["Email/copy", asked, "c"]]);
  settled(answers, false);
  const made = answers.find(({ method }) => method === "Email/copy")?.result as SetAnswer<{ id: Id }> | undefined;
  return new Map(ids.flatMap((id) => (made?.created?.[`copy${id}`] ? [[id, made.created[`copy${id}`]!.id] as const] : [])));
}

function told(error: unknown): void {
  toast({ text: t("shell.notDone", { why: String((error as Error).message) }), kind: "problem" });
}

/** The folder of this role, made where there is none. */
async function folder(role: Role): Promise<Mailbox> {
  const found = mailboxWithRole(role);
  if (found) return found;
  const id = await createMailbox(t(`shell.role_${role}` as "shell.role_archive"));
  return mailboxes.peek().get(id) as Mailbox;
}

async function file(ids: readonly Id[], role: Role, label: (count: number) => string, words: Patch = {}): Promise<void> {
  await wantEmails(ids);
  const to = await folder(role);
  const changes = changesOf(ids, (email) => {
    const way = moved(email, to.id);
    return way || Object.keys(words).length ? { ...way, ...words } : null;
  });
  await step(changes, label(ids.length));
}

/** null: it is there, and nowhere else, already. */
function moved(email: Email, to: Id, from?: Id): Patch | null {
  const before = Object.keys(email.mailboxIds);
  if (before.length === 1 && before[0] === to) return null;
  if (!from) return { mailboxIds: { [to]: true } };
  const mailboxIds: Record<Id, true> = { ...email.mailboxIds, [to]: true };
  if (from !== to) delete mailboxIds[from];
  return { mailboxIds };
}

function changesOf(ids: readonly Id[], patchOf: (email: Email) => Patch | null): Map<Id, Patch> {
  const changes = new Map<Id, Patch>();
  for (const id of new Set(ids)) {
    const email = emailNow(id);
    const patch = email && patchOf(email);
    if (patch) changes.set(id, patch);
  }
  return changes;
}

interface Manner {
  /** How emails look meanwhile, where that differs from what the server is told. */
  looks?: Map<Id, Patch>;
  isQuiet?: boolean;
  isNoStep?: boolean;
  held?: number;
}

function step(changes: Map<Id, Patch>, label: string, manner: Manner = {}): Promise<void> {
  return perform(changes, [["Email/set", { update: Object.fromEntries(changes) }, "s"]], label, manner);
}

async function perform(changes: Map<Id, Patch>, calls: Call[], label: string, manner: Manner): Promise<void> {
  if (!changes.size) return;
  const looks = manner.looks ?? changes;
  const inverse = inverseOf(changes);
  const shown = showStep(looks);
  const touched = [...shown.boxes];
  const asked: Call[] = touched.length ? [...calls, ["Mailbox/get", { ids: touched }, "m"]] : calls;
  const sent = send(asked, [...looks], manner.held);
  if (!manner.isNoStep) done(label, () => undone(sent.item, shown, inverse), !manner.isQuiet);
  await follow(sent, shown);
}

/** Takes a step back: before it has been sent, or by another that makes all as it was, in whosever account that is. */
async function undone(item: Item, shown: Shown, inverse: Map<Id, Patch>): Promise<void> {
  if (cancel(item.id)) return;
  const calls: Call[] = [["Email/set", { update: Object.fromEntries(inverse) }, "s"]];
  // ids there and here are alike: nothing is shown of it where another account is
  if (item.accountId !== accountId.peek()) return follow(send(calls, [], 0, item.accountId), null);
  shown.show();
  await perform(inverse, calls, "", { isNoStep: true });
}

/** What was left to be sent by a window that is gone: shown as done, and then done. */
export function resume(left: readonly Sent[]): void {
  for (const sent of left) {
    const isShown = sent.item.accountId === accountId.peek();
    void follow(sent, isShown ? showStep(new Map(sent.item.changes)) : null);
  }
}

/** Sees a step to its end; says so where the server refused it. */
async function follow({ item, answers }: Sent, shown: Shown | null): Promise<void> {
  try {
    settled(await answers, item.accountId === accountId.peek());
    shown?.settle();
  } catch (error) {
    shown?.drop();
    if (!(error instanceof Cancelled)) told(error);
  }
}

type Shown = ReturnType<typeof showStep>;

/** Shows a step before the server knows of it: the emails, the lists they leave, the counts of folders. */
export function showStep(looks: ReadonlyMap<Id, Patch>) {
  const before = new Map([...looks.keys()].map((id) => [id, emailNow(id)] as const));
  const over = overlay(looks);
  const counts = countsAfter([...looks.keys()].map((id) => [before.get(id), emailNow(id)]));
  const uncount = expectCounts(counts);
  const left = openedLists().map((list) => {
    const box = list.query.mailboxId;
    const ids = box ? [...looks.keys()].filter((id) => before.get(id)?.mailboxIds[box] && !emailNow(id)?.mailboxIds[box]) : [];
    if (ids.length) list.withdraw(ids);
    return [list, ids] as const;
  });
  const show = () => {
    for (const [list, ids] of left) if (ids.length) list.restore(ids);
  };
  return {
    boxes: new Set(counts.keys()),
    show,
    settle: () => {
      over.settle();
      uncount();
      for (const [list, ids] of left) list.settle(ids);
    },
    drop: () => {
      over.drop();
      uncount();
      show();
    },
  };
}

/** Throws where the server refused any of it. `isShown`: it is about the account whose folders we show. */
function settled(answers: readonly Answer[], isShown: boolean): void {
  for (const answer of answers) {
    if (answer.error) throw new MethodError(answer.error.type, answer.error.description);
    if (answer.method === "Mailbox/get" && isShown) learnMailboxes((answer.result as { list: Mailbox[] }).list);
    const { notCreated, notUpdated, notDestroyed } = answer.result as SetAnswer;
    const [error] = Object.values({ ...notCreated, ...notUpdated, ...notDestroyed }).filter(({ type }) => type !== "notFound");
    if (error) throw new MethodError(error.type, error.description);
  }
}

/** What makes it as it was. */
function inverseOf(changes: ReadonlyMap<Id, Patch>): Map<Id, Patch> {
  const inverse = new Map<Id, Patch>();
  for (const [id, patch] of changes) {
    const email = emailNow(id) as unknown as Record<string, unknown> | undefined;
    if (!email) continue;
    const back: Record<string, unknown> = {};
    for (const path of Object.keys(patch)) {
      const [name = "", inner] = path.split("/");
      const key = inner?.replaceAll("~1", "/").replaceAll("~0", "~");
      if (key === undefined) back[path] = email[name] ?? null;
      else back[path] = (email[name] as Record<string, unknown> | undefined)?.[key] ?? null;
    }
    inverse.set(id, back);
  }
  return inverse;
}
