/** How the counts of folders change when emails do: pure. */

import type { Email, Id } from "../jmap/types";
import type { Counts } from "./mailboxes";

/** By how much, folder by folder. Conversations are counted as if each email were one of its own: right again when the server answers. */
export function countsAfter(
  changes: readonly (readonly [before: Email | undefined, after: Email | undefined])[],
): Map<Id, Counts> {
  const result = new Map<Id, Required<Counts>>();
  const count = (email: Email | undefined, by: 1 | -1) => {
    for (const id of Object.keys(email?.mailboxIds ?? {})) {
      const counts = result.get(id) ?? { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 };
      const unread = email?.keywords.$seen || email?.keywords.$draft ? 0 : by;
      result.set(id, {
        totalEmails: counts.totalEmails + by,
        unreadEmails: counts.unreadEmails + unread,
        totalThreads: counts.totalThreads + by,
        unreadThreads: counts.unreadThreads + unread,
      });
    }
  };
  for (const [before, after] of changes) {
    count(before, -1);
    count(after, 1);
  }
  for (const [id, counts] of result) if (Object.values(counts).every((value) => value === 0)) result.delete(id);
  return result;
}
