/** A list of things to do that opens beside a button, or where one has clicked. */

import { signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { caps, registerKeys } from "../keys";
import { IconButton, type IconButtonProps } from "./button";
import { Icon, type IconName } from "./icon";
import "./menu.css";

export interface MenuItem {
  label: string;
  icon?: IconName;
  /** The key that does the same. */
  keys?: string;
  isChecked?: boolean;
  isDangerous?: boolean;
  isDisabled?: boolean;
  /** A small note at its end. */
  note?: string;
  run: () => void;
}
/** null is a line between groups; a text is a heading. */
export type MenuItems = readonly (MenuItem | string | null)[];

interface Open {
  items: MenuItems;
  label: string;
  at: DOMRect;
  back: HTMLElement | null;
}
const open = signal<Open | null>(null);

/** Opens it below an element, or at a point. */
export function openMenu(label: string, items: MenuItems, at: HTMLElement | MouseEvent): void {
  const box = at instanceof HTMLElement ? at.getBoundingClientRect() : new DOMRect(at.clientX, at.clientY, 0, 0);
  open.value = { items, label, at: box, back: at instanceof HTMLElement ? at : (document.activeElement as HTMLElement | null) };
}

export function closeMenu(): void {
  const back = open.value?.back;
  open.value = null;
  back?.focus({ preventScroll: true });
}

/** A button that opens a menu; its items are made when it is opened. */
export function MenuButton({ items, ...rest }: { items: () => MenuItems } & IconButtonProps) {
  const isOpen = useSignal(false);
  useEffect(
    () =>
      open.subscribe((now) => {
        if (!now) isOpen.value = false;
      }),
    [],
  );
  return (
    <IconButton
      {...rest}
      aria-haspopup="menu"
      aria-expanded={isOpen.value}
      onClick={(event) => {
        isOpen.value = true;
        openMenu(rest.label, items(), event.currentTarget);
      }}
    />
  );
}

/** Put once into the page. */
export function Menus() {
  return open.value && <Menu key={open.value.label} {...open.value} />;
}

function Menu({ items, label, at }: Open) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place(box.current!, at), [at, items]);
  useEffect(() => {
    focusBy(box.current!, 0, true);
    const step = (by: number) => () => focusBy(box.current!, by);
    return registerKeys({
      scope: "menu",
      isModal: true,
      keys: {
        ArrowDown: ["", step(1)],
        ArrowUp: ["", step(-1)],
        Home: ["", () => focusBy(box.current!, 0, true)],
        End: ["", () => focusBy(box.current!, -1, true)],
        Escape: ["", closeMenu],
        Tab: ["", closeMenu],
        Enter: ["", () => false],
        Space: ["", () => false],
      },
    });
  }, []);
  return (
    <section aria-label={label}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a click beside the menu closes it; Escape does the same */}
      <div class="menu-behind" onPointerDown={closeMenu} onContextMenu={(event) => event.preventDefault()} />
      <div class="menu" role="menu" aria-label={label} ref={box} onKeyDown={(event) => letter(box.current!, event)}>
        {items.map((item, index) => (
          <Entry key={typeof item === "object" && item ? item.label : index} item={item} />
        ))}
      </div>
    </section>
  );
}

function Entry({ item }: { item: MenuItem | string | null }) {
  if (item === null) return <hr class="menu-line" />;
  if (typeof item === "string")
    return (
      <div class="menu-heading" role="presentation">
        {item}
      </div>
    );
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it is a checkbox's role exactly where it is checked or not
    <button
      type="button"
      class="menu-item"
      role={item.isChecked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={item.isChecked}
      data-dangerous={item.isDangerous || undefined}
      disabled={item.isDisabled}
      tabIndex={-1}
      onClick={() => {
        closeMenu();
        item.run();
      }}
    >
      <span class="menu-icon">{item.isChecked ? <Icon name="check" /> : item.icon && <Icon name={item.icon} />}</span>
      <span class="menu-label">{item.label}</span>
      {item.note && <span class="menu-note">{item.note}</span>}
      {item.keys && <Caps keys={item.keys} />}
    </button>
  );
}

/** Key caps. */
export function Caps({ keys }: { keys: string }): ComponentChildren {
  return (
    <span class="caps" aria-hidden="true">
      {caps(keys).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}

function entriesOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>("button:not(:disabled)")];
}

function focusBy(menu: HTMLElement, by: number, isAbsolute = false): void {
  const entries = entriesOf(menu);
  const now = isAbsolute ? 0 : entries.indexOf(document.activeElement as HTMLElement);
  entries.at((now + by) % entries.length)?.focus({ preventScroll: false });
}

/** A letter leads to the next entry that begins with it. */
function letter(menu: HTMLElement, event: KeyboardEvent): void {
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) return;
  const entries = entriesOf(menu);
  const now = entries.indexOf(document.activeElement as HTMLElement);
  const after = [...entries.slice(now + 1), ...entries.slice(0, now + 1)];
  after.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  event.stopPropagation();
}

/** Below or above, and within the window. */
function place(menu: HTMLElement, at: DOMRect): void {
  const gap = 4;
  const { width, height } = menu.getBoundingClientRect();
  const isRightToLeft = document.documentElement.dir === "rtl";
  const wanted = isRightToLeft ? at.right - width : at.left;
  const left = Math.max(gap, Math.min(wanted, innerWidth - width - gap));
  const below = at.bottom + gap;
  const top = below + height <= innerHeight - gap ? below : Math.max(gap, at.top - height - gap);
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
