/** Messages brought in as files (.eml), by dropping them on a folder or choosing them. */
import { t } from "../i18n";
import type { Id, Mailbox, SetAnswer } from "../jmap/types";
import { toast } from "../parts/toast";
import { client } from "../store/account";
import { destroy } from "../store/actions";
import { done } from "../store/undo";
import { folderName } from "./names";

/** Whether a drag from outside brings files. */
export function isOfFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

export function chooseFiles(folder: Mailbox): void {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.accept = ".eml,message/rfc822";
  input.onchange = () => void importFiles(input.files, folder);
  input.click();
}

/** Each file a message, read already; whatever is no message is named. */
export async function importFiles(files: FileList | readonly File[] | null | undefined, folder: Mailbox): Promise<void> {
  const made: Id[] = [];
  let count = 0;
  const refused: string[] = [];
  for (const file of files ?? []) {
    try {
      const id = await importFile(file, folder.id);
      if (id !== null) made.push(id);
      count++;
    } catch {
      refused.push(file.name);
    }
  }
  if (refused.length > 0)
    toast({ text: t("list.notImported", { count: refused.length, names: refused.slice(0, 3).join(", ") }), kind: "problem" });
  if (count > 0) done(t("list.imported", { count, folder: folderName(folder) }), () => void destroy(made));
}

/** RFC 8621 §4.8. The email that was made; null: it was there already. */
async function importFile(file: File, mailboxId: Id): Promise<Id | null> {
  const { blobId } = await client().upload(file);
  const email = { blobId, mailboxIds: { [mailboxId]: true }, keywords: { $seen: true } };
  const answer = await client().call<SetAnswer<{ id: Id }>>("Email/import", { emails: { new: email } });
  const error = answer.notCreated?.new;
  if (error?.type === "alreadyExists") return null;
  const id = answer.created?.new?.id;
  if (id === undefined) throw new Error(error?.type ?? "serverFail");
  return id;
}
