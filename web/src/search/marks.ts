/** Texts with `<mark>` in them, as SearchSnippet/get answers (RFC 8621 §5), made into pieces without any HTML being parsed. */

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** Letters before the first hit: more of them would push it out of a row. */
const BEFORE = 22;

/** The pieces, with what is far before the first hit left out. */
export function nearFirstHit(found: readonly Piece[]): readonly Piece[] {
  const [first, ...others] = found;
  if (first === undefined || first.isHit || others.length === 0 || first.text.length <= BEFORE) return found;
  const end = first.text.slice(-BEFORE);
  const word = end.indexOf(" ");
  return [{ text: `… ${end.slice(word + 1)}`, isHit: false }, ...others];
}

/** Pieces of a marked text; whatever else looks like a tag stays text. */
export function pieces(marked: string): Piece[] {
  const found: Piece[] = [];
  let isHit = false;
  for (const part of marked.split(/(<\/?mark>)/)) {
    if (part === "<mark>") isHit = true;
    else if (part === "</mark>") isHit = false;
    else if (part !== "") found.push({ text: unescaped(part), isHit });
  }
  return found;
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal !== undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
