/** The people of past mail, from the Sent folder and, with less weight, the inbox; kept in this browser, looked up anew now and then. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { limitsOf } from "../jmap/session";
import type { Answer, EmailAddress, GetAnswer, Id } from "../jmap/types";
import { accountId, client, onForget } from "../store/account";
import { clippedEmail } from "../store/clipping";
import { identities } from "../store/identities";
import { mailboxWithRole } from "../store/mailboxes";
import { type Address, addressKey } from "./addresses";
import { type Contact, type Person, ranked } from "./people";

const current = signal<readonly Person[]>([]);
/** The likeliest first. */
export const people: ReadonlySignal<readonly Person[]> = current;

interface Kept {
  accountId: Id;
  /** Milliseconds: mail up to then has been looked at. */
  upTo: number;
  people: readonly Person[];
}

const KEY = "pillarbox.people";
const FRESH = 10 * 60_000;
const MOST_SENT = 2000;
const MOST_RECEIVED = 500;
/** Who only wrote counts for little. */
const RECEIVED = 0.15;
let lookedAt = 0;
let looking: Promise<void> | null = null;

onForget(() => {
  current.value = [];
  lookedAt = 0;
});

/** Sees to it that they are known, and not of long ago. */
export function wantPeople(): Promise<void> {
  if (Date.now() - lookedAt < FRESH) return Promise.resolve();
  looking ??= look().finally(() => {
    looking = null;
  });
  return looking;
}

async function look(): Promise<void> {
  const account = accountId.peek();
  const kept = read(account);
  current.value = kept.people;
  const now = Date.now();
  try {
    const after = kept.upTo ? new Date(kept.upTo).toISOString().replace(/\.\d+Z$/, "Z") : null;
    const found = await Promise.all([
      contacts(mailboxWithRole("sent")?.id, ["to", "cc", "bcc"], after, MOST_SENT, 1),
      contacts(mailboxWithRole("inbox")?.id, ["from"], after, MOST_RECEIVED, RECEIVED),
    ]);
    if (accountId.peek() !== account) return;
    learn(found.flat(), account, now);
    lookedAt = now;
  } catch {
    // what was known last time serves as well
  }
}

function learn(found: readonly Contact[], account: Id, upTo: number): void {
  const own = new Set(identities.peek().map((each) => addressKey(each.email)));
  current.value = ranked(current.peek(), found, own);
  try {
    localStorage.setItem(KEY, JSON.stringify({ accountId: account, upTo, people: current.peek() } satisfies Kept));
  } catch {
    // full: looked up again next time
  }
}

type Field = "to" | "cc" | "bcc" | "from";
type Row = { sentAt: string | null; receivedAt: string } & Partial<Record<Field, EmailAddress[] | null>>;

async function contacts(
  box: Id | undefined,
  fields: readonly Field[],
  after: string | null,
  most: number,
  weight: number,
): Promise<Contact[]> {
  if (!box) return [];
  const page = Math.min(500, limitsOf(client().session).maxObjectsInGet);
  const found: Contact[] = [];
  for (let position = 0; position < most; position += page) {
    const answers = await client().request([
      [
        "Email/query",
        {
          filter: { inMailbox: box, ...(after ? { after } : {}) },
          sort: [{ property: "receivedAt", isAscending: false }],
          position,
          limit: page,
        },
        "q",
      ],
      [
        "Email/get",
        { "#ids": { resultOf: "q", name: "Email/query", path: "/ids" }, properties: [...fields, "sentAt", "receivedAt"] },
        "g",
      ],
    ]);
    const rows = rowsOf(answers);
    for (const row of rows)
      for (const field of fields) for (const address of row[field] ?? []) found.push({ address, at: timeOf(row), weight });
    if (rows.length < page) break;
  }
  return found;
}

function rowsOf(answers: readonly Answer[]): Row[] {
  const got = answers.find((each) => each.callId === "g");
  return got && !got.error ? (got.result as GetAnswer<Row>).list.map(clippedEmail) : [];
}

function timeOf(row: Row): number {
  return new Date(row.receivedAt).getTime() || 0;
}

/** Just written to. */
export function rememberPeople(addresses: readonly Address[]): void {
  const now = Date.now();
  const kept = read(accountId.peek());
  // counted when Sent is looked at again: here only those who were not known, so that they are there at once
  const known = new Set(current.peek().map((each) => addressKey(each.email)));
  const found = addresses
    .filter(({ email }) => !known.has(addressKey(email)))
    .map((address) => ({ address, at: now, weight: 0.5 }));
  if (found.length) learn(found, accountId.peek(), kept.upTo);
}

/** Somebody who is not to be offered again, until they are written to. */
export function forgetPerson(email: string): void {
  current.value = current.peek().filter((each) => addressKey(each.email) !== addressKey(email));
  learn([], accountId.peek(), read(accountId.peek()).upTo || Date.now());
}

function read(account: Id): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Kept | null;
    if (kept?.accountId === account && Array.isArray(kept.people)) return kept;
  } catch {
    // begun anew
  }
  return { accountId: account, upTo: 0, people: [] };
}
