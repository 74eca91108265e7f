import { describe, expect, it } from "vitest";
import type { Answer } from "../jmap/types";
import type { Letter } from "./message";
import { cancelCall, cancelled, outcomeOf, reasonOf, resendCall, sendCalls } from "./sending";

const at = (name: string) => ({ name: null, email: `${name}@example.org` });
const letter: Letter = {
  from: at("me"), to: [at("anna")], cc: [at("ben")], bcc: [at("carl"), at("anna")], replyTo: [], subject: "Hi", text: "Hello", html: null,
  files: [], pictures: [], messageId: "1@example.org", inReplyTo: null, references: null, forwards: "2@example.org",
}; // biome-ignore format: short
const boxes = { drafts: "F1", sent: "F2" };
const send = { letter, draftId: "M1", identityId: "I1", hold: { seconds: 15 }, boxes, sentAt: "2026-11-22T12:00:00Z" };
const answer = (method: string, callId: string, result: object, error: Answer["error"] = null): Answer => ({
  method,
  callId,
  result,
  error,
});

describe("the request that sends", () => {
  const calls = sendCalls(send);
  it("makes, submits, files and takes the draft away", () => {
    expect(calls.map(([method]) => method)).toEqual([
      "Email/set",
      "EmailSubmission/set",
      "Email/get",
      "Email/get",
      "Email/set",
    ]);
    expect(calls[1]?.[1]).toEqual({
      create: {
        sending: {
          identityId: "I1",
          emailId: "#letter",
          envelope: {
            mailFrom: { email: "me@example.org", parameters: { HOLDFOR: "15" } },
            rcptTo: ["anna", "ben", "carl"].map((name) => ({ email: `${name}@example.org`, parameters: null })),
          },
        },
      },
      onSuccessUpdateEmail: { "#sending": { "mailboxIds/F1": null, "mailboxIds/F2": true, "keywords/$draft": null } },
    });
  });
  it("tells nobody what was forwarded", () => {
    expect(JSON.stringify(calls)).not.toContain("2@example.org");
  });
  it("has no hold where none is wanted, and a moment where one is", () => {
    const hold = (given: typeof send.hold | null | { until: Date }) =>
      JSON.stringify(sendCalls({ ...send, hold: given as never })[1]);
    expect(hold(null)).toContain('"parameters":null},"rcptTo"');
    expect(hold({ until: new Date("2026-11-23T07:00:00.500Z") })).toContain('"HOLDUNTIL":"2026-11-23T07:00:00Z"');
  });
  it("destroys nothing where there is no draft", () => {
    expect(sendCalls({ ...send, draftId: null })).toHaveLength(3);
  });
});

describe("what came of it", () => {
  const made = answer("Email/set", "make", { created: { letter: { id: "M2" } } });
  const filed = answer("Email/set", "submit", { updated: { M2: null } });
  it("sent", () => {
    const sent = answer("EmailSubmission/set", "submit", {
      created: { sending: { id: "S1", sendAt: "2026-11-22T12:00:15Z" } },
    });
    expect(outcomeOf([made, filed, sent])).toEqual({
      kind: "sent",
      emailId: "M2",
      submissionId: "S1",
      sendAt: "2026-11-22T12:00:15Z",
      undoStatus: "pending",
      blobs: [],
    });
  });
  it.each<[string, Answer[], string, string | null]>([
    [
      "the email was not made",
      [answer("Email/set", "make", { notCreated: { letter: { type: "overQuota" } } })],
      "overQuota",
      null,
    ],
    [
      "it was not submitted",
      [made, answer("EmailSubmission/set", "submit", { notCreated: { sending: { type: "forbiddenFrom" } } })],
      "forbiddenFrom",
      "M2",
    ],
    ["the method failed", [made, answer("error", "submit", {}, { type: "unknownMethod" })], "unknownMethod", "M2"],
    ["nothing was said", [], "serverFail", null],
  ])("%s", (_, answers, type, emailId) => {
    expect(outcomeOf(answers)).toMatchObject({ kind: "refused", error: { type }, emailId });
  });
  it("is said in words", () => {
    expect(reasonOf({ type: "tooManyRecipients" })).toBe("tooMany");
    expect(reasonOf({ type: "whatever" })).toBe("other");
  });
});

describe("taking it back", () => {
  it("makes it a draft again", () => {
    expect(cancelCall("S1", boxes)[1]).toEqual({
      update: { S1: { undoStatus: "canceled" } },
      onSuccessUpdateEmail: { S1: { "mailboxIds/F2": null, "mailboxIds/F1": true, "keywords/$draft": true } },
    });
  });
  it.each([
    ["succeeds", answer("EmailSubmission/set", "cancel", { updated: { S1: null } }), null],
    [
      "comes too late",
      answer("EmailSubmission/set", "cancel", { notUpdated: { S1: { type: "cannotUnsend" } } }),
      "cannotUnsend",
    ],
    ["fails", answer("error", "cancel", {}, { type: "forbidden" }), "forbidden"],
  ])("%s", (_, given, type) => {
    expect(cancelled([given], "S1")?.type ?? null).toBe(type);
  });
  it("and sending it another time is a request of its own", () => {
    const scheduled = { submissionId: "S1", emailId: "M2", identityId: "I1", from: "me@example.org", to: ["anna@example.org"] };
    expect(resendCall(scheduled, null, boxes)[1]).toMatchObject({ create: { sending: { emailId: "M2" } } });
  });
});
