import { describe, expect, it } from "vitest";
import { answersElsewhere, badgeOf, isVouchedFor, pretended, whyOf } from "./sender";

describe("who sent it", () => {
  it.each(["verified", "own", "unverified", "failed", "unknown"] as const)("%s has words", (verdict) =>
    expect(badgeOf({ verdict, domain: "example.org", why: null }).short).toMatch(/^reading\./),
  );
  it("a verdict that is not known yet counts as none", () =>
    expect(badgeOf({ verdict: "constructor" as never, domain: null, why: null }).tone).toBe("plain"));
  it.each([
    ["verified", true],
    ["own", true],
    ["unverified", false],
    ["failed", false],
    ["unknown", false],
  ] as const)("of one that is %s a choice is remembered: %s", (verdict, is) =>
    expect(isVouchedFor({ verdict, domain: "example.org", why: null })).toBe(is),
  );
  it("says why in one line", () =>
    expect(whyOf({ verdict: "verified", domain: "x", why: ["dmarc-pass", "spf-aligned"] })).toBe("dmarc-pass, spf-aligned"));
});

describe("a name", () => {
  it.each([
    ["bank@bank.example", "x@evil.invalid", "bank@bank.example"],
    ['"Bank" (service@bank.example)', "x@evil.invalid", "service@bank.example"],
    ["ｂank@bank.example", "x@evil.invalid", "bank@bank.example"],
    ["ada@example.org", "ada@example.org", null],
    ["ada@example.org", "list@example.org", null],
    ["Ada", "ada@example.org", null],
    [null, "ada@example.org", null],
  ])("%j of %s shows %j", (name, email, shown) => expect(pretended({ name, email })).toBe(shown));
});

it("answers that go to another domain are told of", () => {
  const from = { name: null, email: "ada@example.org" };
  expect(answersElsewhere(from, [{ name: null, email: "x@evil.invalid" }])?.email).toBe("x@evil.invalid");
  expect(answersElsewhere(from, [{ name: null, email: "team@EXAMPLE.org" }])).toBeNull();
  expect(answersElsewhere(from, null)).toBeNull();
});
