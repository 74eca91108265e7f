/** The keys that the list answers to. */
import { t } from "../i18n";
import type { Keys } from "../keys";
import { openThread } from "../route";
import { CHOICES } from "./choices";
import { COMMANDS, type CommandId, runOffered } from "./commands";
import { answering, choose, openRowMenu, showOnly } from "./menus";
import { open, step, stepToUnread, toggle } from "./moving";
import { openPicker } from "./pickers";
import { scroller } from "./scroller";
import { openThreadId, rowsMeant } from "./targets";
import { clearSelection, cursor, isChoosing, only } from "./view";

/** Everywhere but in text fields and dialogs. */
export function listKeys(): Keys {
  return {
    j: [() => t("list.keyNext"), () => step(1)],
    k: [() => t("list.keyPrevious"), () => step(-1)],
    "Shift+j": [() => t("list.keyReachNext"), () => step(1, true)],
    "Shift+k": [() => t("list.keyReachPrevious"), () => step(-1, true)],
    n: [() => t("list.keyNextUnread"), () => stepToUnread(1)],
    p: [() => t("list.keyPreviousUnread"), () => stepToUnread(-1)],
    o: [() => t("list.open"), openCursor],
    Enter: [() => t("list.open"), () => isOnPage() && openCursor()],
    r: [() => t("list.reply"), () => answer("reply")],
    a: [() => t("list.replyAll"), () => answer("replyAll")],
    f: [() => t("list.forward"), () => answer("forward")],
    x: [() => t("list.keyChoose"), () => toggle()],
    ".": [() => t("list.actions"), menuOfCursor],
    Escape: [() => t("list.keyBack"), stepBack],
    "Mod+a": [() => t("list.choose_all"), () => (isOnPage() ? void choose("all") : false)],
    ...commandKeys(),
    ...choiceKeys(),
    "g f": [() => t("list.goToFolder"), () => openPicker({ kind: "go", anchor: null })],
    "g u": [() => t("list.only_unread"), () => showOnly(only.peek() === "unread" ? "all" : "unread")],
  };
}

/** Only while the list itself has the focus: elsewhere these scroll. */
export function gridKeys(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const moves: Record<string, number | "first" | "last"> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: scroller.page(),
    PageUp: -scroller.page(),
    Home: "first",
    End: "last",
  };
  const by = moves[event.key];
  const isDone =
    by !== undefined ? step(by, event.shiftKey) : event.key === " " && event.target === event.currentTarget && toggle();
  if (isDone) event.preventDefault();
}

/** One key may stand for several commands, of which one makes sense at a time. */
function commandKeys(): Keys {
  const byKey = new Map<string, CommandId[]>();
  for (const command of COMMANDS) for (const key of command.keys) byKey.set(key, [...(byKey.get(key) ?? []), command.id]);
  return Object.fromEntries([...byKey].map(([key, ids]) => [key, [() => labelOf(ids), () => given(ids)] as const]));
}

function labelOf(ids: readonly CommandId[]): string {
  const commands = COMMANDS.filter((command) => ids.includes(command.id));
  return commands.map((command) => t(command.label)).join(" / ");
}

function given(ids: readonly CommandId[]): unknown {
  if (rowsMeant().length === 0) return false;
  return runOffered(ids);
}

function choiceKeys(): Keys {
  const letters = { all: "a", none: "n", read: "r", unread: "u", starred: "s", unstarred: "t" } as const;
  return Object.fromEntries(
    CHOICES.map((which) => [`* ${letters[which]}`, [() => t(`list.choose_${which}`), () => void choose(which)] as const]),
  );
}

/** Enter on a button or a link is that one's. */
function isOnPage(): boolean {
  return document.activeElement === document.body || scroller.hasFocus();
}

function answer(mode: "reply" | "replyAll" | "forward"): unknown {
  const rows = rowsMeant();
  return rows === "all" || rows.length !== 1 ? false : answering(mode, rows);
}

function openCursor(): unknown {
  const at = cursor.peek();
  return at === null ? false : open(at);
}

function menuOfCursor(): unknown {
  const rows = rowsMeant();
  const at = cursor.peek();
  if (rows.length === 0) return false;
  const row = at === null ? null : document.getElementById(`row-${at}`);
  return openRowMenu(rows, row ?? (document.activeElement as HTMLElement));
}

/** From a selection to none, from reading to the list. */
function stepBack(): unknown {
  if (isChoosing.peek()) return clearSelection();
  if (openThreadId() === null) return false;
  openThread(null);
  return scroller.focus();
}
