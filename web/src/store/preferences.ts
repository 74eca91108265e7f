/** What one likes: kept on the server, known here at once from the last time. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Language } from "../i18n";
import { WEBMAIL } from "../jmap/session";
import type { GetAnswer } from "../jmap/types";
import { can, client, connection, onLeave, ownAccount } from "./account";

export interface Preferences {
  theme: "system" | "light" | "dark";
  density: "comfortable" | "cosy" | "compact";
  /** null: what the browser asks for. */
  language: Language | null;
  /** Where the reading pane is, on a screen wide enough. */
  pane: "side" | "below" | "none";
  /** Sizes of the panes in pixels. */
  foldersWidth: number;
  listWidth: number;
  listHeight: number;
  conversations: boolean;
  /** Seconds a sent message waits on the server; 0: none. */
  undoSeconds: number;
  /** Addresses whose remote pictures are shown. */
  picturesFrom: readonly string[];
  /** "ask", or shown for everybody, or for nobody. */
  pictures: "ask" | "always" | "never";
  /** What happens after an archive or a delete. */
  afterFiling: "list" | "next" | "previous";
  /** Seconds until an opened email counts as read; -1: never by itself. */
  readAfter: number;
  /** Compose in plain text. */
  plainText: boolean;
  notifications: boolean;
  /** Folders folded up in the folder pane. */
  folded: readonly string[];
  /** Keywords shown as labels: name → text and colour (0–11). */
  labels: Readonly<Record<string, { name: string; colour: number }>>;
  searches: readonly string[];
  /** How folders are sorted that are not sorted by date: mailbox → name of the order. */
  sorts: Readonly<Record<string, string>>;
}

export const DEFAULTS: Preferences = {
  theme: "system",
  density: "cosy",
  language: null,
  pane: "side",
  foldersWidth: 232,
  listWidth: 400,
  listHeight: 320,
  conversations: true,
  undoSeconds: 15,
  picturesFrom: [],
  pictures: "ask",
  afterFiling: "list",
  readAfter: 0,
  plainText: false,
  notifications: false,
  folded: [],
  labels: {},
  searches: [],
  sorts: {},
};

const KEPT = "pillarbox.preferences";
const UNSAVED = "pillarbox.unsaved";
const current = signal<Preferences>({ ...DEFAULTS, ...remembered() });
/** Preferences as they are now. */
export const preferences: ReadonlySignal<Preferences> = current;

let unsaved: Partial<Preferences> = {};
/** Whose they are: a log-in may end, and another person's begin, before they are saved. */
let unsavedOf = "";
let saving: ReturnType<typeof setTimeout> | undefined;
const SOON = 600;

/** Changes some of them: here at once, on the server soon. */
export function setPreferences(patch: Partial<Preferences>): void {
  current.value = { ...current.value, ...patch };
  unsaved = { ...unsavedHere(), ...patch };
  unsavedOf = owner();
  remember();
  rememberUnsaved(unsaved);
  saveSoon();
}

function saveSoon(): void {
  clearTimeout(saving);
  saving = setTimeout(() => void savePreferences(), SOON);
}

export async function fetchPreferences(): Promise<void> {
  if (!can(WEBMAIL)) return;
  const answer = await client().call<GetAnswer<{ values: Partial<Preferences> }>>("Preferences/get", {
    accountId: ownAccount(),
    ids: ["singleton"],
  });
  // what was changed just before the window was closed, or without a network
  unsaved = { ...rememberedUnsaved(), ...unsavedHere() };
  unsavedOf = owner();
  current.value = { ...DEFAULTS, ...answer.list[0]?.values, ...unsaved };
  remember();
  if (Object.keys(unsaved).length) saveSoon();
}

async function savePreferences(): Promise<void> {
  if (!can(WEBMAIL)) return;
  const sent = unsavedHere();
  if (!Object.keys(sent).length) return;
  unsaved = {};
  const patch = Object.fromEntries(Object.entries(sent).map(([name, value]) => [`values/${name}`, value]));
  try {
    await client().call("Preferences/set", { accountId: ownAccount(), update: { singleton: patch } });
    rememberUnsaved(unsaved);
  } catch {
    unsaved = { ...sent, ...unsaved };
  }
}

onLeave(() => {
  // how the page looks is the machine's as much as the person's
  const { theme, density, language } = current.peek();
  current.value = { ...DEFAULTS, theme, density, language };
  unsaved = {};
  remember();
  rememberUnsaved(unsaved);
});

if (typeof addEventListener !== "undefined")
  addEventListener("storage", (event) => {
    if (event.key === KEPT) current.value = { ...DEFAULTS, ...remembered(), ...unsaved };
  });

function remembered(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Preferences>;
  } catch {
    return {};
  }
}

function remember(): void {
  try {
    localStorage.setItem(KEPT, JSON.stringify(current.value));
  } catch {
    // a full or forbidden storage: known again from the server
  }
}

function owner(): string {
  return connection.peek() ? ownAccount() : "";
}

function unsavedHere(): Partial<Preferences> {
  return unsavedOf === owner() ? unsaved : {};
}

interface Unsaved {
  accountId: string;
  patch: Partial<Preferences>;
}

/** Of whoever is signed in: nobody gets what another one has chosen. */
function rememberedUnsaved(): Partial<Preferences> {
  try {
    const kept = JSON.parse(localStorage.getItem(UNSAVED) ?? "null") as Unsaved | null;
    return kept?.accountId === ownAccount() ? kept.patch : {};
  } catch {
    return {};
  }
}

function rememberUnsaved(patch: Partial<Preferences>): void {
  try {
    if (Object.keys(patch).length) localStorage.setItem(UNSAVED, JSON.stringify({ accountId: ownAccount(), patch }));
    else localStorage.removeItem(UNSAVED);
  } catch {
    // then it is lost with the window
  }
}
