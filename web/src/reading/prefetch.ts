/** The conversations above and below in the list, fetched while this one is being read. */

import { openRow } from "../list/targets";
import { list } from "../list/view";
import { emailNow, wantEmails } from "../store/emails";
import { threadEmails } from "../store/threads";
import { openAtFirst } from "./conversation";
import { prefetch } from "./views";

/** Not before what is open itself has come. */
const SOON = 600;

/** The answer calls it off. */
export function prefetchAround(): () => void {
  const timer = setTimeout(() => {
    const [rows, row] = [list.peek(), openRow()];
    if (rows === null || row === null) return;
    const at = rows.indexOf(row);
    for (const near of [at + 1, at - 1]) {
      const id = near < 0 ? undefined : rows.at(near);
      if (id !== undefined) void fetchConversation(id).catch(() => {});
    }
  }, SOON);
  return () => clearTimeout(timer);
}

async function fetchConversation(id: string): Promise<void> {
  await wantEmails([id]);
  const thread = emailNow(id)?.threadId;
  if (thread === undefined) return;
  const ids = await threadEmails(thread);
  await wantEmails(ids);
  const letters = ids.map(emailNow).filter((email) => email !== undefined);
  prefetch([...openAtFirst(letters)].slice(-3));
}
