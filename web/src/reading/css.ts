/**
 * Style sheets of strangers, reduced to what lays out and colours their own text. Pure.
 *
 * Only named properties with plain values stay: nothing that loads (url, image-set, @import, @font-face), that leaves
 * its place in the text (position), moves by itself, or depends on the window's height, which the frame makes itself. No
 * columns: a hundred within each other keep a browser busy for minutes.
 */

import { type Colour, colourNamed, colourOfFunction, colourOfHex, cssOf, darkened, type Use } from "./colours";
import { type Token, tokens, written } from "./css_tokens";

/** Enough for any newsletter; what is more is left out. */
export const MOST_CSS = 256 * 1024;
const MOST_RULES = 4000;
const MOST_NESTING = 3;
/** Tokens of one colour, with blanks: what goes on for longer is none. */
const MOST_OF_COLOUR = 24;

const PROPERTIES = new Set(
  `color background background-color background-image background-clip background-origin background-position background-repeat
  background-size border border-collapse border-spacing border-color border-style border-width border-radius
  border-top border-right border-bottom border-left border-top-color border-right-color border-bottom-color
  border-left-color border-top-style border-right-style border-bottom-style border-left-style border-top-width
  border-right-width border-bottom-width border-left-width border-top-left-radius border-top-right-radius
  border-bottom-left-radius border-bottom-right-radius box-shadow box-sizing caption-side clear color-scheme
  column-gap direction display empty-cells flex flex-basis flex-direction flex-flow flex-grow
  flex-shrink flex-wrap float font font-family font-feature-settings font-kerning font-size font-stretch font-style
  font-variant font-weight gap grid-template-columns grid-template-rows height hyphens align-content align-items
  align-self justify-content justify-items justify-self letter-spacing line-height list-style list-style-position
  list-style-type margin margin-top margin-right margin-bottom margin-left margin-inline margin-block max-height
  max-width min-height min-width object-fit opacity order outline outline-color outline-style outline-width overflow
  overflow-wrap overflow-x overflow-y padding padding-top padding-right padding-bottom padding-left padding-inline
  padding-block quotes row-gap tab-size table-layout text-align text-align-last text-decoration text-decoration-color
  text-decoration-line text-decoration-style text-indent text-overflow text-shadow text-transform text-underline-offset
  unicode-bidi vertical-align visibility white-space width word-break word-spacing word-wrap writing-mode
  mso-hide -webkit-text-size-adjust`.split(/\s+/),
);
const FUNCTIONS = new Set(
  `rgb rgba hsl hsla calc min max clamp minmax repeat fit-content linear-gradient radial-gradient`.split(" "),
);
/** They make nothing without `content`, but could hide what the page itself puts beside a link. */
const PSEUDO_ELEMENT = /::|:\s*(?:before|after|first-line|first-letter)(?![\w-])/i;
const SELECTOR_FUNCTIONS = new Set(
  `not is where has nth-child nth-of-type nth-last-child nth-last-of-type lang dir`.split(" "),
);
const WINDOW_UNIT = /^(?:[sld]?v(?:h|min|max|b)|cq(?:h|b|min|max))$/i;
const PICTURED = /^background(?:-image)?$/;
const GROUNDS = /^background(?:-color)?$/;
const LINES = /^(?:border|outline|box-shadow|text-decoration|text-shadow)/;

export interface Sight {
  /** Whether colours are turned for a dark page. */
  readonly darken: boolean;
  /** What `prefers-color-scheme` is answered with. */
  readonly scheme: "light" | "dark";
  /** Whether a picture may be fetched from there; none, where this is not given. */
  readonly isPicture?: (url: string) => boolean;
}

/** A clean sheet made of a stranger's; ids get `idPrefix`, as those of the cleaned nodes have it. */
export function cleanSheet(sheet: string, sight: Sight, idPrefix: string): string {
  const all = new Rules(tokens(sheet.slice(0, MOST_CSS)), sight, idPrefix);
  return all.until(false, 0);
}

/** The clean content of a style attribute. */
export function cleanDeclarations(style: string, sight: Sight): string {
  return declarations(tokens(style.slice(0, MOST_CSS)), sight);
}

/** Reads rules one after the other; blocks within @media by calling itself, to a bounded depth. */
class Rules {
  private at = 0;
  private count = 0;

  constructor(
    private readonly all: readonly Token[],
    private sight: Sight,
    private readonly idPrefix: string,
  ) {}

  /** The clean text of the rules up to the end, or up to the "}" of the block we are in. */
  until(isInBlock: boolean, depth: number): string {
    let out = "";
    while (this.at < this.all.length) {
      const token = this.all[this.at];
      if (token === undefined) break;
      if (isInBlock && isDelim(token, "}")) {
        this.at += 1;
        return out;
      }
      if (token.kind === "space" || isDelim(token, ";") || isDelim(token, "}")) this.at += 1;
      else if (token.kind === "at") out += this.atRule(token.value.toLowerCase(), depth);
      else out += this.rule();
    }
    return out;
  }

  private atRule(name: string, depth: number): string {
    this.at += 1;
    const prelude = this.prelude(true);
    const opens = isDelim(this.all[this.at], "{");
    this.at += 1;
    if (!opens) return "";
    if (name !== "media" || depth >= MOST_NESTING) {
      this.block();
      return "";
    }
    const query = mediaQuery(prelude, this.sight);
    const inner = query === "" ? this.untouched(depth) : this.until(true, depth + 1);
    if (query === null || inner === "") return "";
    return query === "" ? inner : `@media ${query}{${inner}}`;
  }

  /** A block for this very scheme: whoever wrote it has chosen its colours for the dark. */
  private untouched(depth: number): string {
    const { sight } = this;
    this.sight = { ...sight, darken: false };
    const inner = this.until(true, depth + 1);
    this.sight = sight;
    return inner;
  }

  private rule(): string {
    const selector = cleanSelector(this.prelude(false), this.idPrefix);
    this.at += 1;
    const inner = declarations(this.block(), this.sight);
    this.count += 1;
    return selector === "" || inner === "" || this.count > MOST_RULES ? "" : `${selector}{${inner}}`;
  }

  /** The tokens up to "{" (or ";" for an at-rule), which is not taken. */
  private prelude(mayEnd: boolean): Token[] {
    const start = this.at;
    while (this.at < this.all.length && !isDelim(this.all[this.at], "{")) {
      if (mayEnd && isDelim(this.all[this.at], ";")) break;
      this.at += 1;
    }
    return this.all.slice(start, this.at);
  }

  /** The tokens up to the "}" that closes the block just entered, which is taken. */
  private block(): Token[] {
    const start = this.at;
    let depth = 0;
    while (this.at < this.all.length) {
      const token = this.all[this.at++];
      if (isDelim(token, "{")) depth += 1;
      else if (isDelim(token, "}") && depth-- === 0) return this.all.slice(start, this.at - 1);
    }
    return this.all.slice(start);
  }
}

/** A media query of types and sizes; "" for one that always holds, null for one that never does or isn't known. */
function mediaQuery(prelude: readonly Token[], sight: Sight): string | null {
  const words = prelude.filter((token) => token.kind === "ident").map((token) => token.value.toLowerCase());
  if (words.includes("prefers-color-scheme")) {
    const isPlain = words.every((word) => /^(?:screen|all|only|and|prefers-color-scheme|dark|light)$/.test(word));
    return isPlain && words.includes(sight.scheme) ? "" : null;
  }
  const isKnown = prelude.every(
    (token) =>
      token.kind === "space" ||
      token.kind === "number" ||
      (token.kind === "ident" &&
        /^(?:screen|all|print|only|not|and|or|(?:min|max)-(?:device-)?width|width|orientation|portrait|landscape)$/i.test(
          token.value,
        )) ||
      (token.kind === "delim" && /[(),:<>=]/.test(token.value)),
  );
  return isKnown ? written(prelude).replaceAll("<", "< ").trim() : null;
}

function cleanSelector(prelude: readonly Token[], idPrefix: string): string {
  const isKnown = prelude.every((token) => {
    if (token.kind === "function") return SELECTOR_FUNCTIONS.has(token.value.toLowerCase());
    if (token.kind === "delim") return /^[.*>+~,:()[\]=^$|-]$/.test(token.value);
    return token.kind !== "url" && token.kind !== "bad" && token.kind !== "at";
  });
  if (!isKnown) return "";
  if (PSEUDO_ELEMENT.test(written(prelude))) return "";
  const renamed = prelude.map((token) => (token.kind === "hash" ? { ...token, value: idPrefix + token.value } : token));
  return written(renamed).trim();
}

function declarations(all: readonly Token[], sight: Sight): string {
  return split(all, ";")
    .map((one) => declaration(one, sight))
    .filter((one) => one !== "")
    .join(";");
}

function declaration(all: readonly Token[], sight: Sight): string {
  const rest = all.filter((token, index) => token.kind !== "space" || index > 0);
  const [property] = rest;
  const colon = rest.findIndex((token) => isDelim(token, ":"));
  if (property?.kind !== "ident" || colon < 1 || rest.slice(1, colon).some((token) => token.kind !== "space")) return "";
  const name = property.value.toLowerCase();
  const value = trimmed(rest.slice(colon + 1));
  if (!PROPERTIES.has(name)) return "";
  const [rest_, picture] = sight.isPicture && PICTURED.test(name) ? withoutPicture(value, sight.isPicture) : [value, ""];
  if (!isHarmless(name, rest_)) return rest_.length === 0 && picture !== "" ? `${name}:${picture}` : "";
  const text = [written(sight.darken ? recoloured(name, rest_) : rest_), picture].filter((part) => part !== "").join(" ");
  return text === "" ? "" : `${name}:${text}`;
}

/** A value without its one `url("…")`, and that again, if it is one that our own server brings. */
function withoutPicture(value: readonly Token[], isPicture: (url: string) => boolean): [readonly Token[], string] {
  const at = value.findIndex((token) => token.kind === "function" && token.value.toLowerCase() === "url");
  const url = value[at + 1];
  if (at < 0 || url?.kind !== "string" || !isDelim(value[at + 2], ")") || !isPicture(url.value)) return [value, ""];
  return [trimmed([...value.slice(0, at), ...value.slice(at + 3)]), written(value.slice(at, at + 3))];
}

function isHarmless(name: string, value: readonly Token[]): boolean {
  if (value.length === 0) return false;
  if (name === "color-scheme") return false; // the page's own choice: it would turn what is not ours to turn
  return value.every((token) => {
    switch (token.kind) {
      case "function":
        return FUNCTIONS.has(token.value.toLowerCase());
      case "number":
        return !WINDOW_UNIT.test(token.unit) && Number.isFinite(Number(token.value));
      case "delim":
        return /^[-+*/(),!.]$/.test(token.value);
      case "url":
      case "bad":
      case "at":
        return false;
      default:
        return true;
    }
  });
}

function recoloured(name: string, value: readonly Token[]): Token[] {
  const use: Use = GROUNDS.test(name) ? "ground" : LINES.test(name) ? "line" : "text";
  const out: Token[] = [];
  for (let index = 0; index < value.length; index++) {
    const token = value[index];
    if (token === undefined) break;
    const length = token.kind === "function" ? functionLength(value, index) : 1;
    const colour = colourAt(value.slice(index, index + length));
    if (colour === null) out.push(token);
    else {
      out.push(...tokens(cssOf(darkened(colour, use))));
      index += length - 1;
    }
  }
  return out;
}

function functionLength(value: readonly Token[], start: number): number {
  const end = value.slice(start, start + MOST_OF_COLOUR).findIndex((token) => isDelim(token, ")"));
  return end < 0 ? 1 : end + 1;
}

function colourAt(value: readonly Token[]): Colour | null {
  const [first] = value;
  if (first?.kind === "ident") return colourNamed(first.value);
  if (first?.kind === "hash") return colourOfHex(first.value);
  if (first?.kind !== "function") return null;
  const numbers = value.filter((token) => token.kind === "number");
  return colourOfFunction(
    first.value,
    numbers.map((token) => ({ value: Number(token.value), unit: token.unit })),
  );
}

/** Parts between `mark`s that stand in no bracket. */
function split(all: readonly Token[], mark: string): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of all) {
    if (token.kind === "function" || isDelim(token, "(") || isDelim(token, "{") || isDelim(token, "[")) depth += 1;
    else if (isDelim(token, ")") || isDelim(token, "}") || isDelim(token, "]")) depth = Math.max(0, depth - 1);
    if (depth === 0 && isDelim(token, mark)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function trimmed(all: readonly Token[]): Token[] {
  const start = all.findIndex((token) => token.kind !== "space");
  const end = all.findLastIndex((token) => token.kind !== "space");
  return start < 0 ? [] : all.slice(start, end + 1);
}

function isDelim(token: Token | undefined, value: string): boolean {
  return token?.kind === "delim" && token.value === value;
}
