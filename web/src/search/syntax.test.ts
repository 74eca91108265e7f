import { describe, expect, it } from "vitest";
import { divide, parse, type Term, typedLast, write } from "./syntax";

const NOW = new Date(2026, 10, 22, 9, 30);
const term = (kind: Term["kind"], value: string, not = false): Term => ({ kind, value, not });

describe("what people type", () => {
  it.each<[string, Term[]]>([
    ["lunch", [term("text", "lunch")]],
    ["lunch plan", [term("text", "lunch"), term("text", "plan")]],
    ['"lunch plan"', [term("text", "lunch plan")]],
    ["from:anna", [term("from", "anna")]],
    ['from:"Anna Berg" x', [term("from", "Anna Berg"), term("text", "x")]],
    ["FROM:anna", [term("from", "anna")]],
    ["von:anna betreff:plan", [term("from", "anna"), term("subject", "plan")]],
    ["-from:anna", [term("from", "anna", true)]],
    ["-lunch", [term("text", "lunch", true)]],
    ["has:attachments", [term("has", "attachment")]],
    ["hat:Anhang", [term("has", "attachment")]],
    ["is:flagged is:ungelesen", [term("is", "starred"), term("is", "unread")]],
    ["before:2026-01-31 after:7d", [term("before", "2026-01-31"), term("after", "7d")]],
    ["larger:5M", [term("larger", "5M")]],
    ["in:Work/Plans", [term("in", "Work/Plans")]],
    ["before:soon", [term("text", "before:soon")]],
    ["before:2026-02-30", [term("text", "before:2026-02-30")]],
    ["is:blue", [term("text", "is:blue")]],
    ["larger:much", [term("text", "larger:much")]],
    ["http://example.org/", [term("text", "http://example.org/")]],
    ["12:30", [term("text", "12:30")]],
    ["from:", []],
    ["- a", [term("text", "-"), term("text", "a")]],
    ['"a \\"b\\" c', [term("text", 'a "b" c')]],
    ['""', []],
    ["  ", []],
  ])("reads %s", (text, terms) => {
    expect(parse(text, NOW)).toEqual(terms);
  });

  it("is what the terms are written as, whatever is in them", () => {
    const values = ["a", "a b", 'say "hi"', "back\\slash", "-minus", "from:me", "x:y", "ü", "a\tb"];
    const kinds: Term["kind"][] = ["text", "from", "subject", "in"];
    for (const value of values) {
      for (const kind of kinds) {
        for (const not of [false, true]) {
          const terms = [term(kind, value, not), term("text", "end")];
          expect(parse(write(terms), NOW)).toEqual(terms);
        }
      }
    }
  });
});

describe("what becomes a chip", () => {
  it.each<[string, boolean, Term[], string]>([
    ["from:anna", false, [], "from:anna"],
    ["from:anna ", false, [term("from", "anna")], ""],
    ["from:anna", true, [term("from", "anna")], ""],
    ['from:"Anna Berg"', false, [term("from", "Anna Berg")], ""],
    ['from:"Anna B', false, [], 'from:"Anna B'],
    ["lunch from:anna plan", false, [term("from", "anna")], "lunch plan"],
    ["before:soon lunch ", false, [], "before:soon lunch "],
    ["lunch ", false, [], "lunch "],
  ])("of %s", (text, isFinished, chips, rest) => {
    expect(divide(text, isFinished, NOW)).toEqual({ chips, rest });
  });

  it("is not what is still being typed", () => {
    expect(typedLast("lunch fro")).toEqual({ operator: "", value: "fro", start: 6 });
    expect(typedLast("lunch from:an")).toEqual({ operator: "from", value: "an", start: 6 });
    expect(typedLast("from:")).toEqual({ operator: "from", value: "", start: 0 });
    expect(typedLast("lunch ")).toBeNull();
  });
});
