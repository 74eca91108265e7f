/** What is put into the frame of a message, and how it is made to fit. */

import type { WindowLike } from "dompurify";
import { DEAF_CSS } from "./deaf";
import { FOLD, foldQuotes } from "./quotes";
import { type Cleaned, clean, HELD, LEADS } from "./sanitize";

export interface Page {
  readonly html: string;
  /** Turned for a dark page. */
  readonly dark: boolean;
  /** Our server has cleaned it, and brings its pictures. */
  readonly isCleaned: boolean;
  /** What the fold of a quote says; null: quotes stay open. */
  readonly foldLabel: string | null;
  /** How the text of the page around it looks. */
  readonly look: { readonly colour: string; readonly link: string; readonly line: string };
}

/** Whatever a message says, it becomes no longer than this. */
const HIGHEST = 60_000;
/** Smaller than that nobody can read it: then one scrolls sideways. */
const LEAST_ZOOM = 0.55;
/** Below this width a message is laid out as for a phone. */
const WIDE = 620;
const ROOT = "pb-root";
const NARROW = "pb-narrow";
const FLUID = "pb-fluid";
/** The third wall once more, should the server's header be lost on its way. */
const POLICY = "default-src 'none'; img-src 'self' data: blob:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

const BEFORE = `
html{background:transparent;overflow:hidden;-webkit-text-size-adjust:100%}
body{margin:0;overflow-x:auto;overflow-y:hidden;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}
#${ROOT}{display:flow-root;padding:1px 0}
img{max-width:100%}
img[src]{height:auto}
blockquote{margin:.6em 0;padding-inline-start:1em;border-inline-start:3px solid var(--line)}
pre{white-space:pre-wrap}
a{color:var(--link)}
`;
const AFTER = `
.${HELD}{display:inline-block;vertical-align:middle;box-sizing:border-box;max-width:100%;min-width:12px;min-height:12px;padding:0 4px;overflow:hidden;border:1px dashed var(--line);border-radius:4px;color:inherit;font:12px/1.5 system-ui;text-align:start;text-overflow:ellipsis;opacity:.75}
a[${LEADS}]::after{content:" (\\2192  " attr(${LEADS}) ")"!important;color:#b3261e!important;background:#fff!important;font:600 12px system-ui!important;display:inline!important;visibility:visible!important}
.${NARROW} .${FLUID}{width:auto!important;min-width:0!important;max-width:100%!important}
.${NARROW} .${HELD}{width:auto!important}
.${FOLD}{margin-top:.8em}
.${FOLD}>summary{display:inline-block!important;list-style:none;cursor:pointer;padding:2px 10px;border-radius:9px;border:1px solid var(--line);font:500 12px/1.5 system-ui;color:inherit;user-select:none}
.${FOLD}>summary::-webkit-details-marker{display:none}
.${FOLD}>summary:focus-visible{outline:2px solid var(--link)}
.${FOLD}[open]>summary{margin-bottom:.8em}
${DEAF_CSS}`;

/** Cleans the message with the frame's own parser and puts it there, instead of what was there. */
export function fill(frame: HTMLIFrameElement, page: Page): void {
  const inside = frame.contentDocument;
  const realm = frame.contentWindow as unknown as WindowLike | null;
  if (inside === null || realm === null || inside.body === null) return;
  const wishes = { dark: page.dark, origin: location.origin, pictures: page.isCleaned };
  const cleaned = clean(page.html, wishes, realm);
  dress(inside, page, cleaned);
  const root = inside.createElement("div");
  root.id = ROOT;
  root.append(cleaned.nodes);
  inside.body.replaceChildren(root);
  for (const [element, style] of cleaned.styles) element.setAttribute("style", style);
  root.setAttribute("style", cleaned.bodyStyle);
  if (page.foldLabel !== null) foldQuotes(root, page.foldLabel);
}

function dress(inside: Document, page: Page, cleaned: Cleaned): void {
  const policy = inside.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = POLICY;
  const styles = [BEFORE, cleaned.sheet, AFTER].map((css) => {
    const style = inside.createElement("style");
    style.textContent = css;
    return style;
  });
  inside.head.replaceChildren(policy, ...styles);
  const { style } = inside.documentElement;
  style.colorScheme = page.dark ? "dark" : "light";
  style.setProperty("--line", page.dark ? page.look.line : "#c8ccd4");
  style.setProperty("--link", page.dark ? page.look.link : "#1a56c4");
  style.color = page.dark ? page.look.colour : "#1d2026";
}

/** Gives the frame the height of what is in it, and makes narrower what is too wide. Answers the height. */
export function resize(frame: HTMLIFrameElement): number {
  const inside = frame.contentDocument;
  const root = inside?.getElementById(ROOT);
  if (!inside || !root) return 0;
  const have = inside.body.clientWidth;
  const zoom = zoomOf(root, have);
  const isStillWide = zoom === LEAST_ZOOM && root.scrollWidth * zoom > have + 1;
  const height = Math.min(HIGHEST, Math.ceil(root.getBoundingClientRect().height) + (isStillWide ? 18 : 0));
  frame.style.blockSize = `${height}px`;
  inside.body.style.overflowY = height === HIGHEST ? "auto" : "hidden";
  return height;
}

/** First what was given a width gives way, as on a phone a newsletter must; what is wide by itself is drawn smaller. */
function zoomOf(root: HTMLElement, have: number): number {
  root.style.setProperty("zoom", "1");
  root.classList.remove(NARROW);
  if (have <= 0 || root.scrollWidth <= have + 1) return 1;
  if (have < WIDE) {
    for (const element of root.querySelectorAll<HTMLElement>("table, tbody, tr, td, th, div, center")) {
      if (element.offsetWidth > have) element.classList.add(FLUID);
    }
    root.classList.add(NARROW);
  }
  const need = root.scrollWidth;
  const zoom = need > have + 1 ? Math.max(LEAST_ZOOM, have / need) : 1;
  if (zoom < 1) root.style.setProperty("zoom", String(zoom));
  return zoom;
}
