/** Labels: the keywords of letters that people gave, and not those that programs did (RFC 8621 §4.1.1; RFC 5788). */

/** Keywords without a dollar that programs set. */
const OF_PROGRAMS = new Set(["junk", "nonjunk", "notjunk", "forwarded", "mdnsent", "redirected", "unsubscribed"]);
/** RFC 8621 §4.1.1: what a keyword cannot have in it. */
const FORBIDDEN = /[^!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]/g;
export const LONGEST = 255;
/** Colours that the theme has for labels. */
export const COLOURS = 12;

export interface Label {
  readonly keyword: string;
  readonly name: string;
  /** 0 to 11: which of the theme's. */
  readonly colour: number;
}

export function isLabel(keyword: string): boolean {
  return !keyword.startsWith("$") && !OF_PROGRAMS.has(keyword.toLowerCase());
}

/** Thunderbird numbers its first five labels. */
const THUNDERBIRD: Readonly<Record<string, readonly [KnownLabel, number]>> = {
  $label1: ["important", 0],
  $label2: ["work", 1],
  $label3: ["personal", 3],
  $label4: ["todo", 6],
  $label5: ["later", 8],
};
export type KnownLabel = "important" | "work" | "personal" | "todo" | "later";

/** What people call and how they colour a label: kept in their preferences, by keyword. */
export type Named = Readonly<Record<string, { readonly name: string; readonly colour: number } | undefined>>;

/** The labels among the keywords, by name. `translate` is for those that Thunderbird numbers. */
export function labelsOf(
  keywords: Readonly<Record<string, boolean>>,
  named: Named,
  translate: (known: KnownLabel) => string,
): Label[] {
  const found: Label[] = [];
  for (const keyword of Object.keys(keywords)) {
    const known = THUNDERBIRD[keyword.toLowerCase()];
    const own = named[keyword];
    if (own !== undefined) found.push({ keyword, ...own });
    else if (known !== undefined) found.push({ keyword, name: translate(known[0]), colour: known[1] });
    else if (isLabel(keyword)) found.push({ keyword, name: plainName(keyword), colour: colourOf(keyword) });
  }
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

/**
 * The keyword for a label somebody names; "" where nothing is left of it. Keywords are ASCII and have no case: other letters are
 * their UTF-8 in hexadecimal between & and -, so that every client gives the keyword back as it was.
 */
export function keywordFor(name: string): string {
  const plain = name.trim().normalize("NFC").toLowerCase().replace(/&/g, "&-").replace(/\s+/g, "_");
  const coded = plain.replace(/[\u007f-\u{10ffff}]+/gu, hexadecimal).replace(FORBIDDEN, "");
  return coded.startsWith("$") ? coded.slice(1, LONGEST) : coded.slice(0, LONGEST);
}

/** The name that `keywordFor` made this of. */
export function plainName(keyword: string): string {
  return keyword
    .replace(/&((?:[0-9a-f]{2})*)-/g, (_, coded: string) => (coded === "" ? "&" : fromHexadecimal(coded)))
    .replace(/_/g, " ");
}

function hexadecimal(text: string): string {
  return `&${[...new TextEncoder().encode(text)].map((octet) => octet.toString(16).padStart(2, "0")).join("")}-`;
}

function fromHexadecimal(coded: string): string {
  const octets = (coded.match(/../g) ?? []).map((two) => Number.parseInt(two, 16));
  return new TextDecoder().decode(new Uint8Array(octets));
}

function colourOf(keyword: string): number {
  let sum = 0;
  for (const letter of keyword.toLowerCase()) sum = (sum * 31 + (letter.codePointAt(0) as number)) % 9973;
  return sum % COLOURS;
}
