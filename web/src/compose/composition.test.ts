// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forgetAll } from "../store/account";
import { fetchMailboxes } from "../store/mailboxes";
import { Server } from "../testing/server";
import { leftBackups } from "./backup";
import { Composition } from "./composition";
import { PATIENCE } from "./drafts";
import { EMPTY } from "./snapshot";

let server: Server;

beforeEach(async () => {
  localStorage.clear();
  forgetAll();
  server = new Server({ F1: "inbox", F2: "drafts" });
  server.signIn();
  await fetchMailboxes();
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function written(): Composition {
  const composition = new Composition({ ...EMPTY, format: "plain", messageId: "1@x" });
  composition.subject.value = "Plans";
  return composition;
}
const sets = () => server.asked.filter(([method]) => method === "Email/set").length;

it("is saved a while after it was written", async () => {
  written();
  await vi.advanceTimersByTimeAsync(PATIENCE);
  expect(sets()).toBeGreaterThan(0);
});

it("is saved no more when another account is shown, among whose drafts it would lie, and stays in this browser", async () => {
  written().leave();
  await vi.advanceTimersByTimeAsync(PATIENCE);
  expect(sets()).toBe(0);
  const kept = leftBackups({ username: "ada@example.org", accountId: "A1" }, new Set(), Date.now());
  expect(kept.map(({ snapshot }) => snapshot.subject)).toEqual(["Plans"]);
});
