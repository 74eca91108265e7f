import { expect, it } from "vitest";
import { withSearch } from "./recent";

it("the latest search is the first, each is kept once, and no more than twelve", () => {
  expect(withSearch(["a1", "b1"], " b1 ")).toEqual(["b1", "a1"]);
  expect(withSearch(["a1"], "b")).toEqual(["a1"]);
  const many = Array.from({ length: 12 }, (_, index) => `search ${index}`);
  expect(withSearch(many, "new")).toEqual(["new", ...many.slice(0, 11)]);
});
