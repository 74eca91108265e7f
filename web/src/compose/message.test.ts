import { describe, expect, it } from "vitest";
import { blobsOf, emailOf, envelopeOf, FORWARDS, type Letter, newMessageId, structureOf, withBlobs } from "./message";

const at = (name: string) => ({ name: null, email: `${name}@example.org` });
const letter: Letter = {
  from: at("me"),
  to: [at("anna")],
  cc: [],
  bcc: [],
  replyTo: [],
  subject: "Hi\r\nBcc: x@example.org",
  text: "Hello",
  html: null,
  files: [],
  pictures: [],
  messageId: "1@example.org",
  inReplyTo: null,
  references: null,
  forwards: null,
};
const file = { blobId: "G1", name: "a.pdf", type: "application/pdf" };
const picture = { blobId: "G2", name: "cat.png", type: "image/png", cid: "c1@x" };

type Tree = { type: string; subParts?: Tree[] };
const tree = (part: Tree): string => (part.subParts ? `${part.type}(${part.subParts.map(tree).join(" ")})` : part.type);

describe("the structure of a message", () => {
  const rich = { ...letter, html: '<img src="cid:c1@x">' };
  it.each<[string, Letter, string]>([
    ["text", letter, "text/plain"],
    ["text and a file", { ...letter, files: [file] }, "multipart/mixed(text/plain application/pdf)"],
    ["HTML", { ...letter, html: "<b>a</b>" }, "multipart/alternative(text/plain text/html)"],
    [
      "HTML with a picture",
      { ...rich, pictures: [picture] },
      "multipart/alternative(text/plain multipart/related(text/html image/png))",
    ],
    [
      "a picture that is shown no more",
      { ...letter, html: "<b>a</b>", pictures: [picture] },
      "multipart/alternative(text/plain text/html)",
    ],
    [
      "all of it",
      { ...rich, pictures: [picture], files: [file] },
      "multipart/mixed(multipart/alternative(text/plain multipart/related(text/html image/png)) application/pdf)",
    ],
  ])("%s", (_, given, expected) => {
    expect(tree(structureOf(given))).toBe(expected);
  });
});

describe("the email", () => {
  const kind = { mailboxId: "F3", isDraft: true, sentAt: "2026-11-22T12:00:00Z" };
  it("says only what there is, and no field within a subject", () => {
    expect(emailOf(letter, kind)).toEqual({
      mailboxIds: { F3: true },
      keywords: { $draft: true, $seen: true },
      sentAt: kind.sentAt,
      from: [at("me")],
      to: [at("anna")],
      subject: "Hi Bcc: x@example.org",
      messageId: ["1@example.org"],
      bodyStructure: { type: "text/plain", partId: "text" },
      bodyValues: { text: { value: "Hello" } },
    });
  });
  it("tells what it forwards only as a draft", () => {
    const given = { ...letter, forwards: "2@example.org" };
    expect(emailOf(given, kind)[FORWARDS]).toEqual(["2@example.org"]);
    expect(emailOf(given, { ...kind, isDraft: false })).not.toHaveProperty([FORWARDS]);
  });
});

it("goes to everybody once", () => {
  expect(envelopeOf({ to: [at("a"), at("b")], cc: [at("B")], bcc: [at("c")] })).toEqual([
    "a@example.org",
    "b@example.org",
    "c@example.org",
  ]);
});

it("is named at the domain it is written from", () => {
  expect(newMessageId("me@example.org", "x")).toBe("x@example.org");
  expect(newMessageId("me", "x")).toBe("x@localhost.invalid");
});

it("knows what is attached by the names of another version", () => {
  const given = {
    ...letter,
    html: '<img src="cid:c1@x">',
    pictures: [picture, { ...picture, cid: "gone@x", blobId: "G9" }],
    files: [file],
  };
  expect(blobsOf(given)).toEqual(["G2", "G1"]);
  expect(blobsOf(withBlobs(given, ["P2", "P1"]))).toEqual(["P2", "P1"]);
  expect(withBlobs(given, ["P2"])).toBe(given);
});
