import { describe, expect, it } from "vitest";
import { fileName, forwardSubject, replySubject } from "./subjects";

describe("the subject of a reply", () => {
  it.each([
    ["Lunch", "Re: Lunch"],
    ["Re: Lunch", "Re: Lunch"],
    ["RE: re: Lunch", "Re: Lunch"],
    ["AW: Antw: Mittag", "Re: Mittag"],
    ["Re[2]: Lunch", "Re: Lunch"],
    ["Re (3): Lunch", "Re: Lunch"],
    ["Fwd: Lunch", "Re: Fwd: Lunch"],
    ["[cooks] Re: Lunch", "Re: [cooks] Lunch"],
    ["Re: [cooks] AW: Lunch", "Re: [cooks] Lunch"],
    ["Reading: a list", "Re: Reading: a list"],
    ["", "Re:"],
    [null, "Re:"],
  ])("%s → %s", (subject, expected) => {
    expect(replySubject(subject)).toBe(expected);
  });
});

describe("the subject of a forward", () => {
  it.each([
    ["Lunch", "Fwd: Lunch"],
    ["Fwd: Lunch", "Fwd: Lunch"],
    ["WG: FW: Mittag", "Fwd: Mittag"],
    ["Re: Lunch", "Fwd: Re: Lunch"],
  ])("%s → %s", (subject, expected) => {
    expect(forwardSubject(subject)).toBe(expected);
  });
});

it("names a file as every system can bear", () => {
  expect(fileName("Re: a/b <c>", "message")).toBe("Re a b c.eml");
  expect(fileName("..", "message")).toBe("message.eml");
  expect(fileName(null, "message")).toBe("message.eml");
  expect(fileName("invoice\u202egpj.exe", "message")).toBe("invoice gpj.exe.eml");
});
