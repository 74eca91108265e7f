/** Above the list: what it is and how it is sorted; while rows are chosen, what can be done to them. */
import { useEffect, useRef } from "preact/hooks";
import { folderName } from "../folders/names";
import { number, t } from "../i18n";
import { Button, IconButton } from "../parts/button";
import { MenuButton, openMenu } from "../parts/menu";
import { progress } from "./bulk";
import { type Command, type CommandId, commandOf } from "./commands";
import { choiceItems, commandItems, showOnly, sortItems } from "./menus";
import { everything, NOTHING } from "./selection";
import { useSize } from "./size";
import { rowsMeant } from "./targets";
import { chosenCount, clearSelection, isChoosing, isCollapsed, list, mailbox, only, searched, selection, sort } from "./view";

export function Head() {
  return (
    <header class="list-head" data-choosing={isChoosing.value || undefined}>
      <ChooseAll />
      {isChoosing.value || progress.value !== null ? (
        <>
          <h1 class="unseen">{titleText()}</h1>
          <ChosenBar />
        </>
      ) : (
        <Title />
      )}
    </header>
  );
}

/** All, none, or some in between; beside it what else can be chosen at once. */
function ChooseAll() {
  const box = useRef<HTMLInputElement>(null);
  const total = list.value?.total.value ?? 0;
  const count = chosenCount.value;
  const isMixed = count > 0 && count < total;
  useEffect(() => {
    (box.current as HTMLInputElement).indeterminate = isMixed;
  }, [isMixed]);
  return (
    <span class="list-choose-all">
      <input
        ref={box}
        type="checkbox"
        class="list-checkbox"
        aria-label={t("list.chooseAll")}
        title={t("list.chooseAll")}
        checked={count > 0 && !isMixed}
        disabled={total === 0}
        onChange={() => {
          selection.value = count > 0 ? NOTHING : everything();
        }}
      />
      <MenuButton
        icon="chevron-down"
        label={t("list.choose_what")}
        class="list-choose-more"
        iconSize={14}
        items={choiceItems}
      />
    </span>
  );
}

function Title() {
  const isSearch = searched.value !== null;
  const total = list.value?.total.value;
  return (
    <>
      <h1 class="list-title">
        <span class="list-title-name">{titleText()}</span>
        <span class="list-title-count">{countText(total, isSearch)}</span>
      </h1>
      <span class="list-tools">
        <IconButton
          icon="mail"
          label={t("list.onlyUnread")}
          keys="g u"
          pressed={only.value === "unread"}
          filled={false}
          onClick={() => showOnly(only.value === "unread" ? "all" : "unread")}
        />
        <MenuButton
          icon="arrow-down-wide-narrow"
          label={t("list.order", { order: t(`list.sort_${sort.value}`) })}
          items={sortItems}
        />
      </span>
    </>
  );
}

function titleText(): string {
  if (searched.value !== null) return t("list.found");
  return mailbox.value === undefined ? "" : folderName(mailbox.value);
}

function countText(total: number | null | undefined, isSearch: boolean): string {
  if (total === null || total === undefined) return "";
  const unread = mailbox.value?.unreadThreads ?? 0;
  if (!isSearch && unread > 0 && only.value === "all") return t("list.ofWhichUnread", { count: total, unread: number(unread) });
  return t(isSearch ? "list.results" : isCollapsed.value ? "list.total" : "list.totalSingle", { count: total });
}

/** Commands that stand in the bar themselves, the most used first. */
const IN_BAR: readonly CommandId[] = [
  "archive",
  "toInbox",
  "trash",
  "destroy",
  "move",
  "read",
  "unread",
  "label",
  "snooze",
  "junk",
  "notJunk",
];

function ChosenBar() {
  const running = progress.value;
  if (running !== null) return <Running />;
  const rows = rowsMeant();
  const offered = IN_BAR.map(commandOf).filter((command) => command.isOffered(rows));
  return (
    <div class="list-bar" role="toolbar" aria-label={t("list.bar", { count: chosenCount.value })}>
      <span class="list-bar-count" role="status">
        {t("list.chosen", { count: chosenCount.value })}
      </span>
      <BarCommands offered={offered} />
      <IconButton
        icon="ellipsis-vertical"
        label={t("list.more")}
        aria-haspopup="menu"
        onClick={(event) => openMenu(t("list.more"), commandItems(rowsMeant(), event.currentTarget), event.currentTarget)}
      />
      <IconButton icon="x" label={t("list.choose_none")} keys="Escape" onClick={clearSelection} />
    </div>
  );
}

/** As many as there is room for, the most used first: the others are in the menu beside them. */
function BarCommands({ offered }: { offered: readonly Command[] }) {
  const box = useRef<HTMLSpanElement>(null);
  const { width, height } = useSize(box);
  const room = Math.floor(width / Math.max(1, height));
  return (
    <span ref={box} class="list-bar-commands">
      {offered.slice(0, room).map((command) => (
        <IconButton
          key={command.id}
          icon={command.icon}
          label={t(command.label)}
          keys={command.keys[0]}
          onClick={(event) => void command.run(rowsMeant(), event.currentTarget)}
        />
      ))}
    </span>
  );
}

/** How far a command over very many has come. */
function Running() {
  const running = progress.value;
  if (running === null) return null;
  const { done, total, end } = running;
  const words = total === null ? t("list.counting") : t("list.progress", { done: number(done), total: number(total) });
  return (
    <div class="list-bar" role="status">
      <span class="list-bar-count">{words}</span>
      <progress class="list-progress" aria-label={words} max={total ?? undefined} value={total === null ? undefined : done} />
      <Button size="small" onClick={end}>
        {t("list.stop")}
      </Button>
    </div>
  );
}
