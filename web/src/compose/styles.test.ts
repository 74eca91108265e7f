import { describe, expect, it } from "vitest";
import { cleanStyle, shownStyle, styleOf } from "./styles";

describe("a style of a stranger's", () => {
  it.each([
    ["color:red", "color: red"],
    ["COLOR: #FF0000 ; font-weight:bold", "color: #FF0000; font-weight: bold"],
    ["color: rgb(1, 2, 3) !important", "color: rgb(1, 2, 3)"],
    ["font-family: 'Segoe UI', sans-serif", "font-family: 'Segoe UI', sans-serif"],
    ["position: fixed; inset: 0", ""],
    ["background-color: url(https://example.org/x)", ""],
    ["color: expression(alert(1))", ""],
    ["color: var(--x)", ""],
    ["color: r\\65 d", ""],
    ["margin: -100px", ""],
    ["margin-top: 4px", "margin-top: 4px"],
    ["width: calc(1px)", ""],
    ["color: red} body {color: blue", ""],
    ["color: /* x */ red", ""],
    ["", ""],
  ])("%s → %s", (style, expected) => {
    expect(cleanStyle(style)).toBe(expected);
  });
});

it("gives way to the dark, but for the colours that were chosen for both", () => {
  expect(shownStyle("color: black; font-weight: bold")).toBe("color: light-dark(black, currentColor); font-weight: bold");
  expect(shownStyle("color: #1c7ed6")).toBe("color: #1c7ed6");
});

it("tells one property", () => {
  expect(styleOf("color: red; margin: 0", "margin")).toBe("0");
  expect(styleOf("color: red", "margin")).toBeNull();
});
