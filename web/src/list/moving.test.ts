import { signal } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Id } from "../jmap/types";
import { isChosen, NOTHING, type Selection } from "./selection";

const view = vi.hoisted(() => ({ ids: [] as string[] }));
vi.mock("./view", () => {
  const list = { total: signal(0), at: (index: number) => view.ids[index], indexOf: (id: Id) => view.ids.indexOf(id) };
  return { list: signal(list), cursor: signal<Id | null>(null), selection: signal<Selection>(NOTHING) };
});
vi.mock("./targets", () => ({ openThreadId: () => null }));
vi.mock("../store/emails", () => ({
  emailNow: (id: Id) => ({ id, threadId: id, keywords: id > "c" ? {} : { $seen: true } }),
  wantEmails: async () => {},
}));

const { step, stepToUnread, toggle } = await import("./moving");
const { cursor, list, selection } = await import("./view");
const show = (ids: string) => {
  view.ids = [...ids];
  (list.value as unknown as { total: { value: number } }).total.value = ids.length;
};
const chosen = () => view.ids.filter((id) => isChosen(selection.value, id)).join("");

beforeEach(() => {
  show("abcdef");
  cursor.value = null;
  selection.value = NOTHING;
});

describe("the cursor", () => {
  it("begins at the first row, and stops at both ends", () => {
    const seen = [1, 1, 1, -1, "last", 1, "first", -1].map((by) => {
      step(by as number);
      return cursor.value;
    });
    expect(seen.join("")).toBe("abcbffaa");
  });

  it("goes on from where its row was, when that has gone", () => {
    step(1);
    step(2);
    expect(cursor.value).toBe("c");
    show("abdef");
    step(1);
    expect(cursor.value).toBe("d");
    show("abef");
    step(-1);
    expect(cursor.value).toBe("b");
  });

  it("chooses what it goes over, with shift", () => {
    step(1);
    step(1, true);
    step(1, true);
    expect(chosen()).toBe("abc");
    step(-1, true);
    expect(chosen()).toBe("ab");
    toggle();
    expect(chosen()).toBe("a");
  });

  it("finds the next that is unread", () => {
    expect(stepToUnread(1)).toBe(true);
    expect(cursor.value).toBe("d");
    expect(stepToUnread(-1)).toBe(false);
    expect(cursor.value).toBe("d");
  });

  it("has nowhere to go in an empty list", () => {
    show("");
    expect(step(1)).toBe(false);
    expect(toggle()).toBe(false);
  });
});
