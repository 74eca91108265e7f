/** From reading to writing: the room for it is fetched when it is wanted. */

import type { Id } from "../jmap/types";

export type Mode = "reply" | "replyAll" | "replyList" | "forward" | "forwardAsFile" | "draft";

/** What is marked of the message with the pointer is all that an answer quotes of it. */
export async function write(mode: Mode, emailId: Id): Promise<void> {
  const quote = mode.startsWith("reply") ? markedOf(emailId) : "";
  const { openComposer } = await import("../compose");
  openComposer({ mode, emailId, ...(quote === "" ? {} : { quote }) });
}

/** A letter as a mailto: address asks for it (RFC 6068). */
export async function writeTo(mailto: string): Promise<void> {
  const { openComposer } = await import("../compose");
  openComposer({ mode: "new", mailto });
}

/** The text that is marked within a message; "" where none is. */
function markedOf(emailId: Id): string {
  const message = document.getElementById(`message-${emailId}`);
  if (message === null) return "";
  const inside = [...message.querySelectorAll("iframe")].map(
    (frame) => frame.contentDocument?.getSelection()?.toString() ?? "",
  );
  const marked = getSelection();
  const isHere = marked !== null && !marked.isCollapsed && message.querySelector(".reading-body")?.contains(marked.anchorNode);
  return (inside.find((text) => text.trim() !== "") ?? (isHere ? marked.toString() : "")).trim();
}
