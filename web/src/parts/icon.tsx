/** Small pictures for what can be done, drawn with strokes in the text's colour. */

import { h } from "preact";
import { type IconName, SHAPES } from "./shapes";

export type { IconName };

export interface IconProps {
  name: IconName;
  /** In pixels; else 18. */
  size?: number;
  class?: string;
  /** Filled in with the text's colour: a flag that is set. */
  filled?: boolean;
  /** What it says, where no text stands beside it. */
  label?: string;
}

export function Icon({ name, size = 18, class: classes = "", filled = false, label }: IconProps) {
  return (
    <svg
      class={`icon ${classes}`}
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : "true"}
    >
      {SHAPES[name].map(([tag, attributes], index) => h(tag, { ...attributes, key: index }))}
    </svg>
  );
}
