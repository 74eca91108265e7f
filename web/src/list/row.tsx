/** One row of the list: an email, or the conversation that it stands for. */
import { computed } from "@preact/signals";
import { type ComponentChildren, Fragment } from "preact";
import { useMemo } from "preact/hooks";
import { folderName } from "../folders/names";
import { t } from "../i18n";
import type { Email, Id } from "../jmap/types";
import { Avatar } from "../parts/avatar";
import { longDate, shortDate } from "../parts/date";
import { Icon } from "../parts/icon";
import { snippetOf } from "../search/snippets";
import { emailSignal } from "../store/emails";
import { identities } from "../store/identities";
import { mailboxes } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { threadSignal } from "../store/threads";
import { isStarred, isUnread } from "./affected";
import { type CommandId, commandOf, runOffered } from "./commands";
import { labelsOf } from "./labels";
import { IS_TOUCHED } from "./look";
import { Marked } from "./marked";
import { isFromMe, isMine } from "./mine";
import { recipients, type Speaker, speakers } from "./participants";
import { isChosen } from "./selection";
import { openThreadId, rowsWith } from "./targets";
import { cursor, mailbox, searched, selection } from "./view";

/** The emails of a row that count: those of the conversation, but for what was thrown away. */
export function lettersOf(own: Email, isWhole: boolean): Email[] {
  if (!isWhole) return [own];
  const thread = threadSignal(own.threadId).value ?? [];
  const letters = thread.map((id) => (id === own.id ? own : emailSignal(id).value)).filter((email) => email !== undefined);
  const kept = letters.filter((letter) => letter.id === own.id || !isThrownAway(letter));
  return kept.length > 0 ? kept : [own];
}

function isThrownAway(letter: Email): boolean {
  return Object.keys(letter.mailboxIds).every((id) => /^(trash|junk)$/.test(mailboxes.value.get(id)?.role ?? ""));
}

export interface RowProps {
  readonly id: Id;
  readonly index: number;
  readonly isWhole: boolean;
  readonly isWide: boolean;
}

export function Row({ id, index, isWhole, isWide }: RowProps) {
  // only what is true of this row: not every row is drawn again whenever one is chosen
  const state = useMemo(
    () => ({
      isChosen: computed(() => isChosen(selection.value, id)),
      isCursor: computed(() => cursor.value === id),
      isOpen: computed(() => openThreadId() !== null && openThreadId() === emailSignal(id).value?.threadId),
    }),
    [id],
  );
  const own = emailSignal(id).value;
  if (own === undefined) return <Skeleton index={index} />;
  const letters = lettersOf(own, isWhole);
  const unread = isUnread(letters);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names its row by aria-activedescendant
    // biome-ignore lint/a11y/useSemanticElements: a table's rows cannot be laid out so
    <div
      role="row"
      id={rowId(id)}
      class="list-row"
      data-id={id}
      aria-rowindex={index + 1}
      aria-selected={state.isChosen.value}
      data-unread={unread || undefined}
      data-cursor={state.isCursor.value || undefined}
      data-open={state.isOpen.value || undefined}
      draggable={!IS_TOUCHED}
    >
      <Checkbox id={id} own={own} isOn={state.isChosen.value} />
      <Middle own={own} letters={letters} isUnread={unread} isWide={isWide} />
      <Edge id={id} letters={letters} />
    </div>
  );
}

export function rowId(id: Id): string {
  return `row-${id}`;
}

function Cell({ class: name, label, children }: { class: string; label?: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: see Row
    // biome-ignore lint/a11y/useSemanticElements: see Row
    <div class={name} role="gridcell" aria-label={label}>
      {children}
    </div>
  );
}

function Checkbox({ id, own, isOn }: { id: Id; own: Email; isOn: boolean }) {
  const sender = own.from?.[0] ?? { name: null, email: "" };
  return (
    <Cell class="list-choose">
      <Avatar name={sender.name} email={sender.email} size={32} />
      <input
        type="checkbox"
        tabIndex={-1}
        class="list-checkbox"
        data-choose={id}
        checked={isOn}
        aria-label={t("list.choose", { subject: own.subject || t("list.noSubject") })}
      />
    </Cell>
  );
}

function Middle({ own, letters, isUnread, isWide }: { own: Email; letters: Email[]; isUnread: boolean; isWide: boolean }) {
  const found = searched.value === null ? undefined : snippetOf(own.id).value;
  const subject = own.subject || t("list.noSubject");
  return (
    <Cell class="list-middle">
      {isUnread && <span class="list-dot" role="img" aria-label={t("list.unread")} />}
      <Who own={own} letters={letters} />
      <Marks own={own} letters={letters} />
      <span class="list-texts">
        <span class="list-subject" dir="auto">
          {found?.subject ? <Marked text={found.subject} /> : subject}
        </span>
        <Labels letters={letters} />
        {isWide && <span class="list-dash"> — </span>}
        <span class="list-preview" dir="auto">
          {found?.preview ? <Marked text={found.preview} isCut /> : own.preview}
        </span>
      </span>
    </Cell>
  );
}

function Who({ own, letters }: { own: Email; letters: Email[] }) {
  const isSent = /^(sent|drafts|scheduled)$/.test(mailbox.value?.role ?? "");
  const to = isSent ? recipients(letters.filter(isFromMe).map(spoken)) : [];
  if (to.length > 0 || (isSent && isFromMe(own)))
    return <span class="list-who">{to.length > 0 ? t("list.to", { who: to.join(", ") }) : t("list.toNobody")}</span>;
  const all = speakers(letters.map(spoken), (email) => isMine(email, identities.value));
  return (
    <span class="list-who">
      {all.map((speaker, at) => (
        <Fragment key={speaker === null ? "…" : speaker.label + speaker.isDraft}>
          {at > 0 && (speaker === null || all[at - 1] === null ? " " : ", ")}
          {speaker === null ? "…" : <Voice speaker={speaker} isAlone={all.length === 1} />}
        </Fragment>
      ))}
      {letters.length > 1 && (
        <span class="list-count" title={t("list.inConversation", { count: letters.length })}>
          {letters.length}
        </span>
      )}
    </span>
  );
}

function Voice({ speaker, isAlone }: { speaker: Speaker; isAlone: boolean }) {
  const called = speaker.isDraft
    ? t("list.draft")
    : speaker.isMe && !isAlone
      ? t("list.me")
      : speaker.label || t("list.nobody");
  return (
    <bdi class="list-speaker" data-unread={speaker.isUnread || undefined} data-draft={speaker.isDraft || undefined}>
      {called}
    </bdi>
  );
}

function spoken(letter: Email) {
  const isDraft = Boolean(letter.keywords.$draft);
  return { from: letter.from, to: letter.to, isUnread: !letter.keywords.$seen && !isDraft, isDraft };
}

function Labels({ letters }: { letters: Email[] }) {
  const keywords = Object.assign({}, ...letters.map((letter) => letter.keywords)) as Record<string, boolean>;
  const labels = labelsOf(keywords, preferences.value.labels, (known) => t(`list.label_${known}`));
  const folders = searched.value === null || /(^|\s)in:/.test(searched.value) ? [] : foldersOf(letters.at(-1) as Email);
  if (labels.length === 0 && folders.length === 0) return null;
  return (
    <span class="list-labels">
      {folders.map((name) => (
        <span key={name} class="list-folder">
          {name}
        </span>
      ))}
      {labels.map((label) => (
        <span key={label.keyword} class="list-label" data-hue={label.colour}>
          {label.name}
        </span>
      ))}
    </span>
  );
}

function foldersOf(letter: Email): string[] {
  const found = Object.keys(letter.mailboxIds).map((id) => mailboxes.value.get(id));
  return found.filter((box) => box !== undefined).map(folderName);
}

const QUICK: readonly (readonly CommandId[])[] = [["archive", "toInbox"], ["trash", "destroy"], ["read", "unread"], ["snooze"]];

function Edge({ id, letters }: { id: Id; letters: Email[] }) {
  const starred = isStarred(letters);
  return (
    <Cell class="list-edge">
      <button
        type="button"
        tabIndex={-1}
        class="list-star"
        aria-pressed={starred}
        aria-label={t(starred ? "list.unstar" : "list.star")}
        onClick={(event) => {
          event.stopPropagation();
          runOffered(["star", "unstar"], [id]);
        }}
      >
        <Icon name="star" filled={starred} />
      </button>
      <Quick id={id} />
    </Cell>
  );
}

/** What else is known of it, and when it came. */
function Marks({ own, letters }: { own: Email; letters: Email[] }) {
  return (
    <span class="list-marks">
      {own.keywords.$answered && <Icon name="reply" size={14} label={t("list.answered")} />}
      {own.keywords.$forwarded && <Icon name="forward" size={14} label={t("list.forwarded")} />}
      {letters.some((letter) => letter.hasAttachment) && <Icon name="paperclip" size={14} label={t("list.hasAttachment")} />}
      <When own={own} />
    </span>
  );
}

function When({ own }: { own: Email }) {
  if (own.snoozedUntil && mailbox.value === undefined) return null;
  if (own.snoozedUntil)
    return (
      <time class="list-when" dateTime={own.snoozedUntil} title={t("list.backAt", { when: longDate(own.snoozedUntil) })}>
        <Icon name="clock" size={14} /> {shortDate(own.snoozedUntil)}
      </time>
    );
  return (
    <time class="list-when" dateTime={own.receivedAt} title={longDate(own.receivedAt)}>
      {shortDate(own.receivedAt)}
    </time>
  );
}

/** What is done most, beside the pointer. By keys and by touch it is reached otherwise. */
function Quick({ id }: { id: Id }) {
  return (
    <span class="list-quick">
      {QUICK.map((choices) => {
        const command = choices.map(commandOf).find((each) => each.isOffered([id]));
        if (command === undefined) return null;
        return (
          <button
            key={command.id}
            type="button"
            tabIndex={-1}
            class="list-quick-button"
            title={t(command.label)}
            aria-label={t(command.label)}
            onClick={(event) => {
              event.stopPropagation();
              void command.run(rowsWith(id), event.currentTarget);
            }}
          >
            <Icon name={command.icon} />
          </button>
        );
      })}
    </span>
  );
}

/** A row whose email is not here yet. */
export function Skeleton({ index }: { index: number }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: see Row
    // biome-ignore lint/a11y/useSemanticElements: see Row
    <div role="row" class="list-row list-skeleton" aria-rowindex={index + 1} aria-busy="true">
      <Cell class="list-middle" label={t("list.loading")}>
        <span class="list-bone" />
        <span class="list-bone" />
      </Cell>
    </div>
  );
}
