/** How rows are laid out: one line each where there is room, else two or three. */
import type { Comparator } from "../jmap/types";
import type { Preferences } from "../store/preferences";

export type Density = Preferences["density"];
export interface Look {
  readonly isWide: boolean;
  readonly rowHeight: number;
}

/** From this width on, a row is one line. */
export const WIDE = 720;
const HEIGHTS: Readonly<Record<Density, readonly [narrow: number, wide: number]>> = {
  comfortable: [88, 48],
  cosy: [74, 40],
  compact: [54, 32],
};
/** Fingers need more room than a pointer. */
const LEAST_FOR_FINGERS = 64;

/** Whether this machine is used by fingers first. */
export const IS_TOUCHED: boolean = typeof matchMedia !== "undefined" && matchMedia("(pointer: coarse)").matches;

export function lookOf(density: Density, width: number, isTouched: boolean): Look {
  const isWide = width >= WIDE;
  const height = HEIGHTS[density][isWide ? 1 : 0];
  return { isWide, rowHeight: isTouched ? Math.max(LEAST_FOR_FINGERS, height) : height };
}

/** What a list may be sorted by; the names are those of the catalogue. */
export const SORTS = {
  newest: [{ property: "receivedAt", isAscending: false }],
  oldest: [{ property: "receivedAt", isAscending: true }],
  unread: [
    { property: "allInThreadHaveKeyword", keyword: "$seen", isAscending: true },
    { property: "receivedAt", isAscending: false },
  ],
  starred: [
    { property: "someInThreadHaveKeyword", keyword: "$flagged", isAscending: false },
    { property: "receivedAt", isAscending: false },
  ],
  from: [
    { property: "from", isAscending: true },
    { property: "receivedAt", isAscending: false },
  ],
  subject: [
    { property: "subject", isAscending: true },
    { property: "receivedAt", isAscending: false },
  ],
  size: [
    { property: "size", isAscending: false },
    { property: "receivedAt", isAscending: false },
  ],
} as const satisfies Record<string, readonly Comparator[]>;
export type Sort = keyof typeof SORTS;

/**
 * What the server is asked to sort a folder by. `wakes`: it knows when mail that was put aside is back; that counts in place of when
 * it came, so that it lies on top again.
 */
export function orderOf(sort: Sort, wakes: boolean): readonly Comparator[] {
  const keys: readonly Comparator[] = SORTS[sort];
  return wakes ? keys.map((key) => (key.property === "receivedAt" ? { ...key, property: "snoozedUntil" } : key)) : keys;
}

/** The order of a folder of which nobody has chosen one. What is put aside is looked at by what comes back first. */
export function usualSort(role: string | null | undefined): Sort {
  return role === "snoozed" ? "oldest" : "newest";
}

export function isSort(text: string | null | undefined): text is Sort {
  return text !== null && text !== undefined && Object.hasOwn(SORTS, text);
}
