/**
 * Which emails a command is about when it is given to a row that stands for a whole conversation.
 *
 * What files mail away goes for the conversation's emails in the folder shown, so that one's own answers stay in Sent; in a search, for
 * those that lie where the row's own email lies. Reading and unstarring go for all that are unread or starred, for otherwise the row
 * would stay as it is; marking unread and starring go for the row's own email, which is the newest.
 */

export type Verb = "file" | "read" | "unread" | "star" | "unstar" | "label" | "snooze";

export interface Letter {
  readonly id: string;
  readonly mailboxIds: Readonly<Record<string, true>>;
  readonly keywords: Readonly<Partial<Record<string, true>>>;
}

/** `thread`: all that is known of the conversation, oldest first; `mailboxId`: the folder shown, null in a search. */
export function affected(verb: Verb, own: Letter, thread: readonly Letter[], mailboxId: string | null): string[] {
  const all = thread.some((letter) => letter.id === own.id) ? thread : [...thread, own];
  switch (verb) {
    case "read":
      return all.filter((letter) => !letter.keywords.$seen).map((letter) => letter.id);
    case "unstar":
      return all.filter((letter) => letter.keywords.$flagged).map((letter) => letter.id);
    case "unread":
    case "star":
      return [own.id];
    default:
      return all.filter((letter) => letter.id === own.id || lies(letter, own, mailboxId)).map((letter) => letter.id);
  }
}

function lies(letter: Letter, own: Letter, mailboxId: string | null): boolean {
  if (mailboxId !== null) return letter.mailboxIds[mailboxId] === true;
  return Object.keys(own.mailboxIds).some((id) => letter.mailboxIds[id] === true);
}

/** Whether a conversation counts as unread or starred: as soon as one of its emails is. */
export function isUnread(letters: readonly Letter[]): boolean {
  return letters.some((letter) => !letter.keywords.$seen && !letter.keywords.$draft);
}

export function isStarred(letters: readonly Letter[]): boolean {
  return letters.some((letter) => letter.keywords.$flagged === true);
}
