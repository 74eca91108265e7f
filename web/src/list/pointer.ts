/** Clicks, touches and dragging on the list: one set of listeners for all rows, however many there are. */

import { importFiles, isOfFiles } from "../folders/importing";
import { t } from "../i18n";
import type { Id } from "../jmap/types";
import { runOffered } from "./commands";
import * as drag from "./drag";
import { openRowMenu } from "./menus";
import { open, toggle } from "./moving";
import { countOf, isChosen, reached } from "./selection";
import { STILL, type Swipe, swipeOf } from "./swipe";
import { rowsWith } from "./targets";
import { chosenCount, cursor, isChoosing, list, mailbox, selection } from "./view";

const LONG_PRESS = 450;

/** Listens; the answer ends it. */
export function listen(view: HTMLElement): () => void {
  const ended = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, handler: (event: HTMLElementEventMap[K]) => void, more = {}) =>
    view.addEventListener(type, handler, { signal: ended.signal, ...more });
  on("mousedown", (event) => event.shiftKey && event.preventDefault());
  on("click", clicked);
  on("contextmenu", menuWanted);
  on("dragstart", dragBegun);
  on("dragend", drag.end);
  on("dragover", filesOver);
  on("drop", filesDropped);
  listenForFingers(on);
  return () => ended.abort();
}

function rowAt(event: Event): HTMLElement | null {
  return (event.target as Element | null)?.closest?.<HTMLElement>(".list-row[data-id]") ?? null;
}

let wasFinger = false;

function clicked(event: MouseEvent): void {
  const row = rowAt(event);
  const id = row?.dataset.id;
  if (row === null || id === undefined) return;
  if (wasFinger) {
    wasFinger = false;
    event.preventDefault();
    return;
  }
  const isBox = (event.target as Element).closest(".list-choose") !== null;
  if (event.shiftKey) reach(id);
  else if (isBox || event.ctrlKey || event.metaKey) toggle(id);
  else if (isChoosing.peek() && isCoarse(event)) toggle(id);
  else open(id);
}

function reach(id: Id): void {
  const now = list.peek();
  if (now === null) return;
  const from = cursor.peek();
  const begun = selection.peek().anchor === null && from !== null ? { ...selection.peek(), anchor: from } : selection.peek();
  selection.value = reached(begun, id, now);
  cursor.value = id;
}

function isCoarse(event: MouseEvent): boolean {
  return (event as PointerEvent).pointerType === "touch";
}

function menuWanted(event: MouseEvent): void {
  const id = rowAt(event)?.dataset.id;
  if (id === undefined) return;
  event.preventDefault();
  if (wasFinger || isCoarse(event)) return; // a long press chooses
  cursor.value = id;
  openRowMenu(rowsWith(id), event);
}

function dragBegun(event: DragEvent): void {
  const id = rowAt(event)?.dataset.id;
  if (id === undefined) return;
  const rows = rowsWith(id);
  const count = rows === "all" ? countOf(selection.peek(), list.peek()?.total.peek() ?? 0) : rows.length;
  drag.beginRows(event, rows, Math.max(count, isChosen(selection.peek(), id) ? chosenCount.peek() : 1));
}

/** Message files dropped on the list come into the folder that is shown. */
function filesOver(event: DragEvent): void {
  if (drag.dragged.peek() === null && isOfFiles(event) && mailbox.peek()?.myRights.mayAddItems) event.preventDefault();
}

function filesDropped(event: DragEvent): void {
  const folder = mailbox.peek();
  if (drag.dragged.peek() !== null || !isOfFiles(event) || folder === undefined) return;
  event.preventDefault();
  void importFiles(event.dataTransfer?.files, folder);
}

type On = <K extends keyof HTMLElementEventMap>(
  type: K,
  handler: (event: HTMLElementEventMap[K]) => void,
  more?: object,
) => void;

/** Aside: archive or trash. Long: choose. Up and down is the browser's. */
function listenForFingers(on: On): void {
  let begun: { x: number; y: number; row: HTMLElement; id: Id; pointer: number } | null = null;
  let swipe: Swipe = STILL;
  let pressing: ReturnType<typeof setTimeout> | undefined;
  const finish = () => {
    clearTimeout(pressing);
    if (begun) settle(begun.row);
    begun = null;
    swipe = STILL;
  };
  on("pointerdown", (event) => {
    wasFinger = false;
    const row = event.pointerType === "touch" && event.isPrimary ? rowAt(event) : null;
    if (row?.dataset.id === undefined) return;
    const id = row.dataset.id;
    begun = { x: event.clientX, y: event.clientY, row, id, pointer: event.pointerId };
    pressing = setTimeout(() => {
      wasFinger = true;
      begun = null;
      toggle(id);
      navigator.vibrate?.(10);
    }, LONG_PRESS);
  });
  on("pointermove", (event) => {
    if (begun === null || event.pointerId !== begun.pointer) return;
    const isRightToLeft = document.documentElement.dir === "rtl";
    const next = swipeOf(
      event.clientX - begun.x,
      event.clientY - begun.y,
      begun.row.clientWidth,
      swipe.side !== null,
      isRightToLeft,
    );
    if (next === null) return finish();
    if (next.side !== null) clearTimeout(pressing);
    swipe = next;
    draw(begun.row, swipe);
  });
  on("pointerup", () => {
    if (begun !== null && swipe.side !== null) {
      wasFinger = true;
      const commands = swipe.side === "start" ? (["archive", "toInbox"] as const) : (["trash", "destroy"] as const);
      if (swipe.isFar) runOffered(commands, [begun.id]);
    }
    finish();
  });
  on("pointercancel", finish);
}

function draw(row: HTMLElement, { by, side, isFar }: Swipe): void {
  row.style.setProperty("--swipe", `${by}px`);
  row.toggleAttribute("data-far", isFar);
  if (side === null) return;
  row.dataset.swipe = side;
  row.dataset.swipeLabel = t(side === "start" ? "list.archive" : "list.trash");
}

function settle(row: HTMLElement): void {
  row.style.removeProperty("--swipe");
  row.removeAttribute("data-far");
  delete row.dataset.swipe;
  delete row.dataset.swipeLabel;
}
