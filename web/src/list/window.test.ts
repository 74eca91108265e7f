import { describe, expect, it } from "vitest";
import {
  heldScroll,
  listOffset,
  type Measures,
  pageOf,
  scrollFor,
  scrollToRow,
  shownRows,
  TALLEST,
  trackHeight,
} from "./window";

const short: Measures = { rowHeight: 60, viewHeight: 600, count: 1000 };
const huge: Measures = { rowHeight: 76, viewHeight: 900, count: 1_000_000 };

describe("the rows on the screen", () => {
  it.each<[number, Measures, number, { first: number; end: number; top: number }]>([
    [0, short, 0, { first: 0, end: 10, top: 0 }],
    [0, short, 8, { first: 0, end: 18, top: 0 }],
    [90, short, 0, { first: 1, end: 12, top: 60 }],
    [6000, short, 8, { first: 92, end: 118, top: 5520 }],
    [59_400, short, 0, { first: 990, end: 1000, top: 59_400 }],
    [99_999, short, 0, { first: 990, end: 1000, top: 59_400 }],
    [-50, short, 0, { first: 0, end: 10, top: 0 }],
    [0, { ...short, count: 3 }, 8, { first: 0, end: 3, top: 0 }],
    [0, { ...short, count: 0 }, 8, { first: 0, end: 0, top: 0 }],
  ])("scrolled to %i", (scrollTop, measures, beyond, shown) => {
    expect(shownRows(scrollTop, measures, beyond)).toEqual(shown);
  });

  it("leave no gap in the view, wherever a list of 100,000 is scrolled", () => {
    const long = { rowHeight: 76, viewHeight: 883, count: 100_000 };
    for (let step = 0; step <= 1000; step++) {
      const scrollTop = ((trackHeight(long) - long.viewHeight) * step) / 1000;
      const { first, end, top } = shownRows(scrollTop, long, 0);
      expect(top).toBeLessThanOrEqual(scrollTop + 0.001);
      expect(top + (end - first) * long.rowHeight).toBeGreaterThanOrEqual(scrollTop + long.viewHeight - 0.001);
    }
  });

  it("leave no gap in a list too long for a browser, and reach its last row", () => {
    expect(trackHeight(huge)).toBe(TALLEST);
    for (let step = 0; step <= 1000; step++) {
      const scrollTop = ((TALLEST - huge.viewHeight) * step) / 1000;
      const { first, end, top } = shownRows(scrollTop, huge, 0);
      expect(top).toBeLessThanOrEqual(scrollTop + 0.001);
      expect(top + (end - first) * huge.rowHeight).toBeGreaterThanOrEqual(scrollTop + huge.viewHeight - 0.001);
    }
    expect(shownRows(TALLEST, huge, 0).end).toBe(1_000_000);
  });
});

describe("scrolling", () => {
  it.each([short, huge, { ...short, count: 4 }])("goes there and back", (measures) => {
    const most = Math.max(0, measures.rowHeight * measures.count - measures.viewHeight);
    for (const part of [0, 0.2, 0.7, 1])
      expect(listOffset(scrollFor(part * most, measures), measures)).toBeCloseTo(part * most, 2);
  });

  it("to a row moves no more than it must", () => {
    expect(scrollToRow(5, 0, short)).toBe(0);
    expect(scrollToRow(10, 0, short)).toBe(60);
    expect(scrollToRow(2, 300, short)).toBe(120);
    expect(scrollToRow(999, 0, short)).toBe(59_400);
    const far = scrollToRow(500_000, 0, huge);
    const { first, end } = shownRows(far, huge, 0);
    expect(first <= 500_000 && 500_000 < end).toBe(true);
  });

  it("holds what is seen when rows come in above, but not at the top", () => {
    expect(heldScroll(600, { was: 10, is: 13 }, short)).toBe(780);
    expect(heldScroll(600, { was: 10, is: 8 }, short)).toBe(480);
    expect(heldScroll(0, { was: 0, is: 3 }, short)).toBe(0);
    expect(heldScroll(600, { was: 10, is: -1 }, short)).toBe(600);
  });

  it("by a page keeps a row in sight, and always moves", () => {
    expect(pageOf(short)).toBe(9);
    expect(pageOf({ ...short, viewHeight: 20 })).toBe(1);
  });
});
