/** A line at the foot of the window that says what has happened, for a while. */

import { signal } from "@preact/signals";
import { t } from "../i18n";
import { Icon } from "./icon";
import "./toast.css";

export interface Toast {
  text: string;
  /** "problem" stays until it is closed, and is read out at once. */
  kind?: "done" | "problem";
  action?: { label: string; run: () => void };
  /** Seconds; else 6, or for ever for a problem. */
  seconds?: number;
}
interface Shown extends Toast {
  key: number;
}

const MOST = 3;
export const toasts = signal<readonly Shown[]>([]);
let next = 1;

/** Shows it; the answer takes it away again. */
export function toast(what: Toast): () => void {
  const key = next++;
  toasts.value = [...toasts.value.slice(1 - MOST), { ...what, key }];
  const close = () => {
    toasts.value = toasts.value.filter((each) => each.key !== key);
  };
  const seconds = what.seconds ?? (what.kind === "problem" ? 0 : 6);
  if (seconds) setTimeout(close, seconds * 1000);
  return close;
}

function Line({ shown }: { shown: Shown }) {
  const close = () => {
    toasts.value = toasts.value.filter((each) => each !== shown);
  };
  return (
    <div class="toast" data-kind={shown.kind ?? "done"}>
      <span class="toast-text">{shown.text}</span>
      {shown.action && (
        <button
          type="button"
          class="toast-action"
          onClick={() => {
            close();
            shown.action?.run();
          }}
        >
          {shown.action.label}
        </button>
      )}
      <button type="button" class="toast-close" aria-label={t("shell.close")} onClick={close}>
        <Icon name="x" />
      </button>
    </div>
  );
}

/** Put once into the page. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((shown) => (
        <Line key={shown.key} shown={shown} />
      ))}
    </div>
  );
}
