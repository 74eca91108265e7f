import { describe, expect, it } from "vitest";
import {
  anchored,
  countOf,
  everything,
  isChosen,
  isEmpty,
  NOTHING,
  type Order,
  only,
  reached,
  type Selection,
  toggled,
  without,
} from "./selection";

const ids = ["a", "b", "c", "d", "e", "f"];
const order: Order = { at: (index) => ids[index], indexOf: (id) => ids.indexOf(id) };
const shown = (selection: Selection) => ids.filter((id) => isChosen(selection, id)).join("");

describe("choosing rows", () => {
  it("one by one", () => {
    const two = toggled(toggled(NOTHING, "b"), "d");
    expect(shown(two)).toBe("bd");
    expect(shown(toggled(two, "b"))).toBe("d");
    expect(isEmpty(toggled(toggled(two, "b"), "d"))).toBe(true);
  });

  it("with shift reaches from the last one, and reaching elsewhere takes the first reach back", () => {
    const begun = toggled(NOTHING, "c");
    expect(shown(reached(begun, "e", order))).toBe("cde");
    expect(shown(reached(reached(begun, "e", order), "b", order))).toBe("bc");
    expect(shown(reached(toggled(begun, "f"), "d", order))).toBe("cdef");
  });

  it("with shift, having begun nowhere, chooses the one", () => {
    expect(shown(reached(NOTHING, "c", order))).toBe("c");
    expect(shown(reached(anchored(NOTHING, "b"), "d", order))).toBe("bcd");
    expect(shown(reached(NOTHING, "gone", order))).toBe("");
  });

  it("over rows that are not loaded leaves those out", () => {
    const holes: Order = { ...order, at: (index) => (index === 2 ? undefined : ids[index]) };
    expect(shown(reached(toggled(NOTHING, "b"), "e", holes))).toBe("bde");
  });
});

describe("choosing all", () => {
  it("counts what is not loaded, and lets some out", () => {
    const all = everything();
    expect(countOf(all, 100_000)).toBe(100_000);
    const some = toggled(all, "c");
    expect(shown(some)).toBe("abdef");
    expect(countOf(some, 100_000)).toBe(99_999);
    expect(shown(reached(some, "e", order))).toBe("abcdef");
    expect(isEmpty(some)).toBe(false);
  });
});

describe("what goes from the list", () => {
  it("is chosen no more", () => {
    const two = only(["a", "b"]);
    expect(shown(without(two, ["a"]))).toBe("b");
    expect(without(two, ["x"])).toBe(two);
    expect(countOf(two, 6)).toBe(2);
  });
});
