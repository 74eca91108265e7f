/** Folders to choose from. */
import { folderIcon, folderName } from "../folders/names";
import { foldersOf, type Owner, owners } from "../folders/owners";
import { path, rows } from "../folders/tree";
import { t } from "../i18n";
import type { Id, Mailbox } from "../jmap/types";
import { accountId } from "../store/account";
import { mailboxes } from "../store/mailboxes";
import type { Option } from "./choices";

/** In the order of the tree; `may` leaves out those that cannot be meant. */
export function folderOptions(run: (folder: Mailbox) => void, may: (folder: Mailbox) => boolean = () => true): Option[] {
  return optionsOf(mailboxes.value, run, may);
}

/** Those of the accounts that are not shown, as far as they are known: whose they are stands with them. */
export function otherFolderOptions(
  run: (folder: Mailbox, owner: Owner) => void,
  may: (folder: Mailbox) => boolean = () => true,
): Option[] {
  return owners()
    .filter((owner) => owner.accountId !== accountId.value)
    .flatMap((owner) => optionsOf(foldersOf(owner.accountId), (folder) => run(folder, owner), may, owner));
}

function optionsOf(
  all: ReadonlyMap<Id, Mailbox>,
  run: (folder: Mailbox) => void,
  may: (folder: Mailbox) => boolean,
  owner?: Owner,
): Option[] {
  return rows(all.values(), () => true, true)
    .filter(({ folder }) => may(folder))
    .map(({ folder }) => {
      const above = [...(owner ? [owner.name] : []), ...path(folder.id, all).slice(0, -1)].join(" / ");
      return {
        key: owner ? `${owner.accountId}/${folder.id}` : folder.id,
        label: folderName(folder),
        also: above,
        icon: folderIcon(folder),
        note: above,
        run: () => run(folder),
      };
    });
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
