// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { textOf } from "./html_text";
import {
  forwardHtml,
  forwardText,
  htmlOfText,
  NO_SIGNATURE,
  newHtml,
  newText,
  quoteText,
  replyHtml,
  replyText,
  swapText,
} from "./quoting";

const signature = { text: "Anna\nBerg", html: "" };
const body = (html: string) => new DOMParser().parseFromString(html, "text/html").body;

describe("quoting text", () => {
  it.each([
    ["each line", "one\ntwo", "> one\n> two"],
    ["what is quoted already", "> one\n>> two", ">> one\n>>> two"],
    ["empty lines, without a space at the end", "one\n\ntwo", "> one\n>\n> two"],
    ["without the signature", "one\n-- \nAnna", "> one"],
    ["without empty ends", "\n\none\n\n", "> one"],
    ["line ends of every kind", "one\r\ntwo\rthree", "> one\n> two\n> three"],
    ["nothing", "", ""],
    ["a message that is a signature only", "-- \nAnna", "> --\n> Anna"],
  ])("%s", (_, text, expected) => {
    expect(quoteText(text)).toBe(expected);
  });
});

const quoted = { attribution: "On Friday, Ben wrote:", text: "Hello\n", html: "<p>Hello</p>" };

describe("a reply", () => {
  it("in text has room to write, the signature, then the quotation", () => {
    expect(replyText(quoted, signature)).toBe("\n\nAnna\nBerg\n\nOn Friday, Ben wrote:\n> Hello\n");
  });
  it("in HTML reads as text the same", () => {
    expect(textOf(body(replyHtml(quoted, signature)))).toBe("Anna\nBerg\n\nOn Friday, Ben wrote:\n> Hello\n");
  });
  it("of text alone has HTML made of it", () => {
    expect(replyHtml({ ...quoted, html: null }, NO_SIGNATURE)).toContain(
      '<blockquote type="cite"><div>Hello</div></blockquote>',
    );
  });
  it("takes what is said in an attribution for text", () => {
    expect(replyHtml({ ...quoted, attribution: "<b>&" }, NO_SIGNATURE)).toContain("&lt;b&gt;&amp;");
  });
});

describe("a forward", () => {
  const forwarded = {
    title: "Forwarded message",
    lines: [["From", "Ben <b@example.org>"]] as const,
    text: "Hello\n",
    html: "<p>Hello</p>",
  };
  it("in text says whose it was", () => {
    expect(forwardText(forwarded, NO_SIGNATURE)).toBe(
      "\n\n---------- Forwarded message ----------\nFrom: Ben <b@example.org>\n\nHello\n",
    );
  });
  it("in HTML reads as text the same", () => {
    expect(textOf(body(forwardHtml(forwarded, NO_SIGNATURE)))).toBe(
      "---------- Forwarded message ----------\nFrom: Ben <b@example.org>\n\nHello\n",
    );
  });
});

describe("a new message", () => {
  it("is empty, or signed", () => {
    expect(newText(NO_SIGNATURE)).toBe("");
    expect(newText(signature)).toBe("\n\n-- \nAnna\nBerg");
    expect(textOf(body(newHtml(signature)))).toBe("-- \nAnna\nBerg\n");
  });
});

describe("another signature", () => {
  const next = { text: "The shop", html: "" };
  it.each([
    ["at the end", `Hi${newText(signature)}`, signature, next, "Hi\n\n-- \nThe shop"],
    [
      "above a quotation",
      `Hi${replyText(quoted, signature)}`,
      signature,
      next,
      "Hi\n\nThe shop\n\nOn Friday, Ben wrote:\n> Hello\n",
    ],
    ["where there was none", "Hi", NO_SIGNATURE, next, "Hi\n\n-- \nThe shop"],
    [
      "where there was none, above a quotation",
      `Hi${replyText(quoted, NO_SIGNATURE)}`,
      NO_SIGNATURE,
      next,
      "Hi\n\nThe shop\n\nOn Friday, Ben wrote:\n> Hello\n",
    ],
    ["none", `Hi${newText(signature)}`, signature, NO_SIGNATURE, "Hi\n"],
    ["where somebody has changed it: it stays", "Hi\n\n-- \nAnna", signature, next, "Hi\n\n-- \nAnna"],
  ])("%s", (_, text, old, to, expected) => {
    expect(swapText(text, old, to)).toBe(expected);
  });
});

describe("text as HTML", () => {
  it.each([
    ["lines", "a\n\nb", "<div>a</div><div><br></div><div>b</div>"],
    ["signs of HTML", "<b>&", "<div>&lt;b&gt;&amp;</div>"],
    [
      "quotations",
      "> a\n>> b\nc",
      '<blockquote type="cite"><div>a</div><blockquote type="cite"><div>b</div></blockquote></blockquote><div>c</div>',
    ],
    ["addresses", "see https://example.org/x.", '<div>see <a href="https://example.org/x">https://example.org/x</a>.</div>'],
    [
      "addresses that would be more",
      'https://example.org/"onclick=',
      '<div><a href="https://example.org/">https://example.org/</a>&quot;onclick=</div>',
    ],
    ["people", "a@example.org", '<div><a href="mailto:a@example.org">a@example.org</a></div>'],
    ["spaces", "a  b", "<div>a&nbsp; b</div>"],
  ])("%s", (_, text, expected) => {
    expect(htmlOfText(text)).toBe(expected);
  });

  it("comes back as the same text", () => {
    const text = "Hello\n\n  two\n> quoted\n>> twice\n\nBye\n";
    expect(textOf(body(htmlOfText(text))).replace(/^ +/gm, "")).toBe("Hello\n\ntwo\n\n> quoted\n>\n>> twice\n\nBye\n");
  });
});
