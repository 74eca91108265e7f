/** HTML that comes into the editor from outside: pasted, quoted, or of a draft written elsewhere. Nothing in it runs, loads or covers anything. */

import DOMPurify from "dompurify";
import { cleanStyle, styleOf } from "./styles";
import { LOOKS } from "./written";

const TAGS =
  `a abbr address article b big blockquote br caption center cite code col colgroup dd del div dl dt em font footer h1 h2 h3
  h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small span strike strong sub sup table tbody td tfoot th
  thead tr tt u ul var wbr`.split(/\s+/);
const ATTRIBUTES =
  `href src alt title width height align valign bgcolor border cellpadding cellspacing colspan rowspan start type
  dir lang style class color face size cite data-style data-cid data-src`.split(/\s+/);
/** Classes that mean something to us or to the editor. */
const CLASSES = new Set([
  "pillarbox-signature",
  "pillarbox-attribution",
  "pillarbox-forwarded",
  "compose-colour",
  "compose-size",
]);
/** Of every attribute's value: what begins like an address begins like one of these. */
const ADDRESS =
  /^(?:(?:https?|mailto|tel|cid|blob):|data:image\/(?:png|jpeg|gif|webp|avif|bmp);base64,|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i;

export interface CleanOptions {
  /** The address that shows the picture of a Content-ID, where there is such a one. */
  readonly pictureOf?: (cid: string) => string | null;
  /** From the clipboard: what programs write there beside what one meant to copy is left out. */
  readonly isPaste?: boolean;
  /** Whose the nodes are; else this page's, which fetches pictures as soon as they are made. */
  readonly into?: Document;
}

/** Nodes for the editor. Styles are in `data-style`, remote pictures in `data-src`: none is asked for. */
export function cleanFragment(html: string, options: CleanOptions = {}): DocumentFragment {
  const fragment = DOMPurify.sanitize(silenced(html), {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOWED_URI_REGEXP: ADDRESS,
    ADD_URI_SAFE_ATTR: ["data-style"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    FORBID_CONTENTS: [
      "style",
      "script",
      "head",
      "title",
      "template",
      "noscript",
      "svg",
      "math",
      "select",
      "textarea",
      "object",
    ],
    RETURN_DOM_FRAGMENT: true,
  });
  for (const element of [...fragment.querySelectorAll("*")]) tidy(element, options);
  return (options.into ?? document).importNode(fragment, true);
}

/**
 * Style attributes, style sheets and handlers under other names, before anything parses them: the page's policy has them refused,
 * and told about, even where nodes are only made and not shown. What is missed here is merely refused.
 */
export function silenced(html: string): string {
  return withoutSheets(html).replace(/<[a-z][^<>]*>/gi, (tag) =>
    // what stands in quotes is passed over whole
    tag.replace(/"[^"]*"|'[^']*'|(?<=["'\s])(?:style|on\w+)(?=\s*=)/gi, (found) =>
      /^["']/.test(found) ? found : `data-${found}`,
    ),
  );
}

function withoutSheets(html: string): string {
  const lower = html.toLowerCase();
  // a letter that has another length in lower case would put us beside the mark
  if (lower.length !== html.length) return html;
  let out = "";
  let from = 0;
  for (let at = lower.indexOf("<style"); at >= 0; at = lower.indexOf("<style", from)) {
    const end = lower.indexOf("</style", at);
    out += html.slice(from, at);
    if (end < 0) return out;
    from = end;
  }
  return out + html.slice(from);
}

function tidy(element: Element, options: CleanOptions): void {
  const said = cleanStyle(element.getAttribute("style") ?? element.getAttribute("data-style") ?? "");
  // what we have put there ourselves, when this draft was saved
  const style = said === LOOKS[element.nodeName] ? "" : said;
  element.removeAttribute("style");
  element.removeAttribute("data-style");
  classes(element);
  if (element.nodeName === "A" && !isLink(element)) {
    unwrap(element);
    return;
  }
  if (element.nodeName === "IMG") picture(element, style, options);
  else if (options.isPaste) pasted(element, style);
  else if (element.nodeName === "FONT") ofFont(element, style);
  else if (style) element.setAttribute("data-style", style);
}

const FONT_SIZES = ["", "0.65em", "0.85em", "1em", "1.15em", "1.5em", "2em", "3em"];

/** The editor would make styles of it that the page's policy forbids. */
function ofFont(element: Element, style: string): void {
  const size = FONT_SIZES[Number.parseInt(element.getAttribute("size") ?? "", 10)];
  const face = element.getAttribute("face");
  const said = [
    `color: ${element.getAttribute("color") ?? ""}`,
    `font-family: ${face ?? ""}`,
    `font-size: ${size ?? ""}`,
    style,
  ].join("; ");
  const span = element.ownerDocument.createElement("span");
  const looks = cleanStyle(said);
  if (looks) span.setAttribute("data-style", looks);
  moveInto(span, element);
  element.replaceWith(span);
}

function classes(element: Element): void {
  const kept = [...element.classList].filter((name) => CLASSES.has(name));
  if (kept.length) element.setAttribute("class", kept.join(" "));
  else element.removeAttribute("class");
}

function isLink(element: Element): boolean {
  return /^(?:https?:|mailto:|tel:)/i.test(element.getAttribute("href") ?? "");
}

function picture(element: Element, style: string, options: CleanOptions): void {
  const src = element.getAttribute("src") ?? "";
  const cid = element.getAttribute("data-cid") ?? /^cid:(.+)$/i.exec(src)?.[1] ?? null;
  if (style) element.setAttribute("data-style", style);
  const shown = cid === null ? null : (options.pictureOf?.(cid) ?? (/^blob:/i.test(src) ? src : null));
  if (isDot(element)) element.remove();
  else if (cid !== null && shown !== null) {
    element.setAttribute("data-cid", cid);
    element.setAttribute("src", shown);
  } else if (cid !== null) element.remove();
  else if (/^https?:/i.test(src)) {
    element.setAttribute("data-src", src);
    element.removeAttribute("src");
  } else if (!/^data:/i.test(src) && !element.hasAttribute("data-src")) element.remove();
}

/** A picture that nobody is to see counts who has opened a mail; it is not passed on. */
function isDot(element: Element): boolean {
  const tiny = (name: string) => /^[01](?:px)?$/.test(element.getAttribute(name) ?? "");
  return tiny("width") && tiny("height");
}

/** What a style says of bold and so on is said by an element; of the rest only colour stays, where it is not black or white. */
function pasted(element: Element, style: string): void {
  const weight = styleOf(style, "font-weight") ?? "";
  const isBold = /^(?:bold|bolder|[6-9]00)$/.test(weight);
  // Google Docs wraps everything into <b style="font-weight: normal">
  if (element.nodeName === "B" && /^(?:normal|400)$/.test(weight)) {
    unwrap(element);
    return;
  }
  element.removeAttribute("bgcolor");
  element.removeAttribute("face");
  element.removeAttribute("size");
  if (element.nodeName === "SPAN" || element.nodeName === "FONT") {
    if (isBold) wrapInside(element, "B");
    if (styleOf(style, "font-style") === "italic") wrapInside(element, "I");
    if (/underline/.test(styleOf(style, "text-decoration") ?? styleOf(style, "text-decoration-line") ?? ""))
      wrapInside(element, "U");
    if (/line-through/.test(styleOf(style, "text-decoration") ?? "")) wrapInside(element, "S");
    unwrap(element);
    return;
  }
  const align = styleOf(style, "text-align");
  if (align === "center" || align === "right") element.setAttribute("data-style", `text-align: ${align}`);
}

function wrapInside(element: Element, name: string): void {
  const inner = element.ownerDocument.createElement(name);
  moveInto(inner, element);
  element.append(inner);
}

function unwrap(element: Element): void {
  const inside = element.ownerDocument.createDocumentFragment();
  moveInto(inside, element);
  element.replaceWith(inside);
}

/** One by one: a stranger's element may have more children than a call may have arguments. */
function moveInto(target: ParentNode & Node, source: Element): void {
  for (let child = source.firstChild; child; child = source.firstChild) target.append(child);
}
