/** What stands in the search field, and the search that follows it as one types. */
import { signal } from "@preact/signals";
import { go, type Route, route } from "../route";
import { remember } from "./recent";
import { divide, parse, type Term, write, writeTerm } from "./syntax";

/** Conditions that are whole. */
export const chips = signal<readonly Term[]>([]);
/** What is being typed after them. */
export const text = signal("");

/** Milliseconds after the last key until the server is asked. */
const PAUSE = 160;
const INBOX: Route = { name: "folder", mailboxId: null, threadId: null };
let timer: ReturnType<typeof setTimeout> | undefined;
/** Where one was before searching, to be gone back to. */
let before: Route = INBOX;
let asked = "";

/** What the field says, as one text. */
export function whole(): string {
  return [write(chips.peek()), text.peek().trim()].filter(Boolean).join(" ");
}

/** Another key was pressed. */
export function type(typed: string): void {
  const divided = divide(typed);
  if (divided.chips.length > 0) chips.value = [...chips.peek(), ...divided.chips];
  text.value = divided.rest;
  soon();
}

/** Enter: all of it is meant as it stands. */
export function settle(): void {
  const divided = divide(text.peek(), true);
  chips.value = [...chips.peek(), ...divided.chips];
  text.value = divided.rest.trim();
  clearTimeout(timer);
  if (whole() === "") return;
  ask();
  remember(whole());
}

export function add(term: Term): void {
  chips.value = [...chips.peek().filter((each) => writeTerm(each) !== writeTerm(term)), term];
  soon();
}

export function remove(at: number): void {
  chips.value = chips.peek().filter((_, index) => index !== at);
  soon();
}

/** The last chip becomes text again, to be mended. False: there is none. */
export function reopenLast(): boolean {
  const last = chips.peek().at(-1);
  if (last === undefined) return false;
  chips.value = chips.peek().slice(0, -1);
  text.value = writeTerm(last);
  return true;
}

/** Nothing is searched for any more: back to where one was. */
export function clear(): void {
  clearTimeout(timer);
  chips.value = [];
  text.value = "";
  asked = "";
  if (route.peek().name === "search") go(before);
}

/** The address says what is searched for, however one came to it. */
export function follow(at: Route): void {
  if (at.name !== "search") {
    // whoever has gone elsewhere meanwhile is not brought back
    clearTimeout(timer);
    if (at.name === "folder") before = { ...at, threadId: null };
    if (asked !== "") {
      asked = "";
      chips.value = [];
      text.value = "";
    }
    return;
  }
  if (at.query === asked) return;
  asked = at.query;
  const divided = divide(at.query, true);
  chips.value = divided.chips;
  text.value = divided.rest;
}

/** Takes conditions of this kind out, and puts others in their place: for buttons that narrow what was found. */
export function replace(isOld: (term: Term) => boolean, terms: readonly Term[]): void {
  const all = [...parse(text.peek()), ...chips.peek()];
  const words = all.filter((term) => term.kind === "text" && !isOld(term));
  chips.value = [...all.filter((term) => term.kind !== "text" && !isOld(term)), ...terms];
  text.value = write(words);
  ask();
}

function soon(): void {
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE);
}

function ask(): void {
  const query = whole();
  const isSearching = route.peek().name === "search";
  if (query === asked && isSearching) return;
  if (query === "" && !isSearching) return;
  asked = query;
  go({ name: "search", query, threadId: null }, { replace: isSearching });
}
