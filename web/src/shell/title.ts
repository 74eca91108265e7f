/** What the window is called: how much is unread, where one is, and whose mail it is. */

import { number, t } from "../i18n";
import { route } from "../route";
import { accountId, session } from "../store/account";
import { mailboxes, mailboxWithRole } from "../store/mailboxes";

export const unreadNow = (): number => mailboxWithRole("inbox")?.unreadEmails ?? 0;

/** Where the webmail is installed as an app: the number on its icon (Badging API). */
export function badge(unread: number): void {
  const { setAppBadge } = navigator as Partial<Pick<Navigator, "setAppBadge">>;
  void setAppBadge?.call(navigator, unread).catch(() => {});
}

export function titleOf(): string {
  const unread = unreadNow();
  const whose = session.value?.accounts[accountId.value]?.name ?? "";
  return [unread ? `(${number(unread)})` : "", [placeOf(), whose].filter(Boolean).join(" – ")].filter(Boolean).join(" ");
}

function placeOf(): string {
  const at = route.value;
  if (at.name === "settings") return t("shell.settings");
  if (at.name === "search") return at.query ? `“${at.query}”` : t("shell.search");
  const box = at.name === "folder" && at.mailboxId ? mailboxes.value.get(at.mailboxId) : mailboxWithRole("inbox");
  return !box || box.role === "inbox" ? t("shell.role_inbox") : box.name;
}
