/** The rooms of the house, each a chunk of its own, fetched when it is first entered (or just before). */

import { signal } from "@preact/signals";
import { lazy } from "../parts/lazy";
import { Waiting } from "./starting";

export const Folders = lazy(() => import("../folders").then((room) => room.Folders), Waiting);
export const List = lazy(() => import("../list").then((room) => room.List), Waiting);
export const SearchBar = lazy(() => import("../search").then((room) => room.SearchBar));
export const Reading = lazy(() => import("../reading").then((room) => room.Reading), Waiting);
export const Settings = lazy(() => import("../settings").then((room) => room.Settings), Waiting);
export const Palette = lazy(() => import("../palette").then((room) => room.Palette));
export const Composers = lazy(() => import("../compose").then((room) => room.Composers));

/** What the first look needs: fetched while the server is still being asked who this is. */
export function fetchFirst(): void {
  for (const room of [Folders, List, SearchBar]) room.load();
}

/** Somebody is there: a pointer has moved, a key has been pressed. What is read and written with is fetched from then on. */
export const isAwake = signal(hasLetters());

/** Something was being written when the page was closed: it is there again, and what was to be sent goes. */
function hasLetters(): boolean {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith("pillarbox.letter."));
  } catch {
    return false;
  }
}

const SIGNS = ["pointermove", "pointerdown", "keydown", "touchstart"] as const;

/** Waits for the first sign of somebody; then fetches what is probably wanted next, when nothing else is to be done. */
export function fetchNext(): () => void {
  const waiting = new AbortController();
  const wake = () => {
    waiting.abort();
    isAwake.value = true;
    const soon = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 300));
    soon(() => {
      Reading.load();
      Palette.load();
    });
  };
  for (const sign of SIGNS) addEventListener(sign, wake, { signal: waiting.signal, passive: true });
  return () => waiting.abort();
}
