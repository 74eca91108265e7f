/** What pages of settings are made of: groups of rows, each with what it is for and a control. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Button } from "../parts/button";
import { problemOf } from "./problem";

export function Group({ title, note, children }: { title?: string; note?: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="settings-group" aria-labelledby={title ? id : undefined}>
      {title && <h3 id={id}>{title}</h3>}
      {note && <p class="settings-note">{note}</p>}
      {children}
    </section>
  );
}

interface RowProps {
  label: string;
  note?: string;
}

/** A field, and beside it what it is; `id` is the field's. */
function Row({ id, label, note, children }: RowProps & { id: string; children: ComponentChildren }) {
  return (
    <div class="settings-row">
      <label class="settings-label" for={id}>
        {label}
        {note && <span class="settings-note">{note}</span>}
      </label>
      {children}
    </div>
  );
}

/** One of a few values. */
export function Choice<Value extends string | number>({
  label,
  note,
  value,
  options,
  onChange,
}: RowProps & { value: Value; options: readonly (readonly [Value, string])[]; onChange: (value: Value) => void }) {
  const id = useId();
  return (
    <Row id={id} label={label} note={note}>
      <select
        class="input settings-select"
        id={id}
        onChange={(event) => onChange(options[event.currentTarget.selectedIndex]![0])}
      >
        {options.map(([each, text]) => (
          <option key={String(each)} value={String(each)} selected={each === value}>
            {text}
          </option>
        ))}
      </select>
    </Row>
  );
}

export function Switch({
  label,
  note,
  checked,
  disabled,
  onChange,
}: RowProps & { checked: boolean; disabled?: boolean; onChange: (checked: boolean) => void }) {
  const id = useId();
  return (
    <Row id={id} label={label} note={note}>
      <input
        class="settings-switch"
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </Row>
  );
}

export interface FormProps {
  /** What its button says. */
  save: string;
  /** What is said once it is done. */
  saved?: string;
  onSubmit: (given: FormData, form: HTMLFormElement) => Promise<void>;
  children: ComponentChildren;
  /** Beside the button. */
  more?: ComponentChildren;
}

/** Fields that are saved together; what the server objects to is said above the button. */
export function Form({ save, saved, onSubmit, children, more }: FormProps) {
  const isBusy = useSignal(false);
  const said = useSignal<{ text: string; isProblem: boolean } | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    isBusy.value = true;
    said.value = null;
    try {
      await onSubmit(new FormData(form), form);
      said.value = { text: saved ?? t("settings.saved"), isProblem: false };
    } catch (error) {
      said.value = { text: problemOf(error), isProblem: true };
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form class="settings-form" onSubmit={submit} onInput={() => (said.value = null)}>
      {children}
      <div class="settings-buttons">
        <Button kind="primary" type="submit" busy={isBusy.value}>
          {save}
        </Button>
        {more}
        <span role="status" class={said.value?.isProblem ? "field-error" : "settings-done"}>
          {said.value?.text}
        </span>
      </div>
    </form>
  );
}

export function Field({
  label,
  note,
  name,
  value = "",
  type = "text",
  lines,
  required,
  autocomplete = "off",
  minLength,
  autofocus,
}: RowProps & {
  name: string;
  value?: string;
  type?: "text" | "email" | "password" | "datetime-local";
  lines?: number;
  required?: boolean;
  autocomplete?: string;
  minLength?: number;
  /** It comes while something else has been filled in: one types on in it. */
  autofocus?: boolean;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => void (autofocus && input.current?.focus()), []);
  const common = { class: "input", id, name, defaultValue: value, required, autocomplete, minLength };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {lines ? <textarea {...common} rows={lines} /> : <input {...common} type={type as "text"} ref={input} />}
      {note && <span class="field-note">{note}</span>}
    </div>
  );
}
