/** What a reply or a forward begins with: what was said, marked as such, with the signature above it. */

import { escaped } from "./written";

export interface Quoted {
  /** "On … Anna wrote:" */
  readonly attribution: string;
  readonly text: string;
  /** Cleaned, as the editor takes it; null: there is only text. */
  readonly html: string | null;
}

export interface Signature {
  readonly text: string;
  readonly html: string;
}

export interface Forwarded {
  /** "Forwarded message" */
  readonly title: string;
  /** ["From", "Anna <…>"] … */
  readonly lines: readonly (readonly [string, string])[];
  readonly text: string;
  readonly html: string | null;
}

export const NO_SIGNATURE: Signature = { text: "", html: "" };

// In plain text.

/** Lines with ">" before them; the signature and what is empty at the end left out (RFC 3676 §4.5). */
export function quoteText(text: string): string {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const end = lines.indexOf("-- ");
  const kept = end > 0 ? lines.slice(0, end) : lines;
  while (kept.length && !kept[kept.length - 1]?.trim()) kept.pop();
  while (kept.length && !kept[0]?.trim()) kept.shift();
  return kept.map((line) => (/^>/.test(line) ? `>${line}` : `> ${line}`.trimEnd())).join("\n");
}

export function newText(signature: Signature): string {
  return signature.text ? `\n\n-- \n${signature.text}` : "";
}

export function replyText(quoted: Quoted, signature: Signature): string {
  const quote = quoteText(quoted.text);
  return `\n\n${signature.text ? `${signature.text}\n\n` : ""}${quoted.attribution}\n${quote}${quote ? "\n" : ""}`;
}

export function forwardText(forwarded: Forwarded, signature: Signature): string {
  const head = forwarded.lines.map(([name, value]) => `${name}: ${value}`).join("\n");
  const text = forwarded.text.replace(/\r\n?/g, "\n").trimEnd();
  return `\n\n${signature.text ? `${signature.text}\n\n` : ""}---------- ${forwarded.title} ----------\n${head}\n\n${text}\n`;
}

/** Another identity signs: the last place where the old signature stands as it was. */
export function swapText(text: string, old: Signature, next: Signature): string {
  const marked = (signature: Signature) => `\n-- \n${signature.text}`;
  if (!old.text) {
    if (!next.text) return text;
    const quote = text.search(/\n[^\n]*\n>|\n-{10} [^\n]+ -{10}\n/);
    return quote < 0
      ? `${text.trimEnd()}\n${marked(next)}`
      : `${text.slice(0, quote).trimEnd()}\n\n${next.text}\n${text.slice(quote)}`;
  }
  const at = text.lastIndexOf(marked(old));
  if (at >= 0) return text.slice(0, at) + (next.text ? marked(next) : "") + text.slice(at + marked(old).length);
  const bare = text.indexOf(`\n${old.text}\n`);
  return bare < 0 ? text : `${text.slice(0, bare + 1)}${next.text}${text.slice(bare + 1 + old.text.length)}`;
}

// In HTML, for the editor.

export function signatureHtml(signature: Signature): string {
  const html = signature.html.trim() || (signature.text ? htmlOfText(signature.text) : "");
  return html ? `<div class="pillarbox-signature">${html}</div>` : "";
}

const EMPTY = "<div><br></div>";

export function newHtml(signature: Signature): string {
  const signed = signatureHtml(signature);
  return signed ? EMPTY + EMPTY + signed : EMPTY;
}

export function replyHtml(quoted: Quoted, signature: Signature): string {
  const signed = signatureHtml(signature);
  const body = quoted.html ?? htmlOfText(quoted.text);
  return `${EMPTY}${EMPTY}${signed ? signed + EMPTY : ""}<div class="pillarbox-attribution">${escaped(quoted.attribution)}</div><blockquote type="cite">${body}</blockquote>${EMPTY}`;
}

export function forwardHtml(forwarded: Forwarded, signature: Signature): string {
  const signed = signatureHtml(signature);
  const head = forwarded.lines.map(([name, value]) => `<div><b>${escaped(name)}:</b> ${escaped(value)}</div>`).join("");
  const body = forwarded.html ?? htmlOfText(forwarded.text);
  return `${EMPTY}${EMPTY}${signed ? signed + EMPTY : ""}<div class="pillarbox-forwarded"><div>---------- ${escaped(forwarded.title)} ----------</div>${head}</div>${EMPTY}${body}`;
}

const URL = /\b(?:https?:\/\/|www\.)[^\s<>"]+[^\s<>"'.,;:!?)\]}]|\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b/g;
const MOST_DEPTH = 20;

/** Plain text as HTML: a line a block, what is quoted in blockquotes, addresses as links. */
export function htmlOfText(text: string): string {
  let out = "";
  let depth = 0;
  for (const line of text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n")) {
    const marks = /^(?:> ?)*/.exec(line)?.[0] ?? "";
    const deep = Math.min(MOST_DEPTH, marks.replaceAll(" ", "").length);
    for (; depth < deep; depth++) out += '<blockquote type="cite">';
    for (; depth > deep; depth--) out += "</blockquote>";
    const rest = line.slice(marks.length);
    out += `<div>${rest.trim() ? spaced(linked(rest)) : "<br>"}</div>`;
  }
  for (; depth > 0; depth--) out += "</blockquote>";
  return out;
}

function linked(text: string): string {
  let out = "";
  let from = 0;
  for (const found of text.matchAll(URL)) {
    const url = found[0];
    out += escaped(text.slice(from, found.index));
    const href = url.includes("://") ? url : url.startsWith("www.") ? `https://${url}` : `mailto:${url}`;
    out += `<a href="${escaped(href)}">${escaped(url)}</a>`;
    from = found.index + url.length;
  }
  return out + escaped(text.slice(from));
}

/** Spaces that would collapse. */
function spaced(html: string): string {
  return html.replace(
    /^ +| {2,}(?![^<]*>)/g,
    (spaces) => "&nbsp;".repeat(spaces.length - 1) + (spaces.length > 1 ? " " : "&nbsp;"),
  );
}
