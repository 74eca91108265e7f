import { describe, expect, test } from "vitest";
import { address, parse, type Route } from "./route";

const ROUTES: [string, Route][] = [
  ["/mail/", { name: "folder", mailboxId: null, threadId: null }],
  ["/mail/f/inbox/T7", { name: "folder", mailboxId: null, threadId: "T7" }],
  ["/mail/f/F12", { name: "folder", mailboxId: "F12", threadId: null }],
  ["/mail/f/F12/T7", { name: "folder", mailboxId: "F12", threadId: "T7" }],
  ["/mail/search?q=from%3Aada%20tea%20%26%20cake", { name: "search", query: "from:ada tea & cake", threadId: null }],
  ["/mail/search/T7?q=tea", { name: "search", query: "tea", threadId: "T7" }],
  ["/mail/settings/passkeys", { name: "settings", page: "passkeys" }],
];

describe("an address", () => {
  test.each(ROUTES)("%s says where one is, and is made from it", (url, route) => {
    const [path = "", search = ""] = url.split(/(?=\?)/);
    expect(parse(path, search)).toEqual(route);
    expect(address(route)).toBe(url);
  });

  test("of nowhere leads to the inbox", () => {
    for (const path of ["/mail", "/mail/nowhere/at/all", "/mail/%E0%A4%A", "/"])
      expect(parse(path)).toEqual({ name: "folder", mailboxId: null, threadId: null });
  });

  test("of a mailto: link carries it whole", () => {
    const route: Route = { name: "mailto", url: "mailto:ada@example.org?subject=a&body=b" };
    const url = new URL(address(route), "https://mail.example");
    expect(parse(url.pathname, url.search)).toEqual(route);
  });
});
