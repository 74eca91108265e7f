/** What a composer begins with: the message that is answered or forwarded is fetched, quoted, and answered to the right people. */

import type { BodyPart, BodyValue, EmailAddress, Id, Identity } from "../jmap/types";
import { type Address, formatAddress, formatAddresses, parseAddresses } from "./addresses";
import { cleanFragment } from "./clean";
import { textOf } from "./html_text";
import { newMessageId } from "./message";
import {
  type Forwarded,
  forwardHtml,
  forwardText,
  htmlOfText,
  NO_SIGNATURE,
  newHtml,
  newText,
  replyHtml,
  replyText,
  type Signature,
} from "./quoting";
import { identityFor, type Original, ofMailto, recipientsOf, referencesOf, writesFrom } from "./recipients";
import { EMPTY, type Format, type KeptFile, type Opening, type Snapshot } from "./snapshot";
import { fileName, forwardSubject, replySubject } from "./subjects";

/** What is asked of a message that is to be answered, forwarded or written on. */
export const PROPERTIES = [
  "id", "blobId", "size", "messageId", "inReplyTo", "references", "from", "sender", "replyTo", "to", "cc", "bcc", "subject", "sentAt",
  "receivedAt", "keywords", "textBody", "htmlBody", "attachments", "bodyValues", "header:Mail-Followup-To:asAddresses",
  "header:List-Post:asURLs", "header:Delivered-To:asText:all", "header:X-Original-To:asText:all",
  "header:X-Forwarded-Message-Id:asMessageIds",
]; // biome-ignore format: a list
export const BODY_PROPERTIES = ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid"];

export interface Fetched {
  id: Id;
  blobId: Id;
  size: number;
  messageId: string[] | null;
  inReplyTo: string[] | null;
  references: string[] | null;
  from: EmailAddress[] | null;
  sender: EmailAddress[] | null;
  replyTo: EmailAddress[] | null;
  to: EmailAddress[] | null;
  cc: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  subject: string | null;
  sentAt: string | null;
  receivedAt: string;
  textBody: BodyPart[];
  htmlBody: BodyPart[];
  attachments: BodyPart[];
  bodyValues: Record<string, BodyValue>;
  "header:Mail-Followup-To:asAddresses"?: EmailAddress[] | null;
  "header:List-Post:asURLs"?: string[] | null;
  "header:Delivered-To:asText:all"?: string[];
  "header:X-Original-To:asText:all"?: string[];
  "header:X-Forwarded-Message-Id:asMessageIds"?: string[] | null;
}

/** What the words and the world are: given, so that all else here is pure. */
export interface Setting {
  readonly identities: readonly Identity[];
  readonly format: Format;
  readonly random: () => string;
  /** "On 3 November, Anna wrote:" */
  readonly attribution: (author: string, at: string) => string;
  readonly forwardTitle: string;
  /** "From", "Date", "Subject", "To", "Cc" in this order. */
  readonly forwardNames: readonly [string, string, string, string, string];
  readonly date: (at: string) => string;
  readonly unnamed: string;
}

export function signatureOf(identity: Identity | null | undefined): Signature {
  return identity ? { text: identity.textSignature.trimEnd(), html: identity.htmlSignature } : NO_SIGNATURE;
}

/** A new message. */
export function begin(opening: Opening, setting: Setting): Snapshot {
  const link = opening.mailto ? ofMailto(opening.mailto) : null;
  const identity = setting.identities.find((each) => each.id === opening.identityId) ?? setting.identities[0] ?? null;
  const given = typeof opening.to === "string" ? parseAddresses(opening.to) : (opening.to ?? []);
  const body = link?.body || opening.body || "";
  const signature = signatureOf(identity);
  return {
    ...written(setting, identity, null),
    to: link?.to ?? given,
    cc: link?.cc ?? opening.cc ?? [],
    bcc: [...(link?.bcc ?? opening.bcc ?? []), ...(identity?.bcc ?? [])],
    subject: link?.subject ?? opening.subject ?? "",
    format: setting.format,
    text: body + newText(signature),
    html: body ? htmlOfText(body) + newHtml(signature) : newHtml(signature),
  };
}

function written(setting: Setting, identity: Identity | null, original: Original | null): Snapshot {
  const from = identity ? writesFrom(identity, original) : "";
  return {
    ...EMPTY,
    identityId: identity?.id ?? null,
    from,
    messageId: newMessageId(from || (identity?.email ?? ""), setting.random()),
  };
}

export function originalOf(email: Fetched): Original {
  const delivered = [...(email["header:Delivered-To:asText:all"] ?? []), ...(email["header:X-Original-To:asText:all"] ?? [])];
  return {
    from: email.from,
    sender: email.sender,
    replyTo: email.replyTo,
    to: email.to,
    cc: email.cc,
    bcc: email.bcc,
    followupTo: email["header:Mail-Followup-To:asAddresses"] ?? null,
    listPost: email["header:List-Post:asURLs"] ?? null,
    deliveredTo: delivered.map((each) => each.trim().replace(/^<|>$/g, "")),
  };
}

export function beginReply(email: Fetched, opening: Opening, setting: Setting): Snapshot {
  const original = originalOf(email);
  const identity =
    setting.identities.find((each) => each.id === opening.identityId) ??
    identityFor(original, setting.identities) ??
    setting.identities[0] ??
    null;
  const mode = opening.mode === "replyAll" || opening.mode === "replyList" ? opening.mode : "reply";
  const { to, cc } = recipientsOf(original, mode, setting.identities);
  const body = opening.quote ? { text: opening.quote, html: null } : bodyOf(email);
  const quoted = { attribution: setting.attribution(author(email), setting.date(dateOf(email))), ...body };
  const signature = signatureOf(identity);
  return {
    ...written(setting, identity, original),
    to,
    cc,
    bcc: identity?.bcc ?? [],
    subject: opening.subject ?? replySubject(email.subject),
    format: setting.format,
    ...withLead(opening.body, { text: replyText(quoted, signature), html: replyHtml(quoted, signature) }),
    files: picturesOf(email, quoted.html),
    ...referencesOf(email),
    about: { kind: "answered", emailIds: [email.id], messageId: email.messageId?.[0] ?? null },
  };
}

function withLead(lead: string | undefined, body: { text: string; html: string }): { text: string; html: string } {
  return lead ? { text: lead + body.text, html: htmlOfText(lead) + body.html } : body;
}

export function beginForward(email: Fetched, opening: Opening, setting: Setting): Snapshot {
  const original = originalOf(email);
  const identity = identityFor(original, setting.identities) ?? setting.identities[0] ?? null;
  const [from, date, subject, to, cc] = setting.forwardNames;
  const line = (name: string, these: readonly Address[] | null) =>
    these?.length ? [[name, formatAddresses(these)] as const] : [];
  const forwarded: Forwarded = {
    title: setting.forwardTitle,
    lines: [
      ...line(from, email.from),
      [date, setting.date(dateOf(email))],
      [subject, email.subject ?? ""],
      ...line(to, email.to),
      ...line(cc, email.cc),
    ],
    ...bodyOf(email),
  };
  const signature = signatureOf(identity);
  const pictures = picturesOf(email, forwarded.html);
  const shown = new Set(pictures.map((each) => each.blobId));
  return {
    ...written(setting, identity, original),
    to: typeof opening.to === "object" ? opening.to : [],
    subject: forwardSubject(email.subject),
    format: setting.format,
    text: forwardText(forwarded, signature),
    html: forwardHtml(forwarded, signature),
    files: [
      ...pictures,
      ...email.attachments
        .filter((each) => each.blobId && !shown.has(each.blobId))
        .map((each) => fileOf(each, setting.unnamed)),
    ],
    references: referencesOf(email).references,
    about: { kind: "forwarded", emailIds: [email.id], messageId: email.messageId?.[0] ?? null },
  };
}

/** Whole messages as files: nothing of them is lost, header and all. */
export function beginForwardAsFile(
  emails: readonly Pick<Fetched, "id" | "blobId" | "size" | "subject" | "messageId">[],
  opening: Opening,
  setting: Setting,
): Snapshot {
  const one = emails.length === 1 ? emails[0] : undefined;
  return {
    ...begin({ ...opening, subject: one ? forwardSubject(one.subject) : (opening.subject ?? "") }, setting),
    files: emails.map((each) => ({
      blobId: each.blobId,
      name: fileName(each.subject, setting.unnamed),
      type: "message/rfc822",
      size: each.size,
      cid: null,
    })),
    about: { kind: "forwarded", emailIds: emails.map((each) => each.id), messageId: one?.messageId?.[0] ?? null },
  };
}

/** A draft, to be written on as it was left. */
export function beginDraft(email: Fetched, setting: Setting): Snapshot {
  const from = email.from?.[0] ?? null;
  const identity =
    setting.identities.find((each) => each.email === from?.email) ??
    identityFor(originalOf(email), setting.identities) ??
    setting.identities[0] ??
    null;
  const body = bodyOf(email);
  const pictures = picturesOf(email, body.html);
  const shown = new Set(pictures.map((each) => each.blobId));
  const forwards = email["header:X-Forwarded-Message-Id:asMessageIds"]?.[0];
  const answers = email.inReplyTo?.[0];
  return {
    ...written(setting, identity, null),
    from: from?.email ?? "",
    to: email.to ?? [],
    cc: email.cc ?? [],
    bcc: email.bcc ?? [],
    subject: email.subject ?? "",
    format: body.html === null ? "plain" : "rich",
    text: body.text,
    html: body.html ?? htmlOfText(body.text),
    files: [
      ...pictures,
      ...email.attachments
        .filter((each) => each.blobId && !shown.has(each.blobId))
        .map((each) => fileOf(each, setting.unnamed)),
    ],
    messageId: email.messageId?.[0] ?? newMessageId(from?.email ?? "", setting.random()),
    inReplyTo: email.inReplyTo,
    references: email.references,
    about: forwards
      ? { kind: "forwarded", emailIds: [], messageId: forwards }
      : answers
        ? { kind: "answered", emailIds: [], messageId: answers }
        : null,
    draftId: email.id,
  };
}

function author(email: Fetched): string {
  const who = email.from?.[0] ?? email.sender?.[0];
  return who ? formatAddress(who) : "?";
}

function dateOf(email: Fetched): string {
  return email.sentAt ?? email.receivedAt;
}

/** What it says, in both forms; `html` null: it has none. Pictures in it keep their Content-ID. */
export function bodyOf(email: Fetched): { text: string; html: string | null } {
  const value = (part: BodyPart) => email.bodyValues[part.partId ?? ""]?.value ?? "";
  const isHtml = email.htmlBody.some((part) => part.type === "text/html");
  const pieces = email.htmlBody
    .filter((part) => /^text\//.test(part.type))
    .map((part) => (part.type === "text/html" ? innerOf(value(part)) : htmlOfText(value(part))));
  const texts = email.textBody
    .filter((part) => /^text\//.test(part.type))
    .map((part) => (part.type === "text/html" ? textOf(cleanFragment(value(part), { pictureOf: () => "" })) : value(part)));
  return { text: texts.join("\n"), html: isHtml ? pieces.join("<hr>") : null };
}

/** Without what is around the body: DOMPurify would keep a title's text else. */
function innerOf(html: string): string {
  const tag = html.search(/<body\b/i);
  const opened = tag < 0 ? -1 : html.indexOf(">", tag);
  const rest = html.slice(opened + 1);
  const end = rest.search(/<\/body>/i);
  return (end < 0 ? rest : rest.slice(0, end)).trim();
}

/** The pictures that the HTML shows, of those that are in the message. */
function picturesOf(email: Fetched, html: string | null): KeptFile[] {
  if (html === null) return [];
  const shown = new Set([...html.matchAll(/\bcid:([^"'\s>)]+)/gi)].map((found) => decoded(found[1] ?? "")));
  const found: KeptFile[] = [];
  for (const part of email.attachments) {
    if (part.cid && part.blobId && shown.has(part.cid) && /^image\//.test(part.type))
      found.push({ ...fileOf(part, "picture"), cid: part.cid });
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("&amp;", "&"));
  } catch {
    return text;
  }
}

function fileOf(part: BodyPart, unnamed: string): KeptFile {
  return { blobId: part.blobId ?? "", name: part.name ?? unnamed, type: part.type, size: part.size, cid: null };
}
