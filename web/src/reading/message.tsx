/** One message of a conversation: folded to a line, or open. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { t } from "../i18n";
import type { Email, Id } from "../jmap/types";
import { isMine } from "../list/mine";
import { Avatar } from "../parts/avatar";
import { Button } from "../parts/button";
import { shortDate } from "../parts/date";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { nameOf } from "../parts/name";
import { setSeen } from "../store/actions";
import { emailSignal, wantEmails } from "../store/emails";
import { preferences } from "../store/preferences";
import { unsubscribe } from "./answering";
import { AttachmentList } from "./attachment_list";
import { attachmentsOf } from "./attachments";
import { DraftBar, PicturesBar, ReceiptBar, SealingBar, TrackersNote } from "./bars";
import { Body } from "./body";
import { Head } from "./head";
import { InvitationCard } from "./invitation_card";
import type { Choices } from "./more";
import { FileText } from "./preview";
import { printMessages } from "./print";
import { sealingOf } from "./sealing";
import { isDark } from "./theme";
import { viewSignal } from "./views";
import { write, writeTo } from "./write";

export interface MessageProps {
  id: Id;
  isOpen: boolean;
  /** The newest: an answer is offered below it. */
  isLast: boolean;
  /** The folder one reads in; null in a search. */
  here: Id | null;
  onToggle: () => void;
}

/** A moment in which one may still go on without having read. */
const MOMENT = 900;
const MOST_SOURCE = 2 * 1024 * 1024;

export function Message({ id, isOpen, isLast, here, onToggle }: MessageProps) {
  const email = emailSignal(id).value;
  if (email === undefined) return null;
  return (
    <article
      class="reading-message"
      id={`message-${id}`}
      data-open={isOpen}
      data-unread={!email.keywords.$seen || undefined}
      tabIndex={-1}
      aria-label={t("reading.messageFrom", { name: fromOf(email), date: shortDate(email.receivedAt) })}
    >
      {isOpen ? (
        <OpenMessage email={email} isLast={isLast} here={here} onFold={onToggle} />
      ) : (
        <FoldedLine email={email} onOpen={onToggle} />
      )}
    </article>
  );
}

function fromOf(email: Email): string {
  const from = email.from?.[0];
  if (!from) return t("reading.nobody");
  return isMine(from.email) ? t("reading.meFrom") : nameOf(from);
}

function FoldedLine({ email, onOpen }: { email: Email; onOpen: () => void }) {
  const from = email.from?.[0];
  const isDraft = Boolean(email.keywords.$draft);
  return (
    <button
      type="button"
      class="reading-line"
      aria-expanded="false"
      onClick={isDraft ? () => void write("draft", email.id) : onOpen}
    >
      <Avatar name={from?.name ?? null} email={from?.email ?? ""} size={28} />
      <bdi class="reading-line-name one-line">{fromOf(email)}</bdi>
      {isDraft && <span class="reading-draft">{t("reading.draft")}</span>}
      <span class="reading-line-preview one-line">{email.preview}</span>
      {email.hasAttachment && <Icon name="paperclip" size={14} label={t("reading.hasAttachments")} />}
      {email.keywords.$flagged && <Icon name="star" size={14} filled class="reading-starred" label={t("reading.starred")} />}
      <time class="reading-date" dateTime={email.receivedAt}>
        {shortDate(email.receivedAt)}
      </time>
    </button>
  );
}

function OpenMessage({ email, isLast, here, onFold }: { email: Email; isLast: boolean; here: Id | null; onFold: () => void }) {
  const viewed = viewSignal(email.id).value;
  const [isPlain, isLit, isSource] = [useSignal(false), useSignal(false), useSignal(false)];
  useEffect(() => void wantEmails([email.id], "whole").catch(() => {}), [email.id]);
  useMarkedRead(email, viewed?.view !== undefined);
  const view = viewed?.view ?? null;
  const attachments = useMemo(
    () => attachmentsOf(email.attachments ?? [], view?.html ?? null, Boolean(view?.invitations.length)),
    [email.attachments, view?.html, view?.invitations],
  );
  const sealing = sealingOf(email.attachments ?? []);
  const leave = view?.unsubscribe ? () => void unsubscribe(email, view, (to) => void writeTo(to)) : null;
  const forms = { hasHtml: Boolean(view?.html), hasText: view?.text.trim() !== "", isList: Boolean(viewed?.asides.listId) };
  const choices = choicesOf(email, forms, { isPlain, isLit, isSource }, leave);
  return (
    <>
      <Head email={email} viewed={viewed} choices={choices} here={here} onFold={onFold} />
      {email.keywords.$draft && <DraftBar onWrite={() => void write("draft", email.id)} />}
      {viewed && <PicturesBar email={email} viewed={viewed} />}
      {viewed && <ReceiptBar email={email} viewed={viewed} />}
      {view?.invitations.map((each) => (
        <InvitationCard key={each.uid + each.method} email={email} invitation={each} />
      ))}
      {sealing && <SealingBar sealing={sealing} />}
      {!(sealing?.isClosed && view && !forms.hasHtml && !forms.hasText) && (
        <div class="reading-body">
          <Body
            viewed={viewed}
            emailId={email.id}
            name={fromOf(email)}
            isPlain={isPlain.value}
            isDarkened={isDark.value && !isLit.value}
            foldsQuotes
          />
        </div>
      )}
      {viewed && <TrackersNote viewed={viewed} />}
      <AttachmentList
        attachments={attachments}
        archiveName={`${(email.subject ?? "").replace(/[^\p{L}\p{N} .-]/gu, "").slice(0, 60) || "attachments"}.zip`}
      />
      {isLast && !email.keywords.$draft && <ReplyBar email={email} />}
      {isSource.value && (
        <Dialog title={t("reading.source")} size="large" onClose={() => (isSource.value = false)}>
          <FileText blobId={email.blobId} most={MOST_SOURCE} />
        </Dialog>
      )}
    </>
  );
}

interface Forms {
  hasHtml: boolean;
  hasText: boolean;
  isList: boolean;
}
interface Switches {
  isPlain: Signal<boolean>;
  /** Shown light on a dark page. */
  isLit: Signal<boolean>;
  isSource: Signal<boolean>;
}

function choicesOf(
  email: Email,
  { hasHtml, hasText, isList }: Forms,
  { isPlain, isLit, isSource }: Switches,
  leave: (() => void) | null,
): Choices {
  return {
    isPlain: isPlain.value,
    hasBoth: hasHtml && hasText,
    isList,
    isDarkened: hasHtml && !isPlain.value && isDark.value ? !isLit.value : null,
    setPlain: (on) => (isPlain.value = on),
    setDarkened: (on) => (isLit.value = !on),
    showSource: () => (isSource.value = true),
    print: () => void printMessages([email.id]),
    unsubscribe: leave,
  };
}

/** After a moment in which it was there to be seen, or when the preferences say; never while the window is hidden. */
function useMarkedRead(email: Email, isShown: boolean): void {
  const isUnread = !email.keywords.$seen;
  useEffect(() => {
    const { readAfter } = preferences.peek();
    if (!isUnread || !isShown || readAfter < 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible")
        timer = setTimeout(() => void setSeen([email.id], true, true), Math.max(MOMENT, readAfter * 1000));
    };
    begin();
    document.addEventListener("visibilitychange", begin);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", begin);
    };
    // not again when it becomes unread by hand: only by being shown
  }, [email.id, isShown]);
}

function ReplyBar({ email }: { email: Email }) {
  const others = [...(email.to ?? []), ...(email.cc ?? [])].filter((each) => !isMine(each.email));
  return (
    <div class="reading-reply">
      <Button icon="reply" onClick={() => void write("reply", email.id)}>
        {t("reading.reply")}
      </Button>
      {others.length > 0 && (
        <Button icon="reply-all" onClick={() => void write("replyAll", email.id)}>
          {t("reading.replyAll")}
        </Button>
      )}
      <Button icon="forward" onClick={() => void write("forward", email.id)}>
        {t("reading.forward")}
      </Button>
    </div>
  );
}
