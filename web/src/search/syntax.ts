/**
 * What people type to find mail, read into terms and written back.
 *
 *     from:anna subject:"the plan" has:attachment after:2026-01-01 -is:unread lunch
 *
 * A term is a word, a phrase in quotes, or either behind an operator; a minus before it turns it round. What has the form of an
 * operator but no value we understand (`before:soon`) is a word like any other, so nothing typed is ever an error.
 */
import { readDay, readSize } from "./values";

export type TermKind =
  | "text"
  | "from"
  | "to"
  | "cc"
  | "bcc"
  | "subject"
  | "body"
  | "in"
  | "label"
  | "has"
  | "is"
  | "before"
  | "after"
  | "on"
  | "larger"
  | "smaller";

export interface Term {
  readonly kind: TermKind;
  /** As it was typed, without quotes; "attachment", "unread" and their like in the one spelling we write. */
  readonly value: string;
  readonly not: boolean;
}

/** Other spellings of the operators: those of the big webmails, and German ones. */
const OPERATORS: Readonly<Record<string, TermKind>> = {
  from: "from",
  von: "from",
  to: "to",
  an: "to",
  cc: "cc",
  bcc: "bcc",
  subject: "subject",
  betreff: "subject",
  body: "body",
  in: "in",
  folder: "in",
  ordner: "in",
  label: "label",
  keyword: "label",
  has: "has",
  hat: "has",
  is: "is",
  ist: "is",
  before: "before",
  older: "before",
  vor: "before",
  after: "after",
  since: "after",
  newer: "after",
  nach: "after",
  seit: "after",
  on: "on",
  date: "on",
  am: "on",
  larger: "larger",
  bigger: "larger",
  smaller: "smaller",
};

const HAS: Readonly<Record<string, string>> = {
  attachment: "attachment",
  attachments: "attachment",
  anhang: "attachment",
  anhänge: "attachment",
};

const IS: Readonly<Record<string, string>> = {
  unread: "unread",
  ungelesen: "unread",
  unseen: "unread",
  read: "read",
  gelesen: "read",
  seen: "read",
  starred: "starred",
  flagged: "starred",
  markiert: "starred",
  answered: "answered",
  replied: "answered",
  beantwortet: "answered",
  draft: "draft",
  entwurf: "draft",
};

export const OPERATOR_NAMES: readonly TermKind[] = [
  "from",
  "to",
  "subject",
  "body",
  "has",
  "is",
  "in",
  "label",
  "before",
  "after",
  "on",
  "larger",
  "smaller",
  "cc",
  "bcc",
];

interface Piece {
  readonly operator: string;
  readonly value: string;
  readonly not: boolean;
  /** A space or a closing quote came after it: nobody is typing it any more. */
  readonly isDone: boolean;
  readonly start: number;
  readonly end: number;
}

/** Every term of a text. */
export function parse(text: string, now: Date = new Date()): Term[] {
  return pieces(text)
    .filter((piece) => piece.value !== "")
    .map((piece) => understood(piece, now));
}

/**
 * A text being typed, divided: operators that are whole become chips, words stay where they are written. With `isFinished` (Enter,
 * or a text out of an address) the last one is whole too.
 */
export function divide(text: string, isFinished = false, now: Date = new Date()): { chips: Term[]; rest: string } {
  const chips: Term[] = [];
  let rest = "";
  let kept = 0;
  for (const piece of pieces(text)) {
    const term = understood(piece, now);
    if (term.kind === "text" || !(piece.isDone || isFinished)) continue;
    chips.push(term);
    rest += text.slice(kept, piece.start);
    kept = piece.end;
    while (text[kept] === " ") kept++;
  }
  return { chips, rest: rest + text.slice(kept) };
}

/** The text that `parse` reads as these terms. */
export function write(terms: readonly Term[]): string {
  return terms.map(writeTerm).join(" ");
}

export function writeTerm(term: Term): string {
  const sign = term.not ? "-" : "";
  if (term.kind === "text") return sign + quoted(term.value, looksLikeMore(term.value));
  return `${sign}${term.kind}:${quoted(term.value, false)}`;
}

function quoted(value: string, must: boolean): string {
  const needs = must || value === "" || /[\s"\\]/.test(value);
  return needs ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}

/** A word that would be read as something else if it stood without quotes. */
function looksLikeMore(word: string): boolean {
  return word.startsWith("-") || /^[^\s:"]+:./.test(word);
}

/** What is being typed at the end of a text: for what is suggested. */
export function typedLast(text: string): { operator: string; value: string; start: number } | null {
  const last = pieces(text).at(-1);
  if (last === undefined || last.isDone) return null;
  return { operator: last.operator, value: last.value, start: last.start };
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    if (isSpace(text[at])) {
      at++;
      continue;
    }
    const piece = pieceAt(text, at);
    if (piece.value !== "" || piece.operator !== "") found.push(piece);
    at = piece.end;
  }
  return found;
}

function pieceAt(text: string, start: number): Piece {
  let at = start;
  const not = text[at] === "-" && at + 1 < text.length && !isSpace(text[at + 1]);
  if (not) at++;
  let operator = "";
  const name = /^([\p{L}]{2,10}):/u.exec(text.slice(at, at + 12));
  if (name?.[1] !== undefined && OPERATORS[name[1].toLowerCase()] !== undefined) {
    operator = name[1].toLowerCase();
    at += name[0].length;
  }
  if (text[at] === '"') {
    const { value, end, isClosed } = phraseAt(text, at + 1);
    return { operator, value, not, isDone: isClosed, start, end };
  }
  const first = at;
  while (at < text.length && !isSpace(text[at])) at++;
  return { operator, value: text.slice(first, at), not, isDone: at < text.length, start, end: at };
}

function phraseAt(text: string, first: number): { value: string; end: number; isClosed: boolean } {
  let value = "";
  for (let at = first; at < text.length; at++) {
    const letter = text[at] as string;
    if (letter === '"') return { value, end: at + 1, isClosed: true };
    if (letter === "\\" && at + 1 < text.length) value += text[++at];
    else value += letter;
  }
  return { value, end: text.length, isClosed: false };
}

function understood(piece: Piece, now: Date): Term {
  const kind = OPERATORS[piece.operator];
  const value = kind === undefined || piece.value === "" ? null : known(kind, piece.value, now);
  if (kind !== undefined && value !== null) return { kind, value, not: piece.not };
  const word = piece.operator === "" ? piece.value : `${piece.operator}:${piece.value}`;
  return { kind: "text", value: word, not: piece.not };
}

/** The value in the spelling we write; null: it means nothing to us. */
function known(kind: TermKind, value: string, now: Date): string | null {
  switch (kind) {
    case "has":
      return HAS[value.toLowerCase()] ?? null;
    case "is":
      return IS[value.toLowerCase()] ?? null;
    case "before":
    case "after":
    case "on":
      return readDay(value, now) === null ? null : value;
    case "larger":
    case "smaller":
      return readSize(value) === null ? null : value;
    default:
      return value;
  }
}

function isSpace(letter: string | undefined): boolean {
  return letter !== undefined && /\s/.test(letter);
}
