/** What there is to be said about a message while it is written: above its text, until it is read. */

import { t } from "../i18n";
import { IconButton } from "../parts/button";
import { Icon } from "../parts/icon";
import { go } from "../route";
import { mailboxWithRole } from "../store/mailboxes";
import type { Composition, Notice } from "./composition";

export function Notices({ composition }: { composition: Composition }) {
  const notice = composition.notice.value;
  const state = composition.keeper.state.value;
  const text = notice ? textOf(notice) : state === "failed" ? t("compose.saveFailed") : "";
  const drafts = mailboxWithRole("drafts");
  const isBad = notice?.kind === "refused" || notice?.kind === "conflict" || (!notice && state === "failed");
  return (
    // the place is always there, so that what appears in it is read out
    <div
      class="compose-notice"
      role={isBad ? "alert" : "status"}
      data-bad={isBad || undefined}
      data-empty={text === "" || undefined}
    >
      {text && (
        <>
          <Icon name={isBad ? "circle-alert" : "info"} size={16} />
          <span>{text}</span>
          {notice?.kind === "conflict" && drafts && (
            <button
              type="button"
              class="compose-notice-link"
              onClick={() => go({ name: "folder", mailboxId: drafts.id, threadId: null })}
            >
              {t("compose.showDrafts")}
            </button>
          )}
          {notice && (
            <IconButton
              icon="x"
              iconSize={15}
              label={t("shell.close")}
              onClick={() => {
                composition.notice.value = null;
              }}
            />
          )}
        </>
      )}
    </div>
  );
}

function textOf(notice: Notice): string {
  switch (notice.kind) {
    case "conflict":
      return t("compose.conflict");
    case "undone":
      return t("compose.undone");
    case "restored":
      return t("compose.restored");
    case "refused":
      return notice.said && (notice.reason === "other" || notice.reason === "invalid" || notice.reason === "recipients")
        ? `${t(`compose.refused_${notice.reason}`)} (${notice.said})`
        : t(`compose.refused_${notice.reason}`);
  }
}
