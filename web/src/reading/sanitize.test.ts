// @vitest-environment jsdom
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { type Cleaned, clean, HELD, isOurs, LEADS } from "./sanitize";

// the deepest takes a second on a quiet machine
vi.setConfig({ testTimeout: 60_000 });

const ORIGIN = "https://mail.example.org";
const HOSTILE = join(import.meta.dirname, "hostile");
const files = readdirSync(HOSTILE).filter((name) => name.endsWith(".html"));

function cleaned(html: string, dark = false): Cleaned {
  return clean(html, { dark, origin: ORIGIN, pictures: true });
}

function written(html: string, dark = false): string {
  const holder = document.createElement("div");
  holder.append(cleaned(html, dark).nodes);
  return holder.innerHTML;
}

describe("hostile mail", () => {
  it("is there to be tested", () => expect(files.length).toBeGreaterThan(8));

  for (const dark of [false, true]) {
    for (const file of files) {
      it(`${file} keeps nothing that runs, loads or leaves its place${dark ? ", darkened" : ""}`, () => {
        const result = cleaned(readFileSync(join(HOSTILE, file), "utf8"), dark);
        for (const element of result.nodes.querySelectorAll("*")) expectHarmless(element);
        for (const css of [result.sheet, result.bodyStyle, ...result.styles.values()]) expectHarmlessCss(css);
      });
      it(`${file} stays as clean when it is written out and read again${dark ? ", darkened" : ""}`, () => {
        const holder = document.createElement("div");
        holder.innerHTML = written(readFileSync(join(HOSTILE, file), "utf8"), dark);
        for (const element of holder.querySelectorAll("*")) expectHarmless(element);
      });
    }
  }
});

const FORBIDDEN =
  /^(?:script|style|template|iframe|frame|frameset|object|embed|applet|link|meta|base|form|input|button|textarea|select|svg|math|video|audio|source|picture|map|area|noscript|dialog|slot|plaintext|xmp|noembed|noframes|title)$/;

function expectHarmless(element: Element): void {
  expect(element.namespaceURI).toBe("http://www.w3.org/1999/xhtml");
  expect(element.localName).not.toMatch(FORBIDDEN);
  for (const { name, value } of element.attributes) {
    expect(name).not.toMatch(
      /^(?:on|srcset|ping|formaction|action|background|poster|xlink|is$|slot|style|aria-|popover|autofocus|tabindex|contenteditable|usemap|cite|nonce|download|attributionsrc)/,
    );
    if (name === "href") expect(value).toMatch(/^(?:https?:\/\/|mailto:|tel:|#user-content-)/);
    if (name === "src") expect(isOurs(value, { origin: ORIGIN, pictures: true })).toBe(true);
    if (name === "id" || (name === "name" && value !== "")) expect(value).toMatch(/^user-content-/);
    if (name === "href" && value.startsWith("http")) expect(element.getAttribute("rel")).toContain("noopener noreferrer");
  }
}

function expectHarmlessCss(css: string): void {
  const withoutStrings = css.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  expect(css).not.toMatch(/</);
  expect(withoutStrings).not.toMatch(
    /url|image-set|src\(|@import|@font-face|position\s*:|expression|behavior|binding|canary|var\(|animation|\dvh/i,
  );
  for (const rule of withoutStrings.matchAll(/@([\w-]+)/g)) expect(rule[1]).toBe("media");
}

describe("what is meant well", () => {
  it("stays as it is", () => {
    const html = '<h1>Hello</h1><p dir="rtl" class="a">Some <b>bold</b> &amp; <a href="https://example.org/">link</a></p>';
    expect(written(html)).toContain(
      '<h1>Hello</h1><p dir="rtl" class="a">Some <b>bold</b> &amp; <a href="https://example.org/"',
    );
  });

  it("keeps tables with their looks", () => {
    const { nodes, styles } = cleaned(
      '<table width="600" bgcolor="#ffffff" cellpadding=0><tr><td style="padding: 4px; COLOR: Red">x</td></tr></table>',
    );
    expect(nodes.querySelector("table")?.getAttribute("width")).toBe("600");
    expect([...styles.values()]).toEqual(["padding:4px;color:Red"]);
  });

  it("keeps the rules of its style elements", () => {
    expect(cleaned("<style>.a > td, #b { color: red; background: url(x) }</style><p>x").sheet).toBe(
      ".a > td, #user-content-b{color:red}",
    );
  });

  it("keeps what stood on the body", () => {
    expect(cleaned('<html><body bgcolor="black" text="#fff" style="margin:0"><p>x').bodyStyle).toBe(
      "background-color:#000000;color:#ffffff;margin:0",
    );
  });

  it("keeps pictures in the text and those of our own server, and counts the others", () => {
    const { nodes, dropped } = cleaned(
      '<img src="data:image/png;base64,AAAA"><img src="/picture?u=1"><img src="/jmap/download/A1/P3-2/a.png?accept=image/png"><img src="https://x.invalid/a.png">',
    );
    expect(nodes.querySelectorAll("img[src]").length).toBe(3);
    expect(dropped).toBe(1);
  });

  it("shows no picture of a message nobody else has cleaned", () => {
    const { nodes } = clean('<img src="/picture?u=1">', { dark: false, origin: ORIGIN, pictures: false });
    expect(nodes.querySelector("img")).toBe(null);
  });

  it("puts something as large, with its words, in the place of one that is held back", () => {
    const { nodes, styles } = cleaned(
      '<img class="held hero" alt="A red kite" width="300" height="20px" style="display:block"><img width="90%" height="x"><img src="https://x.invalid/a.png" alt=" ">',
    );
    const held = [...nodes.querySelectorAll(`.${HELD}`)];
    expect(nodes.querySelector("img")).toBe(null);
    expect(held.map((each) => [each.textContent, styles.get(each)])).toEqual([
      ["A red kite", "width:300px;height:20px;display:block"],
      ["", "width:90%;"],
      ["", ""],
    ]);
    expect(held[0]?.className).toBe("pb-held held hero");
  });
});

describe("links", () => {
  it("say where they lead when their text says another place", () => {
    const { nodes } = cleaned(
      '<a href="https://evil.invalid/">https://bank.example/</a><a href="https://bank.example/x">bank.example</a>',
    );
    const [lies, honest] = nodes.querySelectorAll("a");
    expect(lies?.getAttribute(LEADS)).toBe("evil.invalid");
    expect(honest?.hasAttribute(LEADS)).toBe(false);
  });

  it("within the message lead to the ids as they are now called", () => {
    const { nodes } = cleaned('<a href="#top">up</a><p id="top">x</p>');
    expect(nodes.querySelector(nodes.querySelector("a")?.getAttribute("href") ?? "")?.textContent).toBe("x");
  });
});

describe("in the dark", () => {
  it("turns light grounds dark and dark text light", () => {
    const { styles, nodes } = cleaned('<p style="background:#fff;color:#000">x</p><font color="black">y</font>', true);
    expect([...styles.values()][0]).not.toMatch(/#fff|#000/);
    expect(nodes.querySelector("font")?.getAttribute("color")).not.toBe("black");
  });

  it("leaves a message's own dark form as it was made", () => {
    const css = "<style>.x{color:#000}@media (prefers-color-scheme: dark){.x{color:#123456;background:#fff}}</style>";
    expect(cleaned(css, true).sheet).toContain(".x{color:#123456;background:#fff}");
    expect(cleaned(css, false).sheet).toBe(".x{color:#000}");
  });
});
