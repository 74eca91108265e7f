import { describe, expect, it } from "vitest";
import { snoozeTimes } from "./snooze_times";

const two = (part: number) => String(part).padStart(2, "0");
const said = (now: Date) =>
  snoozeTimes(now).map(({ key, at }) => `${key} ${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}`);

describe("when a letter comes back", () => {
  it.each<[string, Date, string[]]>([
    [
      "a Monday morning",
      new Date(2026, 10, 23, 9, 40),
      ["laterToday 11-23 12", "evening 11-23 18", "tomorrow 11-24 08", "weekend 11-28 08", "nextWeek 11-30 08"],
    ],
    ["a Wednesday at five", new Date(2026, 10, 25, 17), ["tomorrow 11-26 08", "weekend 11-28 08", "nextWeek 11-30 08"]],
    ["a Friday", new Date(2026, 10, 27, 15), ["evening 11-27 18", "tomorrow 11-28 08", "nextWeek 11-30 08"]],
    ["a Saturday", new Date(2026, 10, 28, 20), ["tomorrow 11-29 08", "nextWeek 11-30 08"]],
    ["a Sunday", new Date(2026, 10, 29, 20), ["tomorrow 11-30 08"]],
    ["the last of a year", new Date(2026, 11, 31, 20), ["tomorrow 01-01 08", "weekend 01-02 08", "nextWeek 01-04 08"]],
  ])("from %s", (_, now, times) => {
    expect(said(now)).toEqual(times);
  });

  it("is always to come, and the soonest is the first", () => {
    for (let hour = 0; hour < 24 * 14; hour++) {
      const now = new Date(2026, 9, 20, hour, 30);
      const times = snoozeTimes(now).map(({ at }) => at.getTime());
      expect(Math.min(...times)).toBeGreaterThan(now.getTime());
      expect([...times].sort((one, other) => one - other)).toEqual(times);
    }
  });
});
