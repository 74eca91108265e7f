/**
 * What strangers wrote, as much of it as a browser can draw: a subject of a megabyte, or a letter under a hundred thousand marks,
 * would stop the whole page. Every text of an email that is shown in a line goes through here when it comes from the server.
 */

import type { BodyPart, Email, EmailAddress } from "../jmap/types";

/** Characters of a line: no subject that somebody means has as many. */
export const MOST = 1000;
/** On one letter: more than any writing has (the server's rule for bodies, too). */
export const MOST_MARKS = 30;
/** So many are looked at, for what is left when the marks are thinned. */
const LOOKED_AT = 20 * MOST;
const HEAPS = /(\p{M}{30})\p{M}+/gu;
const LAST_HALF = /[\ud800-\udbff]$/;

export function clipped(text: string): string {
  const looked = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text;
  const thin = looked.replace(HEAPS, "$1");
  if (thin.length <= MOST && looked.length === text.length) return thin;
  return `${thin.slice(0, MOST).replace(LAST_HALF, "")}…`;
}

/** A file's name, cut in the middle: its end tells what it is. */
export function clippedName(name: string): string {
  if (name.length <= MOST) return name.replace(HEAPS, "$1");
  return `${clipped(name.slice(0, MOST / 2))}…${name.slice(-MOST / 4).replace(HEAPS, "$1")}`;
}

const LINES = ["subject", "preview"] as const;
const PEOPLE = ["from", "to", "cc", "bcc", "sender", "replyTo"] as const;
const PARTS = ["textBody", "htmlBody", "attachments"] as const;

type Shown = { [K in (typeof LINES)[number]]?: string | null } & { [K in (typeof PEOPLE)[number]]?: EmailAddress[] | null } & {
  [K in (typeof PARTS)[number]]?: BodyPart[];
};

/** The email with all of these as they can be shown, itself unchanged. */
export function clippedEmail<T extends Partial<Email> | Shown>(email: T): T {
  const result: Shown = { ...(email as Shown) };
  for (const name of LINES) {
    const text = result[name];
    if (text) result[name] = clipped(text);
  }
  for (const name of PEOPLE) {
    const people = result[name];
    if (people) result[name] = people.map(clippedAddress);
  }
  for (const name of PARTS) {
    const parts = result[name];
    if (parts) result[name] = parts.map((part) => (part.name ? { ...part, name: clippedName(part.name) } : part));
  }
  return result as T;
}

export function clippedAddress<T extends EmailAddress>(who: T): T {
  return { ...who, name: who.name && clipped(who.name), email: clipped(who.email) };
}
