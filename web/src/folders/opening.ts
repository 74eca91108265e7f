/** Going to a folder, in whosever account it is. */
import type { Id } from "../jmap/types";
import { go, route } from "../route";
import { accountId } from "../store/account";
import { mailboxWithRole } from "../store/mailboxes";
import { switchAccount } from "../store/visit";
import { foldersOf, keepShown } from "./owners";

/** The folder shown now; null in a search. */
export function shownFolder(): Id | null {
  const at = route.value;
  if (at.name !== "folder") return null;
  return at.mailboxId ?? mailboxWithRole("inbox")?.id ?? null;
}

export async function openFolder(owner: Id, id: Id): Promise<void> {
  const mailboxId = foldersOf(owner).get(id)?.role === "inbox" ? null : id;
  if (owner !== accountId.peek()) {
    keepShown();
    // the folder's name is known before the list of it is asked for
    const switched = switchAccount(owner);
    go({ name: "folder", mailboxId, threadId: null });
    await switched;
    return;
  }
  go({ name: "folder", mailboxId, threadId: null });
}
