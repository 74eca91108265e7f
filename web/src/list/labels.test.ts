import { describe, expect, it } from "vitest";
import { isLabel, keywordFor, labelsOf, plainName } from "./labels";

const names = (keywords: string[], named = {}) =>
  labelsOf(Object.fromEntries(keywords.map((keyword) => [keyword, true])), named, (known) => known).map(({ name }) => name);

describe("labels", () => {
  it("are the keywords that people gave", () => {
    expect(names(["$seen", "$flagged", "NonJunk", "$forwarded", "work", "to_do"])).toEqual(["to do", "work"]);
    expect(names(["$label1", "$Label4"])).toEqual(["important", "todo"]);
    expect(names(["work"], { work: { name: "Büro", colour: 3 } })).toEqual(["Büro"]);
    expect(isLabel("$mdnsent")).toBe(false);
  });

  it.each<[string, string]>([
    ["Work", "work"],
    ["to do", "to_do"],
    ["R&D", "r&-d"],
    ["Küche", "k&c3bc-che"],
    ["日本", "&e697a5e69cac-"],
    ["$seen", "seen"],
    ['(a)"b"\\', "ab"],
    ["*", ""],
  ])("%s is the keyword %s", (name, keyword) => {
    expect(keywordFor(name)).toBe(keyword);
    expect(keyword).toMatch(/^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]*$/);
  });

  it.each(["work", "to do", "r&d", "küche", "日本 & mehr", "&c3-"])("%s is read from its keyword again", (name) => {
    expect(plainName(keywordFor(name))).toBe(name);
  });
});
