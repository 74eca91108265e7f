/**
 * HTML of strangers, cleaned once more in the browser.
 *
 * The server has cleaned it already; this is the second of three walls, and trusts nothing of the first. The third is
 * the frame it is shown in, which runs no script and asks nobody for anything. What comes out is nodes, never text
 * again, so that nothing can be read otherwise the second time.
 */

import createCleaner, { type DOMPurify as DOMPurifyType, type WindowLike } from "dompurify";
import { colourOfAttribute, cssOf, darkened, type Use } from "./colours";
import { cleanDeclarations, cleanSheet, MOST_CSS, type Sight } from "./css";
import { elsewhere, linkOf } from "./links";

export interface Cleaned {
  readonly nodes: DocumentFragment;
  /** The message's own rules, clean; to be put into a style element of the frame. */
  readonly sheet: string;
  /** Clean style attributes, which are set only where the policy of the frame is in force. */
  readonly styles: ReadonlyMap<Element, string>;
  /** What stood on the body itself. */
  readonly bodyStyle: string;
  /** Pictures left out because they are neither in the message nor brought by our own server. */
  readonly dropped: number;
}

export interface Wishes {
  readonly dark: boolean;
  /** Our own origin: pictures come from nowhere else. */
  readonly origin: string;
  /** A message in a message was cleaned by nobody before: it gets no pictures at all. */
  readonly pictures: boolean;
}

/** Ids and names of strangers begin with this: none can pass for a property of a document or one of ours. */
export const PREFIX = "user-content-";
/** What stands in the place of a picture that is not shown. */
export const HELD = "pb-held";
/** Where a link leads when its text says another place: shown beside it. */
export const LEADS = "data-pb-leads";

const TAGS = `a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
  details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p
  pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul
  var wbr`.split(/\s+/);
const ATTRIBUTES = `abbr align alt bgcolor border cellpadding cellspacing class color colspan cols datetime dir face
  height href hspace id lang name nowrap reversed role rowspan scope size span src start style title type valign value
  vspace width`.split(/\s+/);
/** Gone with all they hold, not only their tags. */
const WITH_CONTENT = `annotation-xml applet audio base canvas dialog embed fencedframe frame
  frameset head iframe input link math meta noembed noframes noscript object option param plaintext portal script select
  slot source style svg template textarea title track video xmp`.split(/\s+/);
const HARMLESS_PICTURE = /^data:image\/(?:png|gif|jpe?g|webp|bmp|avif);base64,[A-Za-z0-9+/=\s]*$/i;
const OUR_PICTURES = /^\/(?:picture\?|picture\/|jmap\/download\/)/;
const COLOURED: Readonly<Record<string, Use>> = { bgcolor: "ground", color: "text", bordercolor: "line" };

/** One cleaning: what its hooks gather. */
interface Run {
  readonly wishes: Wishes;
  readonly sheets: string[];
  bodyStyle: string;
  dropped: number;
}
let run: Run | null = null;
const cleaners = new WeakMap<object, DOMPurifyType>();

/**
 * Cleans with the parser of `realm`, a window: within the frame's own, style attributes are read under its policy and
 * not refused (and told of, one by one) under the page's.
 */
export function clean(html: string, wishes: Wishes, realm: WindowLike = window): Cleaned {
  const cleaner = cleanerOf(realm);
  run = { wishes, sheets: [], bodyStyle: "", dropped: 0 };
  try {
    const nodes = cleaner.sanitize(html, {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ATTRIBUTES,
      ALLOW_ARIA_ATTR: false,
      ALLOW_DATA_ATTR: false,
      ALLOW_UNKNOWN_PROTOCOLS: false,
      ALLOWED_NAMESPACES: ["http://www.w3.org/1999/xhtml"],
      ADD_DATA_URI_TAGS: [],
      ADD_URI_SAFE_ATTR: ["style"],
      FORBID_CONTENTS: WITH_CONTENT,
      SANITIZE_DOM: true,
      SANITIZE_NAMED_PROPS: true,
      KEEP_CONTENT: true,
      FORCE_BODY: true,
      RETURN_DOM_FRAGMENT: true,
    });
    return finished(nodes, run);
  } finally {
    run = null;
  }
}

function cleanerOf(realm: WindowLike): DOMPurifyType {
  const known = cleaners.get(realm);
  if (known !== undefined) return known;
  const made = realm === window ? createCleaner : createCleaner(realm);
  made.addHook("uponSanitizeElement", (node, data) => {
    if (run === null) return;
    if (data.tagName === "style" && room(run) > 0) run.sheets.push((node.textContent ?? "").slice(0, room(run)));
    if (data.tagName === "body") run.bodyStyle ||= styleOfBody(node as Element);
  });
  cleaners.set(realm, made);
  return made;
}

function room(now: Run): number {
  return MOST_CSS - now.sheets.reduce((sum, sheet) => sum + sheet.length, 0);
}

/** A dark newsletter says so on its body; without that its white text would stand on white. */
function styleOfBody(body: Element): string {
  const ground = colourOfAttribute(body.getAttribute("bgcolor") ?? "");
  const text = colourOfAttribute(body.getAttribute("text") ?? "");
  const ofAttributes = `${ground ? `background-color:${cssOf(ground)};` : ""}${text ? `color:${cssOf(text)};` : ""}`;
  return ofAttributes + (body.getAttribute("style") ?? "");
}

function finished(nodes: DocumentFragment, now: Run): Cleaned {
  const sheet = now.sheets.join("\n");
  const { dark } = now.wishes;
  const sight: Sight = { darken: dark, scheme: dark ? "dark" : "light", isPicture: (url) => isOurs(url, now.wishes) };
  const styles = new Map<Element, string>();
  for (const element of nodes.querySelectorAll("*")) {
    const style = element.getAttribute("style");
    if (style !== null) {
      element.removeAttribute("style");
      const clean_ = cleanDeclarations(style, sight);
      if (clean_ !== "") styles.set(element, clean_);
    }
    finishElement(element, now);
  }
  for (const picture of nodes.querySelectorAll("img:not([src])")) {
    const style = styles.get(picture) ?? "";
    styles.delete(picture);
    const held = heldOf(picture);
    styles.set(held, `${sizeOf(picture)}${style}`);
    picture.replaceWith(held);
  }
  return {
    nodes,
    sheet: cleanSheet(sheet, sight, PREFIX),
    styles,
    bodyStyle: cleanDeclarations(now.bodyStyle, sight),
    dropped: now.dropped,
  };
}

function finishElement(element: Element, now: Run): void {
  if (element.localName === "a") finishLink(element);
  else element.removeAttribute("href");
  if (element.localName === "img") finishPicture(element, now);
  else element.removeAttribute("src");
  if (element.hasAttribute("role") && !/^(?:presentation|none)$/i.test(element.getAttribute("role") ?? "")) {
    element.removeAttribute("role"); // a stranger's text must not be read out as if it were our page
  }
  if (element.localName === "details") element.removeAttribute("name");
  if (now.wishes.dark) recolour(element);
}

function finishLink(element: Element): void {
  const link = linkOf(element.getAttribute("href") ?? "");
  element.removeAttribute("href");
  element.removeAttribute("name");
  if (link === null) return;
  if (link.kind === "within") {
    element.setAttribute("href", `#${PREFIX}${link.id}`);
    return;
  }
  element.setAttribute("href", link.url);
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer nofollow");
  element.setAttribute("title", link.kind === "mail" ? link.to : link.url);
  const host = elsewhere(link, element.textContent ?? "");
  if (host !== null) element.setAttribute(LEADS, host);
}

function finishPicture(element: Element, now: Run): void {
  const source = element.getAttribute("src");
  if (source === null || isOurs(source, now.wishes)) {
    element.setAttribute("referrerpolicy", "no-referrer");
    element.setAttribute("decoding", "async");
    return;
  }
  element.removeAttribute("src");
  now.dropped += 1;
}

/** Stands in the place of a picture that is not shown, as large as that would be, with the words that stand for it. */
export function heldOf(picture: Element): HTMLElement {
  const held = picture.ownerDocument.createElement("span");
  held.className = `${HELD} ${picture.className}`.trim();
  held.textContent = picture.getAttribute("alt")?.trim() ?? "";
  return held;
}

/** The size that a picture's attributes give it, as declarations. */
export function sizeOf(picture: Element): string {
  return ["width", "height"].map((name) => lengthOf(name, picture.getAttribute(name)?.trim() ?? "")).join("");
}

function lengthOf(name: string, said: string): string {
  if (/^\d{1,4}(?:px)?$/.test(said)) return `${name}:${Number.parseInt(said, 10)}px;`;
  return /^\d{1,3}%$/.test(said) && name === "width" ? `${name}:${said};` : "";
}

/** Whether a picture may be asked for: one in the text itself, or one our own server brings. */
export function isOurs(source: string, wishes: Pick<Wishes, "origin" | "pictures">): boolean {
  if (!wishes.pictures) return false;
  if (/^data:/i.test(source.trim())) return HARMLESS_PICTURE.test(source.trim());
  try {
    const url = new URL(source, wishes.origin);
    return url.origin === wishes.origin && OUR_PICTURES.test(url.pathname + url.search) && url.username === "";
  } catch {
    return false;
  }
}

function recolour(element: Element): void {
  for (const [name, use] of Object.entries(COLOURED)) {
    const colour = colourOfAttribute(element.getAttribute(name) ?? "");
    if (colour !== null) element.setAttribute(name, cssOf(darkened(colour, use)));
  }
}
