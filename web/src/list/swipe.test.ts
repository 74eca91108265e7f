import { expect, it } from "vitest";
import { STILL, swipeOf } from "./swipe";

it.each<[string, Parameters<typeof swipeOf>, ReturnType<typeof swipeOf>]>([
  ["a tap", [3, 4, 400, false], STILL],
  ["a scroll", [10, 30, 400, false], null],
  ["a little aside", [40, 10, 400, false], { by: 40, side: "start", isFar: false }],
  ["far to the left", [-130, 10, 400, true], { by: -130, side: "end", isFar: true }],
  ["aside, and then down", [40, 90, 400, true], { by: 40, side: "start", isFar: false }],
  ["where one reads from the right", [130, 0, 400, true, true], { by: 130, side: "end", isFar: true }],
  ["on a wide row", [150, 0, 2000, true], { by: 150, side: "start", isFar: true }],
])("%s", (_, way, swipe) => {
  expect(swipeOf(...way)).toEqual(swipe);
});
