/** One folder of the tree: gone to by a click, and what rows and folders are dropped on. */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { number, t } from "../i18n";
import type { Mailbox } from "../jmap/types";
import { moveAcross, moveTo } from "../list/commands";
import { beginFolder, dragged, end, FOLDER } from "../list/drag";
import { mailbox } from "../list/view";
import { Icon } from "../parts/icon";
import { preferences } from "../store/preferences";
import { mayMoveInto, moveInto } from "./doing";
import { importFiles, isOfFiles } from "./importing";
import { openFolderMenu } from "./menu";
import { countOf, folderIcon, folderName, roleOf } from "./names";
import { openFolder } from "./opening";
import type { Owner } from "./owners";
import type { Node } from "./tree";

/** A folder that is closed opens when something is held over it so long, in milliseconds. */
const HELD = 700;

export interface FolderRowProps {
  readonly node: Node<Mailbox>;
  readonly owner: Owner;
  readonly isShown: boolean;
  /** Of the account that is shown: it can be changed. */
  readonly isLive: boolean;
  readonly isTabStop: boolean;
  onFold(fold: boolean): void;
}

export function FolderRow({ node, owner, isShown, isLive, isTabStop, onFold }: FolderRowProps) {
  const { folder, level } = node;
  const id = useId();
  const isOver = useSignal(false);
  useEffect(() => {
    if (!isOver.value || !node.hasChildren || node.isOpen) return;
    const timer = setTimeout(() => onFold(false), HELD);
    return () => clearTimeout(timer);
  }, [isOver.value, node.isOpen]);
  const count = countOf(folder, preferences.value.conversations);
  const name = folderName(folder);
  const isUnread = count > 0 && !/^(drafts|snoozed|scheduled|junk)$/.test(roleOf(folder) ?? "");
  const drop = dropping(folder, isLive ? null : owner, isOver);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree answers to keys
    <div
      role="treeitem"
      class="folders-row"
      tabIndex={isTabStop ? 0 : -1}
      aria-level={level}
      aria-posinset={node.position}
      aria-setsize={node.siblings}
      aria-expanded={node.hasChildren ? node.isOpen : undefined}
      aria-selected={isShown}
      aria-current={isShown ? "page" : undefined}
      aria-labelledby={`${id}-name ${id}-count`}
      data-over={isOver.value || undefined}
      data-unread={isUnread || undefined}
      ref={(row) => row?.style.setProperty("--level", String(level - 1))}
      draggable={isLive && folder.role === null && folder.myRights.mayRename}
      onDragStart={(event) => beginFolder(event, folder.id)}
      onDragEnd={end}
      onClick={() => void openFolder(owner.accountId, folder.id)}
      onContextMenu={(event) => {
        event.preventDefault();
        if (isLive) openFolderMenu(folder, event);
      }}
      {...drop}
    >
      <Fold node={node} onFold={onFold} />
      <Icon name={folderIcon(folder)} size={17} />
      <span class="folders-name" id={`${id}-name`} dir="auto">
        {name}
      </span>{" "}
      <span class="folders-count" id={`${id}-count`}>
        {count > 0 && number(count)}
        {isUnread && <span class="unseen"> {t("list.unreadCount")}</span>}
      </span>
      {isLive && (
        <button
          type="button"
          class="folders-more"
          tabIndex={-1}
          aria-label={t("list.folderActions", { folder: name })}
          onClick={(event) => {
            event.stopPropagation();
            openFolderMenu(folder, event.currentTarget);
          }}
        >
          <Icon name="ellipsis" size={16} />
        </button>
      )}
    </div>
  );
}

function Fold({ node, onFold }: { node: Node<Mailbox>; onFold(fold: boolean): void }) {
  if (!node.hasChildren) return <span class="folders-fold" />;
  return (
    <button
      type="button"
      class="folders-fold"
      tabIndex={-1}
      aria-label={t(node.isOpen ? "list.fold" : "list.unfold", { folder: folderName(node.folder) })}
      onClick={(event) => {
        event.stopPropagation();
        onFold(node.isOpen);
      }}
    >
      <Icon name={node.isOpen ? "chevron-down" : "chevron-right"} size={14} />
    </button>
  );
}

/** Rows are filed here, also those of another account; folders are put in here, and files brought in as emails. */
function dropping(folder: Mailbox, other: Owner | null, isOver: { value: boolean }) {
  const takes = (event: DragEvent): boolean => {
    const what = dragged.peek();
    if (other !== null)
      return (
        what !== null && "rows" in what && folder.myRights.mayAddItems && mailbox.peek()?.myRights.mayRemoveItems !== false
      );
    if (what === null) return isOfFiles(event) && folder.myRights.mayAddItems;
    if ("folder" in what) return mayMoveInto(what.folder, folder.id);
    return folder.myRights.mayAddItems && folder.id !== mailbox.peek()?.id;
  };
  return {
    onDragOver: (event: DragEvent) => {
      if (!takes(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = dragged.peek() === null ? "copy" : "move";
      isOver.value = true;
    },
    onDragLeave: () => {
      isOver.value = false;
    },
    onDrop: (event: DragEvent) => {
      isOver.value = false;
      if (!takes(event)) return;
      event.preventDefault();
      const what = dragged.peek();
      end();
      if (what === null) void importFiles(event.dataTransfer?.files, folder);
      else if ("rows" in what && other !== null)
        void moveAcross(what.rows, { accountId: other.accountId, mailboxId: folder.id, name: folderName(folder) });
      else if ("rows" in what) void moveTo(what.rows, folder.id);
      else if (event.dataTransfer?.types.includes(FOLDER)) void moveInto(what.folder, folder.id);
    },
  };
}
