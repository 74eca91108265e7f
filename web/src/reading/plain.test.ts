import { describe, expect, it } from "vitest";
import { type Block, blocksOf, flowOf } from "./plain";

/** "text" as it is, quotes in brackets, "*" before one that trails, the signature after a tilde. */
function shown(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "quote") return `${block.isTrailing ? "*" : ""}[${shown(block.blocks)}]`;
      return (block.kind === "signature" ? "~" : "") + block.lines.join("/");
    })
    .join(" ");
}

describe("plain text", () => {
  it.each([
    ["hello\nthere", "hello/there"],
    ["a\r\nb\rc", "a/b/c"],
    ["yes\n> tea?", "yes *[tea?]"],
    ["> tea?\nyes", "[tea?] yes"],
    ["yes\n> tea?\nno", "yes [tea?] no"],
    ["> > deep\n> less", "[[deep] less]"],
    [">> deep\n> less\nnow", "[[deep] less] now"],
    [">From the start", "From the start"],
    ["hello\n-- \nAda", "hello ~Ada"],
    ["yes\n> tea?\n\n-- \nAda", "yes *[tea?]  ~Ada"],
    ["> all of it", "[all of it]"],
    ["", ""],
    ["a\n\n\n", "a"],
  ])("%j", (text, wanted) => expect(shown(blocksOf(text))).toBe(wanted));

  const flowed = flowOf('text/plain; charset=utf-8; format="flowed"');
  it.each([
    ["one \ntwo", "one two"],
    ["one\ntwo", "one/two"],
    ["> one \n> two\nthree", "[one two] three"],
    ["> one \n>> two", "[one  [two]]"],
    [" >not a quote", ">not a quote"],
    [" From here", "From here"],
    ["hello \n-- \nAda", "hello  ~Ada"],
  ])("flowed, %j", (text, wanted) => expect(shown(blocksOf(text, flowed))).toBe(wanted));

  it("may leave out the space at which it flows", () =>
    expect(shown(blocksOf("one \ntwo", flowOf("text/plain; format=flowed; delsp=yes")))).toBe("onetwo"));

  it("quoted without end has an end", () => expect(shown(blocksOf(`a\n${">".repeat(5000)} b`))).toContain("b"));
});
