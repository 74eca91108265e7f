/** Buttons that narrow what a search found. */
import type { ComponentChildren } from "preact";
import { folderName } from "../folders/names";
import { path, rows } from "../folders/tree";
import { t } from "../i18n";
import { Icon, type IconName } from "../parts/icon";
import { type MenuItem, type MenuItems, openMenu } from "../parts/menu";
import { route } from "../route";
import { mailboxes } from "../store/mailboxes";
import { replace } from "./asking";
import { parse, type Term, type TermKind } from "./syntax";
import "./search.css";

export function Narrow() {
  const at = route.value;
  const terms = at.name === "search" ? parse(at.query) : [];
  return (
    <div class="search-narrow" role="toolbar" aria-label={t("list.narrow")}>
      <Toggle terms={terms} kind="is" value="unread" icon="mail" />
      <Toggle terms={terms} kind="is" value="starred" icon="star" />
      <Toggle terms={terms} kind="has" value="attachment" icon="paperclip" />
      <Choice terms={terms} kind="after" label={t("list.anyTime")} items={times} />
      <Choice terms={terms} kind="in" label={t("list.allFolders")} items={places} />
    </div>
  );
}

interface ToggleProps {
  terms: readonly Term[];
  kind: TermKind;
  value: string;
  icon: IconName;
}

function Toggle({ terms, kind, value, icon }: ToggleProps) {
  const is = (term: Term) => term.kind === kind && term.value === value && !term.not;
  const isOn = terms.some(is);
  return (
    <Pill isOn={isOn} icon={icon} onPress={() => replace(is, isOn ? [] : [{ kind, value, not: false }])} pressed={isOn}>
      {t(`list.state_${value}` as "list.state_unread")}
    </Pill>
  );
}

interface ChoiceProps {
  terms: readonly Term[];
  kind: "after" | "in";
  /** What it says where nothing is chosen. */
  label: string;
  items(now: string | null, choose: (value: string | null) => void): MenuItems;
}

function Choice({ terms, kind, label, items }: ChoiceProps) {
  const is = (term: Term) => term.kind === kind && !term.not;
  const now = terms.find(is)?.value ?? null;
  const choose = (value: string | null) => replace(is, value === null ? [] : [{ kind, value, not: false }]);
  const said = now === null ? label : kind === "in" ? now : (TIMES.find(([value]) => value === now)?.[1] ?? null);
  return (
    <Pill
      isOn={now !== null}
      hasMenu
      onPress={(event) => openMenu(label, items(now, choose), event.currentTarget as HTMLElement)}
    >
      {said === null
        ? t("list.after", { when: now ?? "" })
        : kind === "after" && now !== null
          ? t(said as "list.past_week")
          : said}
    </Pill>
  );
}

const TIMES = [
  ["1d", "list.past_day"],
  ["7d", "list.past_week"],
  ["1m", "list.past_month"],
  ["1y", "list.past_year"],
] as const;

function times(now: string | null, choose: (value: string | null) => void): MenuItems {
  return [
    { label: t("list.anyTime"), isChecked: now === null, run: () => choose(null) },
    ...TIMES.map(([value, key]): MenuItem => ({ label: t(key), isChecked: now === value, run: () => choose(value) })),
  ];
}

function places(now: string | null, choose: (value: string | null) => void): MenuItems {
  const folders = mailboxes.peek();
  return [
    { label: t("list.allFolders"), isChecked: now === null, run: () => choose(null) },
    { label: t("list.anywhere"), isChecked: now === "anywhere", run: () => choose("anywhere") },
    null,
    ...rows(folders.values(), () => true).map(({ folder }): MenuItem => {
      const value = folder.role ?? path(folder.id, folders).join("/");
      const label = folder.parentId === null ? folderName(folder) : path(folder.id, folders).join(" / ");
      return { label, isChecked: now === value, run: () => choose(value) };
    }),
  ];
}

interface PillProps {
  isOn: boolean;
  icon?: IconName;
  hasMenu?: boolean;
  pressed?: boolean;
  children: ComponentChildren;
  onPress(event: MouseEvent): void;
}

function Pill({ isOn, icon, hasMenu, pressed, children, onPress }: PillProps) {
  return (
    <button
      type="button"
      class="search-pill"
      data-on={isOn || undefined}
      aria-pressed={pressed}
      aria-haspopup={hasMenu ? "menu" : undefined}
      onClick={onPress}
    >
      {icon && <Icon name={icon} size={14} />}
      {children}
      {hasMenu && <Icon name="chevron-down" size={13} />}
    </button>
  );
}
