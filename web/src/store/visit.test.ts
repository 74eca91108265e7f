import "fake-indexeddb/auto";
import { beforeEach, expect, test, vi } from "vitest";
import { toasts } from "../parts/toast";
import { beforeLeave, connection } from "./account";
import { keep, MOST, recall } from "./offline";
import { flush, send, waiting } from "./outbox";
import { enter, signOut, start, visit } from "./visit";

vi.mock("../jmap/socket", () => ({ Push: class { start() {} stop() {} } })); // biome-ignore format: one line
vi.mock("./live", () => ({ begin: async () => {}, hear: () => {}, onChanged: () => () => {}, sync: async () => {} }));
vi.mock("./mailboxes", async (real) => ({ ...(await real<object>()), fetchMailboxes: async () => {} }));
vi.mock("./identities", () => ({ fetchIdentities: async () => {} }));

const kept = new Map<string, string>();
const deleted: string[] = [];
let who: object = {};
let username = "ada@example.org";
let status = 200;

const session = () => ({
  username,
  state: "1",
  apiUrl: "/jmap/",
  accounts: { A1: {} },
  primaryAccounts: { "urn:ietf:params:jmap:mail": "A1" },
  capabilities: {},
});
const get = (id: string) => [["Email/get", { accountId: "A1", ids: [id] }, "0"]] as [string, object, string][];
const got = (id: string) => ({ method: "Email/get", callId: "0", error: null, result: { accountId: "A1", list: [{ id }] } });
const see = (id: string) => keep(get(id), [got(id)]);

beforeEach(async () => {
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  vi.stubGlobal("caches", { keys: async () => ["pages", "seen"], delete: async (name: string) => deleted.push(name) });
  vi.stubGlobal("fetch", async (url: string) => {
    if (url === "/.well-known/jmap") return Response.json(session());
    return url === "/sign-in" ? Response.json(who) : Response.json({}, { status });
  });
  kept.clear();
  deleted.length = 0;
  toasts.value = [];
  [who, username, status] = [{ signedIn: true, token: "t" }, "ada@example.org", 200];
  await enter("t");
  await see("M1");
  kept.set("pillarbox.people", "[]");
});

async function expectNothing(): Promise<void> {
  await vi.waitFor(async () => expect(await recall(get("M1"))).toBeNull());
  await vi.waitFor(() => expect(deleted).toEqual(["seen"]));
  expect(visit.value).toBe("out");
  expect([...kept.keys()].filter((key) => /people|session/.test(key))).toEqual([]);
}

test("who signs out leaves nothing", async () => {
  await signOut();
  await expectNothing();
});

test("whose session the server has ended leaves nothing of what was seen", async () => {
  status = 401;
  await expect(connection.value?.call("Email/get", {})).rejects.toThrow();
  await expectNothing();
});

test("who was asked with a cookie that has just been exchanged is signed in still", async () => {
  [status, who] = [401, { signedIn: true, address: username, token: "another" }];
  await expect(connection.value?.call("Email/get", {})).rejects.toThrow();
  await vi.waitFor(() => expect(connection.value?.token).toBe("another"));
  expect(visit.value).toBe("in");
  expect(await recall(get("M1"))).not.toBeNull();
});

test("whose session has ended while no window was open leaves nothing of what was seen", async () => {
  who = { signedIn: false };
  await start();
  await expectNothing();
});

test("an answer that comes after the end is not kept", async () => {
  const memory = connection.value?.memory;
  await signOut();
  memory?.keep(get("M1"), [got("M1")]);
  await see("M2");
  expect(await recall(get("M1"))).toBeNull();
});

test("what somebody else has seen is forgotten when another one is there", async () => {
  username = "bob@example.org";
  await start();
  expect(await recall(get("M1"))).toBeNull();
});

test("the same one finds again what was seen", async () => {
  await start();
  expect(await recall(get("M1"))).not.toBeNull();
});

test.each([0, 403, 503])("nobody who is still signed in believes to have signed out (%s)", async (said) => {
  if (said) status = said;
  else vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  await signOut();
  expect(visit.value).toBe("in");
  expect(toasts.value.at(-1)).toMatchObject({ kind: "problem" });
  expect(await recall(get("M1"))).not.toBeNull();
});

test("what could not be sent goes with who wanted it", async () => {
  status = 503;
  const { answers } = send([["Email/set", { update: { M1: {} } }, "0"]]);
  const refused = expect(answers).rejects.toThrow();
  await vi.waitFor(() => expect(kept.get("pillarbox.outbox")).toContain("M1"));
  status = 404;
  await signOut();
  await refused;
  expect(waiting.value).toEqual([]);
  expect(kept.has("pillarbox.outbox")).toBe(false);
});

test("there is an end to what is kept", async () => {
  const ids = Array.from({ length: MOST.objects + 5 }, (_, index) => ({ id: `N${index}` }));
  await keep(get("N0"), [{ ...got("N0"), result: { accountId: "A1", list: ids } }]);
  await enter("t");
  await vi.waitFor(async () => expect(await recall(get("M1"))).toBeNull());
}, 30_000);

/** What the server was asked in Ada's name and in Bob's. */
function listening(): string[] {
  const asked: string[] = [];
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async (url: string, init?: RequestInit) => {
    if (url !== "/jmap/" || status !== 200) return fetch(url, init);
    asked.push(`${username} ${init?.body}`);
    return Response.json({ methodResponses: [["Email/set", {}, "s"]], sessionState: "1" });
  });
  return asked;
}

test("what one did in a window goes in no name but theirs, and goes when they are back", async () => {
  const locks = { request: async (_: string, work: () => unknown) => work(), query: async () => ({ held: [] }) };
  vi.stubGlobal("navigator", {
    locks: { ...locks, request: (name: string, work: () => unknown) => name.includes(".outbox.") || locks.request(name, work) },
  });
  const asked = listening();
  status = 401;
  const { answers } = send([["Email/set", { update: { M1: {} } }, "s"]]);
  answers.catch(() => {});
  await vi.waitFor(() => expect(visit.value).toBe("out"));
  [status, username] = [200, "bob@example.org"];
  await enter("t");
  await flush();
  expect([asked, waiting.value]).toEqual([[], []]);
  username = "ada@example.org";
  await enter("t");
  await vi.waitFor(() => expect(asked.length).toBe(1));
  expect(asked[0]).toMatch(/^ada@.*M1/);
});

test("what is being written is saved before one is signed out", async () => {
  const order: string[] = [];
  beforeLeave(async () => {
    await Promise.resolve();
    order.push("saved");
  });
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (url: string) => {
    order.push(url);
    return fetch(url);
  });
  await signOut();
  expect(order).toEqual(["saved", "/sign-out"]);
});
