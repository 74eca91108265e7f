/** What can be done with the conversation as a whole: the same commands as in the list, for its row there. */

import { t } from "../i18n";
import type { Id } from "../jmap/types";
import { COMMANDS, type CommandId } from "../list/commands";
import { openRow } from "../list/targets";
import { IconButton } from "../parts/button";
import { MenuButton, type MenuItems } from "../parts/menu";
import { back, openThread, route, withThread } from "../route";
import { saveMessages } from "./files";
import { printMessages } from "./print";
import { write } from "./write";

export interface ActionBarProps {
  /** All messages that are shown, oldest first. */
  ids: readonly Id[];
  /** The one that an answer would be to. */
  current: Id | null;
  areAllOpen: boolean;
  onToggleAll: () => void;
}

/** These have a button; the others are in the menu. */
const SHOWN: readonly CommandId[] = ["archive", "toInbox", "trash", "destroy", "junk", "notJunk", "move", "snooze"];

export function ActionBar({ ids, current, areAllOpen, onToggleAll }: ActionBarProps) {
  const last = ids.at(-1);
  const row = openRow() ?? last;
  const rows = row === undefined ? [] : [row];
  const offered = row === undefined ? [] : COMMANDS.filter((command) => command.isOffered(rows));
  return (
    <div class="reading-actions" role="toolbar" aria-label={t("reading.actions")}>
      <IconButton
        icon="arrow-left"
        class="reading-back is-directed"
        label={t("reading.toList")}
        keys="Escape"
        onClick={toList}
      />
      {offered
        .filter((command) => SHOWN.includes(command.id))
        .map((command) => (
          <IconButton
            key={command.id}
            icon={command.icon}
            label={t(command.label)}
            keys={command.keys[0]}
            data-command={command.id}
            onClick={(event) => void command.run(rows, event.currentTarget)}
          />
        ))}
      <span class="reading-gap" />
      {ids.length > 1 && (
        <IconButton
          icon={areAllOpen ? "minimize-2" : "maximize-2"}
          label={t(areAllOpen ? "reading.foldAll" : "reading.openAll")}
          keys=";"
          onClick={onToggleAll}
        />
      )}
      {current !== null && (
        <span class="reading-answers-short">
          <IconButton icon="reply" label={t("reading.reply")} keys="r" onClick={() => void write("reply", current)} />
          <IconButton icon="reply-all" label={t("reading.replyAll")} keys="a" onClick={() => void write("replyAll", current)} />
          <IconButton icon="forward" label={t("reading.forward")} keys="f" onClick={() => void write("forward", current)} />
        </span>
      )}
      <MenuButton icon="ellipsis" label={t("reading.moreOfAll")} items={() => rest(ids, offered, rows)} />
    </div>
  );
}

function toList(): void {
  back(withThread(null, route.peek()));
}

function rest(ids: readonly Id[], offered: typeof COMMANDS, rows: readonly Id[]): MenuItems {
  const others = offered.filter((command) => !SHOWN.includes(command.id));
  return [
    ...others.map((command) => ({
      label: t(command.label),
      icon: command.icon,
      keys: command.keys[0],
      run: () => void command.run(rows),
    })),
    null,
    { label: t("reading.printAll"), icon: "printer", run: () => void printMessages(ids) },
    { label: t("reading.saveMessages", { count: ids.length }), icon: "download", run: () => void saveMessages(ids) },
    null,
    { label: t("reading.close"), icon: "x", run: () => openThread(null) },
  ];
}
