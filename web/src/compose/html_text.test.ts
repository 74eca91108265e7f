// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { textOf } from "./html_text";

const of = (html: string) => textOf(new DOMParser().parseFromString(html, "text/html").body);

describe("HTML as text", () => {
  it.each([
    ["blocks are lines", "<div>one</div><div>two</div>", "one\ntwo\n"],
    ["an empty block is an empty line", "<div>one</div><div><br></div><div>two</div>", "one\n\ntwo\n"],
    ["a break at the end of a block is none", "<div>one<br></div><div>two</div>", "one\ntwo\n"],
    ["breaks", "one<br>two<br><br>three", "one\ntwo\n\nthree\n"],
    ["paragraphs stand apart", "<p>one</p><p>two</p>", "one\n\ntwo\n"],
    ["spaces collapse", "<div>  one \n  <b> two</b>  three </div>", "one two three\n"],
    ["spaces that do not break stay", "a&nbsp;&nbsp;b", "a  b\n"],
    ["words in several marks stay whole", "<b>un</b>break<i>able</i>", "unbreakable\n"],
    ["a link with its address", '<a href="https://example.org/x">here</a>', "here <https://example.org/x>\n"],
    ["a link that is its address", '<a href="https://example.org/">example.org</a>', "example.org\n"],
    ["a link to write to somebody", '<a href="mailto:a@example.org">a@example.org</a>', "a@example.org\n"],
    ["no script as an address", '<a href="javascript:alert(1)">here</a>', "here\n"],
    ["a list", "<div>a</div><ul><li>one</li><li>two</li></ul><div>b</div>", "a\n\n- one\n- two\n\nb\n"],
    ["a numbered list", '<ol start="9"><li>nine</li><li>ten</li></ol>', "9. nine\n10. ten\n"],
    ["a list in a list", "<ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>", "- one\n  - inner\n- two\n"],
    ["an item with blocks", "<ul><li><div>one</div><div>more</div></li></ul>", "- one\n  more\n"],
    ["a quotation", "<div>a</div><blockquote>one<br>two</blockquote><div>b</div>", "a\n\n> one\n> two\n\nb\n"],
    [
      "a quotation under who wrote it",
      '<div class="pillarbox-attribution">Anna wrote:</div><blockquote type="cite"><p>one</p><p>two</p></blockquote>',
      "Anna wrote:\n> one\n>\n> two\n",
    ],
    ["a quotation in a quotation", "<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n>\n>> b\n>\n> c\n"],
    ["a rule", "a<hr>b", `a\n\n${"-".repeat(40)}\n\nb\n`],
    ["a picture's words", '<img alt="a cat" src="cid:1">', "[a cat]\n"],
    ["a picture without words", '<div>a <img src="cid:1"> b</div>', "a b\n"],
    ["a table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td\n"],
    ["a table that lays out", "<table><tr><td><div>a</div></td><td><p>b</p></td></tr></table>", "a\n\nb\n"],
    ["what is laid out by hand", "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc\n"],
    ["nothing hidden", '<div style="display:none">x</div><style>y</style><div hidden>z</div>a', "a\n"],
    ["a signature", '<div>Hello</div><div class="pillarbox-signature">Anna<br>Berg</div>', "Hello\n\n-- \nAnna\nBerg\n"],
    [
      "a signature above a quotation",
      '<div>Hi</div><div class="pillarbox-signature">Anna</div><blockquote>a</blockquote>',
      "Hi\n\nAnna\n\n> a\n",
    ],
    ["nothing of nothing", "<div><br></div>", ""],
    ["invisible characters", "a\u200bb\u00adc", "abc\n"],
  ])("%s", (_, html, text) => {
    expect(of(html)).toBe(text);
  });
});
