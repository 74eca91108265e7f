/** A conversation: all its messages across the folders, the oldest first. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import type { Email, Id } from "../jmap/types";
import { registerKeys } from "../keys";
import { type KnownLabel, labelsOf } from "../list/labels";
import { Button } from "../parts/button";
import { Chip } from "../parts/chip";
import { middleDate } from "../parts/date";
import { Empty, Skeleton } from "../parts/empty";
import { setKeyword, snooze } from "../store/actions";
import { emailSignal, wantEmails } from "../store/emails";
import { mailboxes } from "../store/mailboxes";
import { preferences } from "../store/preferences";
import { threadSignal, wantThreads } from "../store/threads";
import { ActionBar } from "./action_bar";
import { arrange, beginning, neighbour, openAtFirst, placesOf } from "./conversation";
import { Message } from "./message";
import { prefetchAround } from "./prefetch";
import { write } from "./write";
import "./reading.css";

export interface ReadingProps {
  threadId: Id;
  /** The folder in which one reads; null in a search. */
  mailboxId: Id | null;
}

/** The pane in which one reads. */
export function Reading({ threadId, mailboxId }: ReadingProps) {
  return <Conversation key={threadId} threadId={threadId} mailboxId={mailboxId} />;
}

function Conversation({ threadId, mailboxId }: ReadingProps) {
  const ids = threadSignal(threadId).value;
  const hasFailed = useSignal(false);
  const fetch = () => {
    hasFailed.value = false;
    Promise.all([wantThreads([threadId]), ids && wantEmails(ids)]).catch(() => (hasFailed.value = true));
  };
  useEffect(fetch, [threadId, ids]);
  const letters = (ids ?? []).map((id) => emailSignal(id).value).filter((email) => email !== undefined);
  if (hasFailed.value && letters.length === 0) return <NotThere onRetry={fetch} />;
  if (ids === undefined || letters.length < ids.length) {
    // known ones may have gone from the server meanwhile: what is there is shown
    if (letters.length === 0) return ids?.length === 0 ? <Gone /> : <Waiting />;
  }
  return <Letters letters={letters} mailboxId={mailboxId} />;
}

function Waiting() {
  return (
    <div class="reading" aria-busy="true">
      <Skeleton lines={[55]} />
      <Skeleton lines={[30, 90, 95, 80, 60]} />
    </div>
  );
}

function Gone() {
  return (
    <Empty icon="mail" title={t("reading.gone")}>
      <p>{t("reading.goneMore")}</p>
    </Empty>
  );
}

function NotThere({ onRetry }: { onRetry: () => void }) {
  return (
    <Empty icon="wifi-off" title={t("reading.failed")}>
      <p>{t("reading.failedMore")}</p>
      <Button icon="refresh-cw" onClick={onRetry}>
        {t("shell.retry")}
      </Button>
    </Empty>
  );
}

function Letters({ letters, mailboxId }: { letters: readonly Email[]; mailboxId: Id | null }) {
  const showsAside = useSignal(false);
  const isWhole = useSignal(false);
  const roleOf = (id: Id) => mailboxes.value.get(id)?.role ?? null;
  const { shown: all, aside } = arrange(letters, roleOf, mailboxId);
  const shown = showsAside.value ? arrange(letters, () => null, null).shown : all;
  const first = useRef<Set<Id> | null>(null);
  first.current ??= openAtFirst(all);
  const open = useSignal<ReadonlySet<Id>>(first.current);
  const current = useSignal<Id | null>(beginning(all, first.current) ?? all.at(-1)?.id ?? null);
  const ids = shown.map((letter) => letter.id);
  const scroll = useRef<HTMLElement>(null);
  useReadingKeys(ids, open, current);
  useEffect(() => begin(scroll.current, current.peek(), ids[0]), []);
  useEffect(() => prefetchAround(), []);
  const areAllOpen = ids.every((id) => open.value.has(id));
  const answered = lastOpen(shown, open.value) ?? ids.at(-1) ?? null;
  const newest = shown.at(-1);
  const toggle = (id: Id) => {
    current.value = id;
    open.value = toggled(open.value, id);
  };
  return (
    <div class="reading">
      <ActionBar
        ids={ids}
        current={answered}
        areAllOpen={areAllOpen}
        onToggleAll={() => (open.value = areAllOpen ? new Set(ids.slice(-1)) : new Set(ids))}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to do */}
      <section class="reading-scroll" ref={scroll} tabIndex={0} aria-label={t("reading.conversation")}>
        <Title letters={shown} />
        {aside.length > 0 && !showsAside.value && (
          <button type="button" class="reading-aside" onClick={() => (showsAside.value = true)}>
            {t("reading.aside", { count: aside.length })}
          </button>
        )}
        {placesOf(shown, open.value, isWhole.value).map((place) =>
          "run" in place ? (
            <button key="run" type="button" class="reading-run" onClick={() => (isWhole.value = true)}>
              <span>{t("reading.earlier", { count: place.run.length })}</span>
            </button>
          ) : (
            <Message
              key={place.letter.id}
              id={place.letter.id}
              isOpen={open.value.has(place.letter.id)}
              isLast={place.letter === newest}
              here={mailboxId}
              onToggle={() => toggle(place.letter.id)}
            />
          ),
        )}
      </section>
    </div>
  );
}

function Title({ letters }: { letters: readonly Email[] }) {
  const subject = letters.find((letter) => letter.subject)?.subject ?? "";
  const keywords: Record<string, true> = Object.assign({}, ...letters.map((letter) => letter.keywords));
  const labels = labelsOf(keywords, preferences.value.labels, (known: KnownLabel) => t(`list.label_${known}`));
  const remove = (keyword: string) =>
    void setKeyword(
      letters.filter((letter) => letter.keywords[keyword]).map((letter) => letter.id),
      keyword,
      false,
    );
  return (
    <div class="reading-title">
      <h1 dir="auto">{subject || t("reading.noSubject")}</h1>
      {labels.map((label) => (
        <Chip
          key={label.keyword}
          hue={label.colour}
          onRemove={() => remove(label.keyword)}
          removeLabel={t("reading.removeLabel", { name: label.name })}
        >
          {label.name}
        </Chip>
      ))}
      <Snoozed letters={letters} />
      {letters.length > 1 && <span class="reading-count">{t("reading.count", { count: letters.length })}</span>}
    </div>
  );
}

function Snoozed({ letters }: { letters: readonly Email[] }) {
  const away = letters.filter((letter) => letter.snoozedUntil);
  const until = away.at(-1)?.snoozedUntil;
  if (!until) return null;
  const back = () =>
    void snooze(
      away.map((letter) => letter.id),
      null,
    );
  return (
    <Chip icon="alarm-clock" onRemove={back} removeLabel={t("reading.backNow")}>
      {t("reading.snoozedUntil", { date: middleDate(until) })}
    </Chip>
  );
}

function toggled(open: ReadonlySet<Id>, id: Id): Set<Id> {
  const changed = new Set(open);
  if (!changed.delete(id)) changed.add(id);
  return changed;
}

/** What an answer is to: the last that is open, and no draft. */
function lastOpen(letters: readonly Email[], open: ReadonlySet<Id>): Id | undefined {
  return letters.findLast((letter) => open.has(letter.id) && !letter.keywords.$draft)?.id;
}

/** How long messages above may still be growing into their size. */
const GROWING = 3000;

/** Begins where there is something to read, and stays there while texts come in; until somebody scrolls. */
function begin(box: HTMLElement | null, id: Id | null, first: Id | undefined): (() => void) | undefined {
  const start = document.getElementById(`message-${id}`);
  if (box === null || start === null || id === first) return undefined;
  const observer = new ResizeObserver(() => start.scrollIntoView({ block: "start" }));
  for (const message of box.querySelectorAll(".reading-message")) observer.observe(message);
  const end = () => {
    observer.disconnect();
    clearTimeout(timer);
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) document.removeEventListener(kind, end, true);
  };
  const timer = setTimeout(end, GROWING);
  for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) document.addEventListener(kind, end, true);
  return end;
}

function useReadingKeys(ids: readonly Id[], open: Signal<ReadonlySet<Id>>, current: Signal<Id | null>): void {
  const latest = useRef(ids);
  latest.current = ids;
  useEffect(() => {
    const to = () =>
      (current.peek() && open.peek().has(current.peek() as Id)
        ? current.peek()
        : latest.current.findLast((id) => open.peek().has(id))) ?? latest.current.at(-1);
    const answer = (mode: "reply" | "replyAll" | "forward") => () => {
      const id = to();
      if (id) void write(mode, id);
    };
    const step = (by: 1 | -1) => () => {
      if (latest.current.length < 2) return false;
      const id = neighbour(latest.current, current.peek(), by);
      if (id === null) return false;
      current.value = id;
      open.value = new Set([...open.peek(), id]);
      requestAnimationFrame(() => focus(id));
      return true;
    };
    const fold = () => {
      const id = current.peek() ?? latest.current.at(-1);
      if (id) open.value = toggled(open.peek(), id);
    };
    const foldAll = () => {
      const areAll = latest.current.every((id) => open.peek().has(id));
      open.value = new Set(areAll ? latest.current.slice(-1) : latest.current);
    };
    return registerKeys({
      scope: "reading",
      keys: {
        r: [() => t("reading.reply"), answer("reply")],
        a: [() => t("reading.replyAll"), answer("replyAll")],
        f: [() => t("reading.forward"), answer("forward")],
        n: [() => t("reading.keyNext"), step(1)],
        p: [() => t("reading.keyPrevious"), step(-1)],
        o: [() => t("reading.keyFold"), fold],
        ";": [() => t("reading.keyFoldAll"), foldAll],
      },
    });
  }, []);
}

function focus(id: Id): void {
  const element = document.getElementById(`message-${id}`);
  element?.scrollIntoView({ block: "start" });
  element?.focus({ preventScroll: true });
}
