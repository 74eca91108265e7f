/** One message being written: a window in the corner, as large as one likes, the whole screen on a phone. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { bytes, t } from "../i18n";
import { caps } from "../keys";
import { Button, IconButton } from "../parts/button";
import { lazy } from "../parts/lazy";
import { type MenuItems, openMenu } from "../parts/menu";
import { identities } from "../store/identities";
import { AddressField } from "./address_field";
import { close, compositions, discard, wanted } from "./composers";
import type { Composition } from "./composition";
import { Files } from "./files";
import { Notices } from "./notices";
import { mostHold } from "./outgoing";
import { openScheduled } from "./scheduled";
import { askWhen, send } from "./send";

const Rich = lazy(() => import("./rich").then((room) => room.default));

export function Panel({ composition }: { composition: Composition }) {
  const id = useId();
  const box = useRef<HTMLElement>(null);
  const isOver = useSignal(0);
  const title = composition.title.value || t("compose.newMessage");
  useEffect(() => takeFocus(composition, box.current!), []);
  const isSmall = composition.look.value === "small";
  return (
    <section
      class="compose-panel"
      role="dialog"
      aria-labelledby={id}
      aria-busy={composition.state.value === "sending" || undefined}
      data-look={composition.look.value}
      data-compose={composition.key}
      data-over={isOver.value > 0 || undefined}
      ref={box}
      onKeyDown={keepLetters}
      onDragEnter={(event) => hasFiles(event) && isOver.value++}
      onDragLeave={(event) => hasFiles(event) && isOver.value--}
      onDragOver={(event) => hasFiles(event) && event.preventDefault()}
      onDropCapture={() => {
        // whoever takes it: pictures are the editor's
        isOver.value = 0;
      }}
      onDrop={(event) => dropped(event, composition)}
    >
      <Head id={id} title={title} composition={composition} />
      <div class="compose-inside" hidden={isSmall}>
        <Fields composition={composition} />
        <Notices composition={composition} />
        <Body composition={composition} />
        <Files attachments={composition.attachments} />
        <Foot composition={composition} />
      </div>
      {isOver.value > 0 && <p class="compose-drop">{t("compose.dropHere")}</p>}
    </section>
  );
}

/** Letters pressed on a button of ours are not meant for the list behind us. */
function keepLetters(event: KeyboardEvent): void {
  if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

function dropped(event: DragEvent, composition: Composition): void {
  if (!hasFiles(event)) return;
  event.preventDefault();
  attach(composition, [...(event.dataTransfer?.files ?? [])]);
}

export function attach(composition: Composition, files: readonly File[]): void {
  if (!files.length) return;
  composition.attachments.add(files);
  composition.changed();
}

/** A new message wants its recipient, an answer its text. */
function takeFocus(composition: Composition, box: HTMLElement): () => void {
  return wanted.subscribe((key) => {
    if (key !== composition.key || composition.look.peek() === "small") return;
    queueMicrotask(() => {
      wanted.value = null;
    });
    const hasTo = composition.to.peek().length > 0;
    if (!hasTo) box.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    else if (!composition.subject.peek()) box.querySelector<HTMLElement>(".compose-subject")?.focus();
    else if (composition.editor) composition.editor.focus(true);
    else focusText(box);
  });
}

function focusText(box: HTMLElement): void {
  const text = box.querySelector<HTMLTextAreaElement>(".compose-plain");
  text?.setSelectionRange(0, 0);
  text?.focus();
}

function Head({ id, title, composition }: { id: string; title: string; composition: Composition }) {
  const { look } = composition;
  const isSmall = look.value === "small";
  return (
    <div class="compose-head">
      <h2 id={id} class="compose-title">
        <button
          type="button"
          aria-expanded={!isSmall}
          onClick={() => {
            look.value = isSmall ? "open" : "small";
          }}
        >
          {title}
        </button>
      </h2>
      <SaveState composition={composition} />
      <IconButton
        class="compose-only-wide"
        icon={isSmall ? "chevron-up" : "minus"}
        label={t(isSmall ? "compose.unfold" : "compose.minimise")}
        onClick={() => {
          look.value = isSmall ? "open" : "small";
        }}
      />
      <IconButton
        class="compose-only-wide"
        icon={look.value === "large" ? "minimize-2" : "maximize-2"}
        label={t(look.value === "large" ? "compose.shrink" : "compose.enlarge")}
        onClick={() => {
          look.value = look.value === "large" ? "open" : "large";
        }}
      />
      <IconButton icon="x" label={t("compose.saveAndClose")} keys="Escape" onClick={() => void close(composition)} />
    </div>
  );
}

function SaveState({ composition }: { composition: Composition }) {
  const state = composition.keeper.state.value;
  if (composition.state.value === "sending")
    return (
      <span class="compose-state" role="status">
        {t("compose.sending")}
      </span>
    );
  return (
    <span class="compose-state" role="status" data-bad={state === "failed" || undefined}>
      {state === "clean" || state === "unsaved" ? "" : t(`compose.state_${state}`)}
    </span>
  );
}

function Fields({ composition }: { composition: Composition }) {
  const { to, cc, bcc, typed, subject, isCcShown, isBccShown } = composition;
  const id = useId();
  const others = () => composition.recipients();
  const isLong = useComputed(() => to.value.length + cc.value.length > 1);
  return (
    <div class="compose-fields">
      <From composition={composition} />
      <AddressField name="to" label={t("compose.to")} addresses={to} typed={typed.to} others={others} wantsFocus>
        <span class="compose-more">
          {!isCcShown.value && (
            <Reveal
              label={t("compose.cc")}
              hint={t("compose.addCc")}
              keys="Mod+Shift+c"
              on={() => revealField(composition, "cc")}
            />
          )}
          {!isBccShown.value && (
            <Reveal
              label={t("compose.bcc")}
              hint={t("compose.addBcc")}
              keys="Mod+Shift+b"
              on={() => revealField(composition, "bcc")}
            />
          )}
        </span>
      </AddressField>
      {isCcShown.value && <AddressField name="cc" label={t("compose.cc")} addresses={cc} typed={typed.cc} others={others} />}
      {isBccShown.value && (
        <AddressField name="bcc" label={t("compose.bcc")} addresses={bcc} typed={typed.bcc} others={others} />
      )}
      <div class="compose-field" data-many={isLong.value || undefined}>
        <label class="compose-label" for={id}>
          {t("compose.subject")}
        </label>
        <input
          id={id}
          class="compose-input compose-subject"
          type="text"
          dir="auto"
          value={subject}
          onInput={(event) => (subject.value = event.currentTarget.value)}
          autocomplete="off"
          spellcheck
        />
      </div>
    </div>
  );
}

/** Passed over by the Tab key, so that one goes from the recipients to the subject: it has a key, and is in the menu too. */
function Reveal({ label, hint, keys, on }: { label: string; hint: string; keys: string; on: () => void }) {
  return (
    <button
      type="button"
      class="compose-reveal"
      tabIndex={-1}
      aria-label={hint}
      title={`${hint} (${caps(keys).join(" ")})`}
      onClick={on}
    >
      {label}
    </button>
  );
}

/** Shows the field, and goes there. */
export function revealField(composition: Composition, which: "cc" | "bcc"): void {
  (which === "cc" ? composition.isCcShown : composition.isBccShown).value = true;
  // it is there after the next drawing
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-compose="${composition.key}"] [data-field="${which}"] input`)?.focus(),
  );
}

/** Only where there is a choice. */
function From({ composition }: { composition: Composition }) {
  const id = useId();
  const all = identities.value;
  const now = composition.identity.value;
  const isOpen = now?.email.startsWith("*@");
  if (all.length < 2 && !isOpen) return null;
  return (
    <div class="compose-field">
      <label class="compose-label" for={id}>
        {t("compose.from")}
      </label>
      <select
        id={id}
        class="compose-from"
        value={now?.id}
        onChange={(event) => {
          const next = all.find((each) => each.id === event.currentTarget.value);
          if (next) composition.setIdentity(next);
        }}
      >
        {all.map((each) => (
          <option key={each.id} value={each.id}>
            {each.name ? `${each.name} <${each.email}>` : each.email}
          </option>
        ))}
      </select>
      {isOpen && (
        <input
          class="compose-input"
          type="email"
          aria-label={t("compose.fromAddress")}
          placeholder={now?.email.replace("*", t("compose.anything"))}
          value={composition.fromEmail}
          onInput={(event) => (composition.fromEmail.value = event.currentTarget.value.trim())}
        />
      )}
    </div>
  );
}

function Body({ composition }: { composition: Composition }) {
  if (composition.format.value === "rich") {
    const onReady = () => {
      if (
        composition.to.peek().length &&
        composition.subject.peek() &&
        compositions.peek().at(-1) === composition &&
        !isInField()
      )
        composition.editor?.focus(true);
    };
    return <Rich key="rich" composition={composition} onReady={onReady} />;
  }
  return (
    <textarea
      class="compose-plain"
      aria-label={t("compose.body")}
      dir="auto"
      spellcheck
      value={composition.text}
      onInput={(event) => (composition.text.value = event.currentTarget.value)}
      onPaste={(event) => {
        const files = [...(event.clipboardData?.files ?? [])];
        if (!files.length || event.clipboardData?.types.includes("text/plain")) return;
        event.preventDefault();
        attach(composition, files);
      }}
    />
  );
}

function isInField(): boolean {
  return /^(?:INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
}

function Foot({ composition }: { composition: Composition }) {
  const file = useRef<HTMLInputElement>(null);
  const isSending = composition.state.value === "sending";
  const total = composition.attachments.all.value.length ? composition.attachments.total : 0;
  return (
    <div class="compose-foot">
      <span class="compose-send">
        <Button
          kind="primary"
          icon="send"
          busy={isSending}
          aria-keyshortcuts="Control+Enter"
          onClick={() => void send(composition)}
        >
          {t("compose.send")}
        </Button>
        {mostHold() > 60 && (
          <IconButton
            class="compose-later"
            icon="calendar-clock"
            label={t("compose.sendLater")}
            disabled={isSending}
            onClick={() => askWhen(composition)}
          />
        )}
      </span>
      <IconButton icon="paperclip" label={t("compose.attach")} onClick={() => file.current?.click()} />
      <input
        ref={file}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          attach(composition, [...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      {total > 0 && <span class="compose-total">{bytes(total)}</span>}
      <span class="compose-gap" />
      <IconButton
        icon="ellipsis-vertical"
        label={t("compose.more")}
        aria-haspopup="menu"
        onClick={(event) => openMenu(t("compose.more"), more(composition), event.currentTarget)}
      />
      <IconButton icon="trash-2" label={t("compose.discard")} onClick={() => void discard(composition)} />
    </div>
  );
}

function more(composition: Composition): MenuItems {
  const isPlain = composition.format.peek() === "plain";
  const { isCcShown, isBccShown } = composition;
  return [
    { label: t("compose.addCc"), keys: "Mod+Shift+c", isDisabled: isCcShown.peek(), run: () => revealField(composition, "cc") },
    {
      label: t("compose.addBcc"),
      keys: "Mod+Shift+b",
      isDisabled: isBccShown.peek(),
      run: () => revealField(composition, "bcc"),
    },
    null,
    { label: t("compose.plainText"), isChecked: isPlain, run: () => composition.setFormat(isPlain ? "rich" : "plain") },
    { label: t("compose.saveNow"), icon: "save", keys: "Mod+s", run: () => void saveNow(composition) },
    ...(mostHold() > 60 ? [{ label: t("compose.scheduled"), icon: "calendar-clock" as const, run: openScheduled }] : []),
  ];
}

export async function saveNow(composition: Composition): Promise<void> {
  composition.changed();
  await composition.keeper.flush();
}
