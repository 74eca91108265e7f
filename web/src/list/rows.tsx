/** The rows on the screen, of a list of any length. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Id } from "../jmap/types";
import type { MailList } from "../store/lists";
import { preferences } from "../store/preferences";
import { IS_TOUCHED, lookOf } from "./look";
import { step } from "./moving";
import * as pointer from "./pointer";
import { Row, rowId, Skeleton } from "./row";
import { scroller } from "./scroller";
import { useSize } from "./size";
import { cursor } from "./view";
import { heldScroll, listOffset, type Measures, type Shown, shownRows, trackHeight } from "./window";

/** Rows fetched beyond those drawn. */
const AHEAD = 25;
/** Rows drawn while it is not known how many there are. */
const BONES = 12;

export function Rows({ list, label }: { list: MailList; label: string }) {
  const view = useRef<HTMLDivElement>(null);
  const size = useSize(view);
  const look = lookOf(preferences.value.density, size.width, IS_TOUCHED);
  const isLoading = list.total.value === null;
  const count = list.total.value ?? BONES;
  const measures: Measures = { rowHeight: look.rowHeight, viewHeight: size.height, count };
  const scrolled = useSignal(0);
  const shown = shownRows(scrolled.value, measures);
  useEffect(() => {
    if (size.height > 0) list.need(shown.first - AHEAD, shown.end + AHEAD);
  }, [list, shown.first, shown.end, count]);
  useHeldRows(view, list, measures, scrolled.peek());
  useEffect(() => scroller.attach(view.current as HTMLDivElement, measures), [measures.rowHeight, measures.viewHeight, count]);
  useEffect(() => pointer.listen(view.current as HTMLDivElement), []);
  useLayoutEffect(() => {
    const box = view.current as HTMLDivElement;
    box.style.setProperty("--row-height", `${look.rowHeight}px`);
  }, [look.rowHeight]);
  const at = cursor.value;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table of rows that are not all there
    <div
      ref={view}
      class="list-view"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={isLoading ? -1 : count}
      aria-busy={isLoading}
      aria-activedescendant={at !== null && list.indexOf(at) >= 0 ? rowId(at) : undefined}
      data-wide={look.isWide || undefined}
      data-touched={IS_TOUCHED || undefined}
      onFocus={(event) => {
        // by Tab, the cursor is seen from the first; a click sets it itself
        if (cursor.peek() === null && event.currentTarget.matches(":focus-visible")) step(1);
      }}
      onScroll={(event) => {
        scrolled.value = event.currentTarget.scrollTop;
      }}
    >
      <Track list={list} shown={shown} height={trackHeight(measures)} isWide={look.isWide} isLoading={isLoading} />
    </div>
  );
}

function Track({
  list,
  shown,
  height,
  isWide,
  isLoading,
}: {
  list: MailList;
  shown: Shown;
  height: number;
  isWide: boolean;
  isLoading: boolean;
}) {
  const track = useRef<HTMLDivElement>(null);
  const block = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    (track.current as HTMLDivElement).style.blockSize = `${height}px`;
    (block.current as HTMLDivElement).style.transform = `translateY(${shown.top}px)`;
  }, [height, shown.top]);
  const rows = [];
  for (let index = shown.first; index < shown.end; index++) {
    const id = isLoading ? undefined : list.at(index);
    if (id === undefined) rows.push(<Skeleton key={`bone-${index}`} index={index} />);
    else rows.push(<Row key={id} id={id} index={index} isWhole={list.collapseThreads} isWide={isWide} />);
  }
  return (
    <div ref={track} class="list-track" role="presentation">
      <div ref={block} class="list-block" role="presentation">
        {rows}
      </div>
    </div>
  );
}

/** When rows come or go above, what is seen stays where it is. */
function useHeldRows(view: RefObject<HTMLDivElement | null>, list: MailList, measures: Measures, scrollTop: number): void {
  const held = useRef<readonly (readonly [Id, number])[]>([]);
  const version = list.version.value;
  const before = useRef({ list, version });
  useLayoutEffect(() => {
    const box = view.current as HTMLDivElement;
    if (before.current.list === list && before.current.version !== version) {
      const still = held.current.find(([id]) => list.indexOf(id) >= 0);
      if (still) {
        const [id, was] = still;
        const wanted = heldScroll(box.scrollTop, { was, is: list.indexOf(id) }, measures);
        if (Math.abs(wanted - box.scrollTop) >= 1) box.scrollTop = wanted;
      }
    }
    before.current = { list, version };
  }, [list, version]);
  // what is at the top of the view now, to be found again after the next change
  const first = Math.floor(listOffset(scrollTop, measures) / Math.max(1, measures.rowHeight));
  const rows: [Id, number][] = [];
  for (let index = first; index < first + HELD && index < measures.count; index++) {
    const id = list.at(index);
    if (id !== undefined) rows.push([id, index]);
  }
  useEffect(() => {
    held.current = rows;
  });
}

/** Rows remembered: some of them may be what goes. */
const HELD = 12;
