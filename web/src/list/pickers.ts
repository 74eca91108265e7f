/** The small windows in which one chooses a folder, labels or a time. What they are made of is loaded when one is opened. */
import { signal } from "@preact/signals";
import type { Id } from "../jmap/types";
import type { Rows } from "./targets";

export type Picker =
  | { readonly kind: "move" | "label" | "snooze"; readonly rows: Rows; readonly anchor: Element | null }
  /** Where a folder is to lie. */
  | { readonly kind: "folder"; readonly folder: Id; readonly anchor: Element | null }
  /** Which folder to look at. */
  | { readonly kind: "go"; readonly anchor: null };

/** What is being chosen; null: nothing. `anchor` is what it opens beside, null: in the middle. */
export const picker = signal<Picker | null>(null);

export function openPicker(what: Picker): void {
  picker.value = what;
}

export function closePicker(): void {
  picker.value = null;
}
