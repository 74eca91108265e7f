import { expect, test } from "vitest";
import { daysAgo, relativeDate, shortDate } from "./date";

const now = new Date(2026, 10, 22, 14, 30);
const at = (...parts: [number, number, number, number?]) => new Date(...parts);

test.each([
  [at(2026, 10, 22, 9), "9:00 AM"],
  [at(2026, 10, 21, 23), "Sat"],
  [at(2026, 10, 17, 9), "Tue"],
  [at(2026, 10, 16, 9), "Nov 16"],
  [at(2025, 10, 22, 9), "Nov 22, 2025"],
  [at(2026, 10, 23, 9), "Nov 23"],
])("%s in a list is %s", (date, text) => expect(shortDate(date, now).replace(/\s/g, " ")).toBe(text));

test("days are days of the calendar, whatever the hour", () => {
  expect(daysAgo(at(2026, 10, 21, 23), now)).toBe(1);
  expect(daysAgo(at(2026, 10, 23, 0), now)).toBe(-1);
});

test("how long ago", () => {
  expect(relativeDate(at(2026, 10, 22, 12), new Date(2026, 10, 22, 15))).toBe("3 hours ago");
  expect(relativeDate(at(2026, 10, 24, 14), new Date(2026, 10, 22, 14))).toBe("in 2 days");
});
