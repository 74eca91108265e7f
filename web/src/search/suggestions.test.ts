import { describe, expect, it } from "vitest";
import { type Known, type Suggestion, suggestionsFor, taken } from "./suggestions";
import { writeTerm } from "./syntax";

const known: Known = {
  people: [
    { name: "Anna Berg", email: "anna@example.org" },
    { name: "Bo Ängström", email: "bo@example.org" },
    { name: null, email: "info@example.net" },
  ],
  folders: ["Inbox", "Work", "Work/Plans", "Archive"],
  labels: [{ keyword: "k&c3bc-che", name: "Küche" }],
  recent: ["from:anna lunch", "invoice"],
};
const NOW = new Date(2026, 10, 22);
const said = (suggestion: Suggestion) =>
  suggestion.kind === "recent"
    ? `(${suggestion.text})`
    : suggestion.kind === "operator"
      ? `${suggestion.not ? "-" : ""}${suggestion.operator}:…`
      : writeTerm(suggestion.term);
const offered = (text: string) => suggestionsFor(text, known, NOW).map(said);

describe("what is offered", () => {
  it("begins with what was searched before, and with what can be", () => {
    expect(offered("").slice(0, 5)).toEqual(["(from:anna lunch)", "(invoice)", "is:unread", "has:attachment", "from:…"]);
  });

  it.each<[string, string[]]>([
    ["ann", ["(from:anna lunch)", "from:anna@example.org"]],
    ["angs", ["from:bo@example.org"]],
    ["fro", ["(from:anna lunch)", "from:…"]],
    ["lunch -fro", ["-from:…"]],
    ["pla", ["in:Work/Plans"]],
    ["from:", ["from:anna@example.org", "from:bo@example.org", "from:info@example.net"]],
    ["from:ber", ["from:anna@example.org"]],
    ["-von:info", ["-from:info@example.net"]],
    ["in:pl", ["in:Work/Plans"]],
    ["is:un", ["is:unread"]],
    ["label:ku", ["label:k&c3bc-che"]],
    ["before:20", ["before:2026-11-22"]],
    ["larger:1", ["larger:100k", "larger:1M", "larger:10M"].filter((each) => each.startsWith("larger:1"))],
    ["subject:x", []],
    ["lunch ", []],
  ])("for %s", (text, suggestions) => {
    expect(offered(text)).toEqual(suggestions);
  });

  it("takes the place of what was being typed", () => {
    expect(taken("lunch fro", { kind: "operator", operator: "from", not: false })).toEqual({ text: "lunch from:", term: null });
    const term = { kind: "from", value: "anna@example.org", not: false } as const;
    expect(taken("lunch from:an", { kind: "term", term, note: "" })).toEqual({ text: "lunch ", term });
    expect(taken("inv", { kind: "recent", text: "invoice" })).toEqual({ text: "invoice", term: null });
    expect(taken("", { kind: "operator", operator: "to", not: true })).toEqual({ text: "-to:", term: null });
  });
});
