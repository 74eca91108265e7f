import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Client } from "../jmap/client";
import type { Session } from "../jmap/session";
import { setClient } from "../store/account";
import type { Letter } from "./message";
import { EMPTY } from "./snapshot";
import { latestVersion, upToDate } from "./versions";

const leaf = (blobId: string) => ({ blobId, partId: "1", type: "x/y" });
const file = { blobId: "P1-2", name: "a.pdf", type: "application/pdf" };
const letter = { text: "Hi", html: null, files: [file], pictures: [], messageId: "1@x" } as unknown as Letter;
const snapshot = { ...EMPTY, messageId: "1@x", draftId: "M1", files: [{ ...file, size: 1, cid: null }] };

/** What the server has: an email with these parts, or none. */
let has: { id: string; bodyStructure: object } | null;
let asked: unknown;

beforeEach(() => {
  const session = { capabilities: {}, accounts: { A1: {} }, primaryAccounts: {}, apiUrl: "/jmap/api" } as unknown as Session;
  setClient(
    new Client(session, "", async (_, init) => {
      asked = JSON.parse(String(init.body)).methodCalls;
      return Response.json({
        methodResponses: [
          ["Email/query", { ids: has ? [has.id] : [] }, "q"],
          ["Email/get", { list: has ? [has] : [] }, "made"],
        ],
      });
    }),
  );
});
afterEach(() => setClient(null));

describe("the version that the server has", () => {
  it("is found by the Message-ID, among drafts", async () => {
    has = { id: "M2", bodyStructure: { type: "multipart/mixed", subParts: [leaf("P2-1"), leaf("P2-2")] } };
    expect(await latestVersion("1@x")).toEqual({ id: "M2", blobs: ["P2-2"] });
    expect(JSON.stringify(asked)).toContain('[{"header":["Message-ID","<1@x>"]},{"hasKeyword":"$draft"}]');
  });
  it("gives what is attached its names", async () => {
    has = { id: "M2", bodyStructure: { type: "multipart/mixed", subParts: [leaf("P2-1"), leaf("P2-2")] } };
    const found = await upToDate(snapshot, letter);
    expect([found.snapshot.draftId, found.snapshot.files[0]?.blobId, found.letter.files[0]?.blobId]).toEqual([
      "M2",
      "P2-2",
      "P2-2",
    ]);
  });
  it("leaves all as it is where it is the one we know", async () => {
    has = { id: "M1", bodyStructure: leaf("P1-1") };
    expect(await upToDate(snapshot, letter)).toEqual({ snapshot, letter });
  });
  it("may be none: then it is a new draft", async () => {
    has = null;
    expect((await upToDate(snapshot, letter)).snapshot.draftId).toBeNull();
  });
});
