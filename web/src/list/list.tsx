/** The list of a folder, or of what a search found. */
import { useEffect } from "preact/hooks";
import { empty } from "../folders/doing";
import { folderName } from "../folders/names";
import { t } from "../i18n";
import { registerKeys } from "../keys";
import { Button } from "../parts/button";
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { go } from "../route";
import { Narrow } from "../search/narrow";
import { openComposer } from "../shell/composing";
import { accountId, session } from "../store/account";
import type { MailList } from "../store/lists";
import { areMailboxesKnown, mailboxes } from "../store/mailboxes";
import { Head } from "./head";
import { gridKeys, listKeys } from "./keys";
import { showOnly } from "./menus";
import { Rows } from "./rows";
import { scroller } from "./scroller";
import { openRow, openThreadId } from "./targets";
import { begin, cursor, isChoosing, list, mailbox, only, searched } from "./view";
import "./list.css";

export function List() {
  const now = list.value;
  useEffect(() => registerKeys({ scope: "list", keys: listKeys() }), []);
  useEffect(() => {
    begin();
    scroller.toTop();
  }, [now]);
  useEffect(() => {
    only.value = "all";
  }, [mailbox.value?.id, searched.value === null]);
  useCursorAtOpen(now);
  const isSearch = searched.value !== null;
  const name = isSearch ? t("list.found") : mailbox.value === undefined ? t("list.list") : folderName(mailbox.value);
  return (
    <section class="list" aria-label={name} onKeyDown={(event) => scroller.hasFocus() && gridKeys(event)}>
      {isSearch && <Narrow />}
      <Head />
      <Emptying />
      <Inside now={now} name={name} />
    </section>
  );
}

function Inside({ now, name }: { now: MailList | null; name: string }) {
  const isFolder = searched.value === null;
  if (isFolder && areMailboxesKnown.value && mailbox.value === undefined) return <NoFolder />;
  if (now === null) return isFolder ? null : <Nothing />;
  if (now.state.value === "failed") return <Failed list={now} />;
  if (now.total.value === 0) return <Nothing />;
  return <Rows key={name} list={now} label={name} />;
}

/** Junk and trash are emptied where one sees what is in them. */
function Emptying() {
  const folder = mailbox.value;
  const role = folder?.role;
  if (folder === undefined || (role !== "trash" && role !== "junk") || folder.totalEmails === 0) return null;
  if (isChoosing.value || !folder.myRights.mayRemoveItems) return null;
  return (
    <div class="list-emptying">
      <Button size="small" kind="quiet" icon="trash-2" onClick={() => void empty(folder)}>
        {t(`list.emptyNow_${role}`)}
      </Button>
    </div>
  );
}

/** What is open for reading has the cursor, also when it was opened by an address or from a notification. */
function useCursorAtOpen(now: MailList | null): void {
  const thread = openThreadId();
  const version = now?.version.value;
  useEffect(() => {
    if (thread === null) return;
    const row = openRow();
    if (row === null || row === cursor.peek()) return;
    cursor.value = row;
    scroller.show(row);
  }, [thread, version]);
}

function Nothing() {
  const role = mailbox.value?.role;
  if (only.value !== "all")
    return (
      <Empty icon="mail-open" title={t(`list.empty_${only.value}`)}>
        <Button onClick={() => showOnly("all")}>{t("list.showAll")}</Button>
      </Empty>
    );
  if (searched.value !== null)
    return <Empty icon="search" title={t(searched.value === "" ? "list.empty_question" : "list.empty_search")} />;
  if (role === "inbox" && [...mailboxes.value.values()].every((box) => box.totalEmails === 0)) return <Newcomer />;
  if (role === "inbox") return <Empty icon="inbox" title={t("list.empty_inbox")} />;
  if (role === "trash" || role === "junk" || role === "drafts" || role === "sent")
    return <Empty icon="folder" title={t(`list.empty_${role}`)} />;
  return <Empty icon="folder" title={t("list.empty_folder")} />;
}

/** Nothing has come yet, and nothing was written: what might be done first. */
function Newcomer() {
  const address = session.value?.accounts[accountId.value]?.name ?? "";
  return (
    <Empty icon="inbox" title={t("list.newcomer", { address })}>
      <p>{t("list.newcomerMore")}</p>
      <Button icon="square-pen" onClick={() => openComposer({ mode: "new" })}>
        {t("shell.compose")}
      </Button>
      <a class="button" data-kind="quiet" data-size="normal" href="/setup" target="_blank" rel="noopener">
        <Icon name="smartphone" size={17} />
        {t("shell.setup")}
      </a>
    </Empty>
  );
}

function Failed({ list }: { list: MailList }) {
  return (
    <Empty icon="triangle-alert" title={t("list.failed")}>
      <Button onClick={() => list.retry()}>{t("list.retry")}</Button>
    </Empty>
  );
}

function NoFolder() {
  void mailboxes.value;
  return (
    <Empty icon="folder" title={t("list.noFolder")}>
      <Button onClick={() => go({ name: "folder", mailboxId: null, threadId: null }, { replace: true })}>
        {t("list.toInboxPage")}
      </Button>
    </Empty>
  );
}
