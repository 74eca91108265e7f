/** Invitations to meetings, and the mail that answers them (RFC 5546 §3.2.3, RFC 6047). Pure. */

import type { Invitation } from "./views";

export type Answer = "ACCEPTED" | "TENTATIVE" | "DECLINED";

export interface Reply {
  readonly invitation: Invitation;
  readonly answer: Answer;
  readonly me: { readonly name: string | null; readonly email: string };
  /** "Accepted: Tea", in the language that is spoken. */
  readonly subject: string;
  readonly text: string;
  readonly now: Date;
  /** A word nobody else has. */
  readonly unique: string;
  /** The invitation's own Message-ID. */
  readonly inReplyTo: string | null;
  /** The calendar file that came, of which some lines must be given back. */
  readonly calendar: string;
}

const ADDRESS = /^[^\s<>@",;:\\]{1,64}@[^\s<>@",;:\\]{1,255}$/u;
const GIVEN_BACK = ["SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "SUMMARY"];

/** Whether one can answer: it asks, there is an organizer to tell, and it isn't oneself. */
export function isAsking(invitation: Invitation, me: string): boolean {
  const organizer = invitation.organizer?.email ?? "";
  return (
    invitation.method.toUpperCase() === "REQUEST" && ADDRESS.test(organizer) && organizer.toLowerCase() !== me.toLowerCase()
  );
}

/** What one has said already, as far as the invitation knows. */
export function saidBy(invitation: Invitation, email: string): Answer | null {
  const status = invitation.attendees.find((each) => each.email.toLowerCase() === email.toLowerCase())?.status?.toUpperCase();
  return status === "ACCEPTED" || status === "TENTATIVE" || status === "DECLINED" ? status : null;
}

/** The whole message that answers, in CRLF. Throws TypeError for addresses that are none. */
export function replyMessage(reply: Reply): string {
  const to = reply.invitation.organizer?.email ?? "";
  if (!ADDRESS.test(to) || !ADDRESS.test(reply.me.email)) throw new TypeError("no address");
  const boundary = `=_${reply.unique.replace(/[^A-Za-z0-9]/g, "")}`;
  const id = `${reply.unique.replace(/[^A-Za-z0-9.-]/g, "")}@${reply.me.email.split("@")[1]}`;
  const inReplyTo = /^[^\s<>]{1,900}$/.exec(reply.inReplyTo ?? "")?.[0];
  const head = [
    `From: ${mailbox(reply.me.name, reply.me.email)}`,
    `To: ${mailbox(reply.invitation.organizer?.name ?? null, to)}`,
    `Subject: ${words(reply.subject)}`,
    `Date: ${dateOf(reply.now)}`,
    `Message-ID: <${id}>`,
    ...(inReplyTo === undefined ? [] : [`In-Reply-To: <${inReplyTo}>`, `References: <${inReplyTo}>`]),
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
  ];
  const part = (type: string, body: string): string =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(body)}\r\n`;
  return `${head.join("\r\n")}\r\n\r\n${part("text/plain", reply.text)}${part("text/calendar; method=REPLY", calendarOf(reply))}--${boundary}--\r\n`;
}

/** The calendar file that says the same. */
export function calendarOf(reply: Reply): string {
  const { invitation, me } = reply;
  const lines = [
    "BEGIN:VCALENDAR",
    "PRODID:-//Pillarbox//Webmail//EN",
    "VERSION:2.0",
    "METHOD:REPLY",
    "BEGIN:VEVENT",
    `UID:${plain(invitation.uid)}`,
    `DTSTAMP:${reply.now.toISOString().replace(/[-:]|\.\d+/g, "")}`,
    ...givenBack(reply.calendar, invitation.uid),
    `ORGANIZER:mailto:${invitation.organizer?.email ?? ""}`,
    `ATTENDEE;PARTSTAT=${reply.answer}${me.name ? `;CN=${parameter(me.name)}` : ""}:mailto:${me.email}`,
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return `${lines.map(folded).join("\r\n")}\r\n`;
}

/** Lines of the event as they came: which of its versions, and which of its days, is answered. */
export function givenBack(calendar: string, uid: string): string[] {
  const unfolded = calendar
    .slice(0, 1_000_000)
    .replace(/\r?\n[ \t]/g, "")
    .split(/\r?\n/);
  const events: string[][] = [];
  let depth = 0;
  for (const line of unfolded) {
    if (/^BEGIN:VEVENT$/i.test(line)) {
      events.push([]);
      depth = 1;
    } else if (/^BEGIN:/i.test(line) && depth > 0) depth += 1;
    else if (/^END:/i.test(line) && depth > 0) depth -= 1;
    else if (depth === 1) events.at(-1)?.push(line);
  }
  const event = events.find((lines) => lines.includes(`UID:${uid}`)) ?? [];
  return event
    .filter((line) => line.length < 4000 && GIVEN_BACK.includes((/^[A-Za-z-]+/.exec(line)?.[0] ?? "").toUpperCase()))
    .map(plain);
}

/** Lines of at most 75 octets, gone on with after a blank (RFC 5545 §3.1). */
function folded(line: string): string {
  let out = "";
  let octets = 0;
  for (const letter of line) {
    const size = new TextEncoder().encode(letter).length;
    if (octets + size > 75) {
      out += "\r\n ";
      octets = 1;
    }
    out += letter;
    octets += size;
  }
  return out;
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would begin another line
  return text.replace(/[\u0000-\u001f\u007f]/g, " ");
}

function parameter(text: string): string {
  return `"${plain(text).replaceAll('"', "'")}"`;
}

function mailbox(name: string | null, email: string): string {
  return name?.trim() ? `${words(plain(name.trim()), true)} <${email}>` : email;
}

/** Text of a header field; what is not plain as encoded words (RFC 2047). */
function words(text: string, isPhrase = false): string {
  const bare = plain(text);
  if (/^[\x20-\x7e]*$/.test(bare) && !bare.includes("=?") && bare.length < 70)
    return isPhrase && /[^\w .'-]/.test(bare) ? `"${bare.replace(/(["\\])/g, "\\$1")}"` : bare;
  const pieces: string[] = [];
  let piece = "";
  for (const letter of bare) {
    if (new TextEncoder().encode(piece + letter).length > 42) {
      pieces.push(piece);
      piece = "";
    }
    piece += letter;
  }
  return [...pieces, piece].map((each) => `=?utf-8?B?${base64(each)}?=`).join("\r\n ");
}

function base64(text: string): string {
  const octets = new TextEncoder().encode(text);
  let binary = "";
  for (const octet of octets) binary += String.fromCharCode(octet);
  return btoa(binary).replace(/.{76}(?=.)/g, "$&\r\n");
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dateOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`;
}

/** When it is, as people say it: one day, some days, or from one time to another. */
export function whenOf(invitation: Pick<Invitation, "start" | "end" | "allDay">, language: string): string {
  const [start, end] = [parsed(invitation.start), parsed(invitation.end)];
  if (start === null) return "";
  const days = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;
  const zone = invitation.allDay ? { timeZone: "UTC" } : {};
  const format = new Intl.DateTimeFormat(
    language,
    invitation.allDay ? { ...days, ...zone } : { ...days, hour: "numeric", minute: "2-digit" },
  );
  // the end of whole days is the morning after
  const last = end === null ? null : invitation.allDay ? new Date(end.getTime() - 86_400_000) : end;
  return last === null || last <= start ? format.format(start) : format.formatRange(start, last);
}

function parsed(value: string | null): Date | null {
  const date = new Date(value ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}
