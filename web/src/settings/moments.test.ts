import { expect, test } from "vitest";
import { fromLocal, toLocal } from "./moments";

test("a moment goes to a field and back as it was", () => {
  for (const date of ["2026-11-22T09:30:00Z", "2026-03-29T00:59:00Z", "1999-12-31T23:59:00Z"])
    expect(fromLocal(toLocal(date))).toBe(date);
});

test("a field has the time of this machine", () => {
  const moment = new Date("2026-07-01T10:05:00Z");
  expect(toLocal("2026-07-01T10:05:00Z").endsWith(`${String(moment.getHours()).padStart(2, "0")}:05`)).toBe(true);
});

test("no moment is none", () => {
  expect(toLocal(null)).toBe("");
  expect(fromLocal("")).toBeNull();
  expect(fromLocal("soon")).toBeNull();
});
