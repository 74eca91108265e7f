/** What was quoted from earlier messages, folded away where it only trails behind the answer. */

/** The classes by which the server marks quotes: the element itself, or it and all that follows. */
const QUOTED = ".quoted, blockquote.gmail_quote, div.gmail_quote";
const QUOTED_BELOW = ".quoted-below";
export const FOLD = "pb-fold";

/**
 * Puts a trailing quote into a fold that opens without any script. Answers whether there was one.
 *
 * A quote with an answer below it stays open, since that is how the answer is meant to be read; so does one with
 * nothing above it, which is then the message itself.
 */
export function foldQuotes(root: ParentNode & Node, label: string): boolean {
  const first = firstTrailing(root);
  if (first === null || !hasBefore(first, root)) return false;
  const start = outermost(first, root);
  const fold = makeFold(start, label);
  const after = following(start, root);
  start.replaceWith(fold);
  // one by one: there may be more than a call takes
  for (const node of [start, ...after]) fold.append(node);
  return true;
}

/** The first quote behind which nothing is said but in other quotes. Goes through all there is once: there may be thousands. */
function firstTrailing(root: Node): Element | null {
  const walker = root.ownerDocument?.createTreeWalker(root, SHOW_ELEMENT | SHOW_TEXT);
  let first: Element | null = null;
  let node = walker?.nextNode() ?? null;
  while (walker && node !== null) {
    const element = node.nodeType === 1 ? (node as Element) : null;
    if (element?.matches(QUOTED_BELOW)) return first ?? element;
    if (element?.matches(QUOTED)) {
      first ??= element;
      node = behind(walker);
      continue;
    }
    if (element ? element.matches(SEEN) : SAYS.test(node.nodeValue ?? "")) first = null;
    node = walker.nextNode();
  }
  return first;
}

const SHOW_ELEMENT = 1;
const SHOW_TEXT = 4;

/** What comes after all that is in the node one is at. */
function behind(walker: TreeWalker): Node | null {
  do {
    const next = walker.nextSibling();
    if (next !== null) return next;
  } while (walker.parentNode() !== null);
  return null;
}

/** What comes after in the document, up to the end: siblings of it, and of whatever it stands in. */
function following(node: Node, root: Node): ChildNode[] {
  const found: ChildNode[] = [];
  for (let here: Node | null = node; here !== null && here !== root; here = here.parentNode) {
    for (let next = here.nextSibling; next !== null; next = next.nextSibling) found.push(next);
  }
  return found;
}

function hasBefore(node: Node, root: Node): boolean {
  for (let here: Node | null = node; here !== null && here !== root; here = here.parentNode) {
    for (let before = here.previousSibling; before !== null; before = before.previousSibling) if (says(before)) return true;
  }
  return false;
}

/** The widest element that begins with this one, so that empty frames around it do not stay behind. */
function outermost(quote: Element, root: Node): Element {
  let here: Element = quote;
  for (;;) {
    const parent: Node | null = here.parentNode;
    if (parent === null || parent === root || parent.nodeType !== 1) return here;
    if (/^(?:TBODY|THEAD|TR|TD|TH|TABLE|LI|UL|OL)$/.test(parent.nodeName)) return here;
    for (let before: Node | null = here.previousSibling; before !== null; before = before.previousSibling)
      if (says(before)) return here;
    here = parent as Element;
  }
}

const SAYS = /[^\s\u00a0\u00ad\u200b-\u200f\ufeff]/;
const SEEN = "img[src], hr";

/** Whether there is anything to see in it. */
function says(node: Node): boolean {
  if (node.nodeType === 3) return SAYS.test(node.nodeValue ?? "");
  if (node.nodeType !== 1) return false;
  const element = node as Element;
  return element.matches(SEEN) || element.querySelector("img[src]") !== null || SAYS.test(element.textContent ?? "");
}

function makeFold(beside: Element, label: string): HTMLElement {
  const page = beside.ownerDocument;
  const fold = page.createElement("details");
  fold.className = FOLD;
  const summary = page.createElement("summary");
  summary.title = label;
  const dots = page.createElement("span");
  dots.className = "pb-fold-label";
  dots.textContent = label;
  summary.append(dots);
  fold.append(summary);
  return fold;
}
