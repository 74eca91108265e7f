/** A small window with a field and what fits what is typed in it: all pickers and the palette are this (WAI-ARIA APG, "Combobox"). */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { registerKeys } from "../keys";
import { Icon, type IconName } from "../parts/icon";
import { Caps } from "../parts/menu";
import { type Match, ranked } from "./fuzzy";
import "./palette.css";

export interface Option {
  readonly key: string;
  readonly label: string;
  /** What else it may be found by, and is not shown. */
  readonly also?: string;
  readonly icon?: IconName;
  /** A small note at its end. */
  readonly note?: string;
  readonly keys?: string;
  /** Chosen or not, where several may be; "mixed": of some of the rows. */
  readonly isOn?: boolean | "mixed";
  readonly hue?: number;
  run(): void;
}

export interface ChoicesProps {
  readonly label: string;
  readonly placeholder: string;
  readonly options: readonly Option[];
  /** Offered for what is typed, after what fits it: to make something new. */
  made?(typed: string): readonly Option[];
  /** Stays open when something is chosen. */
  readonly isMany?: boolean;
  readonly anchor?: Element | null;
  readonly children?: ComponentChildren;
  onClose(): void;
}

interface Fitting {
  readonly option: Option;
  readonly match: Match | null;
}

/** More than these are not drawn; who types finds the others. */
const MOST = 60;

export function Choices({ label, placeholder, options, made, isMany = false, anchor = null, children, onClose }: ChoicesProps) {
  const box = useRef<HTMLDialogElement>(null);
  const typed = useSignal("");
  const at = useSignal(0);
  const id = useId();
  useModal(box, anchor, onClose);
  const found = fitting(typed.value, options, made);
  const index = Math.min(at.value, found.length - 1);
  const take = (option: Option) => {
    if (!isMany) onClose();
    option.run();
    if (isMany) typed.value = "";
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same
    <dialog
      ref={box}
      class="palette"
      aria-label={label}
      data-anchored={anchor !== null || undefined}
      onClick={(event) => event.target === box.current && onClose()}
    >
      <div class="palette-inside">
        <div class="palette-field">
          <Icon name="search" size={16} />
          <input
            type="text"
            role="combobox"
            aria-expanded="true"
            aria-controls={id}
            aria-autocomplete="list"
            aria-activedescendant={index >= 0 ? `${id}-${index}` : undefined}
            aria-label={label}
            placeholder={placeholder}
            autocomplete="off"
            spellcheck={false}
            value={typed.value}
            onInput={(event) => {
              typed.value = event.currentTarget.value;
              at.value = 0;
            }}
            onKeyDown={(event) => {
              const step = stepOf(event.key, index, found.length);
              if (step !== null) at.value = step;
              else if (event.key === "Enter" && !event.isComposing && found[index]) take(found[index].option);
              else return;
              event.preventDefault();
            }}
          />
        </div>
        <div class="palette-list" id={id} role="listbox" aria-label={label} aria-multiselectable={isMany || undefined}>
          {found.map((each, place) => (
            <Line
              key={each.option.key}
              id={`${id}-${place}`}
              fitting={each}
              isAt={place === index}
              isMany={isMany}
              onTake={() => take(each.option)}
            />
          ))}
        </div>
        {found.length === 0 && (
          <p class="palette-none" role="status">
            {t("list.nothingFits")}
          </p>
        )}
        {children}
      </div>
    </dialog>
  );
}

function fitting(typed: string, options: readonly Option[], made: ChoicesProps["made"]): Fitting[] {
  const found = ranked(typed, options, (option) => `${option.label} ${option.also ?? ""}`);
  const fits = found.slice(0, MOST).map(({ item, match }): Fitting => ({ option: item, match }));
  const more = typed.trim() === "" ? [] : (made?.(typed.trim()) ?? []);
  return [...fits, ...more.map((option): Fitting => ({ option, match: null }))];
}

function stepOf(key: string, at: number, count: number): number | null {
  if (count === 0) return null;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return (at - 1 + count) % count;
  if (key === "PageDown") return Math.min(count - 1, at + 8);
  if (key === "PageUp") return Math.max(0, at - 8);
  return null;
}

interface LineProps {
  id: string;
  fitting: Fitting;
  isAt: boolean;
  isMany: boolean;
  onTake(): void;
}

function Line({ id, fitting: { option, match }, isAt, isMany, onTake }: LineProps) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isAt) line.current?.scrollIntoView({ block: "nearest" });
  }, [isAt]);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus, and names the option
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field answers to keys
    <div
      ref={line}
      id={id}
      role="option"
      class="palette-option"
      aria-selected={isMany ? option.isOn === true : isAt}
      data-at={isAt || undefined}
      onMouseDown={(event) => event.preventDefault()}
      onClick={onTake}
    >
      {isMany && (
        <Icon name={option.isOn === true ? "square-check" : option.isOn === "mixed" ? "square-minus" : "square"} size={17} />
      )}
      {option.hue !== undefined && <span class="palette-dot" data-hue={option.hue} />}
      {option.icon && <Icon name={option.icon} size={17} />}
      <span class="palette-label">{match === null ? option.label : <Found text={option.label} at={match.at} />}</span>
      {option.note && <span class="palette-note">{option.note}</span>}
      {option.keys && <Caps keys={option.keys} />}
    </div>
  );
}

/** The letters that were typed, shown in the text. */
function Found({ text, at }: { text: string; at: readonly number[] }) {
  if (at.length === 0) return <>{text}</>;
  const places = new Set(at);
  const pieces: { text: string; isHit: boolean }[] = [];
  [...text].forEach((letter, index) => {
    const isHit = places.has(index);
    const last = pieces.at(-1);
    if (last?.isHit === isHit) last.text += letter;
    else pieces.push({ text: letter, isHit });
  });
  return (
    <>{pieces.map((piece, index) => (piece.isHit ? <b key={index}>{piece.text}</b> : <span key={index}>{piece.text}</span>))}</>
  );
}

/** Opens it over the page, beside its anchor where there is room; gives the focus back at the end. */
function useModal(box: { current: HTMLDialogElement | null }, anchor: Element | null, onClose: () => void): void {
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current as HTMLDialogElement;
    dialog.showModal();
    if (anchor?.isConnected) place(dialog, anchor.getBoundingClientRect());
    dialog.querySelector("input")?.focus();
    const end = registerKeys({ scope: "palette", isModal: true, inFields: true, keys: { Escape: ["", onClose] } });
    return () => {
      end();
      dialog.close();
      before?.focus({ preventScroll: true });
    };
  }, []);
}

/** Phones show it at the foot of the screen, whatever it belongs to. */
const NARROW = 600;
const GAP = 6;

function place(dialog: HTMLDialogElement, at: DOMRect): void {
  if (innerWidth < NARROW) return;
  const { width, height } = dialog.getBoundingClientRect();
  const isRightToLeft = document.documentElement.dir === "rtl";
  const left = Math.max(GAP, Math.min(isRightToLeft ? at.right - width : at.left, innerWidth - width - GAP));
  const below = at.bottom + GAP;
  const top = below + height < innerHeight ? below : Math.max(GAP, innerHeight - height - GAP);
  Object.assign(dialog.style, { left: `${left}px`, top: `${top}px`, right: "auto", bottom: "auto", margin: "0" });
}
