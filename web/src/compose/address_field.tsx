/** To, Cc or Bcc: who is there as chips, and a field that completes from past mail. */

import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { t } from "../i18n";
import { Avatar } from "../parts/avatar";
import { Icon } from "../parts/icon";
import { fullName, nameOf } from "../parts/name";
import { type Address, formatAddress, parseAddresses, withoutTwins, wrongWith } from "./addresses";
import { forgetPerson, people } from "./correspondents";
import { type Person, suggestions } from "./people";

export interface AddressFieldProps {
  name: "to" | "cc" | "bcc";
  label: string;
  addresses: Signal<readonly Address[]>;
  typed: Signal<string>;
  /** Those in the other fields: not offered again. */
  others: () => readonly Address[];
  /** Takes the focus when it is drawn. */
  wantsFocus?: boolean;
  children?: ComponentChildren;
}

export function AddressField({ name, label, addresses, typed, others, wantsFocus, children }: AddressFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const chosen = useSignal(0);
  const isOpen = useSignal(false);
  const offered = useComputed(() =>
    isOpen.value && typed.value.trim()
      ? suggestions(people.value, typed.value, [...addresses.value, ...others()], Date.now())
      : [],
  );
  const wrong = useComputed(() => addresses.value.filter((each) => wrongWith(each.email) !== null));
  const add = (these: readonly Address[]) => {
    addresses.value = withoutTwins([...addresses.peek(), ...these]);
    typed.value = "";
    isOpen.value = false;
    chosen.value = 0;
  };
  const commit = () => typed.peek().trim() && add(parseAddresses(typed.peek()));
  const remove = (address: Address) => {
    addresses.value = addresses.peek().filter((each) => each !== address);
    input.current?.focus();
  };
  const edit = (address: Address) => {
    commit();
    remove(address);
    typed.value = formatAddress(address);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const all = offered.peek();
    const pick = all[chosen.peek()];
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && all.length) {
      chosen.value = (chosen.peek() + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length;
    } else if ((event.key === "Enter" || event.key === "Tab") && pick && !event.ctrlKey && !event.metaKey && !event.shiftKey)
      add([pick]);
    else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && typed.peek().trim()) commit();
    else if ((event.key === "," || event.key === ";") && isWhole(typed.peek())) commit();
    else if (event.key === "Escape" && all.length) isOpen.value = false;
    else if (event.key === "Delete" && event.shiftKey && pick) forgetPerson(pick.email);
    else if ((event.key === "Backspace" || event.key === "ArrowLeft") && isAtStart(input.current!) && addresses.peek().length)
      lastChip(input.current!)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!/[,;\r\n\t]|@\S+\s+\S+@/.test(text.trim())) return;
    event.preventDefault();
    add(parseAddresses(typed.peek() + text));
  };
  return (
    <div class="compose-field" data-field={name}>
      <label class="compose-label" for={`${id}-input`}>
        {label}
      </label>
      <div class="compose-addresses">
        {addresses.value.map((each) => (
          <AddressChip key={each.email} address={each} onRemove={() => remove(each)} onEdit={() => edit(each)} />
        ))}
        <input
          id={`${id}-input`}
          class="compose-input"
          ref={input}
          value={typed}
          type="text"
          inputMode="email"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={offered.value.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={offered.value.length ? `${id}-${chosen.value}` : undefined}
          aria-invalid={wrong.value.length > 0 || undefined}
          aria-describedby={wrong.value.length ? `${id}-wrong` : undefined}
          data-autofocus={wantsFocus || undefined}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            isOpen.value = true;
            chosen.value = 0;
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => {
            isOpen.value = false;
            commit();
          }}
        />
        <Suggestions id={id} all={offered.value} chosen={chosen.value} onPick={(person) => add([person])} />
      </div>
      {children}
      {wrong.value.length > 0 && (
        <p class="compose-wrong" id={`${id}-wrong`}>
          <Icon name="circle-alert" size={14} />
          {wrong.value.map((each) => t(`compose.wrong_${wrongWith(each.email) ?? "noAt"}`, { address: each.email })).join(" ")}
        </p>
      )}
    </div>
  );
}

/** A comma ends an address, and not a name in quotes. */
function isWhole(text: string): boolean {
  return text.includes("@") && (text.split('"').length - 1) % 2 === 0;
}

function isAtStart(input: HTMLInputElement): boolean {
  return input.selectionStart === 0 && input.selectionEnd === 0;
}

function lastChip(input: HTMLInputElement): HTMLElement | null {
  const chips = input.parentElement?.querySelectorAll<HTMLElement>(".compose-chip-name");
  return chips?.[chips.length - 1] ?? null;
}

/** Enter or a double click writes it anew, Backspace takes it away, the arrows go on. */
function AddressChip({ address, onRemove, onEdit }: { address: Address; onRemove: () => void; onEdit: () => void }) {
  const wrong = wrongWith(address.email);
  const onKeyDown = (event: KeyboardEvent) => {
    const chip = (event.currentTarget as HTMLElement).parentElement;
    if (event.key === "Backspace" || event.key === "Delete") onRemove();
    else if (event.key === "Enter") onEdit();
    else if (event.key === "ArrowLeft") chip?.previousElementSibling?.querySelector<HTMLElement>(".compose-chip-name")?.focus();
    else if (event.key === "ArrowRight")
      (
        chip?.nextElementSibling?.querySelector<HTMLElement>(".compose-chip-name") ??
        (chip?.nextElementSibling as HTMLElement | null)
      )?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <span class="compose-chip" data-wrong={wrong !== null || undefined}>
      <button
        type="button"
        class="compose-chip-name"
        tabIndex={-1}
        title={fullName(address)}
        aria-label={t("compose.chip", { who: fullName(address) })}
        onKeyDown={onKeyDown}
        onDblClick={onEdit}
      >
        {wrong !== null && <Icon name="circle-alert" size={13} />}
        {nameOf(address)}
      </button>
      <button
        type="button"
        class="compose-chip-remove"
        tabIndex={-1}
        aria-label={t("compose.removeAddress", { who: nameOf(address) })}
        onClick={onRemove}
      >
        <Icon name="x" size={13} />
      </button>
    </span>
  );
}

interface SuggestionsProps {
  id: string;
  all: readonly Person[];
  chosen: number;
  onPick: (person: Person) => void;
}

function Suggestions({ id, all, chosen, onPick }: SuggestionsProps) {
  return (
    <div
      class="compose-suggestions"
      id={`${id}-list`}
      role="listbox"
      aria-label={t("compose.suggestions")}
      hidden={!all.length}
    >
      {all.map((person, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={person.email}
          id={`${id}-${index}`}
          class="compose-suggestion"
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(person)}
        >
          <Avatar name={person.name} email={person.email} size={28} />
          <span class="compose-suggestion-name">{person.name ?? person.email}</span>
          {person.name && <span class="compose-suggestion-address">{person.email}</span>}
        </div>
      ))}
    </div>
  );
}
