import { beforeEach, expect, test } from "vitest";
import { Server, settled } from "../testing/server";
import { forgetAll } from "./account";
import { emailNow } from "./emails";
import { openList, refreshLists } from "./lists";

let server: Server;
beforeEach(() => {
  forgetAll();
  server = new Server();
  server.signIn();
});

const shown = (list: ReturnType<typeof openList>) =>
  Array.from({ length: list.total.value ?? 0 }, (_, index) => list.at(index));

test("what is on screen is fetched with its rows in one request, and some more ahead", async () => {
  server.fill(500);
  const list = openList({ mailboxId: "F1" });
  expect(list.state.value).toBe("loading");
  list.need(0, 20);
  await settled();
  expect(list.state.value).toBe("ready");
  expect(list.total.value).toBe(500);
  expect(list.at(20)).toBe("M20");
  expect(emailNow("M20")?.subject).toBe("M20");
  expect(server.asked.filter(([method]) => method === "Email/query")).toHaveLength(2);
  expect(list.at(199)).toBe("M199");
  expect(list.at(200)).toBeUndefined();
});

test("far down, only what is there is fetched", async () => {
  server.fill(3000);
  const list = openList({ mailboxId: "F1" });
  list.need(0, 20);
  await settled();
  list.need(2500, 2520);
  await settled();
  expect(list.at(2510)).toBe("M2510");
  expect(list.at(1500)).toBeUndefined();
  expect(await list.range(1495, 1499)).toEqual(["M1495", "M1496", "M1497", "M1498", "M1499"]);
});

test("what comes and goes at the server comes and goes here, whose rows are known before they are shown", async () => {
  server.fill(5);
  const list = openList({ mailboxId: "F1" });
  list.need(0, 20);
  await settled();
  const id = server.add();
  server.change("M2", { mailboxIds: { F2: true } });
  await refreshLists();
  expect(shown(list)).toEqual([id, "M0", "M1", "M3", "M4"]);
  expect(emailNow(id)).toBeDefined();
});

test("a list that the server no longer remembers is asked for anew, and shown meanwhile", async () => {
  server.fill(5);
  const list = openList({ mailboxId: "F1" });
  list.need(0, 20);
  await settled();
  server.change("M0", { mailboxIds: { F2: true } });
  Object.assign(server, { lists: new Map() });
  const refreshed = refreshLists();
  expect(list.total.value).toBe(5);
  await refreshed;
  await settled();
  expect(shown(list)).toEqual(["M1", "M2", "M3", "M4"]);
});

test("the same question is the same list, and one left behind catches up when it is opened again", async () => {
  server.fill(3);
  const inbox = openList({ mailboxId: "F1" });
  inbox.need(0, 9);
  await settled();
  for (const mailboxId of ["F2", "F3"]) openList({ mailboxId }).need(0, 9);
  await settled();
  const id = server.add();
  await refreshLists();
  expect(inbox.total.value).toBe(3);
  expect(openList({ mailboxId: "F1" })).toBe(inbox);
  await settled();
  expect(inbox.at(0)).toBe(id);
});

test("no network at the first look is said, and asking again helps", async () => {
  server.fill(3);
  server.isDown = true;
  const list = openList({ mailboxId: "F1" });
  list.need(0, 9);
  await settled();
  expect(list.state.value).toBe("failed");
  server.isDown = false;
  list.retry();
  await settled();
  expect(list.state.value).toBe("ready");
});
