/** The frame in which strangers' HTML is shown: no script, no network, and nothing of the page around it. */

import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { press } from "../keys";
import { confirm } from "../parts/dialog";
import { foldLinks, isDeaf, keepFocus } from "./deaf";
import { fill, type Page, resize } from "./reader_page";
import { heldOf, LEADS, sizeOf } from "./sanitize";
import { writeTo } from "./write";

export interface FrameProps extends Omit<Page, "look"> {
  /** Whose message it is, for whoever hears it. */
  readonly title: string;
}

/** No allow-scripts, for ever. */
const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
const READER = "/mail/reader";
/** Links that this page follows itself. */
const FOLLOWED = `a[href^="mailto:" i], a[href][${LEADS}]`;

export function Frame({ title, ...page }: FrameProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const isLoaded = useRef(false);
  const put = () => {
    const element = frame.current;
    if (element === null || !isLoaded.current) return;
    fill(element, { ...page, look: lookOf(element) });
    const inside = element.contentDocument;
    if (inside && isDeaf(inside)) foldLinks(inside.querySelectorAll(FOLLOWED), lead);
    resize(element);
  };
  useEffect(put, [page.html, page.dark, page.isCleaned, page.foldLabel]);
  useEffect(() => {
    const element = frame.current as HTMLIFrameElement;
    const watcher = new ResizeObserver(() => resize(element));
    const shown = new AbortController();
    const loaded = () => {
      if (!isLoaded.current && element.contentDocument && isDeaf(element.contentDocument)) keepFocus(element, shown.signal);
      isLoaded.current = true;
      listen(element);
      put();
      const root = element.contentDocument?.body;
      if (root) watcher.observe(root);
    };
    watcher.observe(element.parentElement as Element);
    element.addEventListener("load", loaded);
    element.src = READER;
    return () => {
      shown.abort();
      watcher.disconnect();
      element.removeEventListener("load", loaded);
    };
  }, []);
  return (
    <iframe
      class="reading-frame"
      ref={frame}
      title={title}
      sandbox={SANDBOX}
      referrerpolicy="no-referrer"
      data-dark={page.dark || undefined}
    />
  );
}

function lookOf(element: Element): Page["look"] {
  const style = getComputedStyle(element);
  return { colour: style.color, link: style.outlineColor, line: style.borderTopColor };
}

/** Links and keys of the frame's document: it has no script of its own that could stop them. */
function listen(element: HTMLIFrameElement): void {
  const inside = element.contentDocument;
  if (inside === null) return;
  inside.addEventListener("keydown", press);
  inside.addEventListener("click", (event) => follow(event, inside));
  inside.addEventListener("auxclick", (event) => follow(event, inside));
  inside.addEventListener("submit", (event) => event.preventDefault());
  inside.addEventListener("toggle", () => resize(element), true);
  inside.addEventListener("load", () => resize(element), true);
  inside.addEventListener(
    "error",
    (event) => {
      lacking(event.target as Element);
      resize(element);
    },
    true,
  );
  // what is dragged within the text is no file of the page's
  inside.addEventListener("drop", (event) => event.preventDefault());
}

/** A picture that could not be had: in its place stands what does where it is held back. */
function lacking(picture: Element): void {
  if (picture.localName !== "img") return;
  const held = heldOf(picture);
  held.setAttribute("style", `${sizeOf(picture)}${picture.getAttribute("style") ?? ""}`);
  picture.replaceWith(held);
}

function follow(event: MouseEvent, inside: Document): void {
  const target = event.target as Node | null;
  const start = target?.nodeType === 1 ? (target as Element) : target?.parentElement;
  const link = start?.closest("a[href]");
  const href = link?.getAttribute("href") ?? "";
  if (!link || href === "") return;
  if (href.startsWith("#")) {
    event.preventDefault();
    inside.getElementById(href.slice(1))?.scrollIntoView({ block: "start", behavior: "smooth" });
  } else if (link.matches(FOLLOWED)) {
    event.preventDefault();
    lead(link, href);
  }
}

function lead(link: Element, href: string): void {
  void (/^mailto:/i.test(href) ? writeTo(href) : askToFollow(href, link.textContent?.trim() ?? ""));
}

/** A link that says one place and leads to another: the person decides, and sees both. */
export async function askToFollow(href: string, said: string): Promise<void> {
  const host = new URL(href).hostname;
  const isWanted = await confirm({
    title: t("reading.leadsElsewhere"),
    text: t("reading.leadsElsewhereMore", { said: said.slice(0, 120), host }),
    yes: t("reading.openAnyway", { host }),
    isDangerous: true,
  });
  if (isWanted) window.open(href, "_blank", "noopener,noreferrer");
}
