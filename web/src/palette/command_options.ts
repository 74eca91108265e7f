/** Everything that the palette leads to: commands for the rows that are meant, places, and what the page as a whole can do. */
import { create, empty, markAllRead } from "../folders/doing";
import { folderName } from "../folders/names";
import { openFolder } from "../folders/opening";
import { t } from "../i18n";
import { COMMANDS } from "../list/commands";
import { SORTS, type Sort } from "../list/look";
import { choose, showOnly } from "../list/menus";
import { rowsMeant } from "../list/targets";
import { list, mailbox, only, setSort, sort } from "../list/view";
import { go } from "../route";
import { openComposer, openScheduled } from "../shell/composing";
import { accountId } from "../store/account";
import { mailboxWithRole } from "../store/mailboxes";
import { type Preferences, preferences, setPreferences } from "../store/preferences";
import { steps, takeBack } from "../store/undo";
import { signOut } from "../store/visit";
import type { Option } from "./choices";
import { folderOptions } from "./folder_options";

export function paletteOptions(): Option[] {
  return [...writing(), ...commands(), ...places(), ...listed(), ...folder(), ...appearance(), ...settings()];
}

function writing(): Option[] {
  const last = steps.value.at(-1);
  const compose = () => openComposer({ mode: "new" });
  const search = () => document.querySelector<HTMLElement>(".search-field")?.focus();
  return [
    { key: "compose", label: t("list.compose"), icon: "square-pen", keys: "c", run: compose },
    { key: "search", label: t("list.search"), icon: "search", keys: "/", run: () => setTimeout(search) },
    { key: "scheduled", label: t("compose.scheduled"), icon: "calendar-clock", keys: "g l", run: openScheduled },
    ...(last === undefined
      ? []
      : [
          {
            key: "undo",
            label: t("list.undoThat", { what: last.label }),
            icon: "undo-2" as const,
            keys: "z",
            run: () => takeBack(),
          },
        ]),
  ];
}

function commands(): Option[] {
  const rows = rowsMeant();
  if (rows.length === 0) return [];
  return COMMANDS.filter((command) => command.isOffered(rows)).map((command) => ({
    key: command.id,
    label: t(command.label),
    icon: command.icon,
    keys: command.keys[0],
    run: () => void command.run(rows),
  }));
}

const KEYS: Readonly<Record<string, string>> = {
  inbox: "g i",
  sent: "g t",
  drafts: "g d",
  archive: "g a",
  snoozed: "g b",
  junk: "g j",
  trash: "g x",
};

function places(): Option[] {
  const open = (id: string) => void openFolder(accountId.peek(), id);
  return folderOptions((folder) => open(folder.id)).map((option) => {
    const role = Object.keys(KEYS).find((each) => mailboxWithRole(each as "inbox")?.id === option.key);
    return { ...option, key: `go-${option.key}`, label: t("list.keyGo", { folder: option.label }), keys: role && KEYS[role] };
  });
}

function listed(): Option[] {
  if (list.value === null) return [];
  const orders = (Object.keys(SORTS) as Sort[]).filter((name) => name !== sort.value);
  const isUnread = only.value === "unread";
  return [
    { key: "all", label: t("list.choose_all"), icon: "square-check", keys: "* a", run: () => choose("all") },
    {
      key: "only",
      label: t(isUnread ? "list.showAll" : "list.onlyUnread"),
      icon: "mail",
      keys: "g u",
      run: () => showOnly(isUnread ? "all" : "unread"),
    },
    ...orders.map(
      (name): Option => ({
        key: `sort-${name}`,
        label: t("list.sortBy", { order: t(`list.sort_${name}`) }),
        icon: "arrow-down-wide-narrow",
        run: () => setSort(name),
      }),
    ),
  ];
}

function folder(): Option[] {
  const here = mailbox.value;
  const made: Option = { key: "folder", label: t("list.newFolder"), icon: "folder-plus", run: () => void create(null) };
  if (here === undefined) return [made];
  const name = folderName(here);
  const isBin = here.role === "trash" || here.role === "junk";
  return [
    made,
    { key: "read-all", label: `${name}: ${t("list.markAllRead")}`, icon: "mail-open", run: () => void markAllRead(here) },
    ...(isBin
      ? [{ key: "empty", label: `${name}: ${t("list.emptyFolder")}`, icon: "trash-2" as const, run: () => void empty(here) }]
      : []),
  ];
}

function appearance(): Option[] {
  const now = preferences.value;
  const set = (patch: Partial<Preferences>) => () => setPreferences(patch);
  const themes = (["system", "light", "dark"] as const).filter((theme) => theme !== now.theme);
  const densities = (["comfortable", "cosy", "compact"] as const).filter((density) => density !== now.density);
  const panes = (["side", "below", "none"] as const).filter((pane) => pane !== now.pane);
  return [
    ...themes.map(
      (theme): Option => ({
        key: `theme-${theme}`,
        label: t(`list.theme_${theme}`),
        icon: theme === "dark" ? "moon" : theme === "light" ? "sun" : "monitor",
        run: set({ theme }),
      }),
    ),
    ...densities.map(
      (density): Option => ({
        key: density,
        label: `${t("list.density")}: ${t(`list.density_${density}`)}`,
        icon: "rows-3",
        run: set({ density }),
      }),
    ),
    ...panes.map(
      (pane): Option => ({
        key: pane,
        label: t(`list.pane_${pane}`),
        icon: pane === "below" ? "panel-bottom" : "panel-right",
        run: set({ pane }),
      }),
    ),
    {
      key: "conversations",
      label: t(now.conversations ? "list.conversationsOff" : "list.conversations"),
      icon: "messages-square",
      run: set({ conversations: !now.conversations }),
    },
  ];
}

function settings(): Option[] {
  return [
    { key: "settings", label: t("list.settings"), icon: "settings", run: () => go({ name: "settings", page: "general" }) },
    { key: "sign-out", label: t("list.signOut"), icon: "log-out", run: () => void signOut() },
  ];
}
