/** What the editor holds, as the HTML of a letter: styles where other programs look for them, pictures by Content-ID, nothing of the editor's own. */

const BLOCK = /^(?:DIV|P|UL|OL|LI|BLOCKQUOTE|TABLE|THEAD|TBODY|TR|TD|H[1-6]|PRE)$/;
const VOID = new Set(["BR", "HR", "IMG", "COL", "WBR"]);
const KEPT = new Set(
  "href alt title width height align valign bgcolor border cellpadding cellspacing colspan rowspan start type dir lang color size face cite".split(
    " ",
  ),
);
/** Looks that every program should show, whatever its own style sheet says. */
export const LOOKS: Readonly<Record<string, string>> = {
  BLOCKQUOTE: "margin: 0 0 0 0.8ex; border-left: 2px solid #ccc; padding-left: 1ex",
  PRE: "white-space: pre-wrap; font-family: monospace",
};
const CLASSES = new Set(["pillarbox-signature", "pillarbox-attribution", "pillarbox-forwarded"]);

/** The whole document of the part text/html. */
export function documentOf(root: Element): string {
  const dir = root.getAttribute("dir");
  return `<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body${dir && dir !== "auto" ? ` dir="${escaped(dir)}"` : ""}>${htmlOf(root)}</body></html>\n`;
}

/** What is inside. */
export function htmlOf(root: Node): string {
  let out = "";
  for (let child = root.firstChild; child; child = child.nextSibling) {
    if (child.nodeType === 3) out += isLayout(child) ? "" : escaped((child.nodeValue ?? "").replaceAll("\u200b", ""));
    else if (child.nodeType === 1) out += elementOf(child as Element);
  }
  return out;
}

/** The line ends that we put between blocks ourselves. */
function isLayout(text: Node): boolean {
  if (!/^\s*\n\s*$/.test(text.nodeValue ?? "") || text.parentElement?.closest("pre")) return false;
  return [text.previousSibling, text.nextSibling].some((each) => each !== null && BLOCK.test(each.nodeName));
}

function elementOf(element: Element): string {
  const name = element.nodeName;
  if (element.classList.contains("squire-image-resize-container")) return "";
  const tag = name.toLowerCase();
  const attributes = attributesOf(element);
  // two that touch must not run into each other on one long line: some servers on the way cut lines
  const end = BLOCK.test(name) ? "\n" : "";
  if (VOID.has(name)) return `<${tag}${attributes}>`;
  if (name === "SPAN" && !attributes) return htmlOf(element);
  return `<${tag}${attributes}>${htmlOf(element)}</${tag}>${element.closest("pre") && name !== "PRE" ? "" : end}`;
}

function attributesOf(element: Element): string {
  let out = "";
  for (const { name, value } of element.attributes) if (KEPT.has(name)) out += ` ${name}="${escaped(value)}"`;
  const classes = [...element.classList].filter((each) => CLASSES.has(each)).join(" ");
  if (classes) out += ` class="${classes}"`;
  if (element.nodeName === "BLOCKQUOTE" && element.getAttribute("type") === null) out += ' type="cite"';
  if (element.nodeName === "IMG") out += sourceOf(element);
  const style = element.getAttribute("data-style") || LOOKS[element.nodeName];
  if (style) out += ` style="${escaped(style)}"`;
  return out;
}

function sourceOf(element: Element): string {
  const cid = element.getAttribute("data-cid");
  if (cid) return ` src="cid:${escaped(cid)}"`;
  const src = element.getAttribute("data-src") ?? element.getAttribute("src") ?? "";
  return /^(?:https?:|data:image\/)/i.test(src) ? ` src="${escaped(src)}"` : "";
}

/** The Content-IDs of the pictures that are shown in it. */
export function picturesIn(root: Element): Set<string> {
  return new Set([...root.querySelectorAll("img[data-cid]")].map((each) => each.getAttribute("data-cid") ?? ""));
}

export function escaped(text: string): string {
  return text.replace(/[&<>"\u00a0]/g, (char) => ESCAPES[char] ?? char);
}
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\u00a0": "&nbsp;" };
