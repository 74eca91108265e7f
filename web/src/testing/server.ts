/** A mail server for tests, in memory: enough of JMAP for lists, changes and what is done to emails. */

import { Client } from "../jmap/client";
import { MAIL, type Session } from "../jmap/session";
import type { Email, Id, Mailbox } from "../jmap/types";
import { setClient } from "../store/account";
import { patched } from "../store/emails";

type Args = Record<string, unknown>;
type Called = [method: string, args: Args, callId: string];

const RIGHTS = {
  mayReadItems: true,
  mayAddItems: true,
  mayRemoveItems: true,
  maySetSeen: true,
  maySetKeywords: true,
} as Mailbox["myRights"];

export class Server {
  emails = new Map<Id, Email>();
  mailboxes = new Map<Id, Mailbox>();
  state = 1;
  isDown = false;
  /** Ids in one answer. */
  most = 1000;
  /** Every call so far. */
  readonly asked: Called[] = [];
  private made = 0;
  private log: { state: number; id: Id; what: "created" | "updated" | "destroyed" }[] = [];
  private lists = new Map<number, Map<string, Id[]>>();

  constructor(roles: Record<Id, Mailbox["role"]> = { F1: "inbox", F2: "archive", F3: "trash" }) {
    for (const [id, role] of Object.entries(roles)) {
      const counts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 };
      this.mailboxes.set(id, {
        id,
        name: role ?? id,
        role,
        parentId: null,
        sortOrder: 0,
        isSubscribed: true,
        myRights: RIGHTS,
        ...counts,
      });
    }
  }

  /** Somebody is signed in here. */
  signIn(): Client {
    const session = {
      capabilities: { [MAIL]: {} },
      accounts: { A1: { name: "ada@example.org", accountCapabilities: {} } },
      primaryAccounts: { [MAIL]: "A1" },
      username: "ada@example.org",
      apiUrl: "/api",
    };
    const client = new Client(session as unknown as Session, "", async (_, init) => this.answer(init));
    setClient(client);
    return client;
  }

  /** So many emails, the newest first: M0, M1 … */
  fill(count: number, mailboxId: Id = "F1"): Id[] {
    const received = (index: number) => new Date(1e12 - index * 60_000).toISOString();
    const ids = Array.from({ length: count }, (_, index) => this.put({ receivedAt: received(index) }, mailboxId));
    this.happened(ids[0] as Id, "created");
    return ids;
  }

  add(more: Partial<Email> = {}, mailboxId: Id = "F1"): Id {
    const id = this.put(more, mailboxId);
    this.happened(id, "created");
    return id;
  }

  private put(more: Partial<Email>, mailboxId: Id): Id {
    const number = this.made++;
    const id = `M${number}`;
    const plain = { id, threadId: `T${number}`, keywords: {}, receivedAt: new Date(2e12 + number).toISOString(), subject: id };
    this.emails.set(id, { ...plain, mailboxIds: { [mailboxId]: true }, ...more } as Email);
    return id;
  }

  change(id: Id, patch: Args): void {
    this.emails.set(id, patched(this.emails.get(id) as Email, patch));
    this.happened(id, "updated");
  }

  destroy(id: Id): void {
    this.emails.delete(id);
    this.happened(id, "destroyed");
  }

  list(filter: Args): Id[] {
    const all = [...this.emails.values()].filter((email) => fits(email, filter));
    return all.sort((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1)).map(({ id }) => id);
  }

  private happened(id: Id, what: "created" | "updated" | "destroyed"): void {
    const before = new Map<string, Id[]>();
    for (const box of this.mailboxes.keys()) before.set(box, this.lists.get(this.state)?.get(box) ?? []);
    this.state++;
    this.log.push({ state: this.state, id, what });
    this.lists.set(this.state, new Map([...this.mailboxes.keys()].map((box) => [box, this.list({ inMailbox: box })])));
    for (const [box, mailbox] of this.mailboxes) {
      const emails = this.list({ inMailbox: box }).map((each) => this.emails.get(each) as Email);
      this.mailboxes.set(box, {
        ...mailbox,
        totalEmails: emails.length,
        unreadEmails: emails.filter((email) => !email.keywords.$seen).length,
      });
    }
  }

  private async answer(init: RequestInit): Promise<Response> {
    if (this.isDown) throw new TypeError("no network");
    const { methodCalls } = JSON.parse(init.body as string) as { methodCalls: Called[] };
    const done: [string, Args, string][] = [];
    for (const [method, args, callId] of methodCalls) {
      this.asked.push([method, args, callId]);
      try {
        done.push([method, this.run(method, resolved(args, done)), callId]);
      } catch (error) {
        done.push(["error", { type: (error as Error).message }, callId]);
      }
    }
    return new Response(JSON.stringify({ methodResponses: done, sessionState: "s" }));
  }

  private run(method: string, args: Args): Args {
    const state = String(this.state);
    switch (method) {
      case "Email/query": {
        const [ids, position] = [this.list(args.filter as Args), args.position as number];
        const limit = Math.min(args.limit as number, this.most);
        return { queryState: state, ids: ids.slice(position, position + limit), position, total: ids.length };
      }
      case "Email/queryChanges":
        return this.queryChanges(args, state);
      case "Email/get":
        return got(args.ids as Id[], (id) => this.emails.get(id), state);
      case "Thread/get":
        return got(args.ids as Id[], (id) => ({ id, emailIds: [id.replace("T", "M")] }), state);
      case "Mailbox/get":
        return got((args.ids as Id[] | null) ?? [...this.mailboxes.keys()], (id) => this.mailboxes.get(id), state);
      case "Email/changes":
        return this.changes(Number(args.sinceState), state);
      case "Thread/changes":
      case "Mailbox/changes":
        return { newState: state, created: [], updated: method[0] === "M" ? [...this.mailboxes.keys()] : [], destroyed: [] };
      case "Email/set":
        return this.set(args);
      case "Email/copy":
        return this.copy(args);
      default:
        throw new Error("unknownMethod");
    }
  }

  private queryChanges({ filter, sinceQueryState }: Args, state: string): Args {
    const before = this.lists.get(Number(sinceQueryState))?.get((filter as { inMailbox: Id }).inMailbox);
    if (!before) throw new Error("cannotCalculateChanges");
    const now = this.list(filter as Args);
    const added = now.map((id, index) => ({ id, index })).filter(({ id }) => !before.includes(id));
    return { newQueryState: state, removed: before.filter((id) => !now.includes(id)), added, total: now.length };
  }

  private changes(since: number, newState: string): Args {
    const news = this.log.filter(({ state }) => state > since);
    const ids = (what: string) => [...new Set(news.filter((each) => each.what === what).map(({ id }) => id))];
    return { newState, hasMoreChanges: false, created: ids("created"), updated: ids("updated"), destroyed: ids("destroyed") };
  }

  private set({ update = {}, destroy = [] }: Args): Args {
    const notUpdated: Args = {};
    for (const [id, patch] of Object.entries(update as Record<Id, Args>)) {
      if (this.emails.has(id) && !JSON.stringify(patch).includes("forbidden")) this.change(id, patch);
      else notUpdated[id] = { type: this.emails.has(id) ? "forbidden" : "notFound" };
    }
    for (const id of destroy as Id[]) this.destroy(id);
    return { newState: String(this.state), notUpdated, destroyed: destroy };
  }

  /** To another account, of which nothing is here but that it takes what is not for "forbidden". */
  private copy({ create }: Args): Args {
    const notCreated: Args = {};
    const created: Args = {};
    for (const [key, given] of Object.entries(create as Record<string, { id: Id; mailboxIds: Record<Id, true> }>)) {
      if (given.mailboxIds.forbidden) notCreated[key] = { type: "forbidden" };
      else {
        created[key] = { id: `X${given.id}` };
        this.destroy(given.id);
      }
    }
    return { newState: String(this.state), created, notCreated };
  }
}

function fits(email: Email, filter: Args): boolean {
  if (filter?.operator) return (filter.conditions as Args[]).every((each) => fits(email, each));
  const word = filter?.notKeyword as string | undefined;
  if (word !== undefined) return !email.keywords[word];
  return !filter?.inMailbox || email.mailboxIds[filter.inMailbox as Id] === true;
}

function got(ids: readonly Id[], one: (id: Id) => unknown, state: string): Args {
  const list = ids.map(one).filter((each) => each !== undefined);
  return { state, list, notFound: ids.filter((id) => one(id) === undefined) };
}

/** RFC 8620 §3.7, as far as we use it. */
function resolved(args: Args, done: readonly [string, Args, string][]): Args {
  const { "#ids": reference, ...rest } = args as Args & { "#ids"?: { resultOf: string; path: string } };
  if (!reference) return args;
  const result = done.find(([, , callId]) => callId === reference.resultOf)?.[1] ?? {};
  const [, name = "", , property] = reference.path.split("/");
  const found = result[name] as unknown[];
  return { ...rest, ids: property ? found.flatMap((each) => (each as Args)[property]) : found };
}

/** When all that has been asked for has been answered. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
  await new Promise((done) => setTimeout(done, 0));
  for (let turn = 0; turn < 60; turn++) await Promise.resolve();
}
