/** Whom a reply goes to, and as whom it is written. */

import { type Address, addressKey, baseKey, parseAddresses, withoutTwins } from "./addresses";

/** What is known of the message that is answered. */
export interface Original {
  readonly from: readonly Address[] | null;
  readonly sender?: readonly Address[] | null;
  readonly replyTo: readonly Address[] | null;
  readonly to: readonly Address[] | null;
  readonly cc: readonly Address[] | null;
  readonly bcc: readonly Address[] | null;
  /** Mail-Followup-To, as addresses. */
  readonly followupTo?: readonly Address[] | null;
  /** List-Post, as URLs (RFC 2369 §3.4). */
  readonly listPost?: readonly string[] | null;
  /** Delivered-To, X-Original-To and their like: at which address it came in. */
  readonly deliveredTo?: readonly string[];
}

export interface Recipients {
  readonly to: Address[];
  readonly cc: Address[];
}

export interface WritesAs {
  readonly id: string;
  readonly email: string;
  readonly name?: string | null;
}

export type ReplyMode = "reply" | "replyAll" | "replyList";

/** The address to which a list's posts go; null where there is none or none may post. */
export function listAddress(original: Original): Address | null {
  for (const url of original.listPost ?? []) {
    const found = /^mailto:([^?]+)/i.exec(url.trim());
    if (!found?.[1]) continue;
    try {
      return { name: null, email: decodeURIComponent(found[1]) };
    } catch {
      return { name: null, email: found[1] };
    }
  }
  return null;
}

export function isOwn(email: string, own: readonly WritesAs[]): boolean {
  return own.some((each) => matches(each.email, email) || baseKey(each.email) === baseKey(email));
}

/** An identity may be of a whole domain, "*@example.org" (RFC 8621 §6). */
function matches(identity: string, email: string): boolean {
  if (identity.startsWith("*@")) return addressKey(email).endsWith(addressKey(identity.slice(1)));
  return addressKey(identity) === addressKey(email);
}

export function recipientsOf(original: Original, mode: ReplyMode, own: readonly WritesAs[]): Recipients {
  const list = listAddress(original);
  if (mode === "replyList" && list) return { to: [list], cc: [] };
  const others = (these: readonly Address[] | null | undefined) =>
    withoutTwins((these ?? []).filter((each) => !isOwn(each.email, own)));
  const isMine = (original.from ?? []).some((each) => isOwn(each.email, own));
  if (isMine) return ofMine(original, mode, others);
  const author = authors(original, list, mode);
  if (mode !== "replyAll") return { to: withoutTwins(author), cc: [] };
  if (original.followupTo?.length) {
    const to = others(original.followupTo);
    return { to: to.length ? to : withoutTwins(author), cc: [] };
  }
  const to = withoutTwins([...author, ...others(original.to)]);
  const taken = new Set(to.map((each) => addressKey(each.email)));
  return { to, cc: others(original.cc).filter((each) => !taken.has(addressKey(each.email))) };
}

/** To answer one's own message is to go on writing to those it went to. */
function ofMine(original: Original, mode: ReplyMode, others: (these: readonly Address[] | null) => Address[]): Recipients {
  const to = others(original.to);
  const cc = others(original.cc);
  if (mode === "replyAll") {
    const taken = new Set(to.map((each) => addressKey(each.email)));
    const rest = cc.filter((each) => !taken.has(addressKey(each.email)));
    if (to.length || rest.length) return { to, cc: rest };
  } else if (to.length || cc.length) return { to: to.length ? to : cc, cc: [] };
  return { to: withoutTwins(original.to?.length ? original.to : (original.from ?? [])), cc: [] };
}

/** Reply-To, unless it is only the list that put itself there: then a reply would not be to the author (RFC 2369's lists munge it so). */
function authors(original: Original, list: Address | null, mode: ReplyMode): readonly Address[] {
  const replyTo = original.replyTo ?? [];
  const isMunged = list && replyTo.length > 0 && replyTo.every((each) => addressKey(each.email) === addressKey(list.email));
  if (replyTo.length && !(isMunged && mode === "reply")) return replyTo;
  return original.from?.length ? original.from : (original.sender ?? []);
}

/** The identity that a message was sent to, or by; null: the usual one. */
export function identityFor<T extends WritesAs>(original: Original, identities: readonly T[]): T | null {
  const mine = (original.from ?? []).map((each) => each.email);
  const came = original.deliveredTo ?? [];
  const named = [...(original.to ?? []), ...(original.cc ?? []), ...(original.bcc ?? [])].map((each) => each.email);
  const candidates = [...mine, ...named, ...came];
  const exact = first(candidates, identities, (identity, email) => !identity.startsWith("*@") && matches(identity, email));
  const based = () => first(candidates, identities, (identity, email) => baseKey(identity) === baseKey(email));
  return exact ?? based() ?? first(candidates, identities, matches);
}

function first<T extends WritesAs>(
  emails: readonly string[],
  identities: readonly T[],
  is: (identity: string, email: string) => boolean,
): T | null {
  for (const email of emails) {
    const found = identities.find((each) => is(each.email, email));
    if (found) return found;
  }
  return null;
}

/** The address one writes from: of an identity of a whole domain or with an extension, the very one the message came to. */
export function writesFrom(identity: WritesAs, original: Original | null): string {
  if (!original) return identity.email.startsWith("*@") ? "" : identity.email;
  const came = [...(original.to ?? []), ...(original.cc ?? [])].map((each) => each.email).concat(original.deliveredTo ?? []);
  if (identity.email.startsWith("*@")) return came.find((email) => matches(identity.email, email)) ?? "";
  return identity.email;
}

/** References of a reply (RFC 5322 §3.6.4). At most a hundred: the first, which names the thread, and the last. */
export function referencesOf(original: {
  readonly messageId: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly inReplyTo: readonly string[] | null;
}): { inReplyTo: string[] | null; references: string[] | null } {
  const id = original.messageId ?? [];
  const before = original.references?.length ? original.references : original.inReplyTo?.length === 1 ? original.inReplyTo : [];
  const all = [...new Set([...before, ...id])];
  const references = all.length > 100 ? [...all.slice(0, 1), ...all.slice(-99)] : all;
  return { inReplyTo: id.length ? [...id] : null, references: references.length ? references : null };
}

/** `mailto:` links (RFC 6068) as what a composer is opened with. */
export function ofMailto(url: string): { to: Address[]; cc: Address[]; bcc: Address[]; subject: string; body: string } {
  const decode = (text: string) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const [path = "", query = ""] = url.replace(/^mailto:/i, "").split(/\?(.*)/s);
  const found = { to: parseAddresses(decode(path)), cc: [] as Address[], bcc: [] as Address[], subject: "", body: "" };
  for (const pair of query.split("&")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const key = decode(name).toLowerCase();
    if (key === "to" || key === "cc" || key === "bcc") found[key].push(...parseAddresses(decode(value)));
    else if (key === "subject") found.subject = decode(value).replace(/[\r\n]+/g, " ");
    else if (key === "body") found.body = decode(value).replace(/\r\n?/g, "\n");
  }
  return found;
}
