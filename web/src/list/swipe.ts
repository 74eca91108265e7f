/** A row drawn aside by a finger: what it would do is shown under it, and done if it was drawn far enough. */

export type Side = "start" | "end";
export interface Swipe {
  /** Pixels to the right; the row is moved so far. */
  readonly by: number;
  /** Which edge is bared; null: not yet decided, or the list is being scrolled. */
  readonly side: Side | null;
  /** Let go now, it is done. */
  readonly isFar: boolean;
}

export const STILL: Swipe = { by: 0, side: null, isFar: false };
/** Pixels before it is clear that a finger draws, and does not scroll or tap. */
const BEGIN = 12;
/** Part of the row's width, and pixels, that are far enough. */
const FAR = 0.3;
const FAR_MOST = 140;

/** A finger's way so far. Once it goes up or down first, it scrolls: null. */
export function swipeOf(dx: number, dy: number, width: number, wasDrawn: boolean, isRightToLeft = false): Swipe | null {
  if (!wasDrawn) {
    if (Math.abs(dx) < BEGIN && Math.abs(dy) < BEGIN) return STILL;
    if (Math.abs(dy) > Math.abs(dx)) return null;
  }
  const side: Side = dx > 0 !== isRightToLeft ? "start" : "end";
  return { by: Math.round(dx), side, isFar: Math.abs(dx) >= Math.min(FAR_MOST, width * FAR) };
}
