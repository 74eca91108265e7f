/** Whose folders there are: one's own, and those that others share. */
import { effect, signal } from "@preact/signals";
import { MAIL } from "../jmap/session";
import type { GetAnswer, Id, Mailbox } from "../jmap/types";
import { accountId, connection, session } from "../store/account";
import { elsewhere } from "../store/live";
import { mailboxes } from "../store/mailboxes";

export interface Owner {
  readonly accountId: Id;
  /** The address. */
  readonly name: string;
  readonly isOwn: boolean;
}

/** Seconds between looking what changed in the accounts not shown, at most. */
const PATIENCE = 5;

/** All whose mail may be seen, oneself first. */
export function owners(): Owner[] {
  const found = Object.entries(session.value?.accounts ?? {})
    .filter(([, account]) => MAIL in account.accountCapabilities)
    .map(([id, account]) => ({ accountId: id, name: account.name, isOwn: account.isPersonal }));
  return found.sort((one, other) => Number(other.isOwn) - Number(one.isOwn) || one.name.localeCompare(other.name));
}

const kept = signal<ReadonlyMap<Id, ReadonlyMap<Id, Mailbox>>>(new Map());
const NONE: ReadonlyMap<Id, Mailbox> = new Map();

/** An account's folders: live for the one shown, for others as of a moment ago. */
export function foldersOf(owner: Id): ReadonlyMap<Id, Mailbox> {
  return owner === accountId.value ? mailboxes.value : (kept.value.get(owner) ?? NONE);
}

/** Follows the other accounts while somebody looks; the answer ends it. */
export function followOthers(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    void elsewhere.value;
    void accountId.value;
    if (connection.value === null || owners().length < 2) return;
    timer ??= setTimeout(
      () => {
        timer = undefined;
        void fetchOthers();
      },
      kept.peek().size > 0 ? PATIENCE * 1000 : 0,
    );
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

async function fetchOthers(): Promise<void> {
  const client = connection.peek();
  if (client === null) return;
  const others = owners().filter((owner) => owner.accountId !== accountId.peek());
  const found = new Map(kept.peek());
  await Promise.all(
    others.map(async (owner) => {
      try {
        const answer = await client.call<GetAnswer<Mailbox>>("Mailbox/get", { accountId: owner.accountId, ids: null });
        found.set(owner.accountId, new Map(answer.list.map((folder) => [folder.id, folder])));
      } catch {
        // what was known of it stays
      }
    }),
  );
  kept.value = found;
}

/** The account shown is left: its folders are kept as they were, until they are asked for again. */
export function keepShown(): void {
  kept.value = new Map(kept.peek()).set(accountId.peek(), mailboxes.peek());
}
