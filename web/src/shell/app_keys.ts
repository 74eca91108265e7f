/** The keys that answer wherever one is. */

import { t } from "../i18n";
import type { Role } from "../jmap/types";
import { type Keys, registerKeys } from "../keys";
import { toast } from "../parts/toast";
import { go, route } from "../route";
import { mailboxWithRole } from "../store/mailboxes";
import { takeBack } from "../store/undo";
import { openComposer } from "./composing";
import { areKeysOpen, isDrawerOpen, isPaletteOpen } from "./overlays";

const FOLDERS: readonly (readonly [key: string, role: Role, label: `shell.key_go_${string}`])[] = [
  ["g i", "inbox", "shell.key_go_inbox"],
  ["g t", "sent", "shell.key_go_sent"],
  ["g d", "drafts", "shell.key_go_drafts"],
  ["g a", "archive", "shell.key_go_archive"],
  ["g b", "snoozed", "shell.key_go_snoozed"],
  ["g j", "junk", "shell.key_go_junk"],
  ["g x", "trash", "shell.key_go_trash"],
];

export function registerAppKeys(): () => void {
  const ends = [
    registerKeys({ scope: "app", keys: { ...here(), ...folders() } }),
    registerKeys({
      scope: "app",
      inFields: true,
      keys: { "Mod+k": [() => t("shell.palette"), () => (isPaletteOpen.value = !isPaletteOpen.value)] },
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function here(): Keys {
  return {
    c: [() => t("shell.compose"), () => openComposer({ mode: "new" })],
    z: [() => t("shell.undo"), undo],
    "?": [() => t("shell.keys"), () => (areKeysOpen.value = true)],
    "g s": [() => t("shell.key_go_settings"), () => go({ name: "settings", page: "general" })],
    Escape: [() => t("shell.back"), leave],
  };
}

function folders(): Keys {
  return Object.fromEntries(
    FOLDERS.map(([key, role, label]) => [key, [() => t(label as "shell.key_go_inbox"), () => goTo(role)] as const]),
  );
}

function goTo(role: Role): void {
  const box = mailboxWithRole(role);
  if (box) go({ name: "folder", mailboxId: role === "inbox" ? null : box.id, threadId: null });
}

function undo(): void {
  const isUndone = takeBack();
  toast({ text: t(isUndone ? "shell.undone" : "shell.nothingToUndo"), seconds: 3 });
}

/** Out of what lies over the mail; false where nothing does. */
function leave(): boolean {
  if (isDrawerOpen.peek()) isDrawerOpen.value = false;
  else if (route.peek().name === "settings") go({ name: "folder", mailboxId: null, threadId: null });
  else return false;
  return true;
}
