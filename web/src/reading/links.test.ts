import { describe, expect, it } from "vitest";
import { elsewhere, hostNamed, linkOf, pieces } from "./links";

describe("links", () => {
  it.each(["https://example.org/a?b#c", "http://example.org/", "mailto:a@example.org?subject=x", "tel:+491234"])(
    "%s may be followed",
    (href) => expect(linkOf(href)).not.toBeNull(),
  );
  it.each([
    "javascript:x",
    " javascript:x",
    "java\tscript:x",
    "\u0001javascript:x",
    "data:text/html,x",
    "blob:https://x/y",
    "file:///x",
    "/here",
    "here",
    "?x",
    "",
    "#",
    "https:",
    "https://",
    "vbscript:x",
    "about:blank",
    "cid:x",
    "feed:https://x",
  ])("%j may not", (href) => expect(linkOf(href)).toBeNull());

  it("lose the name and password in them", () =>
    expect(linkOf("https://bank.example@evil.invalid/")).toEqual({
      kind: "web",
      url: "https://evil.invalid/",
      host: "evil.invalid",
    }));
  it("lose letters one cannot see", () => expect(linkOf("https://exa\u200bmple.org/")).toMatchObject({ host: "example.org" }));
});

describe("the place a link's text names", () => {
  it.each([
    ["https://bank.example/login", "bank.example"],
    ["www.bank.example", "www.bank.example"],
    ["bank.example", "bank.example"],
    ["BANK.example", "bank.example"],
    ["ba\u00adnk.example", "bank.example"],
    ["Click here", null],
    ["anna@example.org", null],
    ["2.5 million", null],
    ["Really. Good", null],
  ])("%s", (text, host) => expect(hostNamed(text)).toBe(host));

  it.each([
    ["https://evil.invalid/", "https://bank.example/", "evil.invalid"],
    ["https://bank.example.evil.invalid/", "bank.example", "bank.example.evil.invalid"],
    ["https://www.bank.example/x", "bank.example", null],
    ["https://bank.example/x", "https://www.bank.example", null],
    ["https://news.bank.example/x", "bank.example", null],
    ["https://evil.invalid/", "Click here", null],
  ])("%s beside %s", (href, text, wanted) => expect(elsewhere(linkOf(href)!, text)).toBe(wanted));
});

describe("a line of plain text", () => {
  const cut = (line: string): string =>
    pieces(line)
      .map((piece) => (piece.href === null ? piece.text : `[${piece.text}]`))
      .join("");
  it.each([
    ["see https://example.org/a.", "see [https://example.org/a]."],
    ["(https://example.org/a_(b))", "([https://example.org/a_(b)])"],
    ["<https://example.org/>", "<[https://example.org/]>"],
    ["write to anna@example.org, please", "write to [anna@example.org], please"],
    ["www.example.org is it", "[www.example.org] is it"],
    ["javascript:alert(1)", "javascript:alert(1)"],
    ["", ""],
    ["([https://example.org/a]).", "([[https://example.org/a]])."],
  ])("%s", (line, wanted) => expect(cut(line)).toBe(wanted));

  it("is cut in time, however many brackets it ends with", () => {
    const begun = performance.now();
    expect(pieces(`https://a.example/${")".repeat(1900)} `.repeat(200))).toHaveLength(400);
    expect(performance.now() - begun).toBeLessThan(4000);
  });
});
