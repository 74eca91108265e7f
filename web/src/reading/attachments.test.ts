import { describe, expect, it } from "vitest";
import type { BodyPart } from "../jmap/types";
import { attachmentsOf, dangerOf, fileNameOf, safeName } from "./attachments";

const part = (more: Partial<BodyPart>): BodyPart => ({
  partId: "2",
  blobId: "P1-2",
  size: 10,
  name: "a.pdf",
  type: "application/pdf",
  charset: null,
  disposition: "attachment",
  cid: null,
  ...more,
});

describe("names of attachments", () => {
  it.each([
    ["menu.pdf", "menu.pdf"],
    ["../../etc/passwd", "passwd"],
    ["C:\\Windows\\evil.exe", "evil.exe"],
    ["invoice\u202efdp.exe", "invoicefdp.exe"],
    ["a\u0000b\n.txt", "ab.txt"],
    ["  .htaccess ", "htaccess"],
    ["tea.pdf.   ", "tea.pdf"],
    ["what?.txt", "what_.txt"],
    ["CON.txt", "_CON.txt"],
    ["Prüfung 日本.pdf", "Prüfung 日本.pdf"],
    ["", "attachment-1.pdf"],
    ["\u200b\u3164", "attachment-1.pdf"],
  ])("%j is called %j", (given, wanted) => expect(safeName(given, "application/pdf")).toBe(wanted));

  it("keep the end that tells what it is when they are cut", () => {
    const name = safeName(`${"a".repeat(500)}.exe`, "application/pdf");
    expect(name.length).toBe(120);
    expect(name.endsWith("….exe")).toBe(true);
  });

  it("are told apart", () =>
    expect(attachmentsOf([part({}), part({}), part({ name: "A.PDF" })], null).map((each) => each.name)).toEqual([
      "a.pdf",
      "a (2).pdf",
      "A (3).PDF",
    ]));
});

describe("attachments", () => {
  it.each(["x.exe", "x.pdf.js", "x.HTML", "x.lnk", "x.docm", "x.svg", "x.iso"])("%s may do harm", (name) =>
    expect(dangerOf(name)).toBe(true),
  );
  it.each(["x.pdf", "x.docx", "x.jpg", "x.zip", "x", "exe"])("%s is like any other", (name) =>
    expect(dangerOf(name)).toBe(name === "exe"),
  );

  it("that are seen in the text are not listed again", () => {
    const inline = part({ type: "image/png", name: "a.png", cid: "x@y", blobId: "P1-3" });
    expect(attachmentsOf([inline], '<img src="/jmap/download/A1/P1-3/a.png">')).toEqual([]);
    expect(attachmentsOf([inline], "<p>no picture</p>")).toHaveLength(1);
    expect(attachmentsOf([inline], null)).toHaveLength(1);
  });

  it.each([
    ["image/png", "picture"],
    ["image/svg+xml", "text"],
    ["text/html", "text"],
    ["message/rfc822", "message"],
    ["application/pdf", null],
    ["application/x-msdownload", null],
    ["nonsense", null],
  ])("of type %s are looked at as %s", (type, preview) =>
    expect(attachmentsOf([part({ type })], null)[0]?.preview).toBe(preview),
  );

  it("too large to be read are only saved", () =>
    expect(attachmentsOf([part({ type: "text/plain", size: 2 ** 24 })], null)[0]?.preview).toBeNull());
});

it("a message is saved by its date and subject", () => {
  expect(fileNameOf("Re: Tea / coffee?\u202e", "2026-11-22T10:00:00Z")).toBe("2026-11-22 Re Tea coffee.eml");
  expect(fileNameOf(null, "2026-11-22T10:00:00Z")).toBe("2026-11-22 message.eml");
});
