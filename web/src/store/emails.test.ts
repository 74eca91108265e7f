import { effect } from "@preact/signals";
import { expect, test } from "vitest";
import type { Email } from "../jmap/types";
import { countsAfter } from "./counting";
import { emailNow, emailSignal, knownIds, learn, overlay, patched, prune } from "./emails";
import { learnThread, MOST_KEPT, prune as pruneThreads, threadNow, threadSignal } from "./threads";

const email = (id: string, more: Partial<Email> = {}) => ({ id, mailboxIds: { F1: true }, keywords: {}, ...more }) as Email;

test("a patch sets, takes, and replaces", () => {
  const before = email("M1", { keywords: { $seen: true } });
  expect(patched(before, { "keywords/$seen": null, "keywords/a~1b": true }).keywords).toEqual({ "a/b": true });
  expect(patched(before, { mailboxIds: { F2: true } }).mailboxIds).toEqual({ F2: true });
  expect(before).toEqual(email("M1", { keywords: { $seen: true } }));
});

test("a change shows until the server has answered, whatever it says meanwhile", () => {
  learn(email("M1"), "row");
  const over = overlay(new Map([["M1", { "keywords/$flagged": true }]]));
  expect(emailNow("M1")?.keywords).toEqual({ $flagged: true });
  learn({ id: "M1", keywords: { $seen: true } });
  expect(emailNow("M1")?.keywords).toEqual({ $seen: true, $flagged: true });
  over.settle();
  expect(emailNow("M1")?.keywords).toEqual({ $seen: true, $flagged: true });
});

test("a change that was refused was never there, and others over it stay", () => {
  learn(email("M2"), "row");
  const refused = overlay(new Map([["M2", { "keywords/$flagged": true }]]));
  overlay(new Map([["M2", { "keywords/$seen": true }]]));
  refused.drop();
  expect(emailNow("M2")?.keywords).toEqual({ $seen: true });
});

test("what is not known is not made up of a piece", () => {
  learn({ id: "M9", keywords: {} });
  expect(emailNow("M9")).toBeUndefined();
});

test("folders count what leaves, what comes, and what is read", () => {
  const unread = email("M1");
  const counts = countsAfter([
    [unread, { ...unread, mailboxIds: { F2: true } }],
    [email("M2"), email("M2", { keywords: { $seen: true } })],
  ]);
  expect(counts.get("F1")).toMatchObject({ totalEmails: -1, unreadEmails: -2 });
  expect(counts.get("F2")).toMatchObject({ totalEmails: 1, unreadEmails: 1 });
  expect(countsAfter([[unread, { ...unread, keywords: { $flagged: true } }]]).size).toBe(0);
});

test("of many conversations, those are forgotten that were learnt first and that nobody looks at", () => {
  learnThread({ id: "first", emailIds: ["M1"] });
  const end = effect(() => void threadSignal("first").value);
  for (let index = 0; index < MOST_KEPT + 10; index++) learnThread({ id: `T${index}`, emailIds: [] });
  pruneThreads();
  expect(["first", "T0", `T${MOST_KEPT}`].map((id) => threadNow(id) !== undefined)).toEqual([true, false, true]);
  end();
});

test("of many, those are forgotten that were learnt first and that nobody looks at", () => {
  learn(email("first"), "row");
  const end = effect(() => void emailSignal("first").value);
  for (let index = 0; index < 12_000; index++) learn(email(`many${index}`), "row");
  prune();
  expect(knownIds().length).toBeLessThanOrEqual(10_000);
  expect(emailNow("first")).toBeDefined();
  expect(emailNow("many0")).toBeUndefined();
  expect(emailNow("many11999")).toBeDefined();
  end();
});
