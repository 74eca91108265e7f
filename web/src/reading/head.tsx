/** The head of a message: from whom, really from whom, to whom, and when. */

import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import type { Email, EmailAddress } from "../jmap/types";
import { isMine } from "../list/mine";
import { Avatar } from "../parts/avatar";
import { IconButton } from "../parts/button";
import { longDate, middleDate } from "../parts/date";
import { Icon } from "../parts/icon";
import { MenuButton } from "../parts/menu";
import { firstName, fullName, nameOf } from "../parts/name";
import { setKeyword } from "../store/actions";
import { mailboxes } from "../store/mailboxes";
import { type Choices, moreOf } from "./more";
import { answersElsewhere, badgeOf, pretended, whyOf } from "./sender";
import type { Viewed } from "./views";
import { write } from "./write";

export interface HeadProps {
  email: Email;
  viewed: Viewed | undefined;
  choices: Choices;
  /** The folder one reads in; null in a search. */
  here: string | null;
  onFold: () => void;
}

export function Head({ email, viewed, choices, here, onFold }: HeadProps) {
  const isDetailed = useSignal(false);
  const from = email.from?.[0];
  return (
    <header class="reading-head">
      <Avatar name={from?.name ?? null} email={from?.email ?? ""} size={38} />
      <div class="reading-who">
        <div class="reading-from">
          <button type="button" class="reading-fold-button" aria-expanded="true" onClick={onFold} title={t("reading.fold")}>
            <bdi class="reading-name">{from ? nameOf(from) : t("reading.nobody")}</bdi>{" "}
            {from?.name && <bdi class="reading-address">{from.email}</bdi>}
          </button>
          {viewed?.view && (
            <SenderBadge viewed={viewed} onClick={() => (isDetailed.value = !isDetailed.value)} isOpen={isDetailed.value} />
          )}
          {choices.unsubscribe && (
            <button type="button" class="reading-leave" onClick={choices.unsubscribe}>
              {t("reading.unsubscribe")}
            </button>
          )}
        </div>
        <button
          type="button"
          class="reading-to"
          aria-expanded={isDetailed.value}
          onClick={() => (isDetailed.value = !isDetailed.value)}
        >
          <span class="one-line">{recipientsOf(email)}</span>
          <Icon name={isDetailed.value ? "chevron-up" : "chevron-down"} size={14} />
        </button>
      </div>
      <HeadButtons email={email} choices={choices} here={here} />
      {isDetailed.value && <Details email={email} viewed={viewed} />}
      {from && <Warnings email={email} from={from} viewed={viewed} />}
    </header>
  );
}

function HeadButtons({ email, choices, here }: { email: Email; choices: Choices; here: string | null }) {
  const isStarred = Boolean(email.keywords.$flagged);
  return (
    <div class="reading-head-end">
      <Place email={email} here={here} />
      <time class="reading-date" dateTime={email.receivedAt} title={longDate(email.receivedAt)}>
        {middleDate(email.receivedAt)}
      </time>
      <IconButton
        icon="star"
        class="reading-star"
        label={t(isStarred ? "reading.unstar" : "reading.star")}
        pressed={isStarred}
        filled={isStarred}
        onClick={() => void setKeyword([email.id], "$flagged", !isStarred)}
      />
      <IconButton icon="reply" label={t("reading.reply")} onClick={() => void write("reply", email.id)} />
      <MenuButton icon="ellipsis-vertical" label={t("reading.more")} items={() => moreOf(email, choices)} />
    </div>
  );
}

/** The folder, where it is another than the one that is shown: conversations go across them. */
function Place({ email, here }: { email: Email; here: string | null }) {
  const names = Object.keys(email.mailboxIds)
    .map((id) => mailboxes.value.get(id))
    .filter((box) => box !== undefined);
  if (names.length === 0 || names.some((box) => box.id === here)) return null;
  const text = names.map((box) => (box.role ? t(`shell.role_${box.role}` as "shell.role_inbox") : box.name)).join(", ");
  return (
    <span class="reading-place">
      <Icon name="folder" size={13} label={t("reading.folder")} />
      <bdi>{text}</bdi>
    </span>
  );
}

function SenderBadge({ viewed, onClick, isOpen }: { viewed: Viewed; onClick: () => void; isOpen: boolean }) {
  const sender = viewed.view?.sender;
  if (!sender) return null;
  const badge = badgeOf(sender);
  return (
    <button
      type="button"
      class="reading-badge"
      data-tone={badge.tone}
      aria-expanded={isOpen}
      onClick={onClick}
      title={t(badge.long, { domain: sender.domain ?? "" })}
    >
      <Icon name={badge.icon} size={14} />
      <span>{t(badge.short)}</span>
    </button>
  );
}

function recipientsOf(email: Email): string {
  const people = [...(email.to ?? []), ...(email.cc ?? [])];
  if (people.length === 0) return t("reading.toNobody");
  const names = people
    .slice(0, 4)
    .map((who) => (isMine(who.email) ? t("reading.me") : people.length > 1 ? firstName(who) : nameOf(who)));
  const rest = people.length - names.length;
  return rest > 0
    ? t("reading.toAndMore", { names: names.join(", "), count: rest })
    : t("reading.to", { names: names.join(", ") });
}

function Details({ email, viewed }: { email: Email; viewed: Viewed | undefined }) {
  const view = viewed?.view;
  const rows: [string, readonly EmailAddress[] | null | undefined][] = [
    [t("reading.fieldFrom"), email.from],
    [t("reading.fieldSender"), email.sender?.some((each) => each.email !== email.from?.[0]?.email) ? email.sender : null],
    [t("reading.fieldReplyTo"), email.replyTo],
    [t("reading.fieldTo"), email.to],
    [t("reading.fieldCc"), email.cc],
    [t("reading.fieldBcc"), email.bcc],
  ];
  return (
    <dl class="reading-details">
      {rows.map(([label, people]) => people && people.length > 0 && <People key={label} label={label} people={people} />)}
      <dt>{t("reading.fieldDate")}</dt>
      <dd>{longDate(email.sentAt ?? email.receivedAt)}</dd>
      {viewed?.asides.listId && (
        <>
          <dt>{t("reading.fieldList")}</dt>
          <dd>
            <bdi>{viewed.asides.listId}</bdi>
          </dd>
        </>
      )}
      {view && (
        <>
          <dt>{t("reading.fieldChecked")}</dt>
          <dd>
            {t(badgeOf(view.sender).long, { domain: view.sender.domain ?? "" })}
            {whyOf(view.sender) && <code class="reading-why">{whyOf(view.sender)}</code>}
          </dd>
        </>
      )}
    </dl>
  );
}

function People({ label, people }: { label: string; people: readonly EmailAddress[] }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>
        {people.map((who) => (
          <bdi key={who.email + who.name} class="reading-person">
            {fullName(who)}
          </bdi>
        ))}
      </dd>
    </>
  );
}

/** What should be known before one believes what is written below. */
function Warnings({ email, from, viewed }: { email: Email; from: EmailAddress; viewed: Viewed | undefined }) {
  const shown = pretended(from);
  const elsewhere = answersElsewhere(from, email.replyTo);
  const verdict = viewed?.view?.sender.verdict;
  const said: string[] = [];
  if (verdict === "failed") said.push(t("reading.forgedMore", { domain: viewed?.view?.sender.domain ?? from.email }));
  if (shown !== null) said.push(t("reading.pretends", { shown, email: from.email }));
  if (elsewhere !== null && !viewed?.asides.listId) said.push(t("reading.answersElsewhere", { email: elsewhere.email }));
  return said.map((text) => (
    <p key={text} class="reading-warning" role="note">
      <Icon name="triangle-alert" size={16} />
      <span>{text}</span>
    </p>
  ));
}
