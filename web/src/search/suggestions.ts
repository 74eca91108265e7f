/** What is offered below the search field while one types. */
import { OPERATOR_NAMES, type Term, type TermKind, typedLast } from "./syntax";
import { writeDay } from "./values";

export interface Person {
  readonly name: string | null;
  readonly email: string;
}

/** What there is to offer. */
export interface Known {
  readonly people: readonly Person[];
  /** Paths of folders: "Work/Plans". */
  readonly folders: readonly string[];
  readonly labels: readonly { readonly keyword: string; readonly name: string }[];
  readonly recent: readonly string[];
}

export type Suggestion =
  /** A whole search made before. */
  | { readonly kind: "recent"; readonly text: string }
  /** An operator to go on from. */
  | { readonly kind: "operator"; readonly operator: TermKind; readonly not: boolean }
  /** A condition, which becomes a chip; `note` says more of it. */
  | { readonly kind: "term"; readonly term: Term; readonly note: string };

const MOST = 8;
const MOST_PEOPLE = 4;
/** Offered where nothing has been typed. */
const FIRST: readonly TermKind[] = ["from", "to", "subject", "in", "before", "after"];
const FIRST_TERMS: readonly Term[] = [
  { kind: "is", value: "unread", not: false },
  { kind: "has", value: "attachment", not: false },
];
const STATES = ["unread", "read", "starred", "answered", "draft"];
const DAYS = ["today", "yesterday", "7d", "1m", "3m", "1y"];
const SIZES = ["100k", "1M", "5M", "10M"];

export function suggestionsFor(text: string, known: Known, now: Date): Suggestion[] {
  if (text.trim() === "")
    return [
      ...known.recent.slice(0, 5).map(recent),
      ...FIRST_TERMS.map((term) => suggested(term)),
      ...FIRST.map((kind) => operator(kind)),
    ];
  const typed = typedLast(text);
  if (typed === null) return [];
  const not = text[typed.start] === "-";
  if (typed.operator !== "") return values(typed.operator, typed.value, not, known, now).slice(0, MOST);
  return words(typed.value, not, text, known).slice(0, MOST);
}

/** The text with the suggestion in the place of what is being typed; the term becomes a chip. */
export function taken(text: string, suggestion: Suggestion): { text: string; term: Term | null } {
  if (suggestion.kind === "recent") return { text: suggestion.text, term: null };
  const start = typedLast(text)?.start ?? text.length;
  const before = text.slice(0, start);
  if (suggestion.kind === "operator")
    return { text: `${before}${suggestion.not ? "-" : ""}${suggestion.operator}:`, term: null };
  return { text: before, term: suggestion.term };
}

function words(typed: string, not: boolean, text: string, known: Known): Suggestion[] {
  const said = plain(typed);
  const operators = OPERATOR_NAMES.filter((name) => name.startsWith(said)).map((kind) => operator(kind, not));
  const recents = not
    ? []
    : known.recent.filter((each) => plain(each).includes(plain(text)) && each !== text.trim()).slice(0, 2);
  if (said.length < 2) return [...operators, ...recents.map(recent)];
  const people = matching(known.people, said).slice(0, MOST_PEOPLE);
  const folders = known.folders.filter((path) => plain(path.split("/").at(-1) as string).startsWith(said));
  const states = [...STATES.map((value) => ["is", value] as const), ["has", "attachment"] as const].filter(([, value]) =>
    value.startsWith(said),
  );
  return [
    ...recents.map(recent),
    ...people.map((person) => suggested({ kind: "from", value: person.email, not }, person.name ?? "")),
    ...states.map(([kind, value]) => suggested({ kind, value, not })),
    ...operators,
    ...folders.slice(0, 3).map((path) => suggested({ kind: "in", value: path, not })),
  ];
}

const ALIASES: Readonly<Record<string, TermKind>> = {
  von: "from",
  an: "to",
  ordner: "in",
  folder: "in",
  vor: "before",
  nach: "after",
  ist: "is",
  hat: "has",
};

function values(name: string, typed: string, not: boolean, known: Known, now: Date): Suggestion[] {
  const kind = ALIASES[name] ?? (name as TermKind);
  const said = plain(typed);
  const begins = (value: string) => plain(value).startsWith(said);
  const terms = (all: readonly string[]) => all.filter(begins).map((value) => suggested({ kind, value, not }));
  switch (kind) {
    case "from":
    case "to":
    case "cc":
    case "bcc":
      return matching(known.people, said).map((person) => suggested({ kind, value: person.email, not }, person.name ?? ""));
    case "in":
      return known.folders.filter((path) => plain(path).includes(said)).map((value) => suggested({ kind, value, not }));
    case "label":
      return known.labels
        .filter((label) => plain(label.name).includes(said))
        .map((label) => suggested({ kind, value: label.keyword, not }, label.name));
    case "has":
      return terms(["attachment"]);
    case "is":
      return terms(STATES);
    case "before":
    case "after":
    case "on":
      return terms([...DAYS, writeDay(now)]);
    case "larger":
    case "smaller":
      return terms(SIZES);
    default:
      return [];
  }
}

/** Those whose address or a word of whose name begins so. */
function matching(people: readonly Person[], said: string): readonly Person[] {
  if (said === "") return people;
  return people.filter(
    ({ name, email }) =>
      plain(email).startsWith(said) ||
      plain(name ?? "")
        .split(/\s+/)
        .some((word) => word.startsWith(said)) ||
      plain(name ?? "").startsWith(said),
  );
}

function recent(text: string): Suggestion {
  return { kind: "recent", text };
}
function operator(kind: TermKind, not = false): Suggestion {
  return { kind: "operator", operator: kind, not };
}
function suggested(term: Term, note = ""): Suggestion {
  return { kind: "term", term, note };
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
