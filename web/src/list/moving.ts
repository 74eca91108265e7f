/** The cursor going through the list, by keys. */
import type { Id } from "../jmap/types";
import { openThread } from "../route";
import { openComposer } from "../shell/composing";
import { emailNow, wantEmails } from "../store/emails";
import type { MailList } from "../store/lists";
import { scroller } from "./scroller";
import { anchored, reached, toggled } from "./selection";
import { openThreadId } from "./targets";
import { cursor, list, selection } from "./view";

/** Where the cursor was last: should its row go, the next key goes on from there. */
let lastIndex = 0;

/** The row that the cursor is at; half a row before the one that has taken its place, where it is gone. -1: nowhere. */
function place(now: MailList): number {
  const at = cursor.peek();
  if (at === null) return -1;
  const index = now.indexOf(at);
  if (index >= 0) lastIndex = index;
  return index >= 0 ? index : lastIndex - 0.5;
}

/** By so many rows, or to one end; with `reaches`, what lies in between is chosen. What is open for reading goes along. */
export function step(by: number | "first" | "last", reaches = false): boolean {
  const now = list.peek();
  const total = now?.total.peek() ?? 0;
  if (now === null || total === 0) return false;
  const from = place(now);
  const wanted = by === "first" ? 0 : by === "last" ? total - 1 : from === -1 ? 0 : Math[by > 0 ? "floor" : "ceil"](from + by);
  const index = Math.min(total - 1, Math.max(0, wanted));
  const id = now.at(index);
  if (id === undefined) {
    scroller.showIndex(index); // the rows come; the key is pressed again
    return true;
  }
  if (reaches && selection.peek().anchor === null && Number.isInteger(from) && from >= 0)
    selection.value = anchored(selection.peek(), cursor.peek() as Id);
  cursor.value = id;
  lastIndex = index;
  if (reaches) selection.value = reached(selection.peek(), id, now);
  scroller.show(id);
  if (!reaches && openThreadId() !== null) open(id);
  return true;
}

/** The next or previous row with something unread in it, as far as rows are known. */
export function stepToUnread(by: 1 | -1): boolean {
  const now = list.peek();
  if (now === null) return false;
  for (
    let index = Math[by > 0 ? "floor" : "ceil"](place(now) + by);
    index >= 0 && index < (now.total.peek() ?? 0);
    index += by
  ) {
    const id = now.at(index);
    if (id === undefined) return false;
    const email = emailNow(id);
    if (email && !email.keywords.$seen) {
      cursor.value = id;
      scroller.show(id);
      if (openThreadId() !== null) open(id);
      return true;
    }
  }
  return false;
}

/** Shows a row for reading; a draft is written on. */
export function open(id: Id): void {
  cursor.value = id;
  lastIndex = list.peek()?.indexOf(id) ?? lastIndex;
  const email = emailNow(id);
  if (email === undefined) {
    void wantEmails([id]).then(() => emailNow(id) && cursor.peek() === id && open(id));
    return;
  }
  if (email.keywords.$draft) openComposer({ mode: "draft", emailId: id });
  else openThread(email.threadId);
}

export function toggle(id: Id | null = cursor.peek()): boolean {
  if (id === null) return false;
  cursor.value = id;
  selection.value = toggled(selection.peek(), id);
  return true;
}
