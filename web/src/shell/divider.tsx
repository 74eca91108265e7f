/** Between two panes: drawn, or moved by the arrow keys, it changes how wide they are. */

import { useEffect } from "preact/hooks";
import { preferences, setPreferences } from "../store/preferences";

export interface DividerProps {
  /** The preference that it changes, in pixels; also the custom property it sets: --foldersWidth. */
  name: "foldersWidth" | "listWidth" | "listHeight";
  label: string;
  least: number;
  most: number;
  /** It lies between an upper and a lower pane. */
  isFlat?: boolean;
}

const STEP = 16;

export function Divider({ name, label, least, most, isFlat = false }: DividerProps) {
  const size = preferences.value[name];
  const show = (value: number) => document.documentElement.style.setProperty(`--${name}`, `${value}px`);
  const bounded = (value: number) => Math.round(Math.min(most, Math.max(least, value)));
  useEffect(() => show(size), [size]);
  const drag = (event: PointerEvent) => {
    const handle = event.currentTarget as HTMLElement;
    const from = isFlat ? event.clientY : event.clientX;
    const way = !isFlat && document.documentElement.dir === "rtl" ? -1 : 1;
    const valueAt = (moved: PointerEvent) => bounded(size + way * ((isFlat ? moved.clientY : moved.clientX) - from));
    const move = (moved: PointerEvent) => show(valueAt(moved));
    const end = (moved: PointerEvent) => {
      handle.removeEventListener("pointermove", move);
      delete document.documentElement.dataset.dragging;
      setPreferences({ [name]: valueAt(moved) });
    };
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    // frames of messages would swallow the pointer
    document.documentElement.dataset.dragging = isFlat ? "row" : "column";
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  };
  const keys = (event: KeyboardEvent) => {
    const isLess = event.key === (isFlat ? "ArrowUp" : "ArrowLeft");
    if (!isLess && event.key !== (isFlat ? "ArrowDown" : "ArrowRight")) return;
    event.preventDefault();
    const way = (isLess ? -1 : 1) * (!isFlat && document.documentElement.dir === "rtl" ? -1 : 1);
    setPreferences({ [name]: bounded(size + way * STEP) });
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: an <hr> cannot be moved
    <div
      class="shell-divider"
      role="separator"
      aria-label={label}
      aria-orientation={isFlat ? "horizontal" : "vertical"}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuenow={size}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={keys}
    />
  );
}
