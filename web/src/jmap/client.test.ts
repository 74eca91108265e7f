import { describe, expect, test, vi } from "vitest";
import { Client } from "./client";
import { MethodError, Offline, SignedOut, Superseded } from "./errors";
import { CORE, MAIL, type Session } from "./session";

const session: Session = {
  capabilities: { [CORE]: { maxCallsInRequest: 3 }, [MAIL]: {} },
  accounts: { A1: { name: "ada@example.org", isPersonal: true, isReadOnly: false, accountCapabilities: {} } },
  primaryAccounts: { [MAIL]: "A1" },
  username: "ada@example.org",
  apiUrl: "https://elsewhere.example:8443/jmap/api",
  downloadUrl: "https://elsewhere.example/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
  uploadUrl: "https://elsewhere.example/jmap/upload/{accountId}/",
  eventSourceUrl: "",
  state: "1",
};

type Asked = { methodCalls: [string, Record<string, unknown>, string][] };
const asked: { url: string; body: Asked; headers: Record<string, string> }[] = [];

/** Answers each call with its own arguments; "Bad/get" with an error. */
function server(status = 200, body?: unknown) {
  asked.length = 0;
  return vi.fn(async (url: string, init: RequestInit) => {
    const request = JSON.parse(init.body as string) as Asked;
    asked.push({ url, body: request, headers: init.headers as Record<string, string> });
    const answer = request.methodCalls.map(([name, args, id]) =>
      name === "Bad/get" ? ["error", { type: "unknownMethod" }, id] : [name, args, id],
    );
    return new Response(JSON.stringify(body ?? { methodResponses: answer, sessionState: "s" }), { status });
  });
}

test("calls of one tick are one request, at this page's own origin", async () => {
  const client = new Client(session, "token", server());
  const answers = await Promise.all([client.call("Mailbox/get", { ids: null }), client.call("Email/get", { ids: ["M1"] })]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.url).toBe("/jmap/api");
  expect(asked[0]?.headers["X-Pillarbox-Token"]).toBe("token");
  expect(answers).toEqual([
    { accountId: "A1", ids: null },
    { accountId: "A1", ids: ["M1"] },
  ]);
});

test("no request has more calls than the server takes", async () => {
  const client = new Client(session, "", server());
  await Promise.all(Array.from({ length: 7 }, (_, index) => client.call("Email/get", { ids: [`M${index}`] })));
  expect(asked.map(({ body }) => body.methodCalls.length)).toEqual([3, 3, 1]);
});

test("one refused call leaves the others their answers", async () => {
  const client = new Client(session, "", server());
  const [bad, good] = await Promise.allSettled([client.call("Bad/get"), client.call("Email/get", { ids: [] })]);
  expect(bad).toMatchObject({ status: "rejected", reason: new MethodError("unknownMethod") });
  expect(good).toMatchObject({ status: "fulfilled" });
});

test("another account may be named", async () => {
  await new Client(session, "", server()).call("Email/get", { accountId: "A2", ids: [] });
  expect(asked[0]?.body.methodCalls[0]?.[1]).toEqual({ accountId: "A2", ids: [] });
});

describe("what is no answer", () => {
  test("a refused log-in is told of once for all", async () => {
    const client = new Client(session, "", server(401, {}));
    client.onSignedOut = vi.fn();
    await expect(client.call("Email/get")).rejects.toBeInstanceOf(SignedOut);
    expect(client.onSignedOut).toHaveBeenCalledOnce();
  });

  test("no network, or a proxy whose server is away, is Offline", async () => {
    const reached = vi.fn();
    const away = new Client(session, "", () => Promise.reject(new TypeError("failed to fetch")));
    away.onReached = reached;
    await expect(away.call("Email/get")).rejects.toBeInstanceOf(Offline);
    await expect(new Client(session, "", server(502, {})).call("Email/get")).rejects.toBeInstanceOf(Offline);
    expect(reached).toHaveBeenCalledWith(false);
  });

  test("a request refused whole says why", async () => {
    const problem = { type: "urn:ietf:params:jmap:error:limit", detail: "too many requests" };
    await expect(new Client(session, "", server(400, problem)).call("Email/get")).rejects.toEqual(
      new MethodError("limit", "too many requests"),
    );
  });
});

test("what was asked of an account that is shown no more is answered to nobody, but where the account was named", async () => {
  let answer: () => void = () => {};
  const asked = new Promise<void>((done) => {
    answer = done;
  });
  const client = new Client(session, "", async (_, init) => {
    await asked;
    const { methodCalls } = JSON.parse(init.body as string);
    return Response.json({ methodResponses: methodCalls, sessionState: "1" });
  });
  const implicit = expect(client.call("Email/get", { ids: ["M1"] })).rejects.toBeInstanceOf(Superseded);
  const whole = expect(client.request([["Email/get", { ids: ["M1"] }, "0"]])).rejects.toBeInstanceOf(Superseded);
  const named = client.requestOf("A1", [["Email/set", {}, "0"]]);
  client.show("A2");
  answer();
  await Promise.all([implicit, whole]);
  expect((await named)[0]?.result).toEqual({ accountId: "A1" });
});

test("a download is at our origin, its name harmless in a path", () => {
  const url = new Client(session).downloadUrl("P3-1", "../a/b c.pdf", "application/pdf");
  expect(url).toBe("/jmap/download/A1/P3-1/.._a_b%20c.pdf?accept=application%2Fpdf");
});
