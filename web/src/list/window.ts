/**
 * Which rows of a long list are on the screen.
 *
 * All rows have one height, so this is arithmetic, the same for ten rows and for a million. Browsers give up above some 16 million
 * pixels: a longer list is drawn on a shorter track, on which scrolling goes faster the more it has to cover.
 */

export interface Measures {
  readonly rowHeight: number;
  /** Of what is seen. */
  readonly viewHeight: number;
  readonly count: number;
}

/** Rows drawn beyond either edge, so that a flick shows no gap. */
export const BEYOND = 8;
/** The highest element that every browser draws without error. */
export const TALLEST = 12_000_000;

export interface Shown {
  readonly first: number;
  /** The row after the last. */
  readonly end: number;
  /** Where the first is drawn, in pixels from the top of the track. */
  readonly top: number;
}

/** The height of the track. */
export function trackHeight({ rowHeight, count }: Measures): number {
  return Math.min(rowHeight * count, TALLEST);
}

/** Pixels of the list above the view when the track is scrolled so far. */
export function listOffset(scrollTop: number, measures: Measures): number {
  const whole = measures.rowHeight * measures.count;
  const track = trackHeight(measures);
  const most = Math.max(0, track - measures.viewHeight);
  const at = Math.min(Math.max(0, scrollTop), most);
  return whole === track || most === 0 ? at : (at / most) * (whole - measures.viewHeight);
}

/** How far the track must be scrolled for so many pixels of the list to be above the view: the other way round. */
export function scrollFor(offset: number, measures: Measures): number {
  const whole = measures.rowHeight * measures.count;
  const track = trackHeight(measures);
  const most = Math.max(0, track - measures.viewHeight);
  const ratio = whole === track || whole <= measures.viewHeight ? 1 : most / (whole - measures.viewHeight);
  return Math.min(Math.max(0, offset * ratio), most);
}

/** The rows to draw. */
export function shownRows(scrollTop: number, measures: Measures, beyond = BEYOND): Shown {
  const { rowHeight, viewHeight, count } = measures;
  if (count === 0 || rowHeight <= 0) return { first: 0, end: 0, top: 0 };
  const offset = listOffset(scrollTop, measures);
  const first = Math.max(0, Math.floor(offset / rowHeight) - beyond);
  const end = Math.min(count, Math.ceil((offset + viewHeight) / rowHeight) + beyond);
  const at = Math.min(Math.max(0, scrollTop), Math.max(0, trackHeight(measures) - viewHeight));
  return { first, end, top: at - offset + first * rowHeight };
}

/** Where to scroll so that a row is seen whole, moving as little as may be; what it is now if it is seen already. */
export function scrollToRow(row: number, scrollTop: number, measures: Measures): number {
  const offset = listOffset(scrollTop, measures);
  const top = row * measures.rowHeight;
  const bottom = top + measures.rowHeight;
  if (top < offset) return scrollFor(top, measures);
  if (bottom > offset + measures.viewHeight) return scrollFor(bottom - measures.viewHeight, measures);
  return scrollTop;
}

/** Rows that a page key goes over: one stays in sight. */
export function pageOf({ rowHeight, viewHeight }: Measures): number {
  return Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
}

/**
 * Where to scroll when the list has changed, so that what was at the top of the view stays there. At the very top nothing is held:
 * whoever looks at the newest mail wants to see what comes in.
 */
export function heldScroll(scrollTop: number, held: { readonly was: number; readonly is: number }, measures: Measures): number {
  if (scrollTop <= 0 || held.is < 0) return scrollTop;
  const moved = (held.is - held.was) * measures.rowHeight;
  return moved === 0
    ? scrollTop
    : scrollFor(listOffset(scrollTop, { ...measures, count: Math.max(1, measures.count) }) + moved, measures);
}
