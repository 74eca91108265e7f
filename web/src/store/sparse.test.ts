import { describe, expect, test } from "vitest";
import { SparseIds } from "./sparse";

const PAGE = 5;
const names = (from: number, count: number) => Array.from({ length: count }, (_, index) => `M${from + index}`);

/** A list of which all is known, as the server has it. */
function whole(ids: readonly string[]): SparseIds {
  const list = new SparseIds();
  list.put(0, ids, ids.length);
  return list;
}

const shown = (list: SparseIds) => Array.from({ length: list.total }, (_, index) => list.at(index));

/** Fetches all that is missing from this truth, as a list on the screen would; how often it asked. */
function fill(list: SparseIds, truth: readonly string[]): number {
  for (let asked = 0; ; asked++) {
    const [page] = list.missing(0, Math.max(0, list.total - 1), PAGE);
    if (page === undefined) return asked;
    if (asked > truth.length) throw new Error("never ends");
    list.put(page * PAGE, truth.slice(page * PAGE, (page + 1) * PAGE), truth.length);
  }
}

/** Any number below `most`, the same at every run. */
function dice(seed: number) {
  let state = seed;
  return (most: number) => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state % most;
  };
}

describe("windows", () => {
  test("what is not known yet is missing, page by page", () => {
    const list = new SparseIds();
    list.put(0, names(0, 5), 23);
    expect(list.total).toBe(23);
    expect(list.missing(0, 22, PAGE)).toEqual([1, 2, 3, 4]);
    expect(list.missing(0, 4, PAGE)).toEqual([]);
    list.put(20, names(20, 3), 23);
    expect(list.missing(18, 22, PAGE)).toEqual([3]);
    expect(list.at(21)).toBe("M21");
    expect(list.indexOf("M21")).toBe(21);
    expect(list.at(10)).toBeUndefined();
  });

  test("a shorter list forgets what was behind its end", () => {
    const list = whole(names(0, 12));
    list.put(0, names(0, 3), 3);
    expect(shown(list)).toEqual(names(0, 3));
    expect(list.indexOf("M7")).toBe(-1);
  });

  test("an id is in one place", () => {
    const list = whole(names(0, 5));
    list.put(3, ["M0"], 5);
    expect(shown(list)).toEqual([undefined, "M1", "M2", "M0", "M4"]);
  });
});

describe("changes", () => {
  test("removed ones go, added ones come, lowest index first", () => {
    const list = whole(names(0, 6));
    list.change(
      ["M1", "M3"],
      [
        { id: "N2", index: 5 },
        { id: "N1", index: 0 },
      ],
      6,
    );
    expect(shown(list)).toEqual(["N1", "M0", "M2", "M4", "M5", "N2"]);
    expect(list.missing(0, 5, PAGE)).toEqual([]);
  });

  test("one that moved is told of in both", () => {
    const list = whole(names(0, 4));
    list.change(["M3"], [{ id: "M3", index: 0 }], 4);
    expect(shown(list)).toEqual(["M3", "M0", "M1", "M2"]);
  });

  test("what goes from where nothing is known puts what comes after in doubt, and nothing before", () => {
    const list = new SparseIds();
    list.put(0, names(0, 5), 20);
    list.put(15, names(15, 5), 20);
    list.change(["M10"], [], 19);
    expect(list.at(4)).toBe("M4");
    expect(list.missing(0, 4, PAGE)).toEqual([]);
    expect(list.missing(14, 18, PAGE)).toEqual([2, 3]);
  });

  test("removed ones that never were here are harmless", () => {
    const list = whole(names(0, 4));
    list.change(["M77"], [], 4);
    expect(list.missing(0, 3, PAGE)).toEqual([]);
  });
});

describe("rows that are filed away", () => {
  test("go at once, and come back in their place", () => {
    const list = whole(names(0, 6));
    list.withdraw(["M1", "M4"]);
    expect(shown(list)).toEqual(["M0", "M2", "M3", "M5"]);
    expect(list.indexOf("M5")).toBe(3);
    expect(list.indexOf("M4")).toBe(-1);
    list.restore(["M4"]);
    expect(shown(list)).toEqual(["M0", "M2", "M3", "M4", "M5"]);
  });

  test("the server's word on it moves nothing any more", () => {
    const list = whole(names(0, 6));
    list.withdraw(["M1"]);
    list.change(["M1"], [], 5);
    expect(shown(list)).toEqual(["M0", "M2", "M3", "M4", "M5"]);
    expect(list.missing(0, 4, PAGE)).toEqual([]);
  });

  test("do not make a window be asked for again and again", () => {
    const truth = names(0, 30);
    const list = new SparseIds();
    list.put(0, truth.slice(0, PAGE), truth.length);
    list.withdraw(["M1", "M3"]);
    expect(fill(list, truth)).toBe(5);
    expect(shown(list)).toEqual(truth.filter((id) => id !== "M1" && id !== "M3"));
  });
});

test("after any changes, a list that has been filled is the server's", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const roll = dice(seed);
    let truth = names(0, 40);
    let fresh = 100;
    const list = new SparseIds();
    list.put(0, truth.slice(0, PAGE), truth.length);
    for (let step = 0; step < 12; step++) {
      const page = roll(Math.ceil(truth.length / PAGE));
      list.put(page * PAGE, truth.slice(page * PAGE, (page + 1) * PAGE), truth.length);
      const gone = truth.filter(() => roll(9) === 0);
      if (roll(2)) list.withdraw(gone.slice(0, 2));
      truth = truth.filter((id) => !gone.includes(id));
      for (let count = roll(4); count > 0; count--) truth.splice(roll(truth.length + 1), 0, `N${fresh++}`);
      // all that is new since the beginning is told of again, as a server may that knows no better (RFC 8620 §5.6)
      const news = truth.map((id, index) => ({ id, index })).filter(({ id }) => id.startsWith("N"));
      list.change([...gone, ...news.map(({ id }) => id)], news, truth.length);
    }
    fill(list, truth);
    expect(shown(list)).toEqual(truth);
  }
});
