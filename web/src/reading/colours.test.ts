import { describe, expect, it } from "vitest";
import { colourNamed, colourOfAttribute, colourOfFunction, colourOfHex, cssOf, darkened, luminanceOf } from "./colours";

const contrast = (one: string, other: string): number => {
  const [light = 0, dark = 0] = [
    luminanceOf(darkened(colourOfHex(one)!, "text")),
    luminanceOf(darkened(colourOfHex(other)!, "ground")),
  ].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

describe("colours", () => {
  it.each([
    ["fff", "#ffffff"],
    ["ff000080", "rgba(255,0,0,0.502)"],
    ["FFFFFF", "#ffffff"],
  ])("%s is read", (hex, css) => expect(cssOf(colourOfHex(hex)!)).toBe(css));
  it.each(["", "ff", "fffff", "ggg"])("%j is none", (hex) => expect(colourOfHex(hex)).toBeNull());
  it("of attributes may lack their mark", () => expect(colourOfAttribute("FF0000")).toEqual(colourOfAttribute("#ff0000")));
  it("know no inherited names", () => expect(colourNamed("constructor")).toBeNull());
  it("of functions", () => {
    expect(
      cssOf(
        colourOfFunction("RGB", [
          { value: 100, unit: "%" },
          { value: 0, unit: "" },
          { value: 300, unit: "" },
        ])!,
      ),
    ).toBe("#ff00ff");
    expect(
      cssOf(
        colourOfFunction("hsl", [
          { value: 120, unit: "" },
          { value: 100, unit: "%" },
          { value: 50, unit: "%" },
        ])!,
      ),
    ).toBe("#00ff00");
  });
});

describe("in the dark", () => {
  it.each([
    ["000000", "ffffff"],
    ["333333", "f4f4f4"],
    ["0000ee", "ffffff"],
    ["800000", "fff8dc"],
    ["ffffff", "1a73e8"],
    ["222222", "ffff00"],
    ["555555", "dbeafe"],
  ])("text of %s on %s can still be read", (text, ground) => expect(contrast(text, ground)).toBeGreaterThan(4.4));
  it("what is dark already stays", () => expect(cssOf(darkened(colourOfHex("111111")!, "ground"))).toBe("#111111"));
  it("light text stays", () => expect(cssOf(darkened(colourOfHex("fefefe")!, "text"))).toBe("#fefefe"));
});
