/** Into which folder: rows, or another folder. */
import { useEffect } from "preact/hooks";
import { mayMoveInto, moveInto } from "../folders/doing";
import { folderName } from "../folders/names";
import { openFolder } from "../folders/opening";
import { followOthers } from "../folders/owners";
import { t } from "../i18n";
import type { Id } from "../jmap/types";
import { moveAcross, moveTo } from "../list/commands";
import { closePicker } from "../list/pickers";
import type { Rows } from "../list/targets";
import { mailbox } from "../list/view";
import { toast } from "../parts/toast";
import { accountId } from "../store/account";
import { createMailbox } from "../store/mailboxes";
import { Choices } from "./choices";
import { folderOptions, newFolder, otherFolderOptions } from "./folder_options";

export function MovePicker({ rows, anchor }: { rows: Rows; anchor: Element | null }) {
  useEffect(followOthers, []);
  const made = (name: string) => {
    createMailbox(name).then(
      (id) => moveTo(rows, id),
      (error: Error) => toast({ text: t("list.folderNotChanged", { why: error.message }), kind: "problem" }),
    );
  };
  const here = folderOptions(
    (folder) => void moveTo(rows, folder.id),
    (folder) => folder.myRights.mayAddItems && folder.id !== mailbox.value?.id,
  );
  const elsewhere = otherFolderOptions(
    (folder, { accountId }) => void moveAcross(rows, { accountId, mailboxId: folder.id, name: folderName(folder) }),
    (folder) => folder.myRights.mayAddItems && mailbox.value?.myRights.mayRemoveItems !== false,
  );
  return (
    <Choices
      label={t("list.moveTo")}
      placeholder={t("list.folderHint")}
      options={[...here, ...elsewhere]}
      made={(typed) => newFolder(typed, made)}
      anchor={anchor}
      onClose={closePicker}
    />
  );
}

export function FolderPicker({ folder, anchor }: { folder: Id; anchor: Element | null }) {
  const top = { key: "top", label: t("list.atTheTop"), icon: "arrow-up" as const, run: () => void moveInto(folder, null) };
  const inside = folderOptions(
    (parent) => void moveInto(folder, parent.id),
    (parent) => mayMoveInto(folder, parent.id),
  );
  return (
    <Choices
      label={t("list.moveFolder")}
      placeholder={t("list.folderHint")}
      options={mayMoveInto(folder, null) ? [top, ...inside] : inside}
      anchor={anchor}
      onClose={closePicker}
    />
  );
}

export function GoPicker() {
  useEffect(followOthers, []);
  const here = folderOptions((folder) => void openFolder(accountId.peek(), folder.id));
  const elsewhere = otherFolderOptions((folder, owner) => void openFolder(owner.accountId, folder.id));
  return (
    <Choices
      label={t("list.goToFolder")}
      placeholder={t("list.folderHint")}
      options={[...here, ...elsewhere]}
      onClose={closePicker}
    />
  );
}
