/** Files out of messages and messages out of files. */

import { t } from "../i18n";
import type { Email, Id } from "../jmap/types";
import { toast } from "../parts/toast";
import { client } from "../store/account";
import { emailNow } from "../store/emails";
import { type Attachment, fileNameOf } from "./attachments";
import { zip } from "./zip";

/** What of an attachment it takes to fetch it. */
type Fetchable = Pick<Attachment, "blobId" | "name" | "type">;

/** Where an attachment is had from. */
export function addressOf({ blobId, name, type }: Fetchable): string {
  return client().downloadUrl(blobId, name, type);
}

/** Has the browser save what is there. */
export function save(url: string, name: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.rel = "noopener";
  document.body.append(link);
  link.click();
  link.remove();
}

export function saveAttachment(attachment: Attachment): void {
  save(addressOf(attachment), attachment.name);
}

/** All of them as one archive. */
export async function saveAll(attachments: readonly Fetchable[], name: string): Promise<void> {
  try {
    const at = new Date();
    const entries = await Promise.all(
      attachments.map(async (each) => ({
        name: each.name,
        at,
        data: new Uint8Array(await (await fetched(addressOf(each))).arrayBuffer()),
      })),
    );
    const url = URL.createObjectURL(new Blob(zip(entries), { type: "application/zip" }));
    save(url, name);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch {
    toast({ text: t("reading.filesFailed"), kind: "problem" });
  }
}

/** What the browser's file manager wants, for dragging a file out of the page (Chromium only). */
export function dragOut(event: DragEvent, attachment: Attachment): void {
  const url = new URL(addressOf(attachment), location.origin).href;
  event.dataTransfer?.setData("DownloadURL", `${attachment.type}:${attachment.name.replaceAll(":", "_")}:${url}`);
  event.dataTransfer?.setData("text/uri-list", url);
}

/** A blob's text, at most so many bytes of it. */
export async function textOf(blobId: Id, most: number): Promise<{ text: string; isCut: boolean }> {
  const response = await fetched(client().downloadUrl(blobId, "text.txt", "text/plain"), { Range: `bytes=0-${most - 1}` });
  const data = new Uint8Array(await response.arrayBuffer());
  const whole = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? data.length);
  return { text: decoded(data), isCut: whole > data.length };
}

/** As UTF-8 where it is that, else as what most else is. */
export function decoded(data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return new TextDecoder("windows-1252").decode(data);
  }
}

async function fetched(url: string, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(url, { headers, credentials: "same-origin" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}

/** The message itself, as a file every mail program opens. */
export function saveMessage(email: Pick<Email, "blobId" | "subject" | "receivedAt">): void {
  const name = fileNameOf(email.subject, email.receivedAt);
  save(client().downloadUrl(email.blobId, name, "message/rfc822"), name);
}

/** Several messages: one as itself, more as an archive. */
export async function saveMessages(ids: readonly Id[]): Promise<void> {
  const emails = ids.map(emailNow).filter((email) => email !== undefined);
  const [first] = emails;
  if (first === undefined) return;
  if (emails.length === 1) return saveMessage(first);
  const taken = new Map<string, number>();
  const files = emails.map((email) => {
    const name = fileNameOf(email.subject, email.receivedAt);
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    return {
      blobId: email.blobId,
      type: "message/rfc822",
      name: before === 0 ? name : name.replace(/\.eml$/, ` (${before + 1}).eml`),
    };
  });
  await saveAll(files, "messages.zip");
}
