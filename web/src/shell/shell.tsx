/** The frame of the mail: the bar, the folders, the list, what is read; on a phone one of them at a time. */

import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { picker } from "../list/pickers";
import { Button } from "../parts/button";
import { Empty } from "../parts/empty";
import { type Route, route } from "../route";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { registerAppKeys } from "./app_keys";
import { Bar } from "./bar";
import { answerMailto, openComposer } from "./composing";
import { Divider } from "./divider";
import { KeyList } from "./key_list";
import { beginNotices } from "./notices";
import { OfflineNote } from "./offline_note";
import { isDrawerOpen, isPaletteOpen } from "./overlays";
import { Composers, Folders, fetchNext, isAwake, List, Palette, Reading, Settings } from "./rooms";
import { badge, titleOf, unreadNow } from "./title";
import "./shell.css";

export function Shell() {
  const now = route.value;
  useEffect(fetchNext, []);
  useEffect(registerAppKeys, []);
  useEffect(beginNotices, []);
  useSignalEffect(() => {
    document.title = titleOf();
    badge(unreadNow());
  });
  useEffect(() => {
    isDrawerOpen.value = false;
    if (now.name === "mailto") answerMailto(now.url);
  }, [now]);
  const isSettings = now.name === "settings";
  const threadId = threadOf(now);
  return (
    <div
      class="shell"
      data-open={threadId !== null}
      data-room={isSettings ? "settings" : "mail"}
      data-drawer={isDrawerOpen.value}
    >
      <a class="unseen shell-skip" href="#list">
        {t("shell.skipToList")}
      </a>
      <Bar />
      <OfflineNote />
      <div class="shell-panes">
        <FolderPane />
        {isSettings ? <SettingsPane page={now.page} /> : <MailPanes threadId={threadId} now={now} />}
      </div>
      {isAwake.value && <Composers />}
      {(isPaletteOpen.value || picker.value !== null) && <Palette />}
      <KeyList />
      <Button
        kind="primary"
        icon="square-pen"
        class="shell-write-round"
        aria-label={t("shell.compose")}
        onClick={() => openComposer({ mode: "new" })}
      />
    </div>
  );
}

function threadOf(at: Route): string | null {
  return at.name === "folder" || at.name === "search" ? at.threadId : null;
}

function FolderPane() {
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the folders closes them; Escape does the same */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same */}
      <div class="shell-veil" onClick={() => (isDrawerOpen.value = false)} />
      <nav class="shell-folders" aria-label={t("shell.folders")}>
        <div class="shell-write">
          <Button kind="primary" size="large" icon="square-pen" onClick={() => openComposer({ mode: "new" })}>
            {t("shell.compose")}
          </Button>
        </div>
        <div class="shell-tree">
          <Folders />
        </div>
        <Divider name="foldersWidth" label={t("shell.widthOfFolders")} least={170} most={420} />
      </nav>
    </>
  );
}

function SettingsPane({ page }: { page: string }) {
  return (
    <main class="shell-settings" id="list" tabIndex={-1}>
      <Settings page={page} />
    </main>
  );
}

function MailPanes({ threadId, now }: { threadId: string | null; now: Route }) {
  const { pane } = preferences.value;
  return (
    <main class="shell-mail" data-pane={pane}>
      <section class="shell-list" aria-label={t("shell.messages")} id="list" tabIndex={-1}>
        <List />
      </section>
      <section class="shell-reading" aria-label={t("shell.message")} id="message" tabIndex={-1}>
        {pane === "below" ? (
          <Divider name="listHeight" label={t("shell.heightOfList")} least={140} most={900} isFlat />
        ) : (
          <Divider name="listWidth" label={t("shell.widthOfList")} least={280} most={760} />
        )}
        {threadId === null ? <NothingOpen /> : <Reading threadId={threadId} mailboxId={folderOf(now)} />}
      </section>
    </main>
  );
}

function folderOf(at: Route): string | null {
  if (at.name !== "folder") return null;
  return at.mailboxId ?? mailboxWithRole("inbox")?.id ?? null;
}

function NothingOpen() {
  return (
    <Empty icon="mail-open" title={t("shell.nothingOpen")}>
      <p>{t("shell.nothingOpenMore")}</p>
    </Empty>
  );
}
