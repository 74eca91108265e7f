import { describe, expect, it } from "vitest";
import { arrange, beginning, neighbour, openAtFirst, placesOf } from "./conversation";

const letter = (id: string, more: { box?: string; seen?: boolean; draft?: boolean; at?: string } = {}) => ({
  id,
  mailboxIds: { [more.box ?? "inbox"]: true as const },
  keywords: {
    ...(more.seen === false ? {} : { $seen: true as const }),
    ...(more.draft ? { $draft: true as const } : {}),
  } as Record<string, true>,
  receivedAt: more.at ?? `2026-11-${id.padStart(2, "0")}T00:00:00Z`,
  messageId: null,
});
const roleOf = (id: string) => (id === "inbox" || id === "trash" || id === "junk" || id === "sent" ? id : null);
const ids = (letters: readonly { id: string }[]) => letters.map(({ id }) => id).join("");

describe("a conversation", () => {
  it("goes from the oldest to the newest, across folders", () =>
    expect(ids(arrange([letter("3"), letter("1", { box: "sent" }), letter("2")], roleOf, "inbox").shown)).toBe("123"));

  it("leaves aside what is in the trash, unless one reads there", () => {
    const all = [letter("1"), letter("2", { box: "trash" }), letter("3", { box: "junk" })];
    expect(ids(arrange(all, roleOf, "inbox").shown)).toBe("1");
    expect(ids(arrange(all, roleOf, "inbox").aside)).toBe("23");
    expect(ids(arrange(all, roleOf, "trash").shown)).toBe("12");
    expect(ids(arrange([letter("2", { box: "trash" })], roleOf, null).shown)).toBe("2");
  });

  it("opens what is unread, else the last that is no draft", () => {
    expect([...openAtFirst([letter("1"), letter("2", { seen: false }), letter("3", { seen: false })])]).toEqual(["2", "3"]);
    expect([...openAtFirst([letter("1"), letter("2"), letter("3", { draft: true })])]).toEqual(["2"]);
    expect([...openAtFirst([letter("1", { draft: true })])]).toEqual(["1"]);
    expect([...openAtFirst([])]).toEqual([]);
  });

  it("does not open fifty at once", () =>
    expect(openAtFirst(Array.from({ length: 50 }, (_, index) => letter(String(index), { seen: false }))).size).toBe(8));

  it("begins at the oldest that is open", () =>
    expect(beginning([letter("1"), letter("2"), letter("3")], new Set(["3", "2"]))).toBe("2"));

  it("has many read ones in one line, but for the first and the last", () => {
    const all = Array.from({ length: 9 }, (_, index) => letter(String(index + 1)));
    const shape = (open: string[], isWhole = false) =>
      placesOf(all, new Set(open), isWhole)
        .map((place) => ("run" in place ? `(${place.run.length})` : place.letter.id))
        .join("");
    expect(shape(["9"])).toBe("1(7)9");
    expect(shape(["7", "9"])).toBe("1(5)789");
    expect(shape(["4", "9"])).toBe("1234(4)9");
    expect(shape(["9"], true)).toBe("123456789");
  });

  it("is gone through step by step, with an end", () => {
    expect(neighbour(["a", "b"], "a", 1)).toBe("b");
    expect(neighbour(["a", "b"], "b", 1)).toBe("b");
    expect(neighbour(["a", "b"], null, -1)).toBe("b");
    expect(neighbour([], null, 1)).toBeNull();
  });
});
