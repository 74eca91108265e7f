/** What is said where nothing is: a picture, a sentence, and what to do. */

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";
import "./empty.css";

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} size={34} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <div class="empty-more">{children}</div>}
    </div>
  );
}

/** Grey bars where text will be. `lines` are their widths in hundredths. */
export function Skeleton({ lines = [60, 90, 75] }: { lines?: readonly number[] }) {
  return (
    <div class="skeleton" aria-hidden="true">
      {lines.map((width, index) => (
        <span
          key={`${index}-${width}`}
          class="skeleton-line"
          ref={(line) => line?.style.setProperty("inline-size", `${width}%`)}
        />
      ))}
    </div>
  );
}
