import { expect, it } from "vitest";
import { isSort, lookOf, orderOf, usualSort, WIDE } from "./look";

it("rows are lower the denser they are, one line where there is room, and never too low for a finger", () => {
  expect(lookOf("cosy", 400, false)).toEqual({ isWide: false, rowHeight: 74 });
  expect(lookOf("cosy", WIDE, false)).toEqual({ isWide: true, rowHeight: 40 });
  expect(lookOf("compact", 400, false).rowHeight).toBeLessThan(lookOf("comfortable", 400, false).rowHeight);
  expect(lookOf("compact", 400, true).rowHeight).toBe(64);
});

it("a sort is one that we know", () => {
  expect([isSort("newest"), isSort("toString"), isSort(undefined)]).toEqual([true, false, false]);
});

it("mail that was put aside lies where it came back, in every order that is one of time", () => {
  expect(orderOf("newest", true)).toEqual([{ property: "snoozedUntil", isAscending: false }]);
  expect(orderOf("from", true).map((key) => key.property)).toEqual(["from", "snoozedUntil"]);
  expect(orderOf("newest", false)).toEqual([{ property: "receivedAt", isAscending: false }]);
  expect([usualSort("inbox"), usualSort("snoozed"), usualSort(null)]).toEqual(["newest", "oldest", "newest"]);
});
