import { describe, expect, it } from "vitest";
import type { EmailFilter as Filter } from "../jmap/types";
import { type Folders, filterOf, wordsOf } from "./filter";
import { parse } from "./syntax";
import { readDay, readSize } from "./values";

const NOW = new Date(2026, 10, 22, 9, 30);
const NONE: Folders = { named: () => [], hidden: [] };
const SOME: Folders = {
  named: (words) => ({ work: ["F5"], plans: ["F6", "F7"] })[words.toLowerCase()] ?? [],
  hidden: ["F8", "F9"],
};
const utc = (...day: [number, number, number]) => new Date(...day).toISOString().replace(".000Z", "Z");

describe("the filter of a search", () => {
  it.each<[string, Filter | null]>([
    ["", null],
    ["lunch", { text: "lunch" }],
    ['lunch "the plan"', { text: 'lunch "the plan"' }],
    ["from:anna", { from: "anna" }],
    ['from:"Anna Berg"', { from: '"Anna Berg"' }],
    ["subject:o'neill", { subject: '"o\'neill"' }],
    ["to:anna", { operator: "OR", conditions: [{ to: "anna" }, { cc: "anna" }, { bcc: "anna" }] }],
    ["is:unread", { notKeyword: "$seen" }],
    ["is:starred", { hasKeyword: "$flagged" }],
    ["label:work", { hasKeyword: "work" }],
    ["larger:5M", { minSize: 5 * 1024 * 1024 }],
    ["smaller:1.5k", { maxSize: 1536 }],
    ["before:2026-01-01", { before: utc(2026, 0, 1) }],
    ["after:1.3.2026", { after: utc(2026, 2, 1) }],
    ["on:yesterday", { after: utc(2026, 10, 21), before: utc(2026, 10, 22) }],
    ["-lunch", { operator: "NOT", conditions: [{ text: "lunch" }] }],
    ["-has:attachment", { operator: "NOT", conditions: [{ hasAttachment: true }] }],
    ["in:nowhere", { operator: "OR", conditions: [] }],
    ["lunch from:anna", { operator: "AND", conditions: [{ text: "lunch" }, { from: "anna" }] }],
  ])("of %s", (text, filter) => {
    expect(filterOf(parse(text, NOW), NONE, NOW)).toEqual(filter);
  });

  it("leaves out trash and junk until a folder is named", () => {
    const find = (text: string) => filterOf(parse(text, NOW), SOME, NOW);
    expect(find("lunch")).toEqual({ operator: "AND", conditions: [{ text: "lunch" }, { inMailboxOtherThan: ["F8", "F9"] }] });
    expect(find("in:Work")).toEqual({ inMailbox: "F5" });
    expect(find("in:plans")).toEqual({ operator: "OR", conditions: [{ inMailbox: "F6" }, { inMailbox: "F7" }] });
    expect(find("lunch in:anywhere")).toEqual({ text: "lunch" });
    expect(find("in:anywhere")).toEqual({});
    expect(find("-in:Work")).toMatchObject({ operator: "AND" });
  });

  it("has words to show only where words are looked for", () => {
    expect(wordsOf(parse("from:anna is:unread -lunch"))).toBeNull();
    expect(wordsOf(parse("lunch from:anna"))).toEqual({ text: "lunch" });
    expect(wordsOf(parse("lunch subject:plan"))).toEqual({
      operator: "AND",
      conditions: [{ text: "lunch" }, { subject: "plan" }],
    });
  });
});

describe("days and sizes", () => {
  it.each<[string, [number, number, number] | null]>([
    ["2026-11-22", [2026, 10, 22]],
    ["2026/1/2", [2026, 0, 2]],
    ["2.1.2026", [2026, 0, 2]],
    ["2026-03", [2026, 2, 1]],
    ["2025", [2025, 0, 1]],
    ["today", [2026, 10, 22]],
    ["gestern", [2026, 10, 21]],
    ["2w", [2026, 10, 8]],
    ["1y", [2025, 10, 22]],
    ["9999y", null],
    ["2026-13-01", null],
    ["2026-02-29", null],
    ["1969-01-01", null],
    ["day", null],
  ])("%s", (text, day) => {
    expect(readDay(text, NOW)).toEqual(day === null ? null : new Date(...day));
  });

  it("a month before the 31st is the last of the shorter month", () => {
    expect(readDay("1m", new Date(2026, 2, 31))).toEqual(new Date(2026, 1, 28));
  });

  it.each<[string, number | null]>([
    ["0", 0],
    ["500", 500],
    ["20k", 20480],
    ["1,5MB", 1572864],
    ["2GiB", 2147483648],
    ["-1", null],
    ["M", null],
    ["1e9", null],
  ])("%s octets", (text, size) => {
    expect(readSize(text)).toBe(size);
  });
});
