import { describe, expect, it } from "vitest";
import { cleanDeclarations, cleanSheet, type Sight } from "./css";
import { tokens, written } from "./css_tokens";

const LIGHT: Sight = { darken: false, scheme: "light" };
const sheet = (css: string): string => cleanSheet(css, LIGHT, "p-");

describe("declarations", () => {
  it.each([
    ["color:red", "color:red"],
    [" COLOR : Red ; ; margin : 0 auto !important", "color:Red;margin:0 auto !important"],
    ["col\\6fr:red", "color:red"],
    ["width:calc(100% - 2px)", "width:calc(100% - 2px)"],
    ["font-family:'Segoe UI',serif", 'font-family:"Segoe UI",serif'],
    ["background:linear-gradient(90deg,#fff,rgba(0,0,0,.5))", "background:linear-gradient(90deg,#fff,rgba(0,0,0,.5))"],
    ["margin:-4px", "margin:-4px"],
  ])("%s stays", (given, wanted) => expect(cleanDeclarations(given, LIGHT)).toBe(wanted));

  it.each([
    "background:url(x)",
    "background:URL('x')",
    "background:u\\72l(x)",
    "background:\\75rl(x)",
    "background:url(x",
    "background:image-set('x' 1x)",
    "background:var(--x)",
    "--x:url(y)",
    "position:fixed",
    "p\\6fsition:fixed",
    "height:100vh",
    "height:100\\76h",
    "width:expression(alert(1))",
    "behavior:url(#x)",
    "color:red}*{color:red",
    "color:'unclosed\n",
    "color",
    ":red",
    "color:",
    "constructor:x",
  ])("%s goes", (given) => expect(cleanDeclarations(given, LIGHT)).toBe(""));

  it("comments are no hiding place", () => expect(cleanDeclarations("background:/**/url(/**/x)", LIGHT)).toBe(""));
  it("a semicolon in brackets ends nothing", () =>
    expect(cleanDeclarations("background:url(a;color:red);color:blue", LIGHT)).toBe("color:blue"));
});

describe("sheets", () => {
  it.each([
    ["p{color:red}", "p{color:red}"],
    ["@media screen and (max-width:600px){p{color:red}}", "@media screen and (max-width:600px){p{color:red}}"],
    ["@import 'x';p{color:red}", "p{color:red}"],
    ["@font-face{src:url(x)}p{color:red}", "p{color:red}"],
    ["@media screen{@media print{p{color:red}}}", "@media screen{@media print{p{color:red}}}"],
    ["@supports (a:b){p{color:red}}q{color:blue}", "q{color:blue}"],
    ["<!-- p{color:red} -->", "p{color:red}"],
    ["p{color:red", "p{color:red}"],
    ["}p{color:red}", "p{color:red}"],
    ["p{color:red{x:y}}q{color:blue}", "q{color:blue}"],
    ["a:hover,#x .y>td{color:red}", "a:hover,#p-x .y>td{color:red}"],
    ["a::after,p{display:none}q{color:red}", "q{color:red}"],
    ["a:AFTER{display:none}a:first-child{color:red}", "a:first-child{color:red}"],
    ["@media (prefers-color-scheme:dark){p{color:red}}", ""],
    ["@media (prefers-color-scheme:light){p{color:red}}", "p{color:red}"],
  ])("%s", (given, wanted) => expect(sheet(given)).toBe(wanted));

  it("cannot close the element they stand in", () => {
    expect(sheet('p{quotes:"</style><script>"}')).not.toContain("<");
    expect(sheet("p[title='</style>']{color:red}")).not.toContain("<");
  });

  // each of these would take hours, were any step of it to look at all the rest again
  it.each(["p{color:red}", "@media x{", "{", "}", "\\", "/*", "'", "(", "url(", "a,"])(
    "of many %s take time in proportion",
    (part) => {
      const start = process.cpuUsage().user;
      sheet(part.repeat(100_000 / part.length));
      expect(process.cpuUsage().user - start).toBeLessThan(10_000_000);
    },
    30_000,
  );
});

describe("tokens", () => {
  it.each([
    "a b#c.d>e",
    "1e3px",
    "\\31 a",
    "-\\31 ",
    "\\0 x",
    "#\\31 23",
    '"a\\"b\\a c"',
    "@m\\65 dia",
    "1\\65 3",
    "--x",
    "a\\/b",
    "\\{",
  ])("%s written is read the same", (css) => {
    const first = tokens(css);
    expect(tokens(written(first))).toEqual(first);
  });
});

describe("pictures our own server brings", () => {
  const sight: Sight = { darken: true, scheme: "dark", isPicture: (url) => url === "/picture?u=1" };
  it.each([
    ['background:#fff url("/picture?u=1") no-repeat', /^background:#[0-9a-f]{6} {1,2}no-repeat url\("\/picture\?u=1"\)$/],
    ['background-image:url("/picture?u=1")', /^background-image:url\("\/picture\?u=1"\)$/],
    ['background-image:url("/picture?u=2")', /^$/],
    ["background-image:url(/picture?u=1)", /^$/],
    ['background-image:url("/picture?u=1"),url("//x")', /^$/],
    ['content:url("/picture?u=1")', /^$/],
    ['background-image:url("/picture?u=1" x)', /^$/],
  ])("%s", (given, wanted) => expect(cleanDeclarations(given, sight)).toMatch(wanted));
});

it("has no columns, which within each other keep a browser busy for minutes", () => {
  const sight: Sight = { darken: false, scheme: "light" };
  const given = "columns:9999;column-count:9;column-width:1px;column-gap:1px";
  expect(cleanDeclarations(given, sight)).toBe("column-gap:1px");
});

describe("colours in a dark page", () => {
  const dark: Sight = { darken: true, scheme: "dark" };
  it("are found in all their forms", () => {
    expect(cleanDeclarations("color:rgba( 0 , 0 , 0 , .5 )", dark)).not.toContain("rgba( 0");
  });
  it("are looked for in time, however many begin in each other", () => {
    const css = `color:${"rgb(".repeat(30_000)}${")".repeat(30_000)}`;
    const begun = performance.now();
    expect(cleanDeclarations(css, dark)).toBe(css);
    expect(performance.now() - begun).toBeLessThan(4000);
  });
});
