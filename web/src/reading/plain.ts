/** Plain text as it was meant: paragraphs that flow, quotes of quotes, and the signature (RFC 3676). Pure. */

export type Block =
  | { readonly kind: "text"; readonly lines: readonly string[] }
  | { readonly kind: "signature"; readonly lines: readonly string[] }
  | { readonly kind: "quote"; readonly blocks: readonly Block[]; readonly isTrailing: boolean };

interface Line {
  readonly depth: number;
  readonly text: string;
}

/** Deeper quotes are shown as that deep. */
const DEEPEST = 12;
const MOST_LINES = 20_000;

export interface Flow {
  readonly isFlowed: boolean;
  /** The space that marks a line to be continued is no part of the text. */
  readonly deletesSpace: boolean;
}

/** Lines stand as they were written; so does text that the server has joined already. */
export const FIXED: Flow = { isFlowed: false, deletesSpace: false };

/** What a Content-Type says of how lines go on: `text/plain; format=flowed; delsp=yes`. */
export function flowOf(contentType: string): Flow {
  return {
    isFlowed: /;\s*format\s*=\s*"?flowed\b/i.test(contentType),
    deletesSpace: /;\s*delsp\s*=\s*"?yes\b/i.test(contentType),
  };
}

/** The text as blocks; quotes in each other as deep as they are. */
export function blocksOf(text: string, flow: Flow = FIXED): Block[] {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .slice(0, MOST_LINES)
    .map((line) => lineOf(line, flow.isFlowed));
  while (lines.length > 0 && lines.at(-1)?.text === "" && lines.at(-1)?.depth === 0) lines.pop();
  return nested(flow.isFlowed ? joined(lines, flow.deletesSpace) : lines, 0, true);
}

function lineOf(line: string, isFlowed: boolean): Line {
  const marks = isFlowed ? /^>*/.exec(line)?.[0] : /^(?:> ?)*/.exec(line)?.[0];
  if (marks === undefined || marks === "") return { depth: 0, text: isFlowed ? unstuffed(line) : line };
  const rest = line.slice(marks.length);
  // ">From" is how some mailboxes keep a line that begins with "From"
  if (marks === ">" && /^From /.test(rest)) return { depth: 0, text: rest };
  const depth = marks.replaceAll(" ", "").length;
  return { depth: Math.min(depth, DEEPEST), text: isFlowed ? unstuffed(rest) : rest };
}

/** RFC 3676 §4.4 */
function unstuffed(line: string): string {
  return line.startsWith(" ") ? line.slice(1) : line;
}

/** Lines that end with a space go on in the next one of the same depth (RFC 3676 §4.1, §4.3, §4.5). */
function joined(lines: readonly Line[], deletesSpace: boolean): Line[] {
  const out: Line[] = [];
  let goesOn = false;
  for (const { depth, text } of lines) {
    const last = out.at(-1);
    const isMark = text === "-- ";
    const isSoft = text.endsWith(" ") && !isMark;
    const shown = isSoft && deletesSpace ? text.slice(0, -1) : text;
    if (goesOn && last !== undefined && last.depth === depth && !isMark)
      out[out.length - 1] = { depth, text: last.text + shown };
    else out.push({ depth, text: shown });
    goesOn = isSoft;
  }
  return out;
}

function nested(lines: readonly Line[], depth: number, isLast: boolean): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const isQuote = (lines[at]?.depth ?? 0) > depth;
    let end = at;
    while (end < lines.length && (lines[end]?.depth ?? 0) > depth === isQuote) end += 1;
    const part = lines.slice(at, end);
    const isTrailing = isLast && isQuote && depth === 0 && blocks.some(saysAnything) && isNothing(lines.slice(end));
    if (isQuote) blocks.push({ kind: "quote", blocks: nested(part, depth + 1, false), isTrailing });
    else
      blocks.push(
        ...texts(
          part.map((line) => line.text),
          depth === 0,
        ),
      );
    at = end;
  }
  return blocks;
}

/** Nothing, or a signature only. */
function isNothing(lines: readonly Line[]): boolean {
  const first = lines.find((line) => line.text.trim() !== "");
  return first === undefined || (first.depth === 0 && /^-- ?$/.test(first.text));
}

function saysAnything(block: Block): boolean {
  return block.kind === "text" && block.lines.some((line) => line.trim() !== "");
}

function texts(lines: readonly string[], maySign: boolean): Block[] {
  const mark = maySign ? lines.findLastIndex((line) => /^-- ?$/.test(line)) : -1;
  const isSigned = mark >= 0 && lines.length - mark <= 12;
  const body = isSigned ? lines.slice(0, mark) : lines;
  const blocks: Block[] = body.length > 0 ? [{ kind: "text", lines: body }] : [];
  if (isSigned) blocks.push({ kind: "signature", lines: lines.slice(mark + 1) });
  return blocks;
}
