import { beforeEach, expect, test } from "vitest";
import { speak } from "../i18n";
import { CORE } from "../jmap/session";
import { forgetAll } from "../store/account";
import { begin } from "../store/live";
import { fetchMailboxes } from "../store/mailboxes";
import { setPreferences } from "../store/preferences";
import { steps, takeBack } from "../store/undo";
import { Server, settled } from "../testing/server";
import { commandOf } from "./commands";
import { choose } from "./menus";
import { emailsOf, rowsMeant } from "./targets";
import { chosenCount, list } from "./view";

const LOADED = 200;
const STEP = 100;
const MANY = LOADED + 2 * STEP;
let server: Server;
const unread = () => [...server.emails.values()].filter((email) => !email.keywords.$seen).length;
const calls = (name: string) => server.asked.filter(([method]) => method === name);

beforeEach(async () => {
  await speak("en");
  forgetAll();
  server = new Server();
  const ids = server.fill(MANY);
  for (const id of ids.slice(0, 10)) server.change(id, { "keywords/$seen": true });
  server.most = 70;
  server.signIn().session.capabilities[CORE] = { maxObjectsInSet: STEP };
  setPreferences({ conversations: false });
  await Promise.all([begin(), fetchMailboxes()]);
  list.value?.need(0, 49);
  await settled();
  server.asked.length = 0;
});

test("all that is unread is chosen, not only what is loaded", async () => {
  await choose("unread");
  expect([chosenCount.value, list.value?.known().length]).toEqual([MANY - 10, LOADED]);
});

test("without a network, what is loaded is chosen", async () => {
  server.isDown = true;
  await choose("unread");
  expect(chosenCount.value).toBe(LOADED - 10);
});

test("what is done to all of them goes in steps that the server takes, and is undone in one", async () => {
  await choose("unread");
  await commandOf("read").run(rowsMeant());
  expect(unread()).toBe(0);
  const sizes = calls("Email/set").map(([, args]) => Object.keys(args.update as object).length);
  expect(sizes).toEqual([STEP, STEP, STEP, STEP - 10]);
  expect(steps.value.at(-1)?.label).toBe(`${MANY - 10} messages changed`);
  takeBack();
  for (let turn = 0; turn < 20 && unread() < MANY - 10; turn++) await settled();
  expect(unread()).toBe(MANY - 10);
});

test("conversations of many rows are asked for together", async () => {
  setPreferences({ conversations: true });
  const rows = server.list({ inMailbox: "F1" }).slice(0, 120);
  expect(await emailsOf("file", rows)).toHaveLength(120);
  expect(calls("Thread/get")).toHaveLength(1);
});
