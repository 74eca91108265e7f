/** Everything by the keyboard: who is on screen says which keys it answers to. */

import { signal } from "@preact/signals";

export type Handler = (event: KeyboardEvent) => unknown;
/** "j", "Enter", "Mod+k" (⌘ on a Mac, else Ctrl), "Shift+u", or two in a row: "g i". */
export type Keys = Record<string, readonly [label: string | (() => string), handler: Handler]>;

export interface Scope {
  /** A name for the list that "?" shows: "list", "reading" … */
  scope: string;
  keys: Keys;
  /** Only these answer while it is there: a dialog, a menu. */
  isModal?: boolean;
  /** Answers in text fields too. */
  inFields?: boolean;
}

const scopes = signal<readonly Scope[]>([]);
/** All that is answered to now, the newest last. */
export const registered = scopes;

/** From now on these keys do that; the answer ends it. The newest is asked first. A handler that returns false passes. */
export function registerKeys(scope: Scope): () => void {
  scopes.value = [...scopes.value, scope];
  return () => {
    scopes.value = scopes.value.filter((each) => each !== scope);
  };
}

export const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);
const PATIENCE = 1200;
let first = "";
let firstAt = 0;

/** What a key press is called here. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  const key = event.key === " " ? "Space" : isLetter ? event.key.toLowerCase() : event.key;
  const parts = [];
  if (isMac ? event.metaKey : event.ctrlKey) parts.push("Mod");
  if (event.altKey) parts.push("Alt");
  // "?" and "#" need Shift on some keyboards and not on others: only with letters and named keys it counts
  if (event.shiftKey && (isLetter || key.length > 1)) parts.push("Shift");
  return [...parts, key].join("+");
}

/** Gives a key press to whoever answers to it. */
export function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  const name = nameOf(event);
  const pair = first && event.timeStamp - firstAt < PATIENCE ? `${first} ${name}` : "";
  first = "";
  const isField = isEditable(event.target);
  const asked = listening().filter((scope) => !isField || scope.inFields);
  // the second key of two is never a key of its own, whoever has that one
  for (const wanted of pair ? [pair, name] : [name])
    for (const scope of asked) {
      const found = scope.keys[wanted];
      if (!found || found[1](event) === false) continue;
      event.preventDefault();
      return;
    }
  if (isField || !asked.some((scope) => Object.keys(scope.keys).some((keys) => keys.startsWith(`${name} `)))) return;
  first = name;
  firstAt = event.timeStamp;
}

/** The newest first; none that a dialog or a menu is in front of. */
function listening(): Scope[] {
  const newest = [...scopes.peek()].reverse();
  const modal = newest.findIndex((scope) => scope.isModal);
  return modal < 0 ? newest : newest.slice(0, modal + 1);
}

function isEditable(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  if (!element?.tagName) return false;
  if (element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT") return true;
  return element.tagName === "INPUT" && !/^(checkbox|radio|button|submit|range)$/.test((element as HTMLInputElement).type);
}

const SHOWN: Record<string, string> = {
  Mod: isMac ? "⌘" : "Ctrl",
  Alt: isMac ? "⌥" : "Alt",
  Shift: "⇧",
  Enter: "↵",
  Escape: "Esc",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
};

/** Its caps, to be shown: "Mod+k" → ["Ctrl", "K"]. */
export function caps(keys: string): string[] {
  return keys.split(/[ ]|\+(?=.)/).map((key) => SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}

if (typeof document !== "undefined") document.addEventListener("keydown", press);
