import { describe, expect, it } from "vitest";
import { type Contact, type Person, ranked, suggestions, worthAt } from "./people";

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const contact = (email: string, daysAgo: number, name: string | null = null, weight = 1): Contact => ({
  address: { name, email },
  at: NOW - daysAgo * DAY,
  weight,
});
const emails = (people: readonly Person[]) => people.map((each) => each.email.split("@")[0]);

describe("the ranking of people", () => {
  it("counts how often and how lately", () => {
    const often = [1, 2, 3].map((days) => contact("often@example.org", days));
    const once = [contact("today@example.org", 0)];
    const longAgo = Array.from({ length: 5 }, () => contact("old@example.org", 600));
    expect(emails(ranked([], [...longAgo, ...once, ...often], new Set()))).toEqual(["often", "today", "old"]);
  });
  it("halves what is sixty days old", () => {
    const [person] = ranked([], [contact("a@example.org", 60)], new Set());
    expect(worthAt(person as Person, NOW)).toBeCloseTo(0.5);
  });
  it("is the same whatever the order", () => {
    const given = [contact("a@example.org", 100), contact("a@example.org", 3), contact("a@example.org", 40)];
    const one = ranked([], given, new Set())[0] as Person;
    const other = ranked([], given.toReversed(), new Set())[0] as Person;
    expect(one.worth).toBeCloseTo(other.worth);
  });
  it("goes on from what was known", () => {
    const known = ranked([], [contact("a@example.org", 10)], new Set());
    expect(ranked(known, [contact("a@example.org", 0)], new Set())[0]?.worth).toBeGreaterThan(1.8);
  });
  it("takes the newest name, and keeps one where there is none", () => {
    expect(
      ranked(
        [],
        [contact("a@example.org", 5, "Old"), contact("A@example.org", 1, "New"), contact("a@example.org", 0)],
        new Set(),
      )[0]?.name,
    ).toBe("New");
  });
  it("leaves out oneself, and robots that only wrote", () => {
    const given = [
      contact("me@example.org", 0),
      contact("no-reply@example.org", 0, null, 0.2),
      contact("noreply@example.net", 0),
    ];
    expect(emails(ranked([], given, new Set(["me@example.org"])))).toEqual(["noreply"]);
  });
});

describe("who fits what is typed", () => {
  const people = ranked(
    [],
    [
      contact("anna.berg@example.org", 0, "Anna Berg"),
      contact("bea@example.org", 0, "Bea Anders"),
      contact("j@example.org", 0, "Jürgen Groß"),
      contact("susanna@example.org", 0),
    ],
    new Set(),
  );
  it.each([
    ["an", ["anna.berg", "bea", "susanna"]],
    ["berg", ["anna.berg"]],
    ["anna b", ["anna.berg"]],
    ["jurgen", ["j"]],
    ["GROSS", ["j"]],
    ["example", ["anna.berg", "bea", "j", "susanna"]],
    ["xyz", []],
    ["n", []],
  ])("%s", (typed, expected) => {
    expect(emails(suggestions(people, typed, [], NOW)).toSorted()).toEqual(expected.toSorted());
  });
  it("puts begins of names first", () => {
    expect(emails(suggestions(people, "an", [], NOW))[0]).toBe("anna.berg");
  });
  it("leaves out who is there", () => {
    expect(emails(suggestions(people, "an", [{ name: null, email: "ANNA.berg@example.org" }], NOW))).toEqual([
      "bea",
      "susanna",
    ]);
  });
  it("shows no more than asked for", () => {
    expect(suggestions(people, "example", [], NOW, 2)).toHaveLength(2);
  });
});
