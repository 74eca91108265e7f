import { describe, expect, it } from "vitest";
import { match, ranked } from "./fuzzy";

const first = (typed: string, all: string[]) => ranked(typed, all, (each) => each).map(({ item }) => item);

describe("what is meant by a few letters", () => {
  it.each<[string, string[], string[]]>([
    ["gi", ["Go to Trash", "Go to Inbox", "Greeting"], ["Go to Inbox", "Greeting"]],
    ["arch", ["March", "Archive", "Search"], ["Archive", "March", "Search"]],
    ["nm", ["Snowman", "New message"], ["New message", "Snowman"]],
    ["kuche", ["Küche"], ["Küche"]],
    ["mark un", ["Mark as read", "Mark as unread"], ["Mark as unread"]],
    ["xyz", ["Archive"], []],
    ["", ["b", "a"], ["b", "a"]],
  ])("%s", (typed, all, found) => {
    expect(first(typed, all)).toEqual(found);
  });

  it("is shown where it was found", () => {
    expect(match("gi", "Go to Inbox")?.at).toEqual([0, 6]);
    expect(match("inb", "Go to Inbox")?.at).toEqual([6, 7, 8]);
    expect(match("b", "Inbox")?.at).toEqual([2]);
  });

  it("is bounded for long texts", () => {
    expect(match("a".repeat(300), "a".repeat(1000))).toBeNull();
    expect(match("z", `${"a".repeat(500)}z`)).toBeNull();
  });
});
