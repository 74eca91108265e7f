/** Says that new mail has come, to whoever wants that, when the window is not looked at. */

import { t } from "../i18n";
import type { Email } from "../jmap/types";
import { nameOf } from "../parts/name";
import { go } from "../route";
import { onNewEmails } from "../store/live";
import { mailboxWithRole } from "../store/mailboxes";
import { preferences } from "../store/preferences";

/** More than that at once are said as one. */
const MOST = 3;

export function beginNotices(): () => void {
  return onNewEmails((created) => {
    const inbox = mailboxWithRole("inbox")?.id ?? "";
    const news = created.filter((email) => email.mailboxIds[inbox] && !email.keywords.$seen);
    if (
      !preferences.peek().notifications ||
      document.hasFocus() ||
      !("Notification" in window) ||
      Notification.permission !== "granted"
    )
      return;
    for (const email of news.slice(0, MOST)) notify(email, inbox);
  });
}

function notify(email: Email, mailboxId: string): void {
  const name = email.from?.[0] ? nameOf(email.from[0]) : "";
  // by its id, so that several windows say it once
  const notice = new Notification(t("shell.newMail", { name }), {
    body: email.subject ?? "",
    tag: email.id,
    icon: "/mail/icon.svg",
  });
  notice.onclick = () => {
    window.focus();
    go({ name: "folder", mailboxId, threadId: email.threadId });
    notice.close();
  };
}
