import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { speak } from "../i18n";
import { toasts } from "../parts/toast";
import { Server, settled } from "../testing/server";
import { accountId, client, forgetAll } from "./account";
import { archive, destroy, move, moveAcross, resume, setKeyword, trash } from "./actions";
import { emailNow, wantEmails } from "./emails";
import { openList } from "./lists";
import { begin, sync } from "./live";
import { fetchMailboxes, mailboxes } from "./mailboxes";
import { flush, send, waiting } from "./outbox";
import { steps, takeBack } from "./undo";

let server: Server;
const inbox = () => openList({ mailboxId: "F1" });
const rows = () => inbox().known();
const count = (id: string) => mailboxes.value.get(id)?.totalEmails;

beforeEach(async () => {
  await speak("en");
  forgetAll();
  steps.value = [];
  toasts.value = [];
  server = new Server();
  server.fill(4);
  server.signIn();
  await Promise.all([begin(), fetchMailboxes()]);
  inbox().need(0, 9);
  await settled();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what is archived is gone at once, said, done, and counted", async () => {
  const done = archive(["M1"]);
  await Promise.resolve();
  await Promise.resolve();
  expect(rows()).toEqual(["M0", "M2", "M3"]);
  expect([count("F1"), count("F2")]).toEqual([3, 1]);
  expect(toasts.value.map(({ text }) => text)).toEqual(["Archived"]);
  expect(server.emails.get("M1")?.mailboxIds).toEqual({ F1: true });
  await done;
  await sync();
  expect(server.emails.get("M1")?.mailboxIds).toEqual({ F2: true });
  expect(rows()).toEqual(["M0", "M2", "M3"]);
  expect([count("F1"), count("F2")]).toEqual([3, 1]);
});

test("undo makes it as it was, in its place, here and at the server", async () => {
  await archive(["M1", "M2"]);
  await sync();
  expect(takeBack()).toBe(true);
  await settled();
  await sync();
  expect(server.emails.get("M1")?.mailboxIds).toEqual({ F1: true });
  expect(rows()).toEqual(["M0", "M1", "M2", "M3"]);
  expect(takeBack()).toBe(false);
});

test("what the server refuses comes back, and why is said", async () => {
  await setKeyword(["M1"], "forbidden", true);
  expect(emailNow("M1")?.keywords).toEqual({});
  expect(toasts.value.at(-1)).toMatchObject({ kind: "problem" });
});

test("without a network it is done here, kept, and done there later, once", async () => {
  server.isDown = true;
  const done = move(["M0"], "F3");
  await settled();
  expect(rows()).toEqual(["M1", "M2", "M3"]);
  expect(waiting.value).toHaveLength(1);
  server.isDown = false;
  await flush();
  await done;
  expect(waiting.value).toHaveLength(0);
  expect(server.emails.get("M0")?.mailboxIds).toEqual({ F3: true });
});

test("undone before it was sent, the server hears nothing of it", async () => {
  server.isDown = true;
  const done = archive(["M0"]);
  await settled();
  takeBack();
  await done;
  server.isDown = false;
  await flush();
  expect(rows()).toEqual(["M0", "M1", "M2", "M3"]);
  expect(server.asked.some(([method]) => method === "Email/set")).toBe(false);
});

test("what is in the trash already is destroyed: later, so that it can be undone", async () => {
  await trash(["M0"]);
  vi.useFakeTimers();
  const done = trash(["M0"]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(emailNow("M0")?.mailboxIds).toEqual({});
  expect(server.emails.has("M0")).toBe(true);
  await vi.advanceTimersByTimeAsync(8000);
  await done;
  expect(server.emails.has("M0")).toBe(false);
});

test("destroyed and undone in time, it stays", async () => {
  const done = destroy(["M3"]);
  await settled();
  expect(rows()).toEqual(["M0", "M1", "M2"]);
  takeBack();
  await done;
  expect(rows()).toEqual(["M0", "M1", "M2", "M3"]);
  expect(server.emails.has("M3")).toBe(true);
});

test("what another program does is seen", async () => {
  server.change("M2", { "keywords/$flagged": true });
  server.destroy("M3");
  const id = server.add();
  await sync();
  expect(emailNow("M2")?.keywords).toEqual({ $flagged: true });
  expect(emailNow("M3")).toBeUndefined();
  expect(rows()).toEqual([id, "M0", "M1", "M2"]);
});

/** Another account is shown, whose emails have the same ids. */
async function showAnother(): Promise<void> {
  client().show("A2");
  forgetAll();
  accountId.value = "A2";
  await Promise.all([begin(), fetchMailboxes()]);
}

test("undone when another account is shown, it is undone where it was done", async () => {
  await archive(["M1"]);
  await showAnother();
  await wantEmails(["M1"]);
  const before = emailNow("M1");
  server.asked.length = 0;
  takeBack();
  expect(emailNow("M1")).toBe(before);
  await settled();
  expect(server.asked.map(([method, args]) => [method, args.accountId])).toEqual([["Email/set", "A1"]]);
});

test("folders of an account that is shown no more are not those of the one that is", async () => {
  const done = archive(["M1"]);
  await settled();
  server.isDown = true;
  await showAnother().catch(() => {});
  server.isDown = false;
  await done;
  await flush();
  expect(mailboxes.value.size).toBe(0);
});

test("what a closed window had left is shown as done until it is, and then no longer laid over what comes after", async () => {
  const sent = send([["Email/set", { update: { M1: { "keywords/$seen": true } } }, "s"]], [["M1", { "keywords/$seen": true }]]);
  resume([sent]);
  expect(emailNow("M1")?.keywords.$seen).toBe(true);
  await sent.answers;
  await settled();
  server.change("M1", { "keywords/$seen": null });
  await sync();
  expect([emailNow("M1")?.keywords.$seen, mailboxes.value.get("F1")?.unreadEmails]).toEqual([undefined, 4]);
});

test("into a folder of another account it is copied, gone from here, and comes back by undo", async () => {
  await moveAcross(["M1"], { accountId: "A2", mailboxId: "F9", name: "Club" });
  expect([rows(), server.emails.has("M1")]).toEqual([["M0", "M2", "M3"], false]);
  const asked = () => server.asked.findLast(([method]) => method === "Email/copy")?.[1];
  const copy = { copyM1: { id: "M1", mailboxIds: { F9: true } } };
  expect(asked()).toMatchObject({ fromAccountId: "A1", accountId: "A2", create: copy, onSuccessDestroyOriginal: true });
  expect(toasts.value.at(-1)?.text).toMatch("Club");
  takeBack();
  await settled();
  const back = { copyXM1: { id: "XM1", mailboxIds: { F1: true } } };
  expect(asked()).toMatchObject({ fromAccountId: "A2", accountId: "A1", create: back });
});

test("what the other account does not take stays", async () => {
  await moveAcross(["M1"], { accountId: "A2", mailboxId: "forbidden", name: "Club" });
  expect(rows()).toEqual(["M0", "M1", "M2", "M3"]);
  expect(toasts.value.at(-1)).toMatchObject({ kind: "problem" });
});
