/** Where links of strangers lead, and whether they say so. Pure. */

export type Link =
  | { readonly kind: "web"; readonly url: string; readonly host: string }
  | { readonly kind: "mail"; readonly url: string; readonly to: string }
  | { readonly kind: "phone"; readonly url: string }
  | { readonly kind: "within"; readonly id: string };

/** A link that may be followed; null for every other. */
export function linkOf(href: string): Link | null {
  // what browsers strip before they look at the scheme, we strip too
  const bare = href
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g, (gap) =>
      gap === " " ? " " : "",
    )
    .trim();
  if (bare.startsWith("#")) return bare.length > 1 ? { kind: "within", id: decoded(bare.slice(1)) } : null;
  if (/^\/\//.test(bare)) return linkOf(`https:${bare}`);
  if (!/^(?:https?|mailto|tel):/i.test(bare)) return null;
  let url: URL;
  try {
    url = new URL(bare);
  } catch {
    return null;
  }
  if (url.protocol === "mailto:") return { kind: "mail", url: url.href, to: decoded(url.pathname) };
  if (url.protocol === "tel:") return { kind: "phone", url: url.href };
  if (url.host === "") return null;
  url.username = "";
  url.password = "";
  return { kind: "web", url: url.href, host: url.hostname };
}

/** The host a link's text names, if it reads like an address of a page. */
export function hostNamed(text: string): string | null {
  const bare = text.replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, "").trim();
  const found =
    /^(?:https?:\/\/)?(?:[^\s/@?#]*@)?((?:[\p{L}\p{N}-]{1,63}\.){1,10}\p{L}{2,24})(?::\d{1,5})?(?:[/?#]\S*)?$/iu.exec(bare);
  if (found?.[1] === undefined || bare.length > 2048) return null;
  if (/@/.test(bare) && !/^https?:/i.test(bare)) return null;
  try {
    return new URL(`https://${found[1]}`).hostname;
  } catch {
    return null;
  }
}

/** Where a link leads, if its text names another place than that; null for honest ones. */
export function elsewhere(link: Link, text: string): string | null {
  if (link.kind !== "web") return null;
  const named = hostNamed(text);
  if (named === null || isSamePlace(named, link.host)) return null;
  return link.host;
}

function isSamePlace(named: string, host: string): boolean {
  const [one, other] = [named, host].map((name) =>
    name
      .toLowerCase()
      .replace(/^www\./, "")
      .replace(/\.$/, ""),
  );
  if (one === undefined || other === undefined) return false;
  return one === other || other.endsWith(`.${one}`) || one.endsWith(`.${other}`);
}

export interface Piece {
  readonly text: string;
  /** Where this piece leads, if it is an address of a page or person. */
  readonly href: string | null;
}

const CANDIDATE = /https?:\/\/[^\s<>"]{1,2000}|\bwww\.[^\s<>"]{1,2000}|[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}/giu;
const MOST_LINKS = 500;

/** A line of plain text, cut into pieces that lead somewhere and pieces that don't. */
export function pieces(line: string): Piece[] {
  const all: Piece[] = [];
  let from = 0;
  for (const found of line.matchAll(CANDIDATE)) {
    if (all.length >= MOST_LINKS) break;
    const text = withoutTail(found[0]);
    const isPage = /^(?:https?:|www\.)/i.test(text);
    const link = linkOf(isPage ? (/^www/i.test(text) ? `http://${text}` : text) : `mailto:${text}`);
    if (link === null || link.kind === "within") continue;
    if (found.index > from) all.push({ text: line.slice(from, found.index), href: null });
    all.push({ text, href: link.url });
    from = found.index + text.length;
  }
  if (from < line.length || all.length === 0) all.push({ text: line.slice(from), href: null });
  return all;
}

/** Without the full stop of the sentence and a bracket that was opened before the address. */
function withoutTail(address: string): string {
  const unopened = new Map([
    [")", surplus(address, "(", ")")],
    ["]", surplus(address, "[", "]")],
  ]);
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    if (/[.,;:!?'"*_~…]/.test(last)) continue;
    const left = unopened.get(last) ?? 0;
    if (left <= 0) break;
    unopened.set(last, left - 1);
  }
  return address.slice(0, end);
}

function surplus(address: string, open: string, close: string): number {
  return address.split(close).length - address.split(open).length;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
