/** What is sent because of a message read, without anything being written: receipts, answers to invitations, leaving lists. */

import { type Key, t } from "../i18n";
import { MDN, SUBMISSION, WEBMAIL } from "../jmap/session";
import type { Email, Identity, SetAnswer } from "../jmap/types";
import { confirm } from "../parts/dialog";
import { toast } from "../parts/toast";
import { can, client } from "../store/account";
import { setKeyword } from "../store/actions";
import { identities } from "../store/identities";
import { mailboxWithRole } from "../store/mailboxes";
import { textOf } from "./files";
import { type Answer, replyMessage } from "./invitations";
import type { Asides, EmailView, Invitation } from "./views";

const SENT = "$mdnsent";

/** The identity that a message was written to; else the first. */
export function identityFor(email: Pick<Email, "to" | "cc">): Identity | undefined {
  const to = new Set([...(email.to ?? []), ...(email.cc ?? [])].map((each) => each.email.toLowerCase()));
  return identities.value.find((each) => to.has(each.email.toLowerCase())) ?? identities.value[0];
}

/** Whether to ask if its sender is to be told that it was read (RFC 8098 §2.1): never of itself, and only once. */
export function wantsReceipt(email: Email, asides: Asides, verdict: string): boolean {
  const isMine = identities.value.some((each) => each.email.toLowerCase() === email.from?.[0]?.email.toLowerCase());
  const isToTell = asides.receiptTo.length > 0 && !email.keywords[SENT] && !email.keywords.$draft;
  return isToTell && !isMine && verdict !== "failed" && can(MDN);
}

/** Tells the sender (RFC 9007 §2.1), and notes that it was told. */
export async function sendReceipt(email: Email): Promise<void> {
  const identityId = identityFor(email)?.id;
  if (identityId === undefined) return;
  const disposition = { actionMode: "manual-action", sendingMode: "mdn-sent-manually", type: "displayed" };
  const mdn = {
    forEmailId: email.id,
    subject: t("reading.receiptSubject", { subject: email.subject ?? "" }),
    textBody: t("reading.receiptText"),
    disposition,
  };
  await told("reading.receiptSent", "reading.receiptFailed", async () => {
    const answer = await client().call<{ notSent: Record<string, unknown> | null }>("MDN/send", {
      identityId,
      send: { receipt: mdn },
      onSuccessUpdateEmail: { "#receipt": { [`keywords/${SENT}`]: true } },
    });
    if (answer.notSent?.receipt) throw new Error("refused");
  });
}

/** Doesn't tell, and is not asked again. */
export function refuseReceipt(email: Email): Promise<void> {
  return setKeyword([email.id], SENT, true);
}

/** Asks first, for it tells the sender that somebody is there; then leaves the list as well as it can be left. */
export async function unsubscribe(email: Email, view: EmailView, write: (mailto: string) => void): Promise<void> {
  const how = view.unsubscribe;
  if (how === null) return;
  const name = email.from?.[0]?.name || email.from?.[0]?.email || "";
  const text = how.oneClick
    ? "reading.unsubscribeByClick"
    : how.mailto
      ? "reading.unsubscribeByMail"
      : "reading.unsubscribeByPage";
  const question = {
    title: t("reading.unsubscribeFrom", { name }),
    text: t(text, { name, host: hostOf(how.url) }),
    yes: t("reading.unsubscribe"),
  };
  if (!(await confirm(question))) return;
  if (how.oneClick && can(WEBMAIL)) {
    await told("reading.unsubscribed", "reading.unsubscribeFailed", async () => {
      const answer = await client().call<{ done: boolean }>("EmailView/unsubscribe", { id: email.id });
      if (!answer.done) throw new Error("not taken");
    });
  } else if (how.mailto) write(how.mailto);
  else if (how.url && /^https?:\/\//i.test(how.url)) window.open(how.url, "_blank", "noopener,noreferrer");
}

function hostOf(url: string | null): string {
  try {
    return new URL(url ?? "").hostname;
  } catch {
    return "";
  }
}

const ANSWERED: Readonly<Record<Answer, Key>> = {
  ACCEPTED: "reading.inviteAccepted",
  TENTATIVE: "reading.inviteTentative",
  DECLINED: "reading.inviteDeclined",
};

/** Tells the organizer; the answer lies in Sent as any other mail does. False: it could not be sent. */
export async function answerInvitation(email: Email, invitation: Invitation, answer: Answer): Promise<boolean> {
  const identity = identityFor(email);
  const sent = mailboxWithRole("sent");
  if (identity === undefined || sent === undefined || !can(SUBMISSION)) return false;
  return told("reading.inviteAnswered", "reading.inviteFailed", async () => {
    const subject = t(ANSWERED[answer], { summary: invitation.summary });
    const message = replyMessage({
      invitation,
      answer,
      subject,
      text: `${subject}\r\n`,
      me: identity,
      now: new Date(),
      unique: crypto.randomUUID(),
      inReplyTo: email.messageId?.[0] ?? null,
      calendar: await calendarFileOf(email),
    });
    const { blobId } = await client().upload(new Blob([message], { type: "message/rfc822" }));
    const file = { blobId, mailboxIds: { [sent.id]: true }, keywords: { $seen: true } };
    const imported = await client().call<SetAnswer<{ id: string }>>("Email/import", { emails: { reply: file } });
    const emailId = imported.created?.reply?.id;
    if (emailId === undefined) throw new Error("not imported");
    const submission = { identityId: identity.id, emailId };
    const submitted = await client().call<SetAnswer>("EmailSubmission/set", { create: { reply: submission } });
    if (submitted.notCreated?.reply) throw new Error(submitted.notCreated.reply.type);
  });
}

async function calendarFileOf(email: Email): Promise<string> {
  const parts = [...(email.attachments ?? []), ...(email.textBody ?? []), ...(email.htmlBody ?? [])];
  const part = parts.find((each) => each.type === "text/calendar" && each.blobId !== null);
  return part?.blobId ? (await textOf(part.blobId, 500_000)).text : "";
}

async function told(done: Key, failed: Key, act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    toast({ text: t(done) });
    return true;
  } catch {
    toast({ text: t(failed), kind: "problem" });
    return false;
  }
}
