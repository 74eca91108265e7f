/** Folders to choose from. */
import { folderIcon, folderName } from "../folders/names";
import { path, rows } from "../folders/tree";
import { t } from "../i18n";
import type { Id, Mailbox } from "../jmap/types";
import { mailboxes } from "../store/mailboxes";
import type { Option } from "./choices";

/** In the order of the tree; `may` leaves out those that cannot be meant. */
export function folderOptions(run: (folder: Mailbox) => void, may: (folder: Mailbox) => boolean = () => true): Option[] {
  const all = mailboxes.value;
  return rows(all.values(), () => true, true)
    .filter(({ folder }) => may(folder))
    .map(({ folder }) => ({
      key: folder.id,
      label: folderName(folder),
      also: pathAbove(folder.id),
      icon: folderIcon(folder),
      note: pathAbove(folder.id),
      run: () => run(folder),
    }));
}

function pathAbove(id: Id): string {
  return path(id, mailboxes.value).slice(0, -1).join(" / ");
}

/** To make a folder of what was typed, unless there is one of that name at the top. */
export function newFolder(typed: string, run: (name: string) => void): Option[] {
  const isThere = [...mailboxes.value.values()].some(
    (folder) => folder.parentId === null && folder.name.toLowerCase() === typed.toLowerCase(),
  );
  return isThere
    ? []
    : [{ key: "new", label: t("list.createFolderNamed", { name: typed }), icon: "folder-plus", run: () => run(typed) }];
}
