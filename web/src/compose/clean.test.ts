// @vitest-environment jsdom
import { describe, expect, it, vi } from "vitest";
import { type CleanOptions, cleanFragment, silenced } from "./clean";
import { documentOf, htmlOf, picturesIn } from "./written";

function into(html: string, options: CleanOptions = {}): HTMLElement {
  const root = document.createElement("div");
  root.append(cleanFragment(html, options));
  return root;
}
const of = (html: string, options: CleanOptions = {}) => into(html, options).innerHTML;

describe("what comes into the editor", () => {
  it.each([
    ["scripts go", "<script>alert(1)</script>a", "a"],
    ["handlers go", '<b onclick="alert(1)">a</b>', "<b>a</b>"],
    ["addresses that run go", '<a href="javascript:alert(1)">a</a>', "a"],
    ["with spaces in them too", '<a href=" java\nscript:alert(1)">a</a>', "a"],
    ["forms and frames go", '<form><input name="x"><iframe src="https://example.org"></iframe>a</form>', "a"],
    ["drawings that run go", "<svg><script>alert(1)</script></svg>a", "a"],
    ["style sheets go", "<style>b {color: red}</style><b>a</b>", "<b>a</b>"],
    ["styles wait where no policy minds", '<p style="color:red;position:fixed">a</p>', '<p data-style="color: red">a</p>'],
    ["classes of others go", '<p class="MsoNormal">a</p>', "<p>a</p>"],
    ["ours stay", '<div class="x pillarbox-signature">a</div>', '<div class="pillarbox-signature">a</div>'],
    [
      "remote pictures are not asked for",
      '<img src="https://example.org/a.png" alt="a">',
      '<img alt="a" data-src="https://example.org/a.png">',
    ],
    ["nor those that only count", '<img src="https://example.org/t" width="1" height="1">', ""],
    ["nor those of files", '<img src="file:///a.png">', ""],
    ["nor those of which nothing is known", '<img src="cid:gone@x">', ""],
    ["old fonts are styles", '<font color="red" size="5">a</font>', '<span data-style="color: red; font-size: 1.5em">a</span>'],
    ["ids and names go", '<b id="x" name="y">a</b>', "<b>a</b>"],
  ])("%s", (_, html, expected) => {
    expect(of(html)).toBe(expected);
  });

  it("shows the pictures that are in the message", () => {
    const root = into('<img src="cid:a@x">', { pictureOf: (cid) => (cid === "a@x" ? "/jmap/download/1" : null) });
    expect(root.innerHTML).toBe('<img src="/jmap/download/1" data-cid="a@x">');
    expect([...picturesIn(root)]).toEqual(["a@x"]);
  });
});

describe("before anything is parsed", () => {
  it.each([
    ['<p style="a">style="b"</p>', '<p data-style="a">style="b"</p>'],
    ["<p title='x'STYLE=a onClick = b>", "<p title='x'data-STYLE=a data-onClick = b>"],
    ["a<STYLE>b<p></sTyle>c", "a</sTyle>c"],
    ["a<style>b", "a"],
    ['<a href="https://x/style=1" title="my style = this">', '<a href="https://x/style=1" title="my style = this">'],
    ["<a href=https://x/style=1>", "<a href=https://x/style=1>"],
  ])("%s", (html, expected) => {
    expect(silenced(html)).toBe(expected);
  });
  it.each(["<a", "<a '", "<style", "<a style=", "<"])("takes a megabyte of %s in a moment", (piece) => {
    expect(silenced(piece.repeat(1_000_000 / piece.length)).length).toBeLessThan(3_000_000);
  });
});

describe("what is pasted", () => {
  const pasted = (html: string) => of(html, { isPaste: true });
  it.each([
    ["bold by style", '<span style="font-weight:700">a</span>', "<b>a</b>"],
    [
      "all at once",
      '<span style="font-style:italic;font-weight:bold;text-decoration:underline">a</span>',
      "<u><i><b>a</b></i></u>",
    ],
    ["Google's bold that is none", '<b style="font-weight:normal"><span style="color:#000">a</span></b>', "a"],
    ["fonts and colours of elsewhere", '<font face="Comic Sans" color="red">a</font>', "a"],
    ["what is in the middle", '<p style="text-align:center;color:red">a</p>', '<p data-style="text-align: center">a</p>'],
    ["links", '<a href="https://example.org" style="color:red">a</a>', '<a href="https://example.org">a</a>'],
  ])("%s", (_, html, expected) => {
    expect(pasted(html)).toBe(expected);
  });
});

describe("what goes out", () => {
  it.each([
    ["styles are styles again", '<p style="color:red">a</p>', '<p style="color: red">a</p>\n'],
    [
      "remote pictures have their address again",
      '<img src="https://example.org/a.png">',
      '<img src="https://example.org/a.png">',
    ],
    [
      "quotations look like some",
      "<blockquote>a</blockquote>",
      '<blockquote type="cite" style="margin: 0 0 0 0.8ex; border-left: 2px solid #ccc; padding-left: 1ex">a</blockquote>\n',
    ],
    ["signs of HTML are text", "a &lt;b&gt; &amp; c", "a &lt;b&gt; &amp; c"],
    [
      "attributes end where they should",
      '<a href="https://example.org/?a=%22&quot;">x</a>',
      '<a href="https://example.org/?a=%22&quot;">x</a>',
    ],
    ["spans that say nothing go", "<span>a</span>", "a"],
    [
      "what is laid out by hand stays so",
      "<pre>a\n  b</pre>",
      '<pre style="white-space: pre-wrap; font-family: monospace">a\n  b</pre>\n',
    ],
  ])("%s", (_, html, expected) => {
    expect(htmlOf(into(html))).toBe(expected);
  });

  it("names pictures by their Content-ID", () => {
    expect(htmlOf(into('<img src="cid:a@x" alt="cat">', { pictureOf: () => "blob:x" }))).toBe('<img alt="cat" src="cid:a@x">');
  });

  it("comes back the same", () => {
    const html = '<div style="color: red">a<br></div>\n<ul><li>b</li>\n</ul>\n';
    expect(htmlOf(into(html))).toBe(html);
  });

  it("is a whole document", () => {
    expect(documentOf(into("a"))).toBe('<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>a</body></html>\n');
  });
});

it("gives no call all the children of an element, of which a stranger's may have more than a call takes", () => {
  const given: number[] = [];
  for (const name of ["append", "replaceWith"] as const) {
    const real = Element.prototype[name];
    vi.spyOn(Element.prototype, name).mockImplementation(function (this: Element, ...nodes: (Node | string)[]) {
      given.push(nodes.length);
      real.apply(this, nodes);
    });
  }
  const many = "<i></i><u></u>a";
  expect(of(`<font color="red">${many}</font><a href="x:">${many}</a>`)).toBe(
    `<span data-style="color: red">${many}</span>${many}`,
  );
  expect(Math.max(...given)).toBe(1);
});
