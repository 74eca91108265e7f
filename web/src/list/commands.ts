/** Everything that can be done to rows of the list: by keys, by the bar, by a menu, by a swipe, by the palette. */
import { batch } from "@preact/signals";
import { type Key, t } from "../i18n";
import { Superseded } from "../jmap/errors";
import type { Id } from "../jmap/types";
import { confirm } from "../parts/dialog";
import type { IconName } from "../parts/icon";
import { toast } from "../parts/toast";
import { openThread } from "../route";
import * as actions from "../store/actions";
import { emailNow } from "../store/emails";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { threadNow } from "../store/threads";
import { isStarred, isUnread, type Letter, type Verb } from "./affected";
import { stepNow, throughAll } from "./bulk";
import { openPicker } from "./pickers";
import { emailsOf, everyEmail, openRow, openThreadId, type Rows, rowsMeant } from "./targets";
import { chosenCount, clearSelection, cursor, list, mailbox } from "./view";

export type CommandId =
  | "archive"
  | "toInbox"
  | "trash"
  | "destroy"
  | "junk"
  | "notJunk"
  | "read"
  | "unread"
  | "star"
  | "unstar"
  | "move"
  | "label"
  | "snooze";

export interface Command {
  readonly id: CommandId;
  readonly label: Key;
  readonly icon: IconName;
  /** As `registerKeys` names them; the first is the one that is shown. */
  readonly keys: readonly string[];
  /** Whether it makes sense for these rows, in the folder shown. */
  isOffered(rows: Rows): boolean;
  run(rows: Rows, anchor?: Element | null): Promise<void> | void;
}

/** In the order in which bars and menus show them. */
export const COMMANDS: readonly Command[] = [
  filing("archive", "list.archive", "archive", ["e", "y"], () => !isIn("archive", "drafts", "trash", "junk"), actions.archive),
  filing("toInbox", "list.toInbox", "inbox", ["Shift+e"], () => isIn("archive", "trash"), toInbox),
  filing("trash", "list.trash", "trash-2", ["#", "Delete"], () => !isIn("trash"), actions.trash),
  {
    id: "destroy",
    label: "list.destroy",
    icon: "trash-2",
    keys: ["#", "Delete"],
    isOffered: () => isIn("trash"),
    run: (rows) => destroy(rows),
  },
  filing(
    "junk",
    "list.junk",
    "octagon-alert",
    ["!"],
    () => !isIn("junk", "drafts", "sent"),
    (ids) => actions.junk(ids, true),
  ),
  filing(
    "notJunk",
    "list.notJunk",
    "inbox",
    ["!"],
    () => isIn("junk"),
    (ids) => actions.junk(ids, false),
  ),
  marking("read", "list.markRead", "mail-open", ["u", "Shift+i"], (rows) => someLetters(rows, isUnread), "$seen", true),
  marking("unread", "list.markUnread", "mail", ["u", "Shift+u"], (rows) => !someLetters(rows, isUnread), "$seen", false),
  marking("star", "list.star", "star", ["s"], (rows) => !someLetters(rows, isStarred), "$flagged", true),
  marking("unstar", "list.unstar", "star", ["s"], (rows) => someLetters(rows, isStarred), "$flagged", false),
  picking("move", "list.move", "folder-input", ["m", "v"], () => true),
  picking("label", "list.label", "tag", ["l"], () => true),
  picking("snooze", "list.snooze", "clock", ["b", "h"], () => actions.canSnooze() && !isIn("drafts", "sent", "trash", "junk")),
];

export function commandOf(id: CommandId): Command {
  return COMMANDS.find((command) => command.id === id) as Command;
}

/** Runs whichever of these makes sense now. */
export function runOffered(ids: readonly CommandId[], rows: Rows = rowsMeant(), anchor: Element | null = null): void {
  if (rows !== "all" && rows.length === 0) return;
  const command = ids.map(commandOf).find((each) => each.isOffered(rows));
  void command?.run(rows, anchor);
}

/** Files rows away: into a folder, or wherever `act` puts them. What is read moves on to the next conversation, or back to the list. */
export async function file(rows: Rows, act: (ids: Id[]) => unknown, verb: Verb = "file"): Promise<void> {
  const next = rows === "all" ? null : nextRow(rows);
  const isOpenFiled = rows === "all" || rows.includes(openRow() ?? "");
  await perform(verb, rows, act, () => {
    clearSelection();
    if (isOpenFiled && openThreadId() !== null) goOn(next);
    else if (rows !== "all" && rows.includes(cursor.peek() ?? "")) cursor.value = next;
  });
}

/** `before` is done when the emails are known, and before anything is shown of what is done to them. */
async function perform(verb: Verb, rows: Rows, act: (ids: Id[]) => unknown, before: () => void = () => {}): Promise<void> {
  const now = list.peek();
  const find = async (isEnded: () => boolean = () => false): Promise<Id[]> => {
    if (rows !== "all") return emailsOf(verb, rows, isEnded);
    return now === null ? [] : everyEmail(verb, now, isEnded);
  };
  try {
    const few = isMany(rows) ? null : await find();
    if (few?.length === 0) return;
    if (few !== null && few.length <= stepNow()) {
      batch(() => {
        before();
        void Promise.resolve(act(few)).catch(told);
      });
      return;
    }
    await throughAll(
      async (isEnded) => few ?? find(isEnded),
      (ids) => act([...ids]),
    );
    batch(before);
  } catch (error) {
    told(error);
  }
}

/** More than is done, and undone, in one step. */
function isMany(rows: Rows): boolean {
  return countOfRows(rows) > stepNow();
}

function countOfRows(rows: Rows): number {
  return rows === "all" ? chosenCount.peek() : rows.length;
}

/** Some are held for a moment, in which it can be undone; of very many one is asked before. */
async function destroy(rows: Rows): Promise<void> {
  if (!isMany(rows)) return file(rows, actions.destroy);
  const title = t("list.destroyManyTitle", { count: countOfRows(rows) });
  const isMeant = await confirm({ title, text: t("list.destroyManyText"), yes: t("list.destroy"), isDangerous: true });
  if (isMeant) await file(rows, actions.destroyNow);
}

function told(error: unknown): void {
  // another account is shown by now: whatever it was, nobody waits for it here
  if (error instanceof Superseded) return;
  toast({ text: t("list.notDone", { why: error instanceof Error ? error.message : String(error) }), kind: "problem" });
}

/** The row that takes the place of those that go: the one after them, else the one before. */
function nextRow(rows: readonly Id[]): Id | null {
  const now = list.peek();
  if (now === null || rows.length === 0) return null;
  const places = rows.map((id) => now.indexOf(id)).filter((index) => index >= 0);
  if (places.length === 0) return null;
  const gone = new Set(rows);
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const steps = preferences.peek().afterFiling === "previous" ? [first - 1, last + 1] : [last + 1, first - 1];
  for (const at of steps) {
    const id = at < 0 ? undefined : now.at(at);
    if (id !== undefined && !gone.has(id)) return id;
  }
  return null;
}

function goOn(next: Id | null): void {
  const thread = next === null || preferences.peek().afterFiling === "list" ? null : (emailNow(next)?.threadId ?? null);
  cursor.value = next;
  openThread(thread);
}

function filing(
  id: CommandId,
  label: Key,
  icon: IconName,
  keys: string[],
  isOffered: () => boolean,
  act: (ids: Id[]) => unknown,
): Command {
  return { id, label, icon, keys, isOffered, run: (rows) => file(rows, act) };
}

function marking(
  id: Verb & CommandId,
  label: Key,
  icon: IconName,
  keys: string[],
  isOffered: (rows: Rows) => boolean,
  keyword: string,
  on: boolean,
): Command {
  const run = (rows: Rows) => perform(id, rows, (ids) => actions.setKeyword(ids, keyword, on), clearSelection);
  return { id, label, icon, keys, isOffered: (rows) => rows === "all" || isOffered(rows), run };
}

function picking(
  id: "move" | "label" | "snooze",
  label: Key,
  icon: IconName,
  keys: string[],
  isOffered: () => boolean,
): Command {
  return { id, label, icon, keys, isOffered, run: (rows, anchor = null) => openPicker({ kind: id, rows, anchor }) };
}

function isIn(...roles: string[]): boolean {
  return roles.includes(mailbox.value?.role ?? "");
}

function toInbox(ids: Id[]): unknown {
  const inbox = mailboxWithRole("inbox");
  return inbox && actions.move(ids, inbox.id);
}

/** Whether it is true of one of the conversations, as far as they are known. */
function someLetters(rows: Rows, is: (letters: readonly Letter[]) => boolean): boolean {
  if (rows === "all") return true;
  return rows.some((row) => {
    const own = emailNow(row);
    if (own === undefined) return false;
    const ids = list.value?.collapseThreads ? (threadNow(own.threadId) ?? [row]) : [row];
    return is(ids.map(emailNow).filter((email) => email !== undefined));
  });
}

/** What the pickers do with what was chosen in them. */
export function moveTo(rows: Rows, mailboxId: Id): Promise<void> {
  return file(rows, (ids) => actions.move(ids, mailboxId));
}
/** Into a folder of another account, where they are then, and no more in this one. */
export function moveAcross(rows: Rows, to: actions.Place): Promise<void> {
  return file(rows, (ids) => actions.moveAcross(ids, to));
}
export function snoozeUntil(rows: Rows, until: Date): Promise<void> {
  return file(rows, (ids) => actions.snooze(ids, until), "snooze");
}
export function setLabel(rows: Rows, keyword: string, on: boolean): Promise<void> {
  return perform("label", rows, (ids) => actions.setKeyword(ids, keyword, on));
}
