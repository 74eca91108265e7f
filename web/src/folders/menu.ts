/** What can be done to a folder, as a menu. */
import { t } from "../i18n";
import type { Mailbox } from "../jmap/types";
import { openPicker } from "../list/pickers";
import { openMenu } from "../parts/menu";
import { go } from "../route";
import { create, empty, markAllRead, moveInto, remove, rename, subscribe } from "./doing";
import { chooseFiles } from "./importing";
import { folderName, roleOf } from "./names";

export function openFolderMenu(folder: Mailbox, at: HTMLElement | MouseEvent): void {
  const { myRights: may, id } = folder;
  const role = roleOf(folder);
  const isOwnMaking = role === null;
  const mayMove = isOwnMaking && may.mayRename;
  const anchor = at instanceof HTMLElement ? at : null;
  openMenu(
    t("list.folderActions", { folder: folderName(folder) }),
    [
      {
        label: t("list.markAllRead"),
        icon: "mail-open",
        isDisabled: folder.unreadEmails === 0 || !may.maySetSeen,
        run: () => void markAllRead(folder),
      },
      { label: t("list.importHere"), icon: "upload", isDisabled: !may.mayAddItems, run: () => chooseFiles(folder) },
      null,
      { label: t("list.newFolderInside"), icon: "folder-plus", isDisabled: !may.mayCreateChild, run: () => void create(id) },
      { label: t("list.rename"), icon: "pencil", keys: "F2", isDisabled: !mayMove, run: () => void rename(folder) },
      {
        label: t("list.moveFolder"),
        icon: "folder-input",
        isDisabled: !mayMove,
        run: () => openPicker({ kind: "folder", folder: id, anchor }),
      },
      ...(folder.parentId !== null && mayMove
        ? [{ label: t("list.moveFolderToTop"), icon: "arrow-up" as const, run: () => void moveInto(id, null) }]
        : []),
      {
        label: t("list.subscribed"),
        isChecked: folder.isSubscribed,
        isDisabled: !isOwnMaking,
        run: () => void subscribe(folder, !folder.isSubscribed),
      },
      {
        label: t("list.share"),
        icon: "share-2",
        isDisabled: may.mayShare === false,
        run: () => go({ name: "settings", page: "sharing" }),
      },
      null,
      role === "trash" || role === "junk"
        ? {
            label: t("list.emptyFolder"),
            icon: "trash-2",
            isDangerous: true,
            isDisabled: folder.totalEmails === 0,
            run: () => void empty(folder),
          }
        : {
            label: t("list.deleteFolder"),
            icon: "trash-2",
            keys: "Delete",
            isDangerous: true,
            isDisabled: !isOwnMaking || !may.mayDelete,
            run: () => void remove(folder),
          },
    ],
    at,
  );
}
