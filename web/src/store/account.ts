/** Whose mail is shown, and the client that asks for it. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Client } from "../jmap/client";
import { MAIL, type Session, can as sessionCan } from "../jmap/session";
import type { Id } from "../jmap/types";

const current = signal<Client | null>(null);

/** The client; null while nobody is signed in. */
export const connection: ReadonlySignal<Client | null> = current;
/** What the server can, and whose mail may be seen; told of anew when that changes. */
export const session = signal<Session | null>(null);
/** Whether the server answered last time it was asked. */
export const online = signal(true);
/** The account whose mail is shown (one's own, or one that others share). */
export const accountId = signal<Id>("");

/** The client, where somebody is signed in: everywhere below the shell. */
export function client(): Client {
  if (current.value === null) throw new Error("nobody is signed in");
  return current.value;
}

/** Whether the server has this capability. */
export function can(capability: string): boolean {
  return session.value !== null && sessionCan(session.value, capability);
}

/** One's own account, whoever's is shown. */
export function ownAccount(): Id {
  return client().session.primaryAccounts[MAIL] ?? "";
}

export function setClient(next: Client | null): void {
  if (current.peek() !== next) current.peek()?.show("");
  current.value = next;
  session.value = next?.session ?? null;
  accountId.value = next?.accountId ?? "";
}

const forgetters: (() => void)[] = [];
/** What a store does when another account is shown, or nobody is signed in any more. */
export function onForget(forget: () => void): void {
  forgetters.push(forget);
}
export function forgetAll(): void {
  for (const forget of forgetters) forget();
}

const savers: (() => Promise<void>)[] = [];
/** What is still to be done while somebody who leaves is signed in. */
export function beforeLeave(save: () => Promise<void>): void {
  savers.push(save);
}
export async function saveAll(): Promise<void> {
  await Promise.allSettled(savers.map((save) => save()));
}

const leavers: (() => void)[] = [];
/** What is done when somebody signs out by themselves: nothing of theirs stays on this machine. */
export function onLeave(leave: () => void): void {
  leavers.push(leave);
}
export function leaveAll(): void {
  for (const leave of leavers) leave();
}
