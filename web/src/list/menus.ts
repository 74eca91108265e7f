/** What the menus of the list hold. */
import { t } from "../i18n";
import { type MenuItem, type MenuItems, openMenu } from "../parts/menu";
import { openComposer } from "../shell/composing";
import { emailNow } from "../store/emails";
import { preferences, setPreferences } from "../store/preferences";
import { whileCounting } from "./bulk";
import { CHOICES, type Choice } from "./choices";
import { COMMANDS, type CommandId, commandOf } from "./commands";
import { SORTS, type Sort } from "./look";
import { open } from "./moving";
import { everything, NOTHING, only as onlyThese } from "./selection";
import { everyRow, type Rows } from "./targets";
import { list, type Only, only, selection, setSort, sort } from "./view";

/** Answering one email, for which the composer's code is fetched. */
export function answering(mode: "reply" | "replyAll" | "forward", rows: Rows): void {
  const emailId = rows === "all" ? undefined : rows[0];
  if (emailId !== undefined) openComposer({ mode, emailId });
}

/** On one row, or on all that are chosen where the row is one of them. */
export function openRowMenu(rows: Rows, at: HTMLElement | MouseEvent): void {
  const one = rows !== "all" && rows.length === 1 ? rows[0] : undefined;
  const anchor = at instanceof HTMLElement ? at : null;
  const isDraft = one !== undefined && emailNow(one)?.keywords.$draft;
  const reading: MenuItems =
    one === undefined
      ? []
      : [
          {
            label: t(isDraft ? "list.edit" : "list.open"),
            icon: isDraft ? "pencil" : "mail-open",
            keys: "Enter",
            run: () => open(one),
          },
          ...(isDraft ? [] : answers(rows)),
          null,
        ];
  openMenu(t("list.actions"), [...reading, ...commandItems(rows, anchor)], at);
}

function answers(rows: Rows): MenuItem[] {
  return [
    { label: t("list.reply"), icon: "reply", keys: "r", run: () => answering("reply", rows) },
    { label: t("list.replyAll"), icon: "reply-all", keys: "a", run: () => answering("replyAll", rows) },
    { label: t("list.forward"), icon: "forward", keys: "f", run: () => answering("forward", rows) },
  ];
}

/** The commands that make sense for these rows. */
export function commandItems(rows: Rows, anchor: Element | null, without: readonly CommandId[] = []): MenuItem[] {
  return COMMANDS.filter((command) => !without.includes(command.id) && command.isOffered(rows)).map((command) => ({
    label: t(command.label),
    icon: command.icon,
    keys: command.keys[0],
    isDangerous: command.id === "destroy",
    run: () => void commandOf(command.id).run(rows, anchor),
  }));
}

export function sortItems(): MenuItems {
  const names = Object.keys(SORTS) as Sort[];
  const conversations = preferences.peek().conversations;
  return [
    t("list.sortedBy"),
    ...names.map(
      (name): MenuItem => ({ label: t(`list.sort_${name}`), isChecked: sort.peek() === name, run: () => setSort(name) }),
    ),
    null,
    t("list.shown"),
    ...(["all", "unread", "starred"] as const).map(
      (which): MenuItem => ({ label: t(`list.only_${which}`), isChecked: only.peek() === which, run: () => showOnly(which) }),
    ),
    null,
    { label: t("list.conversations"), isChecked: conversations, run: () => setPreferences({ conversations: !conversations }) },
    null,
    t("list.density"),
    ...(["comfortable", "cosy", "compact"] as const).map(
      (density): MenuItem => ({
        label: t(`list.density_${density}`),
        isChecked: preferences.peek().density === density,
        run: () => setPreferences({ density }),
      }),
    ),
  ];
}

export function showOnly(which: Only): void {
  selection.value = NOTHING;
  only.value = which;
}

/** Chooses all rows of which that is true, those that are not loaded too; where the server cannot be asked, those that are. */
export async function choose(which: Choice): Promise<void> {
  const now = list.peek();
  if (which === "all" || which === "none" || now === null) {
    selection.value = which === "all" ? everything() : NOTHING;
    return;
  }
  try {
    const rows = await whileCounting((isEnded) => everyRow(which, now, isEnded));
    if (rows !== null && list.peek() === now) selection.value = onlyThese(rows);
  } catch {
    if (list.peek() === now) selection.value = onlyThese(now.known().filter((id) => IS[which](emailNow(id)?.keywords ?? {})));
  }
}

type Keywords = Readonly<Partial<Record<string, true>>>;
const IS: Readonly<Record<Exclude<Choice, "all" | "none">, (keywords: Keywords) => boolean>> = {
  read: (keywords) => keywords.$seen === true,
  unread: (keywords) => !keywords.$seen,
  starred: (keywords) => keywords.$flagged === true,
  unstarred: (keywords) => !keywords.$flagged,
};

export function choiceItems(): MenuItems {
  return CHOICES.map(
    (which): MenuItem => ({
      label: t(`list.choose_${which}`),
      keys: `* ${which === "unread" ? "u" : which === "unstarred" ? "t" : which[0]}`,
      run: () => void choose(which),
    }),
  );
}
