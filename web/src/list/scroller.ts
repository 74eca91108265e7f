/** The list's scrolling, for whoever moves the cursor: there is one list on the screen. */
import type { Id } from "../jmap/types";
import { list } from "./view";
import { type Measures, pageOf, scrollToRow } from "./window";

let view: HTMLElement | null = null;
let measures: Measures = { rowHeight: 1, viewHeight: 1, count: 0 };

function attach(element: HTMLElement, now: Measures): () => void {
  view = element;
  measures = now;
  return () => {
    if (view === element) view = null;
  };
}

/** Brings a row into sight, moving as little as may be. */
function show(id: Id): void {
  const index = list.peek()?.indexOf(id) ?? -1;
  if (view !== null && index >= 0) view.scrollTop = scrollToRow(index, view.scrollTop, measures);
}

/** The same for a row of which nothing is known but its place. */
function showIndex(index: number): void {
  if (view !== null) view.scrollTop = scrollToRow(index, view.scrollTop, measures);
}

function toTop(): void {
  view?.scrollTo({ top: 0 });
}

function page(): number {
  return pageOf(measures);
}

function focus(): void {
  view?.focus({ preventScroll: true });
}

function hasFocus(): boolean {
  return view?.contains(document.activeElement) ?? false;
}

export const scroller = { attach, show, showIndex, toTop, page, focus, hasFocus };
