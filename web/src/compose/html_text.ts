/** A letter in HTML as plain text: for the part that every mail program can show. */

const SKIPPED = new Set(["STYLE", "SCRIPT", "HEAD", "TITLE", "TEMPLATE", "NOSCRIPT", "OBJECT", "SVG", "MATH", "IFRAME"]);
const BLOCKS = new Set(
  `ADDRESS ARTICLE ASIDE BODY CENTER DIV FIELDSET FIGURE FIGCAPTION FOOTER FORM HEADER HTML MAIN NAV SECTION TABLE TBODY THEAD
  TFOOT TR CAPTION DT`.split(/\s+/),
);
const SPACED = new Set(["P", "H1", "H2", "H3", "H4", "H5", "H6", "DL", "PRE"]);
const RULE = "-".repeat(40);

/** Lines as they grow: collapses spaces, keeps blank lines apart, puts "> " before what is quoted. */
class Lines {
  private readonly lines: string[] = [];
  private line = "";
  private wantsSpace = false;
  private wantsBlank = false;
  /** How deep a quotation the blank line is in. */
  private blankQuotes = 0;
  /** Nothing has been said yet in what has just begun: no blank line there. */
  private isFresh = false;
  private marker = "";
  quotes = 0;
  indent = 0;
  isPre = false;

  text(text: string): void {
    const clean = text.replace(/[\u200b\ufeff\u00ad]/g, "");
    if (this.isPre) this.verbatim(clean);
    else this.words(clean);
  }

  private words(clean: string): void {
    for (const [index, word] of clean.split(/[ \t\r\n\f]+/).entries()) {
      if (index > 0) this.wantsSpace = true;
      if (word) this.word(word);
    }
  }

  private word(word: string): void {
    if (this.wantsSpace && this.line) this.line += " ";
    this.wantsSpace = false;
    this.line += word.replaceAll("\u00a0", " ");
  }

  private verbatim(text: string): void {
    for (const [index, line] of text.replace(/\r\n?/g, "\n").split("\n").entries()) {
      if (index > 0) this.end();
      this.line += line;
    }
  }

  /** A line of its own begins here. */
  block(isSpaced = false): void {
    if (this.line) this.end();
    this.wantsSpace = false;
    if (!isSpaced || this.isFresh) return;
    this.blankQuotes = this.wantsBlank ? Math.min(this.blankQuotes, this.quotes) : this.quotes;
    this.wantsBlank = true;
  }

  /** The line is over, empty or not. */
  end(): void {
    if (this.wantsBlank && (this.line || this.marker) && this.lines.length && this.lastIsText())
      this.lines.push(prefix(Math.min(this.blankQuotes, this.quotes)).trimEnd());
    this.wantsBlank = false;
    this.isFresh = false;
    const indent = " ".repeat(Math.max(0, this.indent - this.marker.length));
    const line = this.line.trim() || this.marker ? indent + this.marker + this.line : "";
    this.lines.push((prefix(this.quotes) + line).replace(/[ \t]+$/, (end) => (line === "-- " ? " " : end && "")));
    this.line = "";
    this.marker = "";
    this.wantsSpace = false;
  }

  cell(): void {
    if (this.line) this.line += "\t";
    this.wantsSpace = false;
  }

  mark(marker: string): void {
    this.block();
    this.marker = marker;
  }

  /** An item without text shows its mark all the same. */
  endItem(): void {
    if (this.line || this.marker) this.end();
  }

  forget(): void {
    this.wantsBlank = false;
  }

  begin(): void {
    this.isFresh = true;
  }

  private lastIsText(): boolean {
    return /[^>\s]/.test(this.lines[this.lines.length - 1] ?? "");
  }

  done(): string {
    this.block();
    const text = this.lines
      .join("\n")
      .replace(/^(?:[ \t]*\n)+/, "")
      .replace(/\s+$/, "");
    return text ? `${text}\n` : "";
  }
}

function prefix(quotes: number): string {
  return quotes ? `${">".repeat(quotes)} ` : "";
}

/** As text. The signature, marked by its class, gets the line "-- " before it (RFC 3676 §4.3). */
export function textOf(root: Node): string {
  const out = new Lines();
  walk(root, out);
  return out.done();
}

function walk(node: Node, out: Lines): void {
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.nodeType === 3) out.text(child.nodeValue ?? "");
    else if (child.nodeType === 1) element(child as Element, out);
  }
}

function element(node: Element, out: Lines): void {
  const name = node.nodeName.toUpperCase();
  if (SKIPPED.has(name) || isHidden(node)) return;
  if (name === "BR") out.end();
  else if (name === "HR") rule(out);
  else if (name === "IMG") picture(node, out);
  else if (name === "A") link(node, out);
  else if (name === "BLOCKQUOTE") quote(node, out);
  else if (name === "UL" || name === "OL") list(node, out);
  else if (name === "PRE") pre(node, out);
  else if (name === "TD" || name === "TH") cell(node, out);
  else if (name === "DD") indented(node, out, 4);
  else if (SPACED.has(name)) spaced(node, out);
  else if (BLOCKS.has(name)) block(node, out);
  else walk(node, out);
}

function isHidden(node: Element): boolean {
  const style = node.getAttribute("style") ?? "";
  return node.hasAttribute("hidden") || /(?:^|;)\s*(?:display\s*:\s*none|mso-hide\s*:\s*all)/i.test(style);
}

function block(node: Element, out: Lines): void {
  out.block();
  if (node.classList.contains("pillarbox-signature")) {
    out.block(true);
    // with something quoted below, all of that would count as the signature
    if (!node.parentElement?.querySelector("blockquote, .pillarbox-forwarded")) {
      out.text("--\u00a0");
      out.end();
    }
  }
  walk(node, out);
  out.block();
}

function spaced(node: Element, out: Lines): void {
  out.block(true);
  walk(node, out);
  out.block(true);
}

function pre(node: Element, out: Lines): void {
  out.block(true);
  const before = out.isPre;
  out.isPre = true;
  walk(node, out);
  out.isPre = before;
  out.block(true);
}

function rule(out: Lines): void {
  out.block(true);
  out.text(RULE);
  out.block(true);
}

function picture(node: Element, out: Lines): void {
  const alt = node.getAttribute("alt")?.trim();
  if (alt) out.text(` [${alt}] `);
}

function link(node: Element, out: Lines): void {
  walk(node, out);
  const url = node.getAttribute("href")?.trim() ?? "";
  const text = (node.textContent ?? "").trim();
  const plain = (href: string) =>
    href
      .replace(/^(?:https?:\/\/|mailto:|tel:)/i, "")
      .replace(/\/$/, "")
      .toLowerCase();
  if (!text || !/^(?:https?|mailto|tel):/i.test(url) || plain(url) === plain(text)) return;
  out.text(` <${url.replace(/^(?:mailto|tel):/i, "")}>`);
}

function quote(node: Element, out: Lines): void {
  out.block();
  // what was quoted follows its "… wrote:" at once
  if (node.previousElementSibling?.classList.contains("pillarbox-attribution")) out.forget();
  else out.block(true);
  out.quotes++;
  const before = out.indent;
  out.indent = 0;
  out.begin();
  walk(node, out);
  out.block();
  out.forget();
  out.indent = before;
  out.quotes--;
  out.block(true);
}

function list(node: Element, out: Lines): void {
  const isInner = out.indent > 0;
  out.block(!isInner);
  const start = Number.parseInt(node.getAttribute("start") ?? "1", 10) || 1;
  let number = start;
  for (const item of node.children) {
    const marker = node.nodeName.toUpperCase() === "OL" ? `${number}. ` : "- ";
    if (item.nodeName.toUpperCase() !== "LI") {
      element(item, out);
      continue;
    }
    number++;
    out.indent += marker.length;
    out.mark(marker);
    walk(item, out);
    out.endItem();
    out.forget();
    out.indent -= marker.length;
  }
  out.block(!isInner);
}

function indented(node: Element, out: Lines, by: number): void {
  out.block();
  out.indent += by;
  walk(node, out);
  out.block();
  out.indent -= by;
}

const WITH_BLOCKS = "div,p,table,ul,ol,blockquote,h1,h2,h3,h4,pre,br";

function cell(node: Element, out: Lines): void {
  if (node.querySelector(WITH_BLOCKS)) block(node, out);
  else {
    out.cell();
    walk(node, out);
  }
}
