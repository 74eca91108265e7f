import { expect, test } from "vitest";
import type { Email } from "../jmap/types";
import { clipped, clippedEmail, clippedName, MOST, MOST_MARKS } from "./clipping";
import { emailNow, learn } from "./emails";

const MARK = "\u0301";
const HEAP = `Ze${MARK.repeat(100_000)}bra`;

test("a letter keeps as many marks as any writing has, and no more", () => {
  const most = `e${MARK.repeat(MOST_MARKS)}`;
  expect(clipped(`${most} ${most}`)).toBe(`${most} ${most}`);
  expect(clipped(`${most}${MARK}x`)).toBe(`${most}x`);
  expect(clipped(`${HEAP.slice(0, 5000)}bra`)).toBe(`Ze${MARK.repeat(MOST_MARKS)}bra`);
});

test("a line has so many characters, and says that it was longer", () => {
  expect(clipped("x".repeat(MOST))).toBe("x".repeat(MOST));
  expect(clipped("x".repeat(MOST + 1))).toBe(`${"x".repeat(MOST)}…`);
  expect(clipped("x".repeat(1_000_000))).toBe(`${"x".repeat(MOST)}…`);
  expect(clipped(HEAP)).toBe(`Ze${MARK.repeat(MOST_MARKS)}…`);
});

test("no character is cut in two", () => {
  expect(clipped(`${"x".repeat(MOST - 1)}😀😀`)).toBe(`${"x".repeat(MOST - 1)}…`);
});

test("a file's name keeps its end", () => {
  const name = clippedName(`${"x".repeat(1_000_000)}.pdf`);
  expect(name.length).toBeLessThanOrEqual(MOST);
  expect(name.endsWith(".pdf")).toBe(true);
  expect(clippedName(`e${MARK.repeat(40)}.pdf`)).toBe(`e${MARK.repeat(MOST_MARKS)}.pdf`);
  expect(clippedName("letter.pdf")).toBe("letter.pdf");
});

test("every line of an email comes into the store as it can be shown", () => {
  const who = { name: HEAP, email: `${"a".repeat(1_000_000)}@example.org` };
  const people = { from: [who], to: [who], cc: [who], bcc: [who], sender: [who], replyTo: [who] };
  const part = { name: `${HEAP}.pdf`, type: "application/pdf" };
  const parts = { textBody: [part], htmlBody: [part], attachments: [part] };
  const given = { id: "M1", mailboxIds: {}, keywords: {}, subject: HEAP, preview: HEAP, ...people, ...parts };
  learn(given as unknown as Email, "whole");
  expect(JSON.stringify(emailNow("M1")).length).toBeLessThan(20_000);
  expect(emailNow("M1")?.subject).toBe(clipped(HEAP));
  expect(emailNow("M1")?.attachments?.[0]?.name).toBe(clippedName(part.name));
  expect(given.subject).toBe(HEAP);
});

test("what is not said of an email stays unsaid", () => {
  expect(clippedEmail({ subject: null, from: null, to: [{ name: null, email: "a@b" }] })).toEqual({
    subject: null,
    from: null,
    to: [{ name: null, email: "a@b" }],
  });
  expect(clippedEmail({})).toEqual({});
});
