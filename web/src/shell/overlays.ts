/** What lies over the panes: the palette, the list of keys, the folders on a narrow screen. */

import { signal } from "@preact/signals";

export const isPaletteOpen = signal(false);
export const areKeysOpen = signal(false);
/** The folders, on a screen too narrow to show them always. */
export const isDrawerOpen = signal(false);

export function openPalette(): void {
  isPaletteOpen.value = true;
}

/** The list of all keys that answer now. */
export function openKeys(): void {
  areKeysOpen.value = true;
}
