/** Rows and folders drawn onto folders with the pointer. */
import { signal } from "@preact/signals";
import { t } from "../i18n";
import type { Id } from "../jmap/types";
import { client } from "../store/account";
import { emailNow } from "../store/emails";
import type { Rows } from "./targets";

export const ROWS = "application/x-pillarbox-rows";
export const FOLDER = "application/x-pillarbox-folder";

export type Dragged = { readonly rows: Rows } | { readonly folder: Id };
/** What is being dragged in this window: while it is over something, the browser itself does not tell. */
export const dragged = signal<Dragged | null>(null);

/** Begins to drag rows; `count` stands on the picture beside the pointer. */
export function beginRows(event: DragEvent, rows: Rows, count: number): void {
  const transfer = event.dataTransfer;
  if (transfer === null) return;
  transfer.effectAllowed = "move";
  transfer.setData(ROWS, rows === "all" ? "all" : rows.join(" "));
  if (rows !== "all" && rows.length === 1) offerFile(transfer, rows[0] as Id);
  const picture = document.createElement("div");
  picture.className = "list-dragged";
  picture.textContent = t("list.dragged", { count });
  document.body.append(picture);
  transfer.setDragImage(picture, -12, -8);
  setTimeout(() => picture.remove());
  dragged.value = { rows };
}

/** Drawn out of the window, one message is a file (where the browser knows how). */
function offerFile(transfer: DataTransfer, id: Id): void {
  const email = emailNow(id);
  if (email === undefined) return;
  const name = `${
    (email.subject ?? "")
      .replace(/[^\p{L}\p{N} ._-]+/gu, " ")
      .trim()
      .slice(0, 80) || "message"
  }.eml`;
  const url = new URL(client().downloadUrl(email.blobId, name, "message/rfc822"), location.href).href;
  transfer.setData("DownloadURL", `message/rfc822:${name}:${url}`);
}

export function beginFolder(event: DragEvent, id: Id): void {
  const transfer = event.dataTransfer;
  if (transfer === null) return;
  transfer.effectAllowed = "move";
  transfer.setData(FOLDER, id);
  dragged.value = { folder: id };
}

export function end(): void {
  dragged.value = null;
}
