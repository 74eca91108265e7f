import { describe, expect, it } from "vitest";
import { choices, fromLocal, localValue, sentAt, utc, wrongTime } from "./schedule";

const shown = (now: Date) => choices(now).map(({ key, at }) => `${key} ${localValue(at)}`);

describe("times that are offered", () => {
  it.each([
    [
      "on a Wednesday morning",
      new Date(2026, 10, 18, 9),
      [
        "laterToday 2026-11-18T18:00",
        "tomorrowMorning 2026-11-19T08:00",
        "tomorrowAfternoon 2026-11-19T13:00",
        "mondayMorning 2026-11-23T08:00",
      ],
    ],
    [
      "late in the evening",
      new Date(2026, 10, 18, 23),
      ["tomorrowMorning 2026-11-19T08:00", "tomorrowAfternoon 2026-11-19T13:00", "mondayMorning 2026-11-23T08:00"],
    ],
    [
      "on a Sunday, Monday only once",
      new Date(2026, 10, 22, 20),
      ["tomorrowMorning 2026-11-23T08:00", "tomorrowAfternoon 2026-11-23T13:00"],
    ],
    [
      "on a Monday, the next",
      new Date(2026, 10, 23, 20),
      ["tomorrowMorning 2026-11-24T08:00", "tomorrowAfternoon 2026-11-24T13:00", "mondayMorning 2026-11-30T08:00"],
    ],
    [
      "at the end of a month",
      new Date(2026, 10, 30, 20),
      ["tomorrowMorning 2026-12-01T08:00", "tomorrowAfternoon 2026-12-01T13:00", "mondayMorning 2026-12-07T08:00"],
    ],
  ])("%s", (_, now, expected) => {
    expect(shown(now)).toEqual(expected);
  });
});

it("says what is wrong with a time", () => {
  const now = new Date(2026, 10, 22, 12);
  expect(wrongTime(null, now, 60)).toBe("none");
  expect(wrongTime(fromLocal("x"), now, 60)).toBe("none");
  expect(wrongTime(now, now, 60)).toBe("past");
  expect(wrongTime(new Date(now.getTime() + 60_000), now, 60)).toBeNull();
  expect(wrongTime(new Date(now.getTime() + 61_000), now, 60)).toBe("far");
});

it("writes dates as JMAP wants them", () => {
  expect(sentAt(new Date(2026, 10, 22, 12, 1, 2))).toMatch(/^2026-11-22T12:01:02(?:Z|[+-]\d\d:\d\d)$/);
  expect(new Date(sentAt(new Date(2026, 10, 22, 12, 1, 2))).getTime()).toBe(new Date(2026, 10, 22, 12, 1, 2).getTime());
  expect(utc(new Date(Date.UTC(2026, 10, 22, 12, 1, 2, 999)))).toBe("2026-11-22T12:01:02Z");
});
