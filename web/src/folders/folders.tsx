/** The folder pane: one's own folders, and those that others share, as a tree. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Mailbox } from "../jmap/types";
import { openPicker } from "../list/pickers";
import { IconButton } from "../parts/button";
import { Skeleton } from "../parts/empty";
import { MenuButton, type MenuItems } from "../parts/menu";
import { accountId } from "../store/account";
import { areMailboxesKnown } from "../store/mailboxes";
import { create, isFolded, remove, rename, setFolded } from "./doing";
import { FolderRow } from "./folder_row";
import { LabelList } from "./label_list";
import { openFolderMenu } from "./menu";
import { openFolder, shownFolder } from "./opening";
import { foldersOf, followOthers, type Owner, owners } from "./owners";
import { type Node, rows, stepOf } from "./tree";
import "./folders.css";

export function Folders() {
  const showsAll = useSignal(false);
  useEffect(followOthers, []);
  const all = owners();
  return (
    <div class="folders">
      <div class="folders-head">
        <h2 class="folders-title">{t("list.folders")}</h2>
        <IconButton icon="folder-plus" label={t("list.newFolder")} onClick={() => void create(null)} />
        <MenuButton icon="ellipsis" label={t("list.more")} items={() => headItems(showsAll)} />
      </div>
      {areMailboxesKnown.value ? (
        all.map((owner) => <Tree key={owner.accountId} owner={owner} isNamed={all.length > 1} showsAll={showsAll.value} />)
      ) : (
        <Skeleton lines={[50, 70, 60, 45, 65]} />
      )}
      <LabelList />
    </div>
  );
}

function headItems(showsAll: { value: boolean }): MenuItems {
  return [
    { label: t("list.newFolder"), icon: "folder-plus", run: () => void create(null) },
    { label: t("list.goToFolder"), icon: "folder-open", keys: "g f", run: () => openPicker({ kind: "go", anchor: null }) },
    null,
    { label: t("list.showUnsubscribed"), isChecked: showsAll.value, run: () => (showsAll.value = !showsAll.value) },
  ];
}

/** Whose account is folded up is remembered like a folder that is. */
const ownerKey = (owner: Owner) => `account:${owner.accountId}`;

function Tree({ owner, isNamed, showsAll }: { owner: Owner; isNamed: boolean; showsAll: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const focused = useSignal<string | null>(null);
  const isShown = owner.accountId === accountId.value;
  const nodes = rows(foldersOf(owner.accountId).values(), (id) => !isFolded(`${prefix(owner)}${id}`), showsAll || !owner.isOwn);
  const at = shownFolder();
  const first =
    nodes.find((node) => node.folder.id === focused.value) ??
    nodes.find((node) => isShown && node.folder.id === at) ??
    nodes[0];
  const isClosed = isNamed && isFolded(ownerKey(owner));
  const label = owner.isOwn ? t("list.ownFolders") : t("list.foldersOf", { owner: owner.name });
  const focus = (index: number) => {
    const node = nodes[index];
    if (node === undefined) return;
    focused.value = node.folder.id;
    box.current?.querySelectorAll<HTMLElement>("[role=treeitem]")[index]?.focus();
  };
  return (
    <div class="folders-owner">
      {isNamed && (
        <button
          type="button"
          class="folders-owner-name"
          aria-expanded={!isClosed}
          onClick={() => setFolded(ownerKey(owner), !isClosed)}
        >
          {owner.name}
        </button>
      )}
      {!isClosed && nodes.length > 0 && (
        <div
          ref={box}
          class="folders-tree"
          role="tree"
          aria-label={label}
          onKeyDown={(event) => pressed(event, nodes, focus, owner, isShown)}
        >
          {nodes.map((node) => (
            <FolderRow
              key={node.folder.id}
              node={node}
              owner={owner}
              isShown={isShown && node.folder.id === at}
              isLive={isShown}
              isTabStop={node === first}
              onFold={(fold) => setFolded(`${prefix(owner)}${node.folder.id}`, fold)}
            />
          ))}
        </div>
      )}
    </div>
  );
}

/** Folders of others may have ids that ours have too. */
function prefix(owner: Owner): string {
  return owner.isOwn ? "" : `${owner.accountId}/`;
}

function pressed(
  event: KeyboardEvent,
  nodes: readonly Node<Mailbox>[],
  focus: (index: number) => void,
  owner: Owner,
  isLive: boolean,
): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll("[role=treeitem]")];
  const index = items.indexOf(event.target as Element);
  const node = nodes[index];
  if (node === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = stepOf(event.key, index, nodes, document.documentElement.dir === "rtl");
  if (step !== null) {
    if ("go" in step) focus(step.go);
    else setFolded(`${prefix(owner)}${node.folder.id}`, "close" in step);
    event.preventDefault();
    return;
  }
  if (event.key === "Enter" || event.key === " ") void openFolder(owner.accountId, node.folder.id);
  else if (isLive && event.key === "F2" && node.folder.myRights.mayRename && node.folder.role === null)
    void rename(node.folder);
  else if (isLive && event.key === "Delete" && node.folder.myRights.mayDelete && node.folder.role === null)
    void remove(node.folder);
  else if (isLive && (event.key === "ContextMenu" || event.key === "." || (event.key === "F10" && event.shiftKey)))
    openFolderMenu(node.folder, event.target as HTMLElement);
  else return;
  event.preventDefault();
}
