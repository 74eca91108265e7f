/** What folders are called and drawn as. */
import { t } from "../i18n";
import type { Mailbox } from "../jmap/types";
import type { IconName } from "../parts/icon";

const ICONS: Readonly<Partial<Record<string, IconName>>> = {
  inbox: "inbox",
  archive: "archive",
  drafts: "file-pen-line",
  sent: "send",
  trash: "trash-2",
  junk: "octagon-alert",
  flagged: "star",
  important: "bookmark",
  all: "mails",
};
/** Folders that have no role of the standard, and are known by their names at the top. */
const BY_NAME: Readonly<Record<string, IconName>> = { snoozed: "clock", scheduled: "calendar-clock" };

/** Under these names servers and programs make the folders of a role: they are shown in the language of the page. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  inbox: ["inbox"],
  archive: ["archive", "archives"],
  drafts: ["drafts"],
  sent: ["sent", "sent messages", "sent items"],
  trash: ["trash", "deleted messages", "deleted items", "bin"],
  junk: ["junk", "spam"],
  snoozed: ["snoozed"],
  scheduled: ["scheduled"],
};

type Named = Pick<Mailbox, "name" | "role" | "parentId">;

/** The role, also of those that are known by name. */
export function roleOf(folder: Named): string | null {
  const name = folder.name.toLowerCase();
  return folder.role ?? (folder.parentId === null && name in BY_NAME ? name : null);
}

export function folderName(folder: Named): string {
  const role = roleOf(folder);
  if (role === null || !USUAL[role]?.includes(folder.name.toLowerCase())) return folder.name;
  return t(`list.role_${role}` as "list.role_inbox");
}

export function folderIcon(folder: Named): IconName {
  const role = roleOf(folder);
  return (role === null ? undefined : (ICONS[role] ?? BY_NAME[role])) ?? "folder";
}

/** What stands behind a folder's name: what is unread, or in some folders all that is in them. 0: nothing. */
export function countOf(folder: Mailbox, isByConversation: boolean): number {
  const role = roleOf(folder);
  if (role === "trash" || role === "sent") return 0;
  if (role === "drafts" || role === "scheduled" || role === "snoozed") return folder.totalEmails;
  return isByConversation ? folder.unreadThreads : folder.unreadEmails;
}
