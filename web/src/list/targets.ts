/** Which rows a command is given to, and which emails they stand for. */
import type { EmailFilter, Id, QueryAnswer } from "../jmap/types";
import { route } from "../route";
import { client } from "../store/account";
import { emailNow, wantEmails } from "../store/emails";
import type { MailList } from "../store/lists";
import { threadNow, wantThreads } from "../store/threads";
import { affected, type Verb } from "./affected";
import type { Choice } from "./choices";
import { isChosen, isEmpty } from "./selection";
import { cursor, list, mailbox, selection } from "./view";

/** Rows by their emails' ids; "all": whatever the list holds, but for what the selection leaves out. */
export type Rows = readonly Id[] | "all";

/** The chosen rows; else the conversation that is open, else the row at the cursor. */
export function rowsMeant(): Rows {
  const chosen = selection.peek();
  if (chosen.isAll) return "all";
  if (!isEmpty(chosen)) return inOrder([...chosen.chosen]);
  const open = openRow();
  if (open !== null) return [open];
  const at = cursor.peek();
  return at === null ? [] : [at];
}

/** Whether a row is one of those that are meant by it: a command given to a chosen row goes for all that are chosen. */
export function rowsWith(id: Id): Rows {
  const chosen = selection.peek();
  return !isEmpty(chosen) && isChosen(chosen, id) ? rowsMeant() : [id];
}

/** The conversation shown for reading. */
export function openThreadId(): Id | null {
  const at = route.value;
  return "threadId" in at ? at.threadId : null;
}

/** Its row in the list; where it is not in the list, its newest email that is known. */
export function openRow(): Id | null {
  const thread = openThreadId();
  if (thread === null) return null;
  const at = cursor.peek();
  if (at !== null && emailNow(at)?.threadId === thread) return at;
  return (
    list
      .peek()
      ?.known()
      .find((id) => emailNow(id)?.threadId === thread) ?? null
  );
}

function inOrder(ids: Id[]): Id[] {
  const now = list.peek();
  if (now === null) return ids;
  const places = new Map(ids.map((id) => [id, now.indexOf(id)]));
  return ids.sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
}

/** Rows looked at together: all that is known of them stays known meanwhile. */
const PART = 500;

/** The emails that a command given to these rows is about. */
export async function emailsOf(verb: Verb, rows: readonly Id[], isEnded: () => boolean = () => false): Promise<Id[]> {
  const isWhole = list.peek()?.collapseThreads ?? false;
  const box = mailbox.peek()?.id ?? null;
  const found = new Set<Id>();
  for (let at = 0; at < rows.length && !isEnded(); at += PART) {
    const part = rows.slice(at, at + PART);
    await wantEmails(part);
    const owns = part.map(emailNow).filter((email) => email !== undefined);
    if (isWhole) await wantLetters(owns.map((own) => own.threadId));
    for (const own of owns) for (const id of affected(verb, own, isWhole ? lettersOf(own.threadId) : [own], box)) found.add(id);
  }
  return [...found];
}

/** All the emails of these conversations, in two questions however many they are. */
async function wantLetters(threadIds: readonly Id[]): Promise<void> {
  await wantThreads([...new Set(threadIds)]);
  await wantEmails(threadIds.flatMap((id) => threadNow(id) ?? []));
}

function lettersOf(threadId: Id) {
  return (threadNow(threadId) ?? []).map(emailNow).filter((email) => email !== undefined);
}

/** Emails of one request; the server may give fewer. */
const PAGE = 1000;
/** What can be true of emails, so that those of which a command would change nothing are not asked for. */
const WORTH: Readonly<Partial<Record<Verb, EmailFilter>>> = {
  read: { notKeyword: "$seen" },
  unread: { hasKeyword: "$seen" },
  star: { notKeyword: "$flagged" },
  unstar: { hasKeyword: "$flagged" },
};

/** Every email of a list, loaded or not, without those of the rows left out. All are found before any is changed. */
export async function everyEmail(verb: Verb, of: MailList, isEnded: () => boolean): Promise<Id[]> {
  const leftOut = new Set(selection.peek().isAll ? await emailsOf("file", [...selection.peek().chosen]) : []);
  return (await everyId(both(of.filter, WORTH[verb]), isEnded)).filter((id) => !leftOut.has(id));
}

/** What must be true of a row to be chosen: of its email, or of its whole conversation. */
const CHOSEN: Readonly<Record<Exclude<Choice, "all" | "none">, readonly [single: EmailFilter, whole: EmailFilter]>> = {
  read: [{ hasKeyword: "$seen" }, { allInThreadHaveKeyword: "$seen" }],
  unread: [{ notKeyword: "$seen" }, { operator: "NOT", conditions: [{ allInThreadHaveKeyword: "$seen" }] }],
  starred: [{ hasKeyword: "$flagged" }, { someInThreadHaveKeyword: "$flagged" }],
  unstarred: [{ notKeyword: "$flagged" }, { noneInThreadHaveKeyword: "$flagged" }],
};

/** Every row of a list of which that is true, loaded or not. */
export function everyRow(which: keyof typeof CHOSEN, of: MailList, isEnded: () => boolean): Promise<Id[]> {
  return everyId(both(of.filter, CHOSEN[which][of.collapseThreads ? 1 : 0]), isEnded, of.order);
}

function both(one: EmailFilter | null, other: EmailFilter | undefined): EmailFilter | null {
  return one && other ? { operator: "AND", conditions: [one, other] } : (other ?? one);
}

const NEWEST = { sort: [{ property: "receivedAt", isAscending: false }] };

/** The ids of all emails that a filter finds; what comes in meanwhile moves them, so that one may be found twice. */
export async function everyId(
  filter: EmailFilter | null,
  isEnded: () => boolean = () => false,
  order: object = NEWEST,
): Promise<Id[]> {
  const found = new Set<Id>();
  for (let position = 0; !isEnded(); ) {
    const answer = await client().call<QueryAnswer>("Email/query", { filter, ...order, position, limit: PAGE });
    if (answer.ids.length === 0) break;
    for (const id of answer.ids) found.add(id);
    position += answer.ids.length;
  }
  return [...found];
}
