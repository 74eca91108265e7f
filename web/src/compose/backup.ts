/** What is being written, kept in this browser too: for a tab that is closed, a battery that ends, a server that is away. */

import type { Id } from "../jmap/types";
import type { Snapshot } from "./snapshot";

export interface Backup {
  readonly key: string;
  readonly tab: string;
  readonly accountId: Id;
  readonly username: string;
  readonly at: number;
  readonly snapshot: Snapshot;
  /** It was to be sent, and nobody has said yet that it was. */
  readonly sending?: { readonly seconds: number; readonly until: string | null };
}

const PREFIX = "pillarbox.letter.";
const tab = Math.random().toString(36).slice(2);
/** What is older has been written on elsewhere, or is of no use. */
const MOST_AGE = 30 * 86_400_000;

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

function storage(): Store | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

export function keepBackup(backup: Omit<Backup, "tab" | "at">, store: Store | null = storage()): void {
  try {
    store?.setItem(PREFIX + backup.key, JSON.stringify({ ...backup, tab, at: Date.now() }));
  } catch {
    // full: the draft on the server is all there is then
  }
}

export function dropBackup(key: string, store: Store | null = storage()): void {
  try {
    store?.removeItem(PREFIX + key);
  } catch {
    // nothing was kept there either
  }
}

/** It is no longer written here, and not saved either: whoever opens the page next, this tab too, takes it over. */
export function leaveBackup(key: string, store: Store | null = storage()): void {
  try {
    const backup = read(store?.getItem(PREFIX + key) ?? null);
    if (backup) store?.setItem(PREFIX + key, JSON.stringify({ ...backup, tab: "" }));
  } catch {
    // full: it is there as it was
  }
}

/** What tabs have left of this account's that are gone; from now on it is ours. Held are the names of the locks of tabs that live. */
export function leftBackups(
  { username, accountId }: Pick<Backup, "username" | "accountId">,
  held: ReadonlySet<string>,
  now: number,
  store: Store | null = storage(),
): Backup[] {
  if (!store) return [];
  const keys = Array.from({ length: store.length }, (_, index) => store.key(index)).filter((key) => key?.startsWith(PREFIX));
  const found: Backup[] = [];
  for (const key of keys as string[]) {
    const backup = read(store.getItem(key));
    if (!backup || now - backup.at > MOST_AGE) store.removeItem(key);
    else if (
      backup.username === username &&
      backup.accountId === accountId &&
      backup.tab !== tab &&
      // whoever looks holds the lock that has no tab in its name
      (backup.tab === "" || !held.has(PREFIX + backup.tab))
    )
      found.push(backup);
  }
  for (const backup of found) keepBackup(backup, store);
  return found.sort((one, other) => one.at - other.at);
}

function read(text: string | null): Backup | null {
  try {
    const found = JSON.parse(text ?? "null") as Backup | null;
    return found?.snapshot?.messageId ? found : null;
  } catch {
    return null;
  }
}

let isHeld = false;

/** While this tab lives others leave its letters alone; then takes over what is left. */
export async function adoptBackups(whose: Pick<Backup, "username" | "accountId">): Promise<Backup[]> {
  if (!globalThis.navigator?.locks) return [];
  if (!isHeld) void navigator.locks.request(PREFIX + tab, () => new Promise<void>(() => {}));
  isHeld = true;
  return navigator.locks.request(PREFIX, async () => {
    const held = new Set((await navigator.locks.query()).held?.map(({ name }) => name ?? ""));
    return leftBackups(whose, held, Date.now());
  });
}
