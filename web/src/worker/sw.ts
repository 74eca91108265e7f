/// <reference lib="webworker" />
/**
 * The page itself when there is no network, and files that have been looked at: pictures, parts of messages. What the mail says
 * is kept by `store/offline`.
 */

const worker = self as unknown as ServiceWorkerGlobalScope;

const PAGES = "pages";
/** Cleared when somebody signs out. */
const SEEN = "seen";
const MOST_SEEN = 300;
const LARGEST = 5_000_000;
const HASHED = /^\/mail\/assets\//;
const LOOKED_AT = /^\/(jmap\/download|picture)\b/;

worker.addEventListener("install", (event) => {
  event.waitUntil(caches.open(PAGES).then((cache) => cache.add("/mail/")));
  void worker.skipWaiting();
});
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (request.mode === "navigate" && url.pathname !== "/mail/reader") {
    if (url.pathname.startsWith("/mail/")) event.respondWith(page(request));
  } else if (HASHED.test(url.pathname)) event.respondWith(forGood(request));
  else if (LOOKED_AT.test(url.pathname)) event.respondWith(lookedAt(request));
});

/** The newest page there is; without a network the one before. */
async function page(request: Request): Promise<Response> {
  const cache = await caches.open(PAGES);
  try {
    const fresh = await fetch(request);
    if (isPage(fresh)) await cache.put("/mail/", fresh.clone());
    return fresh;
  } catch (error) {
    const before = await cache.match("/mail/");
    if (before) return before;
    throw error;
  }
}

/** A file of ours can be gone to as well: it is not to stand where the page is looked for. */
function isPage(fresh: Response): boolean {
  return fresh.ok && !fresh.redirected && (fresh.headers.get("content-type") ?? "").startsWith("text/html");
}

/** What has its content's hash in its name. Those of a build that is gone go when the page names them no more. */
async function forGood(request: Request): Promise<Response> {
  const cache = await caches.open(PAGES);
  const before = await cache.match(request);
  if (before) return before;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

async function lookedAt(request: Request): Promise<Response> {
  const cache = await caches.open(SEEN);
  try {
    const fresh = await fetch(request);
    // a part of a file (206) cannot be kept
    if (fresh.status === 200 && Number(fresh.headers.get("content-length") ?? LARGEST) < LARGEST) {
      await cache.put(request, fresh.clone());
      await shorten(cache);
    }
    return fresh;
  } catch (error) {
    const before = await cache.match(request);
    if (before) return before;
    throw error;
  }
}

async function shorten(cache: Cache): Promise<void> {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST_SEEN))) await cache.delete(key);
}
