/** Messages as they are to be read: cleaned and judged by the server, kept here, asked for in batches and ahead. */

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Superseded } from "../jmap/errors";
import { WEBMAIL } from "../jmap/session";
import type { EmailAddress, GetAnswer, Id } from "../jmap/types";
import { can, client, onForget } from "../store/account";
import { emailNow, emailWithBody } from "../store/emails";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { isVouchedFor } from "./sender";

export type Verdict = "verified" | "unverified" | "failed" | "own" | "unknown";

export interface Sender {
  readonly verdict: Verdict;
  readonly domain: string | null;
  /** The checks' own words: "dmarc=pass". */
  readonly why: string | readonly string[] | null;
}
export interface Unsubscribe {
  readonly oneClick: boolean;
  readonly url: string | null;
  readonly mailto: string | null;
}
export interface Invitation {
  readonly method: string;
  readonly uid: string;
  readonly summary: string;
  readonly description: string;
  readonly location: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly allDay: boolean;
  readonly organizer: { readonly name: string | null; readonly email: string } | null;
  readonly attendees: readonly { readonly name: string | null; readonly email: string; readonly status: string | null }[];
  readonly recurs: boolean;
}

/** `EmailView/get` of the capability urn:x-pillarbox:webmail. */
export interface EmailView {
  readonly id: Id;
  readonly html: string | null;
  readonly text: string;
  /** `trackers` are never fetched: they show nothing. */
  readonly pictures: { readonly held: number; readonly shown: number; readonly trackers?: number };
  readonly sender: Sender;
  readonly unsubscribe: Unsubscribe | null;
  readonly invitations: readonly Invitation[];
}

/** What some header fields say that nothing else needs. */
export interface Asides {
  /** Who wants to be told that it was read (RFC 8098 §2.1). */
  readonly receiptTo: readonly EmailAddress[];
  readonly listId: string | null;
}

export interface Viewed {
  readonly view: EmailView | null;
  readonly asides: Asides;
  /** Whether remote pictures were asked for. */
  readonly pictures: boolean;
  readonly error: Error | null;
  /** Whether our server has cleaned the HTML: else it is shown without any pictures. */
  readonly isCleaned: boolean;
}

const NO_ASIDES: Asides = { receiptTo: [], listId: null };
const RECEIPT = "header:Disposition-Notification-To:asAddresses";
const LIST = "header:List-Id:asText";
/** Views asked for at a time: the server shows no more than fifty. */
const MOST_ASKED = 20;
/** Views kept; the oldest go first. */
const MOST = 60;

const kept = new Map<Id, Signal<Viewed | undefined>>();
/** Those whose pictures one has asked for since the page was opened. */
const consented = new Set<Id>();
let asking = new Map<Id, boolean>();
let batch: Promise<void> | null = null;

onForget(() => {
  kept.clear();
  consented.clear();
});

/** The view; undefined while it is on its way. Fetched by being asked for. */
export function viewSignal(id: Id): ReadonlySignal<Viewed | undefined> {
  const found = kept.get(id);
  if (found !== undefined) {
    kept.delete(id);
    kept.set(id, found); // the newest is the last to go
    return found;
  }
  const made = signal<Viewed | undefined>(undefined);
  kept.set(id, made);
  for (const old of kept.keys()) {
    if (kept.size <= MOST) break;
    kept.delete(old);
  }
  void ask(id, wantsPictures(id));
  return made;
}

/** Has them fetched before anybody wants to see them; nothing is asked of any third party thereby. */
export function prefetch(ids: readonly Id[]): void {
  for (const id of ids) if (!kept.has(id)) viewSignal(id);
}

/** Asks again: after a failure, or with pictures. */
export function askAgain(id: Id, pictures = false): void {
  if (pictures) consented.add(id);
  void ask(id, wantsPictures(id));
}

/** From now on their pictures are shown; those of their messages that are here already, too. */
export function askAgainFrom(address: string): void {
  for (const [id, viewed] of kept) {
    const view = viewed.peek()?.view;
    if (!view || view.pictures.held === 0 || !isVouchedFor(view.sender)) continue;
    if (emailNow(id)?.from?.[0]?.email.toLowerCase() === address) askAgain(id, true);
  }
}

/** Shown to whoever always wants them, but not in Junk: there they are asked for one message at a time. */
function wantsPictures(id: Id): boolean {
  const junk = mailboxWithRole("junk")?.id;
  const isJunk = junk !== undefined && emailNow(id)?.mailboxIds[junk] === true;
  return consented.has(id) || (preferences.peek().pictures === "always" && !isJunk);
}

function ask(id: Id, pictures: boolean): Promise<void> {
  asking.set(id, pictures);
  batch ??= Promise.resolve().then(fetchAsked);
  return batch;
}

async function fetchAsked(): Promise<void> {
  const asked = asking;
  asking = new Map();
  batch = null;
  const of = (pictures: boolean): Id[] => [...asked].filter(([, each]) => each === pictures).map(([id]) => id);
  const parts = [false, true].flatMap((pictures) => {
    const ids = of(pictures);
    return Array.from({ length: Math.ceil(ids.length / MOST_ASKED) }, (_, index) =>
      fetchViews(ids.slice(index * MOST_ASKED, (index + 1) * MOST_ASKED), pictures),
    );
  });
  await Promise.all(parts);
}

async function fetchViews(ids: readonly Id[], pictures: boolean): Promise<void> {
  if (ids.length === 0) return;
  try {
    if (!can(WEBMAIL)) return await fetchPlainly(ids);
    const [views, asides] = await Promise.all([
      client().call<GetAnswer<EmailView>>("EmailView/get", { ids, pictures }),
      fetchAsides(ids),
    ]);
    const gone = new Error("gone");
    for (const id of ids) {
      const view = views.list.find((each) => each.id === id) ?? null;
      tell(id, { view, asides: asides.get(id) ?? NO_ASIDES, pictures, error: view === null ? gone : null, isCleaned: true });
    }
  } catch (error) {
    // another account's messages have the same ids, and their own answers
    if (error instanceof Superseded) return;
    for (const id of ids) tell(id, { view: null, asides: NO_ASIDES, pictures, error: error as Error, isCleaned: true });
  }
}

function tell(id: Id, viewed: Viewed): void {
  const found = kept.get(id);
  if (found === undefined) return;
  const before = found.peek();
  // without a network, what was seen stays readable
  if (viewed.error !== null && before?.view) return;
  found.value = viewed;
}

async function fetchAsides(ids: readonly Id[]): Promise<Map<Id, Asides>> {
  const answer = await client().call<GetAnswer<{ id: Id; [RECEIPT]: EmailAddress[] | null; [LIST]: string | null }>>(
    "Email/get",
    { ids, properties: ["id", RECEIPT, LIST] },
  );
  return new Map(answer.list.map((each) => [each.id, { receiptTo: each[RECEIPT] ?? [], listId: each[LIST] }]));
}

/** Where the server is another than ours: the parts as they are, which are then cleaned by the browser alone. */
async function fetchPlainly(ids: readonly Id[]): Promise<void> {
  for (const id of ids) {
    const email = await emailWithBody(id);
    const textOf = (type: string, parts = email.htmlBody ?? []): string =>
      parts
        .filter((part) => part.type === type)
        .map((part) => email.bodyValues?.[part.partId ?? ""]?.value ?? "")
        .join("\n");
    const html = textOf("text/html");
    const view: EmailView = {
      id,
      html: html === "" ? null : html,
      text: textOf("text/plain", email.textBody ?? []),
      pictures: { held: 0, shown: 0 },
      sender: { verdict: "unknown", domain: null, why: null },
      unsubscribe: null,
      invitations: [],
    };
    tell(id, { view, asides: NO_ASIDES, pictures: false, error: null, isCleaned: false });
  }
}
