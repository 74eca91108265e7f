// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import type { BodyPart, Identity } from "../jmap/types";
import { begin, beginDraft, beginForward, beginForwardAsFile, beginReply, bodyOf, type Fetched, type Setting } from "./begin";

const at = (name: string) => ({ name: null, email: `${name}@example.org` });
const identity = (id: string, name: string, more: Partial<Identity> = {}): Identity => ({
  id, name, email: `${name}@example.org`, replyTo: null, bcc: null, textSignature: `Yours, ${name}`, htmlSignature: "", mayDelete: true, ...more,
}); // biome-ignore format: short
const setting: Setting = {
  identities: [identity("I1", "me"), identity("I2", "shop")],
  format: "rich",
  random: () => "r",
  attribution: (who, when) => `On ${when}, ${who} wrote:`,
  forwardTitle: "Forwarded message",
  forwardNames: ["From", "Date", "Subject", "To", "Cc"],
  date: (when) => when.slice(0, 10),
  unnamed: "unnamed",
};
const part = (given: Partial<BodyPart>): BodyPart => ({
  partId: null, blobId: null, size: 1, name: null, type: "text/plain", charset: null, disposition: null, cid: null, ...given,
}); // biome-ignore format: short
const picture = part({ blobId: "P1-3", type: "image/png", cid: "cat@x", name: "cat.png", disposition: "inline" });
const file = part({ blobId: "P1-4", type: "application/pdf", name: "a.pdf", disposition: "attachment" });
const email: Fetched = {
  id: "M1", blobId: "G1", size: 99, messageId: ["m1@x"], inReplyTo: ["m0@x"], references: ["m0@x"], from: [{ name: "Anna", email: "anna@example.org" }],
  sender: null, replyTo: null, to: [at("shop"), at("ben")], cc: [at("carl")], bcc: null, subject: "AW: Lunch", sentAt: "2026-11-20T10:00:00Z",
  receivedAt: "2026-11-20T10:00:01Z", textBody: [part({ partId: "1" })], htmlBody: [part({ partId: "2", type: "text/html" })],
  attachments: [picture, file],
  bodyValues: {
    1: { value: "Hello\n", isEncodingProblem: false, isTruncated: false },
    2: { value: '<html><head><title>x</title></head><body><p>Hello <img src="cid:cat@x"></p></body></html>', isEncodingProblem: false, isTruncated: false },
  },
}; // biome-ignore format: short
const plainOnly: Fetched = { ...email, htmlBody: email.textBody, attachments: [] };

describe("a new message", () => {
  it("is signed, and goes to those it was opened with", () => {
    const found = begin({ mode: "new", to: "Anna <anna@example.org>, ben@example.org", subject: "Hi" }, setting);
    expect(found).toMatchObject({
      identityId: "I1",
      from: "me@example.org",
      subject: "Hi",
      text: "\n\n-- \nYours, me",
      messageId: "r@example.org",
    });
    expect(found.to.map((each) => each.email)).toEqual(["anna@example.org", "ben@example.org"]);
  });
  it("is what a link says", () => {
    const found = begin({ mode: "new", mailto: "mailto:anna@example.org?subject=Hi&body=one%0Atwo" }, setting);
    expect(found).toMatchObject({ subject: "Hi", to: [at("anna")] });
    expect([found.text.startsWith("one\ntwo\n"), found.html.startsWith("<div>one</div><div>two</div>")]).toEqual([true, true]);
  });
  it("has the hidden copies of its identity", () => {
    const copied = { ...setting, identities: [identity("I1", "me", { bcc: [at("archive")] })] };
    expect(begin({ mode: "new" }, copied).bcc).toEqual([at("archive")]);
  });
});

describe("what is quoted", () => {
  const quoted = (html: string) =>
    bodyOf({ ...email, bodyValues: { ...email.bodyValues, 2: { value: html, isEncodingProblem: false, isTruncated: false } } })
      .html;
  it.each([
    ["<title>x</title><BODY bgcolor=red>a</BODY>b", "a"],
    ["a</body>b", "a"],
    ["a<b>c</b>", "a<b>c</b>"],
    ["a<body", "a<body"],
  ])("%s", (html, inner) => expect(quoted(html)).toBe(inner));
  it("is found in time, whatever stands for a body", () => {
    const html = "<body".repeat(100_000);
    expect(quoted(html)).toBe(html);
  });
});

describe("a reply", () => {
  const found = beginReply(email, { mode: "replyAll" }, setting);
  it("is written as the one that the message was sent to", () => {
    expect(found).toMatchObject({ identityId: "I2", from: "shop@example.org" });
  });
  it("goes to all others", () => {
    expect([found.to, found.cc].map((these) => these.map((each) => each.email.split("@")[0]))).toEqual([
      ["anna", "ben"],
      ["carl"],
    ]);
  });
  it("hangs in the thread, under the subject", () => {
    expect(found).toMatchObject({ subject: "Re: Lunch", inReplyTo: ["m1@x"], references: ["m0@x", "m1@x"] });
  });
  it("quotes both forms, with the pictures and without the files", () => {
    expect(found.text).toBe("\n\nYours, shop\n\nOn 2026-11-20, Anna <anna@example.org> wrote:\n> Hello\n");
    expect(found.html).toContain('<blockquote type="cite"><p>Hello <img src="cid:cat@x"></p></blockquote>');
    expect(found.files).toEqual([{ blobId: "P1-3", name: "cat.png", type: "image/png", size: 1, cid: "cat@x" }]);
  });
  it("knows what is to be marked as answered", () => {
    expect(found.about).toEqual({ kind: "answered", emailIds: ["M1"], messageId: "m1@x" });
  });
  it("quotes only what was marked", () => {
    expect(beginReply(email, { mode: "reply", quote: "Hel" }, setting).text).toContain("\n> Hel\n");
  });
  it("of plain text has HTML made of it", () => {
    expect(beginReply(plainOnly, { mode: "reply" }, setting).html).toContain(
      '<blockquote type="cite"><div>Hello</div></blockquote>',
    );
  });
});

describe("a forward", () => {
  it("has all files, each once, and no recipient", () => {
    const found = beginForward(email, { mode: "forward" }, setting);
    expect(found.files.map((each) => [each.name, each.cid])).toEqual([
      ["cat.png", "cat@x"],
      ["a.pdf", null],
    ]);
    expect(found).toMatchObject({
      to: [],
      subject: "Fwd: AW: Lunch",
      inReplyTo: null,
      about: { kind: "forwarded", emailIds: ["M1"] },
    });
    expect(found.text).toContain(
      "From: Anna <anna@example.org>\nDate: 2026-11-20\nSubject: AW: Lunch\nTo: shop@example.org, ben@example.org\nCc: carl@example.org\n\nHello\n",
    );
  });
  it("as a file is the message whole", () => {
    const found = beginForwardAsFile([email], { mode: "forwardAsFile" }, setting);
    expect(found.files).toEqual([{ blobId: "G1", name: "AW Lunch.eml", type: "message/rfc822", size: 99, cid: null }]);
    expect(found.subject).toBe("Fwd: AW: Lunch");
  });
});

describe("a draft", () => {
  it("is as it was left", () => {
    const draft = { ...email, from: [at("shop")], subject: "Re: Lunch" };
    expect(beginDraft(draft, setting)).toMatchObject({
      identityId: "I2", from: "shop@example.org", subject: "Re: Lunch", text: "Hello\n", html: '<p>Hello <img src="cid:cat@x"></p>', format: "rich",
      messageId: "m1@x", inReplyTo: ["m0@x"], draftId: "M1", about: { kind: "answered", emailIds: [], messageId: "m0@x" },
    }); // biome-ignore format: short
  });
  it("of plain text stays plain", () => {
    expect(beginDraft(plainOnly, setting)).toMatchObject({ format: "plain", text: "Hello\n" });
  });
  it("knows what it forwards", () => {
    const draft = { ...email, inReplyTo: null, "header:X-Forwarded-Message-Id:asMessageIds": ["m9@x"] };
    expect(beginDraft(draft, setting).about).toEqual({ kind: "forwarded", emailIds: [], messageId: "m9@x" });
  });
});
