/** How much others may do in a folder, in three steps that people understand. */

import type { Key } from "../i18n";
import type { MailboxRights } from "../jmap/types";

export type Level = "read" | "work" | "all";

const READ: readonly (keyof MailboxRights)[] = ["mayReadItems", "maySetSeen"];
const WORK: readonly (keyof MailboxRights)[] = [...READ, "mayAddItems", "mayRemoveItems", "maySetKeywords"];
const ALL: readonly (keyof MailboxRights)[] = [...WORK, "mayCreateChild", "mayRename", "mayDelete"];

export const LEVELS: readonly { name: Level; text: Key; rights: readonly (keyof MailboxRights)[] }[] = [
  { name: "read", text: "settings.mayRead", rights: READ },
  { name: "work", text: "settings.mayWork", rights: WORK },
  { name: "all", text: "settings.mayAll", rights: ALL },
];

export function rightsOf(level: Level): Partial<MailboxRights> {
  const { rights } = LEVELS.find(({ name }) => name === level)!;
  return Object.fromEntries(ALL.map((each) => [each, rights.includes(each)]));
}

/** The least of them that is enough for all that somebody may do. */
export function levelOf(rights: Partial<MailboxRights>): Level {
  const given = ALL.filter((each) => rights[each]);
  return LEVELS.find((level) => given.every((each) => level.rights.includes(each)))!.name;
}
