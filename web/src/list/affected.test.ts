import { describe, expect, it } from "vitest";
import { affected, isStarred, isUnread, type Letter, type Verb } from "./affected";

const letter = (id: string, boxes: string, keywords = ""): Letter => ({
  id,
  mailboxIds: Object.fromEntries([...boxes].map((box) => [box, true])),
  keywords: Object.fromEntries(
    keywords
      .split(" ")
      .filter(Boolean)
      .map((word) => [word, true]),
  ),
});
const first = letter("1", "i", "$seen");
const answer = letter("2", "s", "$seen");
const third = letter("3", "i", "$flagged");
const last = letter("4", "i");
const thread = [first, answer, third, last];

describe("a command given to a conversation", () => {
  it.each<[Verb, string | null, string]>([
    ["file", "i", "134"],
    ["file", null, "134"],
    ["file", "s", "24"],
    ["label", "i", "134"],
    ["snooze", "i", "134"],
    ["read", "i", "34"],
    ["unread", "i", "4"],
    ["star", "i", "4"],
    ["unstar", "i", "3"],
  ])("%s in %s is about %s", (verb, mailboxId, ids) => {
    expect(affected(verb, last, thread, mailboxId).join("")).toBe(ids);
  });

  it("is about the row's own email where nothing else is known", () => {
    expect(affected("file", last, [], "i")).toEqual(["4"]);
    expect(affected("file", answer, thread, null)).toEqual(["2"]);
  });

  it("is unread or starred by one of its emails, and drafts are never unread", () => {
    expect(isUnread(thread)).toBe(true);
    expect(isUnread([first, letter("5", "d", "$draft")])).toBe(false);
    expect(isStarred(thread)).toBe(true);
    expect(isStarred([first, last])).toBe(false);
  });
});
