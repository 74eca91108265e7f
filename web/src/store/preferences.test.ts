import { beforeEach, expect, test, vi } from "vitest";
import { Client, type Fetch } from "../jmap/client";
import { MAIL, type Session, WEBMAIL } from "../jmap/session";
import { setClient } from "./account";
import { fetchPreferences, preferences, setPreferences } from "./preferences";

const saved: [account: string, values: object][] = [];
const answering: Fetch = async (_, init) => {
  const { methodCalls } = JSON.parse(init.body as string) as {
    methodCalls: [string, { accountId: string; update?: object }, string][];
  };
  for (const [method, args] of methodCalls)
    if (method === "Preferences/set") saved.push([args.accountId, (args.update as { singleton: object }).singleton]);
  const methodResponses = methodCalls.map(([method, , id]) => [method, { list: [{ values: {} }] }, id]);
  return Response.json({ methodResponses, sessionState: "1" });
};

async function signIn(id: string): Promise<void> {
  const session = { capabilities: { [WEBMAIL]: {} }, accounts: { [id]: {} }, primaryAccounts: { [MAIL]: id }, apiUrl: "/api" };
  setClient(new Client(session as unknown as Session, "", answering));
  await fetchPreferences();
}

beforeEach(() => {
  vi.useFakeTimers();
  saved.length = 0;
});

test("what one has chosen is saved in their name", async () => {
  await signIn("A1");
  setPreferences({ readAfter: 5 });
  await vi.runAllTimersAsync();
  expect(saved).toEqual([["A1", { "values/readAfter": 5 }]]);
});

test("nobody gets what another one has chosen, whose log-in ended before it was saved", async () => {
  await signIn("A1");
  setPreferences({ picturesFrom: ["ines@example.net"] });
  setClient(null);
  await signIn("A2");
  await vi.runAllTimersAsync();
  expect([saved, preferences.value.picturesFrom]).toEqual([[], []]);
});
