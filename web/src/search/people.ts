/** Who has written, or been written to, as far as emails are known here: those met most often first. */
import type { Id } from "../jmap/types";
import { onForget } from "../store/account";
import { emailNow, knownIds } from "../store/emails";
import type { Person } from "./suggestions";

/** Emails looked through, the latest. */
const MOST = 20_000;
/** Counted once for so many known emails, not at every key. */
let counted = { of: 0, people: [] as readonly Person[] };

onForget(() => {
  counted = { of: 0, people: [] };
});

export function knownPeople(): readonly Person[] {
  const ids = knownIds();
  if (ids.length !== counted.of) counted = { of: ids.length, people: peopleOf(ids.slice(-MOST)) };
  return counted.people;
}

function peopleOf(ids: readonly Id[]): Person[] {
  const found = new Map<string, { name: string | null; email: string; count: number }>();
  for (const id of ids) {
    const email = emailNow(id);
    for (const { name, email: address } of [...(email?.from ?? []), ...(email?.to ?? [])]) {
      if (!address) continue;
      const key = address.toLowerCase();
      const before = found.get(key);
      if (before) {
        before.count++;
        before.name ??= name;
      } else found.set(key, { name, email: address, count: 1 });
    }
  }
  return [...found.values()].sort((one, other) => other.count - one.count);
}
