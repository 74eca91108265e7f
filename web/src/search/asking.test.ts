import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { go, route } from "../route";
import * as asking from "./asking";
import { writeTerm } from "./syntax";

const chips = () => asking.chips.value.map(writeTerm);
const asked = () => (route.value.name === "search" ? route.value.query : null);

beforeEach(() => {
  vi.useFakeTimers();
  go({ name: "folder", mailboxId: "F5", threadId: "T1" });
  asking.follow(route.value);
  asking.clear();
});
afterEach(() => vi.useRealTimers());

describe("the search field", () => {
  it("asks a moment after the last key, and then in the same place", () => {
    asking.type("lun");
    vi.advanceTimersByTime(100);
    asking.type("lunch");
    expect(asked()).toBeNull();
    vi.advanceTimersByTime(200);
    expect(asked()).toBe("lunch");
    asking.type("lunch from:anna ");
    vi.advanceTimersByTime(200);
    expect(chips()).toEqual(["from:anna"]);
    expect(asking.text.value).toBe("lunch ");
    expect(asked()).toBe("from:anna lunch");
  });

  it("makes everything whole on Enter, and remembers it", async () => {
    const { preferences } = await import("../store/preferences");
    asking.type("has:attachment");
    asking.settle();
    expect([chips(), asking.text.value, asked()]).toEqual([["has:attachment"], "", "has:attachment"]);
    expect(preferences.value.searches[0]).toBe("has:attachment");
  });

  it("brings nobody back who has gone elsewhere before it asked", () => {
    asking.type("lun");
    go({ name: "folder", mailboxId: "F6", threadId: null });
    asking.follow(route.value);
    vi.advanceTimersByTime(1000);
    expect(asked()).toBeNull();
  });

  it("opens the last chip again", () => {
    asking.type('from:"Anna Berg" ');
    expect(asking.reopenLast()).toBe(true);
    expect([chips(), asking.text.value]).toEqual([[], 'from:"Anna Berg"']);
    expect(asking.reopenLast()).toBe(false);
  });

  it("follows the address, and forgets what was typed when one goes elsewhere", () => {
    go({ name: "search", query: "is:unread lunch", threadId: null });
    asking.follow(route.value);
    expect([chips(), asking.text.value]).toEqual([["is:unread"], "lunch"]);
    go({ name: "folder", mailboxId: null, threadId: null });
    asking.follow(route.value);
    expect([chips(), asking.text.value]).toEqual([[], ""]);
  });

  it("goes back to where one was when it is cleared", () => {
    asking.type("lunch");
    asking.settle();
    asking.clear();
    expect(route.value).toEqual({ name: "folder", mailboxId: "F5", threadId: null });
  });

  it("narrows by buttons without touching what was typed", () => {
    asking.type("lunch is:unread ");
    vi.advanceTimersByTime(200);
    asking.replace((term) => term.kind === "after", [{ kind: "after", value: "7d", not: false }]);
    expect(asked()).toBe("is:unread after:7d lunch");
    asking.replace((term) => term.kind === "is", []);
    expect(asked()).toBe("after:7d lunch");
  });
});
