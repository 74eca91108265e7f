/** A message within a message, as the server reads it (RFC 8621 §4.9). */

import type { Email } from "../jmap/types";
import { client } from "../store/account";
import { clippedEmail } from "../store/clipping";
import { type Attachment, attachmentsOf } from "./attachments";
import { type Flow, flowOf } from "./plain";

export interface Nested {
  readonly email: Pick<Email, "from" | "to" | "cc" | "subject" | "sentAt">;
  /** Cleaned by nobody yet: it is shown without any picture. */
  readonly html: string | null;
  readonly text: string;
  readonly flow: Flow;
  readonly attachments: readonly Attachment[];
}

const PROPERTIES = ["from", "to", "cc", "subject", "sentAt", "textBody", "htmlBody", "attachments", "bodyValues"];
const TYPE = "header:Content-Type:asText";
const PARTS = ["partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", TYPE];
const MOST = 1_000_000;

/** Throws where it is none. */
export async function nestedMessage(blobId: string): Promise<Nested> {
  const answer = await client().call<{ parsed: Record<string, Email> | null }>("Email/parse", {
    blobIds: [blobId],
    properties: PROPERTIES,
    bodyProperties: PARTS,
    fetchTextBodyValues: true,
    fetchHTMLBodyValues: true,
    maxBodyValueBytes: MOST,
  });
  const parsed = answer.parsed?.[blobId];
  if (parsed === undefined) throw new Error("no message");
  const email = clippedEmail(parsed);
  const textIn = (type: string, parts: Email["htmlBody"]): string =>
    (parts ?? [])
      .filter((part) => part.type === type)
      .map((part) => email.bodyValues?.[part.partId ?? ""]?.value ?? "")
      .join("\n");
  const html = textIn("text/html", email.htmlBody);
  const text = textIn("text/plain", email.textBody);
  const first = email.textBody?.[0] as { [TYPE]?: string | null } | undefined;
  const flow = flowOf(first?.[TYPE] ?? "");
  return {
    email,
    flow,
    html: html.trim() === "" ? null : html,
    text,
    attachments: attachmentsOf(email.attachments ?? [], null),
  };
}
