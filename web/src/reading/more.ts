/** What can be done with one message besides answering it. */

import { t } from "../i18n";
import type { Email } from "../jmap/types";
import type { MenuItems } from "../parts/menu";
import { archive, junk, setSeen, trash } from "../store/actions";
import { mailboxes } from "../store/mailboxes";
import { saveMessage } from "./files";
import { write } from "./write";

/** How this message is looked at, and what its view offers. */
export interface Choices {
  readonly isPlain: boolean;
  /** Whether it has both forms. */
  readonly hasBoth: boolean;
  readonly isList: boolean;
  /** null: the page is light, or the message plain. */
  readonly isDarkened: boolean | null;
  setPlain(on: boolean): void;
  setDarkened(on: boolean): void;
  showSource(): void;
  print(): void;
  unsubscribe: (() => void) | null;
}

export function moreOf(email: Email, choices: Choices): MenuItems {
  const role = roleOf(email);
  const isJunk = role === "junk";
  return [
    { label: t("reading.reply"), icon: "reply", run: () => void write("reply", email.id) },
    { label: t("reading.replyAll"), icon: "reply-all", run: () => void write("replyAll", email.id) },
    ...(choices.isList
      ? [{ label: t("reading.replyList"), icon: "users" as const, run: () => void write("replyList", email.id) }]
      : []),
    { label: t("reading.forward"), icon: "forward", run: () => void write("forward", email.id) },
    { label: t("reading.forwardAsFile"), icon: "paperclip", run: () => void write("forwardAsFile", email.id) },
    null,
    { label: t("reading.markUnread"), icon: "mail", run: () => void setSeen([email.id], false) },
    ...(role === "archive"
      ? []
      : [{ label: t("reading.archiveOne"), icon: "archive" as const, run: () => void archive([email.id]) }]),
    {
      label: t(isJunk ? "reading.notJunkOne" : "reading.junkOne"),
      icon: isJunk ? "inbox" : "octagon-alert",
      run: () => void junk([email.id], !isJunk),
    },
    { label: t("reading.trashOne"), icon: "trash-2", isDangerous: true, run: () => void trash([email.id]) },
    null,
    ...(choices.hasBoth
      ? [
          {
            label: t("reading.asPlain"),
            icon: "type" as const,
            isChecked: choices.isPlain,
            run: () => choices.setPlain(!choices.isPlain),
          },
        ]
      : []),
    ...(choices.isDarkened === null
      ? []
      : [
          {
            label: t("reading.darken"),
            icon: "moon" as const,
            isChecked: choices.isDarkened,
            run: () => choices.setDarkened(!choices.isDarkened),
          },
        ]),
    { label: t("reading.print"), icon: "printer", run: choices.print },
    { label: t("reading.source"), icon: "code", run: choices.showSource },
    { label: t("reading.saveMessage"), icon: "download", run: () => saveMessage(email) },
    ...(choices.unsubscribe ? [{ label: t("reading.unsubscribe"), icon: "ban" as const, run: choices.unsubscribe }] : []),
  ];
}

function roleOf(email: Email): string | null {
  for (const id of Object.keys(email.mailboxIds)) {
    const role = mailboxes.peek().get(id)?.role;
    if (role) return role;
  }
  return null;
}
