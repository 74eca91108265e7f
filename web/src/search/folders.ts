/** What a filter must know of the folders. */
import { named } from "../folders/tree";
import type { Id, Mailbox } from "../jmap/types";
import type { Folders } from "./filter";

export function findFolders(folders: ReadonlyMap<Id, Mailbox>): Folders {
  const hidden = [...folders.values()].filter((folder) => folder.role === "trash" || folder.role === "junk");
  return { named: (words) => named(words, folders), hidden: hidden.map((folder) => folder.id) };
}
