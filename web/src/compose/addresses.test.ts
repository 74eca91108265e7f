import { describe, expect, it } from "vitest";
import { formatAddress, parseAddresses, withoutTwins, wrongWith } from "./addresses";

const plain = (email: string) => ({ name: null, email });

describe("a pasted list", () => {
  it.each<[string, string, { name: string | null; email: string }[]]>([
    ["one address", "anna@example.org", [plain("anna@example.org")]],
    ["commas", "a@example.org,b@example.org", [plain("a@example.org"), plain("b@example.org")]],
    [
      "semicolons and line ends",
      "a@example.org; b@example.org\r\nc@example.org",
      ["a", "b", "c"].map((x) => plain(`${x}@example.org`)),
    ],
    ["spaces only", "a@example.org b@example.org", [plain("a@example.org"), plain("b@example.org")]],
    ["a column of a table", "a@example.org\tb@example.org", [plain("a@example.org"), plain("b@example.org")]],
    ["a name", "Anna Berg <a@example.org>", [{ name: "Anna Berg", email: "a@example.org" }]],
    ["a name with a comma in quotes", '"Berg, Anna" <a@example.org>', [{ name: "Berg, Anna", email: "a@example.org" }]],
    [
      "a name with a comma, Outlook's way",
      "Berg, Anna <a@example.org>; b@example.org",
      [{ name: "Berg, Anna", email: "a@example.org" }, plain("b@example.org")],
    ],
    ["a quote inside quotes", '"Anna \\"Ann\\" Berg" <a@example.org>', [{ name: 'Anna "Ann" Berg', email: "a@example.org" }]],
    ["a comment for a name", "a@example.org (Anna Berg)", [{ name: "Anna Berg", email: "a@example.org" }]],
    ["a name without brackets", "Anna Berg a@example.org", [{ name: "Anna Berg", email: "a@example.org" }]],
    ["a name that only repeats", "a@example.org <a@example.org>", [plain("a@example.org")]],
    ["a link", "mailto:a@example.org", [plain("a@example.org")]],
    ["a group", "Team: a@example.org, b@example.org;", [plain("a@example.org"), plain("b@example.org")]],
    ["a quoted local part", '"a, b"@example.org', [plain('"a, b"@example.org')]],
    ["what is no address", "anna, b@example.org", [plain("anna"), plain("b@example.org")]],
    ["one word alone", "anna", [plain("anna")]],
    ["nothing", " ,; \n", []],
    [
      "a quote that never ends",
      '"anna <a@example.org>, b@example.org',
      [{ name: '"anna', email: "a@example.org" }, plain("b@example.org")],
    ],
  ])("%s", (_, text, expected) => {
    expect(parseAddresses(text)).toEqual(expected);
  });

  it("takes a thousand in a moment", () => {
    const text = Array.from({ length: 1000 }, (_, n) => `"Person, ${n}" <p${n}@example.org>`).join(", ");
    expect(parseAddresses(text)).toHaveLength(1000);
  });
});

describe("what is wrong with an address", () => {
  it.each([
    ["anna@example.org", null],
    ["anna+news@sub.example.org", null],
    ["jürgen@bücher.example", null],
    ['"a b"@example.org', null],
    ["anna@[192.0.2.1]", null],
    ["anna", "noAt"],
    ["@example.org", "noLocal"],
    ["anna@", "noDomain"],
    ["anna@example", "noDot"],
    ["an na@example.org", "badLocal"],
    ["anna..b@example.org", "badLocal"],
    ["anna@b@example.org", "badLocal"],
    ["anna@-example.org", "badDomain"],
    ["anna@example..org", "badDomain"],
    ["anna@exa mple.org", "badDomain"],
    [`${"a".repeat(65)}@example.org`, "tooLong"],
    [`${"a".repeat(64)}@example.org`, null],
  ])("%s: %s", (email, wrong) => {
    expect(wrongWith(email)).toBe(wrong);
  });
});

it("quotes a name only where it must be", () => {
  expect(formatAddress({ name: "Anna Berg", email: "a@example.org" })).toBe("Anna Berg <a@example.org>");
  expect(formatAddress({ name: 'Berg, "Ann"', email: "a@example.org" })).toBe('"Berg, \\"Ann\\"" <a@example.org>');
  expect(formatAddress(plain("a@example.org"))).toBe("a@example.org");
});

it("keeps the first of twins, and the name that one of them has", () => {
  expect(withoutTwins([plain("A@example.org"), { name: "Anna", email: "a@Example.org" }, plain("b@example.org")])).toEqual([
    { name: "Anna", email: "A@example.org" },
    plain("b@example.org"),
  ]);
});
