/** From opening the page to signing out. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { t } from "../i18n";
import { Client, type Fetch } from "../jmap/client";
import { Offline, SignedOut } from "../jmap/errors";
import type { Session } from "../jmap/session";
import { Push } from "../jmap/socket";
import type { Id } from "../jmap/types";
import { toast } from "../parts/toast";
import { accountId, connection, forgetAll, leaveAll, online, saveAll, session, setClient } from "./account";
import { resume } from "./actions";
import { fetchIdentities } from "./identities";
import { begin, elsewhere, hear, onChanged, sync } from "./live";
import { fetchMailboxes } from "./mailboxes";
import { forgetSeen, keep, prune, recall } from "./offline";
import { adopt, flush } from "./outbox";
import { fetchPreferences } from "./preferences";

export type Visit = "starting" | "out" | "in" | "failed";
const now = signal<Visit>("starting");
/** Whether somebody is signed in. */
export const visit: ReadonlySignal<Visit> = now;
/** Signed out by the server, in the middle of something: said on the page for signing in. */
export const wasEnded = signal(false);

let push: Push | null = null;
let awaySince = 0;
const LONG_AWAY = 60_000;
const ANEW = 10_000;

interface Who {
  signedIn: boolean;
  address?: string;
  token?: string;
}

/** Asks who is signed in, and opens their mail. */
export async function start(): Promise<void> {
  now.value = "starting";
  try {
    const who = await fetchWho();
    if (who.signedIn) await enter(who.token ?? "");
    else await leave(false);
  } catch (error) {
    if (error instanceof Offline) online.value = false;
    const known = error instanceof Offline ? rememberedSession() : null;
    if (known && (await enterOffline(known))) return;
    if (error instanceof SignedOut) await leave(false);
    else now.value = "failed";
  }
}

/** Without a network: with what is remembered from the last time, where somebody was signed in. */
async function enterOffline(known: Session): Promise<boolean> {
  // until it is known who is there, nothing is asked in anybody's name
  clientOf(known, "", () => Promise.reject(new Offline()));
  try {
    await Promise.all([fetchMailboxes(), fetchPreferences().catch(() => {}), fetchIdentities().catch(() => {})]);
  } catch {
    setClient(null);
    return false;
  }
  now.value = "in";
  enterLater();
  return true;
}

/** Looks for the server until it is there: a browser says only whether there is a network. */
function enterLater(): void {
  setTimeout(async () => {
    if (now.peek() !== "in" || push) return;
    await enterAgain();
    if (!push) enterLater();
  }, ANEW);
}

/** The network is back, after a start without it: who is it? */
async function enterAgain(): Promise<void> {
  const who = await fetchWho().catch(() => null);
  if (who === null) return;
  if (!who.signedIn) await leave(true);
  else {
    forgetAll();
    await enter(who.token ?? "").catch(() => {});
  }
}

function clientOf(known: Session, token: string, fetch?: Fetch): Client {
  const client = new Client(known, token, fetch);
  client.memory = {
    // an answer on its way while somebody signs out comes too late
    keep: (calls, answers) => void (connection.peek() === client && keep(calls, answers)),
    answer: recall,
  };
  client.onSignedOut = () => void ended(client);
  client.onReached = reached;
  setClient(client);
  return client;
}

/** The server says that nobody is signed in: but it may have been asked with a cookie that was just exchanged for another. */
async function ended(client: Client): Promise<void> {
  const who = await fetchWho().catch(() => null);
  if (connection.peek() !== client) return;
  if (who?.signedIn && who.address === client.session.username) client.token = who.token ?? "";
  else await leave(true);
}

const KEPT = "pillarbox.session";
function rememberedSession(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Session | null;
  } catch {
    return null;
  }
}

function rememberSession(known: Session | null): void {
  try {
    if (known) localStorage.setItem(KEPT, JSON.stringify(known));
    else localStorage.removeItem(KEPT);
  } catch {
    // then it does not start without a network
  }
}

/** Somebody has just signed in. Throws Offline, SignedOut. */
export async function enter(token: string): Promise<void> {
  const known = await fetchSession();
  const before = rememberedSession();
  if (before && before.username !== known.username) await forgetSeen();
  const client = clientOf(known, token);
  rememberSession(known);
  await Promise.all([begin(), fetchMailboxes(), fetchPreferences().catch(() => {}), fetchIdentities().catch(() => {})]);
  online.value = true;
  wasEnded.value = false;
  now.value = "in";
  push = new Push(client, hear);
  push.start();
  resume(await adopt());
  void prune();
}

/** Shows another account's mail: one that is shared with us, or our own again. */
export async function switchAccount(id: Id): Promise<void> {
  const client = connection.peek();
  if (!client || id === client.accountId || !(id in client.session.accounts)) return;
  client.show(id);
  forgetAll();
  accountId.value = id;
  await Promise.all([begin(), fetchMailboxes()]);
}

/** Only the server can: whoever believes to have signed out, and has not, leaves their mail to whoever comes next. */
export async function signOut(): Promise<void> {
  const client = connection.peek();
  const headers: Record<string, string> = client?.token ? { "X-Pillarbox-Token": client.token } : {};
  await Promise.all([saveAll(), flush()]);
  const status = await fetch("/sign-out", { method: "POST", headers }).then(
    (response) => response.status,
    () => 0,
  );
  // 404: a server without cookies
  if (status !== 404 && (status < 200 || status > 299)) {
    toast({ text: t("shell.stillSignedIn"), kind: "problem" });
    return;
  }
  leaveAll();
  await leave(false);
  // nothing is left in the window's own memory either
  globalThis.location?.reload();
}

async function leave(isByServer: boolean): Promise<void> {
  push?.stop();
  push = null;
  wasEnded.value = isByServer && now.peek() === "in";
  now.value = "out";
  setClient(null);
  forgetAll();
  rememberSession(null);
  await forgetSeen();
}

let isRenewing = false;

/** The session object has changed: another account is shared with us, or not any more. */
async function renew(): Promise<void> {
  const client = connection.peek();
  if (!client || isRenewing) return;
  isRenewing = true;
  try {
    client.session = await fetchSession();
    session.value = client.session;
    elsewhere.value++;
    const [own = ""] = Object.keys(client.session.accounts);
    if (!(client.accountId in client.session.accounts)) await switchAccount(own);
  } catch {
    // the next answer says so again
  } finally {
    isRenewing = false;
  }
}

onChanged("ShareNotification", () => void renew());

function reached(isReached: boolean, sessionState?: string): void {
  if (sessionState && session.peek() && sessionState !== session.peek()?.state) void renew();
  const was = online.peek();
  online.value = isReached;
  if (isReached && !was) {
    void flush();
    void sync();
  }
}

async function fetchWho(): Promise<Who> {
  const response = await ask("/sign-in");
  // a server without cookies: whoever stands between (a proxy with a log-in) vouches for us
  if (response.status === 404) return { signedIn: true };
  return (await response.json()) as Who;
}

async function fetchSession(): Promise<Session> {
  const response = await ask("/.well-known/jmap");
  if (response.status === 401) throw new SignedOut();
  if (!response.ok) throw new Offline(`HTTP ${response.status}`);
  return (await response.json()) as Session;
}

async function ask(url: string): Promise<Response> {
  try {
    return await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  } catch {
    throw new Offline();
  }
}

/** In another window of this browser somebody has signed in or out: the cookie is everybody's. */
function heardElsewhere(event: StorageEvent): void {
  // null: all of it is cleared
  if (event.key !== KEPT && event.key !== null) return;
  const there = rememberedSession()?.username;
  if (now.peek() === "out" && there) void start();
  else if (now.peek() === "in" && there !== session.peek()?.username) location.reload();
}

if (typeof document !== "undefined") {
  addEventListener("storage", heardElsewhere);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") awaySince = Date.now();
    else if (now.peek() === "in" && Date.now() - awaySince > LONG_AWAY) void sync();
  });
  addEventListener("online", () => {
    if (now.peek() !== "in") return;
    if (push) void sync();
    else void enterAgain();
  });
  addEventListener("offline", () => (online.value = false));
}
