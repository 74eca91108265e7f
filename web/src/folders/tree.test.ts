import { describe, expect, it } from "vitest";
import { type Folder, isWithin, named, path, rows, stepOf } from "./tree";

const folder = (id: string, name: string, more: Partial<Folder> = {}): Folder => ({
  id,
  name,
  parentId: null,
  role: null,
  sortOrder: 10,
  isSubscribed: true,
  ...more,
});
const all = [
  folder("z", "Zebra"),
  folder("t", "Trash", { role: "trash" }),
  folder("i", "INBOX", { role: "inbox" }),
  folder("a10", "Item 10", { parentId: "a" }),
  folder("a2", "Item 2", { parentId: "a" }),
  folder("a", "apples"),
  folder("h", "Hidden", { isSubscribed: false }),
  folder("s", "Snoozed", { role: "snoozed" }),
  folder("p", "Papers", { isSubscribed: false }),
  folder("q", "Plans", { parentId: "p" }),
];
const map = new Map(all.map((each) => [each.id, each]));
const ids = (open: string[], showsAll = false) =>
  rows(all, (id) => open.includes(id), showsAll).map(({ folder: { id }, level }) => `${level}${id}`);

describe("the tree", () => {
  it("has roles first, then names as people sort them, and what is open", () => {
    expect(ids([])).toEqual(["1i", "1t", "1s", "1a", "1p", "1z"]);
    expect(ids(["a", "p"])).toEqual(["1i", "1t", "1s", "1a", "2a2", "2a10", "1p", "2q", "1z"]);
    expect(ids([], true)).toEqual(["1i", "1t", "1s", "1a", "1h", "1p", "1z"]);
  });

  it("counts positions among what is shown", () => {
    const [first] = rows(all, () => false);
    expect(first).toMatchObject({ position: 1, siblings: 6, hasChildren: false, isOpen: false });
  });

  it("loses nobody whose parent is gone, or who lies in a circle", () => {
    const odd = [
      folder("x", "X", { parentId: "gone" }),
      folder("y", "Y", { parentId: "w" }),
      folder("w", "W", { parentId: "y" }),
    ];
    expect(rows(odd, () => true).map((row) => row.folder.id)).toEqual(["w", "x", "y"]);
  });
});

describe("where a folder is", () => {
  it("is said by its path, and asked by role, name or path", () => {
    expect(path("a2", map)).toEqual(["apples", "Item 2"]);
    expect(named("trash", map)).toEqual(["t"]);
    expect(named("APPLES/item 2", map)).toEqual(["a2"]);
    expect(named("item 2", map)).toEqual(["a2"]);
    expect(named("apples", map)).toEqual(["a"]);
    expect(named("nothing", map)).toEqual([]);
  });

  it("is within itself and what it lies in", () => {
    expect(isWithin("a2", "a", map)).toBe(true);
    expect(isWithin("a", "a", map)).toBe(true);
    expect(isWithin("a", "a2", map)).toBe(false);
  });
});

describe("keys", () => {
  const tree = rows(all, (id) => id === "a");
  const at = (id: string) => tree.findIndex((node) => node.folder.id === id);
  it.each<[string, string, unknown]>([
    ["ArrowDown", "i", { go: at("t") }],
    ["ArrowDown", "z", null],
    ["ArrowUp", "i", null],
    ["Home", "z", { go: 0 }],
    ["End", "i", { go: at("z") }],
    ["ArrowRight", "a", { go: at("a2") }],
    ["ArrowRight", "p", { open: "p" }],
    ["ArrowRight", "z", null],
    ["ArrowLeft", "a", { close: "a" }],
    ["ArrowLeft", "a10", { go: at("a") }],
    ["ArrowLeft", "z", null],
    ["x", "z", null],
  ])("%s at %s", (key, id, step) => {
    expect(stepOf(key, at(id), tree)).toEqual(step);
  });

  it("go the other way from right to left", () => {
    expect(stepOf("ArrowLeft", at("p"), tree, true)).toEqual({ open: "p" });
    expect(stepOf("ArrowRight", at("a"), tree, true)).toEqual({ close: "a" });
  });
});
