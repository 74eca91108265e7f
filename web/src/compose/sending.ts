/** A message on its way: what is asked of the server to send it, to take it back, to send it another time (RFC 8621 §7). Pure. */

import type { Answer, Call, Id, SetAnswer, SetError } from "../jmap/types";
import { destroyCalls, madeBlobs, madeCall } from "./drafts";
import { emailOf, envelopeOf, type Letter } from "./message";
import { utc } from "./schedule";

/** Until when the server is to hold it (FUTURERELEASE, RFC 4865): seconds, or a moment. */
export type Hold = { readonly seconds: number } | { readonly until: Date } | null;

export interface Boxes {
  readonly drafts: Id;
  readonly sent: Id;
}

export interface Send {
  readonly letter: Letter;
  /** The draft that it takes the place of. */
  readonly draftId: Id | null;
  readonly identityId: Id;
  readonly hold: Hold;
  readonly boxes: Boxes;
  readonly sentAt: string;
}

/** One request: the message made, submitted, filed in Sent if that succeeds, and the draft taken away. */
export function sendCalls(send: Send): Call[] {
  const create = emailOf(
    { ...send.letter, forwards: null },
    { mailboxId: send.boxes.drafts, isDraft: true, sentAt: send.sentAt },
  );
  const submission = {
    identityId: send.identityId,
    emailId: "#letter",
    envelope: envelope(send.letter.from.email, envelopeOf(send.letter), send.hold),
  };
  return [
    ["Email/set", { create: { letter: create } }, "make"],
    [
      "EmailSubmission/set",
      { create: { sending: submission }, onSuccessUpdateEmail: { "#sending": filed(send.boxes) } },
      "submit",
    ],
    madeCall(),
    ...(send.draftId === null ? [] : destroyCalls(send.draftId)),
  ];
}

export function envelope(from: string, to: readonly string[], hold: Hold): object {
  return {
    mailFrom: { email: from, parameters: hold === null ? null : holdParameters(hold) },
    rcptTo: to.map((email) => ({ email, parameters: null })),
  };
}

function holdParameters(hold: NonNullable<Hold>): Record<string, string> {
  return "seconds" in hold ? { HOLDFOR: String(hold.seconds) } : { HOLDUNTIL: utc(hold.until) };
}

function filed({ drafts, sent }: Boxes): Record<string, unknown> {
  if (drafts === sent) return { "keywords/$draft": null };
  return { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sent}`]: true, "keywords/$draft": null };
}

/** `blobs`: what pictures and files are called in the new email (those of the draft are gone with it). */
export type Outcome = { readonly blobs: readonly Id[] } /** `sendAt`: when it goes; the server may say so. */ & (
  | { kind: "sent"; emailId: Id; submissionId: Id; sendAt: string | null; undoStatus: string }
  /** `emailId`: the draft that has been made of it all the same. */
  | { kind: "refused"; error: SetError; emailId: Id | null }
);

interface Submitted {
  id: Id;
  sendAt?: string;
  undoStatus?: string;
}

export function outcomeOf(answers: readonly Answer[]): Outcome {
  const make = result<{ id: Id }>(answers, "make", "Email/set");
  const submit = result<Submitted>(answers, "submit", "EmailSubmission/set");
  const blobs = madeBlobs(answers);
  const emailId = make.answer?.created?.letter?.id ?? null;
  const sending = submit.answer?.created?.sending;
  if (sending && emailId) {
    return {
      kind: "sent",
      emailId,
      submissionId: sending.id,
      sendAt: sending.sendAt ?? null,
      undoStatus: sending.undoStatus ?? "pending",
      blobs,
    };
  }
  const refused = make.answer?.notCreated?.letter ?? make.error ?? submit.answer?.notCreated?.sending ?? submit.error;
  return { kind: "refused", error: refused ?? { type: "serverFail" }, emailId, blobs };
}

function result<T>(
  answers: readonly Answer[],
  callId: string,
  method: string,
): { answer: SetAnswer<T> | null; error: SetError | null } {
  // the answer of onSuccessUpdateEmail bears the same call id
  const found = answers.find((each) => each.callId === callId && (each.error || each.method === method));
  if (!found) return { answer: null, error: null };
  return found.error ? { answer: null, error: found.error } : { answer: found.result as SetAnswer<T>, error: null };
}

/** Takes it back while the server holds it: it is a draft again. */
export function cancelCall(submissionId: Id, boxes: Boxes): Call {
  const back =
    boxes.drafts === boxes.sent
      ? { "keywords/$draft": true }
      : { [`mailboxIds/${boxes.sent}`]: null, [`mailboxIds/${boxes.drafts}`]: true, "keywords/$draft": true };
  return [
    "EmailSubmission/set",
    { update: { [submissionId]: { undoStatus: "canceled" } }, onSuccessUpdateEmail: { [submissionId]: back } },
    "cancel",
  ];
}

/** Null: it has been taken back; else why not ("cannotUnsend": it is gone). */
export function cancelled(answers: readonly Answer[], submissionId: Id): SetError | null {
  const found = answers.find((each) => each.callId === "cancel" && (each.error || each.method === "EmailSubmission/set"));
  if (!found || found.error) return found?.error ?? { type: "serverFail" };
  const answer = found.result as SetAnswer;
  if (answer.updated && submissionId in answer.updated) return null;
  return answer.notUpdated?.[submissionId] ?? { type: "serverFail" };
}

export interface Scheduled {
  readonly submissionId: Id;
  readonly emailId: Id;
  readonly identityId: Id;
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * The same message at another time, for when `cancelCall` has succeeded: never both in one request, since what can no longer be
 * taken back would then go twice.
 */
export function resendCall(scheduled: Scheduled, hold: Hold, boxes: Boxes): Call {
  const create = {
    identityId: scheduled.identityId,
    emailId: scheduled.emailId,
    envelope: envelope(scheduled.from, scheduled.to, hold),
  };
  return ["EmailSubmission/set", { create: { sending: create }, onSuccessUpdateEmail: { "#sending": filed(boxes) } }, "submit"];
}

/** Which kind of hint a refused sending deserves; a key of the catalogue below `compose.refused.`. */
export function reasonOf(error: SetError): Reason {
  return REASONS[error.type] ?? "other";
}
export type Reason =
  | "from"
  | "forbidden"
  | "recipients"
  | "tooMany"
  | "none"
  | "tooLarge"
  | "quota"
  | "blob"
  | "other"
  | "invalid"
  | "rate";
const REASONS: Record<string, Reason> = {
  forbiddenFrom: "from",
  forbiddenMailFrom: "from",
  forbiddenToSend: "forbidden",
  forbidden: "forbidden",
  invalidRecipients: "recipients",
  tooManyRecipients: "tooMany",
  noRecipients: "none",
  tooLarge: "tooLarge",
  overQuota: "quota",
  blobNotFound: "blob",
  invalidEmail: "invalid",
  invalidProperties: "invalid",
  rateLimit: "rate",
};
