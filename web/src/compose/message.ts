/** What is written, as `Email/set` makes an email of it (RFC 8621 §4.6). */

import type { Address } from "./addresses";

export interface Picture {
  readonly cid: string;
  readonly blobId: string;
  readonly name: string;
  readonly type: string;
}

export interface File {
  readonly blobId: string;
  readonly name: string;
  readonly type: string;
}

/** All of a message at one moment. */
export interface Letter {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  /** Plain text always; HTML, a whole document, where it is rich. */
  readonly text: string;
  readonly html: string | null;
  readonly files: readonly File[];
  readonly pictures: readonly Picture[];
  readonly messageId: string;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  /** The message that is forwarded, by its Message-ID: only drafts say so. */
  readonly forwards: string | null;
}

interface Part {
  type: string;
  partId?: string;
  blobId?: string;
  name?: string;
  disposition?: string;
  cid?: string;
  subParts?: Part[];
}

/** Names it, for a draft, by what it is a forward of: so that it is known days later which message was forwarded. */
export const FORWARDS = "header:X-Forwarded-Message-Id:asMessageIds";

export interface Kind {
  readonly mailboxId: string;
  readonly isDraft: boolean;
  /** As `schedule.sentAt` writes it. */
  readonly sentAt: string;
}

/** The object for `create`. */
export function emailOf(letter: Letter, kind: Kind): Record<string, unknown> {
  return withoutNothing({
    mailboxIds: { [kind.mailboxId]: true },
    keywords: kind.isDraft ? { $draft: true, $seen: true } : { $seen: true },
    sentAt: kind.sentAt,
    from: [letter.from],
    to: some(letter.to),
    cc: some(letter.cc),
    bcc: some(letter.bcc),
    replyTo: some(letter.replyTo),
    subject: letter.subject.replace(/[\r\n\t]+/g, " "),
    messageId: [letter.messageId],
    inReplyTo: some(letter.inReplyTo ?? []),
    references: some(letter.references ?? []),
    [FORWARDS]: letter.forwards && kind.isDraft ? [letter.forwards] : null,
    bodyStructure: structureOf(letter),
    bodyValues: { text: { value: letter.text }, ...(letter.html === null ? {} : { html: { value: letter.html } }) },
  });
}

function some<T>(these: readonly T[]): readonly T[] | null {
  return these.length ? these : null;
}

function withoutNothing(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

/** mixed(alternative(text, related(html, pictures)), files), each only where there is something for it. */
export function structureOf(letter: Letter): Part {
  const text: Part = { type: "text/plain", partId: "text" };
  const body = letter.html === null ? text : { type: "multipart/alternative", subParts: [text, htmlPart(letter)] };
  if (!letter.files.length) return body;
  return { type: "multipart/mixed", subParts: [body, ...letter.files.map(filePart)] };
}

function htmlPart(letter: Letter): Part {
  const html: Part = { type: "text/html", partId: "html" };
  const shown = letter.pictures.filter((each) => letter.html?.includes(`"cid:${each.cid}"`));
  if (!shown.length) return html;
  return { type: "multipart/related", subParts: [html, ...shown.map(picturePart)] };
}

function picturePart({ blobId, name, type, cid }: Picture): Part {
  return { type, blobId, name, cid, disposition: "inline" };
}

function filePart({ blobId, name, type }: File): Part {
  return { type: type || "application/octet-stream", blobId, name, disposition: "attachment" };
}

/** A Message-ID of our own, at the domain one writes from (RFC 5322 §3.6.4). */
export function newMessageId(from: string, random: string): string {
  const domain = /@([a-z0-9.-]+)$/i.exec(from)?.[1] ?? "localhost.invalid";
  return `${random}@${domain}`;
}

/** All that it goes to, once each: for the envelope. */
export function envelopeOf(letter: Pick<Letter, "to" | "cc" | "bcc">): string[] {
  const found = new Map<string, string>();
  for (const { email } of [...letter.to, ...letter.cc, ...letter.bcc])
    if (!found.has(email.toLowerCase())) found.set(email.toLowerCase(), email);
  return [...found.values()];
}

/** The blobs of what is in it besides its texts, in the order of `structureOf`. */
export function blobsOf(letter: Letter): string[] {
  const shown = letter.pictures.filter((each) => letter.html?.includes(`"cid:${each.cid}"`));
  return [...shown, ...letter.files].map((each) => each.blobId);
}

/** The same, of which what is attached has these names now; as it is where they are not as many. */
export function withBlobs(letter: Letter, blobs: readonly string[]): Letter {
  const old = blobsOf(letter);
  if (old.length !== blobs.length) return letter;
  const names = new Map(old.map((each, index) => [each, blobs[index] || each]));
  const named = <T extends { blobId: string }>(each: T): T => ({ ...each, blobId: names.get(each.blobId) ?? each.blobId });
  return { ...letter, pictures: letter.pictures.map(named), files: letter.files.map(named) };
}
