/** Where one is, as the address bar says it. */

import { signal } from "@preact/signals";
import type { Id } from "./jmap/types";

export type Route =
  /** A folder; null is the inbox. */
  | { name: "folder"; mailboxId: Id | null; threadId: Id | null }
  /** What was searched for: the text of the search box, "from:ada has:attachment tea". */
  | { name: "search"; query: string; threadId: Id | null }
  | { name: "settings"; page: string }
  /** What a mailto: link asks for. */
  | { name: "mailto"; url: string };

export const BASE = "/mail";

/** The route of an address below `/mail`; whatever is none leads to the inbox. */
export function parse(path: string, search = ""): Route {
  const rest = path.startsWith(BASE) ? path.slice(BASE.length) : path;
  const [room, first, second] = rest.split("/").filter(Boolean).map(decode);
  const params = new URLSearchParams(search);
  switch (room) {
    case "f":
      return { name: "folder", mailboxId: first && first !== "inbox" ? first : null, threadId: second ?? null };
    case "search":
      return { name: "search", query: params.get("q") ?? "", threadId: first ?? null };
    case "settings":
      return { name: "settings", page: first ?? "general" };
    case "mailto":
      return { name: "mailto", url: params.get("url") ?? "" };
    default:
      return { name: "folder", mailboxId: null, threadId: null };
  }
}

export function address(to: Route): string {
  switch (to.name) {
    case "folder":
      if (to.mailboxId === null && to.threadId === null) return `${BASE}/`;
      return [BASE, "f", to.mailboxId ?? "inbox", to.threadId].filter(Boolean).map(encode).join("/");
    case "search":
      return `${[BASE, "search", to.threadId].filter(Boolean).map(encode).join("/")}?q=${encodeURIComponent(to.query)}`;
    case "settings":
      return `${BASE}/settings/${encodeURIComponent(to.page)}`;
    case "mailto":
      return `${BASE}/mailto?url=${encodeURIComponent(to.url)}`;
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const encode = (part: unknown): string => (part === BASE ? BASE : encodeURIComponent(String(part)));

const hasWindow = typeof location !== "undefined";
/** Where one is. Set by `go`, and by the browser's own buttons. */
export const route = signal<Route>(hasWindow ? parse(location.pathname, location.search) : parse("/mail/"));

/** Goes there; `replace` leaves no step to go back to. */
export function go(to: Route, { replace = false } = {}): void {
  const url = address(to);
  if (hasWindow && url !== location.pathname + location.search) {
    if (replace) history.replaceState({ depth: depth() }, "", url);
    else history.pushState({ depth: depth() + 1 }, "", url);
  }
  route.value = to;
}

function depth(): number {
  return (history.state as { depth?: number } | null)?.depth ?? 0;
}

/** One step back where we came from there; else to `otherwise`. */
export function back(otherwise: Route): void {
  if (depth() > 0) history.back();
  else go(otherwise, { replace: true });
}

/** The same place with another conversation open, or none. */
export function withThread(threadId: Id | null, from: Route = route.peek()): Route {
  return from.name === "folder" || from.name === "search"
    ? { ...from, threadId }
    : { name: "folder", mailboxId: null, threadId };
}

/** Opens a conversation beside its list; from one to the next leaves no step behind. */
export function openThread(threadId: Id | null): void {
  const now = route.peek();
  go(withThread(threadId, now), { replace: threadId !== null && "threadId" in now && now.threadId !== null });
}

if (hasWindow) addEventListener("popstate", () => (route.value = parse(location.pathname, location.search)));
