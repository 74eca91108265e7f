/** Terms made into what JMAP understands (RFC 8621 §4.4.1). */
import type { EmailFilter as Filter } from "../jmap/types";
import type { Term } from "./syntax";
import { nextDay, readDay, readSize } from "./values";

/** What of the folders a filter must know. */
export interface Folders {
  /** Folders that somebody means by these words: a role, a name, a path. */
  named(words: string): readonly string[];
  /** Folders that are left out where nobody names one: trash and junk. */
  readonly hidden: readonly string[];
}

/** `in:anywhere` means trash and junk too. */
const ANYWHERE = new Set(["anywhere", "überall", "all", "alle"]);
const KEYWORDS: Readonly<Record<string, readonly [string, boolean]>> = {
  unread: ["$seen", false],
  read: ["$seen", true],
  starred: ["$flagged", true],
  answered: ["$answered", true],
  draft: ["$draft", true],
};

/** What the terms ask for; null where they ask for nothing. */
export function filterOf(terms: readonly Term[], folders: Folders, now: Date = new Date()): Filter | null {
  if (terms.length === 0) return null;
  const all: Filter[] = [];
  const words = terms.filter((term) => term.kind === "text" && !term.not).map((term) => phrase(term.value));
  if (words.length > 0) all.push({ text: words.join(" ") });
  for (const term of terms) {
    if (term.kind === "text" && !term.not) continue;
    const made = conditionOf(term, folders, now);
    if (made !== null) all.push(term.not ? { operator: "NOT", conditions: [made] } : made);
  }
  const namesFolder = terms.some((term) => term.kind === "in" && !term.not);
  if (!namesFolder && folders.hidden.length > 0) all.push({ inMailboxOtherThan: [...folders.hidden] });
  const [first] = all;
  if (first === undefined) return {};
  return all.length === 1 ? first : { operator: "AND", conditions: all };
}

/** The part of a filter whose words can be shown in a text: what SearchSnippet/get is asked with. Null: none. */
export function wordsOf(terms: readonly Term[]): Filter | null {
  const made: Filter[] = [];
  for (const term of terms) {
    if (!term.not && (term.kind === "text" || term.kind === "subject" || term.kind === "body"))
      made.push({ [term.kind]: phrase(term.value) });
  }
  const [first] = made;
  if (first === undefined) return null;
  return made.length === 1 ? first : { operator: "AND", conditions: made };
}

function conditionOf(term: Term, folders: Folders, now: Date): Filter | null {
  switch (term.kind) {
    case "text":
    case "from":
    case "cc":
    case "bcc":
    case "subject":
    case "body":
      return { [term.kind]: phrase(term.value) };
    case "to":
      return either(["to", "cc", "bcc"].map((field) => ({ [field]: phrase(term.value) })));
    case "in":
      if (ANYWHERE.has(term.value.toLowerCase())) return null;
      return either(folders.named(term.value).map((id) => ({ inMailbox: id })));
    case "label":
      return { hasKeyword: term.value };
    case "has":
      return { hasAttachment: true };
    case "is":
      return keywordCondition(term.value);
    case "larger":
    case "smaller":
      return { [term.kind === "larger" ? "minSize" : "maxSize"]: readSize(term.value) ?? 0 };
    case "before":
    case "after":
    case "on":
      return dayCondition(term, now);
  }
}

/** What nothing can be is an OR of nothing: a folder that does not exist holds nothing. */
function either(conditions: Filter[]): Filter {
  const [first] = conditions;
  return conditions.length === 1 && first !== undefined ? first : { operator: "OR", conditions };
}

function keywordCondition(value: string): Filter | null {
  const known = KEYWORDS[value];
  return known === undefined ? null : { [known[1] ? "hasKeyword" : "notKeyword"]: known[0] };
}

function dayCondition(term: Term, now: Date): Filter | null {
  const day = readDay(term.value, now);
  if (day === null) return null;
  if (term.kind === "before") return { before: utc(day) };
  if (term.kind === "after") return { after: utc(day) };
  return { after: utc(day), before: utc(nextDay(day)) };
}

/** RFC 8621 §1.4: a UTCDate has no fraction of nothing. */
function utc(day: Date): string {
  return day.toISOString().replace(".000Z", "Z");
}

/** Several words that belong together, quoted as RFC 8621 §4.4.1 has it. */
function phrase(value: string): string {
  return /[\s"'\\]/.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}
