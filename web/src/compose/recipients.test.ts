import { describe, expect, it } from "vitest";
import type { Address } from "./addresses";
import { identityFor, listAddress, type Original, ofMailto, recipientsOf, referencesOf, writesFrom } from "./recipients";

const at = (name: string): Address => ({ name: null, email: `${name}@example.org` });
const me = { id: "I1", email: "me@example.org" };
const shop = { id: "I2", email: "shop@example.org" };
const own = [me, shop];
const from = (given: Partial<Original>): Original => ({
  from: [at("anna")],
  replyTo: null,
  to: [at("me")],
  cc: null,
  bcc: null,
  ...given,
});
const names = (addresses: readonly Address[]) => addresses.map((each) => each.email.split("@")[0]);

describe("whom a reply goes to", () => {
  it.each<[string, Partial<Original>, "reply" | "replyAll" | "replyList", string[], string[]]>([
    ["its author", {}, "reply", ["anna"], []],
    ["Reply-To before the author", { replyTo: [at("office")] }, "reply", ["office"], []],
    [
      "everybody but myself",
      { to: [at("me"), at("ben")], cc: [at("carl"), at("shop")] },
      "replyAll",
      ["anna", "ben"],
      ["carl"],
    ],
    ["nobody twice", { to: [at("anna"), at("ben")], cc: [at("ben"), at("carl")] }, "replyAll", ["anna", "ben"], ["carl"]],
    ["not my address with an extension", { to: [at("me+news"), at("ben")] }, "replyAll", ["anna", "ben"], []],
    ["Mail-Followup-To, for all", { followupTo: [at("list"), at("me")], cc: [at("carl")] }, "replyAll", ["list"], []],
    ["the author, in spite of Mail-Followup-To", { followupTo: [at("list")] }, "reply", ["anna"], []],
    ["the list", { listPost: ["mailto:list@example.org"] }, "replyList", ["list"], []],
    [
      "the author where only the list says Reply-To",
      { listPost: ["mailto:list@example.org"], replyTo: [at("list")] },
      "reply",
      ["anna"],
      [],
    ],
    [
      "the list too, for all",
      { listPost: ["mailto:list@example.org"], replyTo: [at("list")], to: [at("list")] },
      "replyAll",
      ["list"],
      [],
    ],
    ["of my own message, those it went to", { from: [at("me")], to: [at("ben")], cc: [at("carl")] }, "reply", ["ben"], []],
    [
      "of my own message, all it went to",
      { from: [at("me")], to: [at("ben")], cc: [at("carl")] },
      "replyAll",
      ["ben"],
      ["carl"],
    ],
    ["of a message from me to me, me", { from: [at("me")], to: [at("me")] }, "reply", ["me"], []],
    ["of one from me to me, for all, me", { from: [at("me")], to: [at("me")] }, "replyAll", ["me"], []],
    ["the sender where there is no author", { from: null, sender: [at("robot")] }, "reply", ["robot"], []],
  ])("%s", (_, given, mode, to, cc) => {
    const found = recipientsOf(from(given), mode, own);
    expect([names(found.to), names(found.cc)]).toEqual([to, cc]);
  });

  it("reads List-Post, and that it may be closed", () => {
    expect(listAddress(from({ listPost: ["https://example.org/post", "mailto:list%40x@example.org?subject=a"] }))?.email).toBe(
      "list@x@example.org",
    );
    expect(listAddress(from({ listPost: ["NO"] }))).toBeNull();
  });
});

describe("as whom a reply is written", () => {
  const anywhere = { id: "I3", email: "*@example.net" };
  it.each<[string, Partial<Original>, string | null]>([
    ["the one it was sent to", { to: [at("shop")] }, "I2"],
    ["the one in Cc", { to: [at("ben")], cc: [at("shop")] }, "I2"],
    ["the one with an extension", { to: [at("shop+x")] }, "I2"],
    ["the one it was delivered to, for a hidden copy", { to: [at("ben")], deliveredTo: ["shop@example.org"] }, "I2"],
    ["the one it was written by", { from: [at("shop")], to: [at("me")] }, "I2"],
    ["the one of the domain", { to: [{ name: null, email: "any@example.net" }] }, "I3"],
    ["none where none fits", { to: [at("list")] }, null],
  ])("%s", (_, given, id) => {
    expect(identityFor(from(given), [...own, anywhere])?.id ?? null).toBe(id);
  });

  it("writes from the very address of a domain", () => {
    expect(writesFrom(anywhere, from({ to: [{ name: null, email: "any@example.net" }] }))).toBe("any@example.net");
    expect(writesFrom(me, null)).toBe("me@example.org");
  });
});

describe("References", () => {
  it("are those before and the message's own", () => {
    expect(referencesOf({ messageId: ["c"], references: ["a", "b"], inReplyTo: ["b"] })).toEqual({
      inReplyTo: ["c"],
      references: ["a", "b", "c"],
    });
  });
  it("fall back to In-Reply-To where it is one", () => {
    expect(referencesOf({ messageId: ["c"], references: null, inReplyTo: ["b"] }).references).toEqual(["b", "c"]);
    expect(referencesOf({ messageId: ["c"], references: null, inReplyTo: ["a", "b"] }).references).toEqual(["c"]);
  });
  it("are none for a message without an id", () => {
    expect(referencesOf({ messageId: null, references: null, inReplyTo: null })).toEqual({ inReplyTo: null, references: null });
  });
  it("keep the first and the last of very many", () => {
    const many = Array.from({ length: 300 }, (_, n) => `m${n}`);
    const found = referencesOf({ messageId: ["z"], references: many, inReplyTo: null }).references ?? [];
    expect([found.length, found[0], found[99]]).toEqual([100, "m0", "z"]);
  });
});

it("reads a mailto link", () => {
  expect(ofMailto("mailto:a@example.org,b@example.org?cc=c@example.org&subject=Hello%20you&body=one%0D%0Atwo&x=y")).toEqual({
    to: [at("a"), at("b")],
    cc: [at("c")],
    bcc: [],
    subject: "Hello you",
    body: "one\ntwo",
  });
});
