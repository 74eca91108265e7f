import { expect, test } from "vitest";
import { LEVELS, levelOf, rightsOf } from "./levels";

test("each level is known again by its rights", () => {
  for (const { name } of LEVELS) expect(levelOf(rightsOf(name))).toBe(name);
});

test("what others were given elsewhere is shown as the level that has all of it", () => {
  expect(levelOf({})).toBe("read");
  expect(levelOf({ mayReadItems: true })).toBe("read");
  expect(levelOf({ mayReadItems: true, mayAddItems: true })).toBe("work");
  expect(levelOf({ mayDelete: true })).toBe("all");
});

test("who may read may not write", () => {
  expect(rightsOf("read")).toMatchObject({ mayReadItems: true, mayAddItems: false, mayDelete: false });
});
