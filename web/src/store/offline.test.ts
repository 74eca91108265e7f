import "fake-indexeddb/auto";
import { beforeEach, expect, test } from "vitest";
import type { Answer, Call } from "../jmap/types";
import { forgetSeen, keep, MOST, prune, recall } from "./offline";

const A = "A1";
const answer = (method: string, result: object, callId = "0"): Answer => ({ method, callId, result, error: null });
const got = (...list: object[]) => answer("Email/get", { accountId: A, state: "1", list, notFound: [] });
const get = (ids: string[], properties?: string[]): Call => ["Email/get", { accountId: A, ids, properties }, "7"];

const listOf = (found?: Answer) => (found ? (found.result as { list: object[] }).list : null);

beforeEach(forgetSeen);

test("what was seen is brought again, whatever it is asked together with", async () => {
  await keep([get(["M1", "M2"])], [got({ id: "M1", subject: "one" }, { id: "M2", subject: "two" })]);
  const [found] = (await recall([get(["M2"], ["id", "subject"])])) ?? [];
  expect(found?.callId).toBe("7");
  expect(listOf(found)).toEqual([{ id: "M2", subject: "two" }]);
});

test("what was not seen, or not all of it, is not brought", async () => {
  await keep([get(["M1"])], [got({ id: "M1", subject: "one" })]);
  expect(await recall([get(["M1", "M3"])])).toBeNull();
  expect(await recall([get(["M1"], ["subject", "preview"])])).toBeNull();
  expect(await recall([["Email/set", { accountId: A, update: {} }, "0"]])).toBeNull();
  expect(await recall([["Email/get", { accountId: "A2", ids: ["M1"] }, "0"]])).toBeNull();
});

test("a list is as it was when it was open, with its emails as they were seen last", async () => {
  const calls: Call[] = [
    ["Email/query", { accountId: A, filter: { inMailbox: "F1" } }, "0"],
    ["Email/get", { accountId: A, "#ids": { resultOf: "0", name: "Email/query", path: "/ids" } }, "1"],
  ];
  const query = answer("Email/query", { accountId: A, ids: ["M1"], queryState: "9", position: 0 });
  await keep(calls, [query, got({ id: "M1", keywords: {} })]);
  await keep([get(["M1"])], [got({ id: "M1", keywords: { $seen: true } })]);
  const found = await recall(calls.map(([method, args]) => [method, args, "x"] as Call));
  expect(found?.[0]).toEqual({ ...query, callId: "x" });
  expect(listOf(found?.[1])).toEqual([{ id: "M1", keywords: { $seen: true } }]);
});

test("a refused call is not kept", async () => {
  const calls: Call[] = [["Email/query", { accountId: A }, "0"]];
  await keep(calls, [{ method: "error", callId: "0", result: {}, error: { type: "serverFail" } }]);
  expect(await recall(calls)).toBeNull();
});

test("all folders are brought, whatever they are asked together with", async () => {
  const all: Call = ["Mailbox/get", { accountId: A, ids: null }, "3"];
  const folders = answer("Mailbox/get", { accountId: A, state: "1", list: [{ id: "F1", name: "INBOX" }], notFound: [] }, "3");
  await keep([get(["M1"]), all], [got({ id: "M1" }), folders]);
  expect(await recall([["Mailbox/get", { accountId: A, ids: null }, "9"]])).toEqual([{ ...folders, callId: "9" }]);
});

test("after signing out there is nothing", async () => {
  await keep([get(["M1"])], [got({ id: "M1" })]);
  await forgetSeen();
  expect(await recall([get(["M1"])])).toBeNull();
});

test("there is an end to what is kept, and the oldest goes first", async () => {
  const most = MOST.objects;
  MOST.objects = 2;
  try {
    for (const id of ["M1", "M2", "M3"]) {
      await keep([get([id])], [got({ id })]);
      await new Promise((go) => setTimeout(go, 3));
    }
    await prune();
    expect(await recall([get(["M1"])])).toBeNull();
    expect(await recall([get(["M2", "M3"])])).not.toBeNull();
  } finally {
    MOST.objects = most;
  }
});
