/**
 * The tokens of CSS (CSS Syntax Level 3 §4), escapes resolved.
 *
 * Strangers' style sheets are never passed on as text: they are read into tokens and written anew from those, so that
 * what was judged and what the browser reads cannot differ, however the stranger spelled it.
 */

export type TokenKind = "ident" | "function" | "at" | "hash" | "string" | "number" | "url" | "space" | "delim" | "bad";

export interface Token {
  readonly kind: TokenKind;
  /** The name, the string's or the url's content, the delimiter, or a number's digits; escapes resolved. */
  readonly value: string;
  /** A number's unit, "%" or "". */
  readonly unit: string;
}

const NAME_START = /[A-Za-z_\u0080-\uffff]/;
const NAME = /[A-Za-z0-9_\-\u0080-\uffff]/;
const HEX = /[0-9A-Fa-f]/;
const SPACE = /[ \t\n\r\f]/;
const NUMBER = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;

/** Reads along a text; every step goes forward, so the whole is linear. */
class Reader {
  at = 0;

  constructor(readonly text: string) {}

  get next(): string {
    return this.text.charAt(this.at);
  }

  peek(far: number): string {
    return this.text.charAt(this.at + far);
  }

  /** Whether an identifier begins `far` characters from here (§4.3.9). */
  startsName(far = 0): boolean {
    const first = this.peek(far);
    if (first === "-") {
      const second = this.peek(far + 1);
      return second === "-" || NAME_START.test(second) || this.startsEscape(far + 1);
    }
    return NAME_START.test(first) || this.startsEscape(far);
  }

  startsEscape(far = 0): boolean {
    const after = this.peek(far + 1);
    return this.peek(far) === "\\" && after !== "" && !/[\n\r\f]/.test(after);
  }

  /** One escape, the backslash included (§4.3.7). */
  escape(): string {
    this.at += 1;
    let digits = "";
    while (digits.length < 6 && HEX.test(this.next)) digits += this.text.charAt(this.at++);
    if (digits === "") {
      const point = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0xfffd);
      this.at += point.length;
      return point;
    }
    if (SPACE.test(this.next)) this.at += 1;
    const code = Number.parseInt(digits, 16);
    const isScalar = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isScalar ? String.fromCodePoint(code) : "\ufffd";
  }

  name(): string {
    let name = "";
    for (;;) {
      if (NAME.test(this.next)) name += this.text.charAt(this.at++);
      else if (this.startsEscape()) name += this.escape();
      else return name;
    }
  }

  /** A quoted string; null where it ends at a line's end (§4.3.5). */
  string(): string | null {
    const quote = this.text.charAt(this.at++);
    let value = "";
    while (this.at < this.text.length) {
      const letter = this.next;
      if (letter === quote) {
        this.at += 1;
        return value;
      }
      if (/[\n\r\f]/.test(letter)) return null;
      if (letter !== "\\") value += this.text.charAt(this.at++);
      else if (this.startsEscape()) value += this.escape();
      else this.at += 2;
    }
    return value;
  }

  spaces(): void {
    while (SPACE.test(this.next)) this.at += 1;
  }

  /** The rest of `url(`: whatever it holds, only that it was one matters here (§4.3.6). */
  url(): string {
    let value = "";
    while (this.at < this.text.length && this.next !== ")") {
      value += this.startsEscape() ? this.escape() : this.text.charAt(this.at++);
    }
    this.at += 1;
    return value;
  }
}

/** The tokens of `text`, comments left out. */
export function tokens(text: string): Token[] {
  const reader = new Reader(text.replaceAll("\0", "\ufffd"));
  const all: Token[] = [];
  while (reader.at < reader.text.length) {
    const token = one(reader);
    if (token !== null) all.push(token);
  }
  return all;
}

function one(reader: Reader): Token | null {
  const letter = reader.next;
  if (letter === "/" && reader.peek(1) === "*") return comment(reader);
  if (SPACE.test(letter)) {
    reader.spaces();
    return token("space", " ");
  }
  if (letter === '"' || letter === "'") {
    const value = reader.string();
    return value === null ? token("bad", "") : token("string", value);
  }
  if (letter === "#" && (NAME.test(reader.peek(1)) || reader.startsEscape(1))) {
    reader.at += 1;
    return token("hash", reader.name());
  }
  const number = numeric(reader);
  if (number !== null) return number;
  if (letter === "@" && reader.startsName(1)) {
    reader.at += 1;
    return token("at", reader.name());
  }
  if (reader.startsName()) return named(reader);
  if (reader.text.startsWith("<!--", reader.at) || reader.text.startsWith("-->", reader.at)) {
    reader.at += letter === "<" ? 4 : 3;
    return null;
  }
  reader.at += 1;
  return token("delim", letter);
}

function comment(reader: Reader): null {
  const end = reader.text.indexOf("*/", reader.at + 2);
  reader.at = end < 0 ? reader.text.length : end + 2;
  return null;
}

function numeric(reader: Reader): Token | null {
  NUMBER.lastIndex = reader.at;
  const found = NUMBER.exec(reader.text);
  if (found === null) return null;
  reader.at += found[0].length;
  if (reader.next === "%") {
    reader.at += 1;
    return token("number", found[0], "%");
  }
  return token("number", found[0], reader.startsName() ? reader.name() : "");
}

function named(reader: Reader): Token {
  const name = reader.name();
  if (reader.next !== "(") return token("ident", name);
  reader.at += 1;
  if (name.toLowerCase() !== "url") return token("function", name);
  const start = reader.at;
  reader.spaces();
  if (/["']/.test(reader.peek(0))) {
    reader.at = start;
    return token("function", name);
  }
  return token("url", reader.url());
}

function token(kind: TokenKind, value: string, unit = ""): Token {
  return { kind, value, unit };
}

/** The text of tokens, such that reading it gives them again and nothing in it can end a style element. */
export function written(all: readonly Token[]): string {
  return all.map(text).join("");
}

function text(token: Token): string {
  switch (token.kind) {
    case "ident":
      return name(token.value);
    case "function":
      return `${name(token.value)}(`;
    case "at":
      return `@${name(token.value)}`;
    case "hash":
      return `#${[...token.value].map(letter).join("")}`;
    case "string":
      return `"${[...token.value].map(quoted).join("")}"`;
    case "number":
      return token.value + (token.unit === "%" ? "%" : token.unit === "" ? "" : unit(token.unit));
    case "space":
    case "delim":
      return token.value;
    case "url":
    case "bad":
      return "";
  }
}

/** "1" with the unit "e3" must not be read as 1000. */
function unit(name_: string): string {
  return /^e-?\d/i.test(name_) ? hex(name_.charAt(0)) + name_.slice(1) : name(name_);
}

function name(value: string): string {
  const letters = [...value];
  return letters
    .map((one_, index) => {
      const isDigitFirst = /\d/.test(one_) && (index === 0 || (index === 1 && letters[0] === "-"));
      return isDigitFirst || (value === "-" && index === 0) ? hex(one_) : letter(one_);
    })
    .join("");
}

function letter(one_: string): string {
  return NAME.test(one_) && one_.length === 1 ? one_ : hex(one_);
}

function quoted(one_: string): string {
  return /[^\x20-\x7e\u00a0-\uffff]|["\\<>&]/u.test(one_) ? hex(one_) : one_;
}

function hex(one_: string): string {
  return `\\${(one_.codePointAt(0) ?? 0xfffd).toString(16)} `;
}
