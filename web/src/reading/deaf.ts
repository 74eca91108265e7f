/**
 * WebKit calls no listener within a frame whose scripts are off, though it is the page around it that listens. Observers it does
 * call: there a link that this page has to hear of is the head of a fold, which opens without anybody's help, and that is seen.
 */

const LINK = "pb-link";
const HEARD = "pb-heard";
/** Milliseconds between two looks at where the focus is. */
const PACE = 150;

/** Folds and links without an address look as links do. */
export const DEAF_CSS = `
.${LINK},.${LINK}>summary{display:inline!important;list-style:none}
.${LINK}::details-content{display:none!important}
.${LINK}>summary::-webkit-details-marker{display:none}
.${LINK} a{cursor:pointer;text-decoration:underline}
`;

/** Whether nobody would hear of what happens in there. */
export function isDeaf(inside: Document): boolean {
  let isHeard = false;
  const hear = () => {
    isHeard = true;
  };
  inside.addEventListener(HEARD, hear, { once: true });
  inside.dispatchEvent(new Event(HEARD));
  return !isHeard;
}

/** Has these links lead nowhere by themselves: `follow` is told where to when one is clicked, or Enter pressed on it. */
export function foldLinks(links: Iterable<Element>, follow: (link: Element, href: string) => void): void {
  for (const link of links) {
    const href = link.getAttribute("href") ?? "";
    const fold = link.ownerDocument.createElement("details");
    const head = link.ownerDocument.createElement("summary");
    fold.className = LINK;
    head.setAttribute("role", "link");
    link.removeAttribute("href");
    link.replaceWith(fold);
    head.append(link);
    fold.append(head);
    new MutationObserver(() => {
      if (!fold.open) return;
      fold.open = false;
      head.blur();
      follow(link, href);
    }).observe(fold, { attributeFilter: ["open"] });
  }
}

/** Keys pressed in there would reach nobody: the focus comes back, unless something is marked there or has been gone to by Tab. */
export function keepFocus(frame: HTMLIFrameElement, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const inside = frame.contentDocument;
    // the element that is active may still be one out here
    if (signal.aborted || !inside?.hasFocus()) return;
    const isInUse = inside.querySelector(":active, :focus-visible") !== null || inside.getSelection()?.isCollapsed === false;
    if (isInUse) timer = setTimeout(look, PACE);
    else focus();
  };
  const left = () => {
    clearTimeout(timer);
    // where the focus goes to is known when it has gone
    timer = setTimeout(look, PACE);
  };
  addEventListener("blur", left, { signal });
}
