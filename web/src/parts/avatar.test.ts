import { expect, test } from "vitest";
import { hueOf, initialsOf } from "./avatar";

test.each([
  ["Ada Lovelace", "a@x.example", "AL"],
  ["Müller, Jürgen (Post)", "j@x.example", "MP"],
  [null, "ada@x.example", "A"],
  ["", "_zoe@x.example", "Z"],
  ["李明", "l@x.example", "李"],
  ["😀", "", "?"],
])("%s <%s> is %s", (name, email, initials) => expect(initialsOf(name, email)).toBe(initials));

test("a colour is an address's own, however it is spelled", () => expect(hueOf("Ada@X.example")).toBe(hueOf("ada@x.example")));
