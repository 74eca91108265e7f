import { describe, expect, it } from "vitest";
import { firstName, recipients, type Said, speakers } from "./participants";

const isMine = (email: string) => email === "me@example.org";
const from = (name: string | null, email: string, more: Partial<Said> = {}): Said => ({
  from: [{ name, email }],
  to: [],
  isUnread: false,
  isDraft: false,
  ...more,
});
const said = (letters: Said[]) =>
  speakers(letters, isMine).map((each) =>
    each === null ? "…" : `${each.isDraft ? "draft" : each.isMe ? "me" : each.label}${each.isUnread ? "!" : ""}`,
  );

const anna = from("Anna Berg", "anna@example.org");
const me = from("Me", "me@example.org");

describe("who speaks", () => {
  it.each<[string, Said[], string[]]>([
    ["alone, by the whole name", [anna], ["Anna Berg"]],
    ["twice, once", [anna, anna], ["Anna Berg"]],
    ["in turn, by first names", [anna, me, anna], ["Anna", "me"]],
    ["unread by one letter", [anna, me, { ...anna, isUnread: true }], ["Anna!", "me"]],
    [
      "many: the first and the last two",
      ["A", "B", "C", "D", "E"].map((name) => from(`${name}lice X`, name)),
      ["Alice", "…", "Dlice", "Elice"],
    ],
    ["a draft", [anna, { ...me, isDraft: true }], ["Anna", "draft"]],
    ["somebody without a name", [from(null, "info@example.org")], ["info@example.org"]],
    ["nobody", [{ ...anna, from: null }], [""]],
  ])("%s", (_, letters, names) => {
    expect(said(letters)).toEqual(names);
  });

  it.each<[string | null, string, string]>([
    ["Anna Berg", "a@x", "Anna"],
    ["Berg, Anna Maria", "a@x", "Anna"],
    ["Deutsche Bahn Fahrkartenservice Online", "a@x", "Deutsche Bahn Fahrkartenservice Online"],
    ["GitHub", "a@x", "GitHub"],
    ["J. Smith", "a@x", "J. Smith"],
    [null, "info@example.org", "info"],
    [" ", "info@example.org", "info"],
  ])("%s is called %s", (name, email, called) => {
    expect(firstName({ name, email })).toBe(called);
  });

  it("and to whom", () => {
    expect(recipients([{ ...me, to: [{ name: "Anna Berg", email: "a@x" }] }])).toEqual(["Anna Berg"]);
    expect(
      recipients([
        {
          ...me,
          to: [
            { name: "Anna Berg", email: "a@x" },
            { name: null, email: "bo@x" },
          ],
        },
      ]),
    ).toEqual(["Anna", "bo"]);
    expect(recipients([])).toEqual([]);
  });
});
