/** A question or a form over everything else, until it is answered. */

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { registerKeys } from "../keys";
import { Button, IconButton } from "./button";
import "./dialog.css";

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at its foot. */
  foot?: ComponentChildren;
  size?: "small" | "normal" | "large";
  /** There is only text in it: it has the focus itself, so that it can be scrolled by keys. */
  isText?: boolean;
}

export function Dialog({ title, onClose, children, foot, size = "normal", isText = false }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current!;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
    const end = registerKeys({ scope: "dialog", isModal: true, inFields: true, keys: { Escape: ["", onClose] } });
    return () => {
      end();
      dialog.close();
      before?.focus({ preventScroll: true });
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      class="dialog"
      data-size={size}
      aria-labelledby={id}
      ref={box}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <IconButton icon="x" label={t("shell.close")} onClick={onClose} />
        </header>
        <div
          class="dialog-body"
          tabIndex={isText ? 0 : undefined}
          data-autofocus={isText || undefined}
          role={isText ? "document" : undefined}
        >
          {children}
        </div>
        {foot && <footer class="dialog-foot">{foot}</footer>}
      </div>
    </dialog>
  );
}

export interface Question {
  title: string;
  text?: string;
  /** What the button says that does it. */
  yes: string;
  no?: string;
  isDangerous?: boolean;
  /** Asks for a text, with this one in the field. */
  value?: string;
  label?: string;
  placeholder?: string;
}

const asked = signal<(Question & { answer: (said: string | null) => void }) | null>(null);

/** Yes or no. */
export async function confirm(question: Question): Promise<boolean> {
  return (await put(question)) !== null;
}

/** A text; null: never mind. */
export function prompt(question: Question): Promise<string | null> {
  return put({ ...question, value: question.value ?? "" });
}

function put(question: Question): Promise<string | null> {
  // one at a time: whoever waits for the one before is not left waiting
  asked.peek()?.answer(null);
  return new Promise((done) => {
    asked.value = {
      ...question,
      answer: (said) => {
        asked.value = null;
        done(said);
      },
    };
  });
}

/** Put once into the page. */
export function Questions() {
  return asked.value && <Asked key={asked.value.title} {...asked.value} />;
}

function Asked({
  title,
  text,
  yes,
  no,
  isDangerous,
  value,
  label,
  placeholder,
  answer,
}: Question & { answer: (said: string | null) => void }) {
  const form = useId();
  const never = () => answer(null);
  const foot = (
    <>
      <Button onClick={never}>{no ?? t("shell.cancel")}</Button>
      <Button
        kind={isDangerous ? "danger" : "primary"}
        type="submit"
        form={form}
        data-autofocus={value === undefined || undefined}
      >
        {yes}
      </Button>
    </>
  );
  return (
    <Dialog title={title} size="small" onClose={never} foot={foot}>
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          answer(String(new FormData(event.currentTarget).get("value") ?? ""));
        }}
      >
        {text && <p>{text}</p>}
        {value !== undefined && (
          <label class="field">
            <span class="field-label">{label ?? title}</span>
            <input
              class="input"
              name="value"
              defaultValue={value}
              placeholder={placeholder}
              data-autofocus
              required
              autocomplete="off"
            />
          </label>
        )}
      </form>
    </Dialog>
  );
}
