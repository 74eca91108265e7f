/** Writing, from wherever one is: its code comes when it is first wanted. */

import type { openComposer as open } from "../compose";
import { go } from "../route";
import { isAwake } from "./rooms";

export function openComposer(what: Parameters<typeof open>[0]): void {
  isAwake.value = true;
  void import("../compose").then((room) => room.openComposer(what));
}

/** Shows what is to be sent later. */
export function openScheduled(): void {
  isAwake.value = true;
  void import("../compose").then((room) => room.openScheduled());
}

/** Shows the inbox, and a panel with all that a mailto: link says. */
export function answerMailto(url: string): void {
  go({ name: "folder", mailboxId: null, threadId: null }, { replace: true });
  openComposer({ mode: "new", mailto: url });
}
