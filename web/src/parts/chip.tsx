/** A small rounded piece of text: a label, an address, a condition of a search. */

import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Icon, type IconName } from "./icon";
import "./chip.css";

export interface ChipProps {
  children: ComponentChildren;
  icon?: IconName;
  /** One of twelve colours. */
  hue?: number;
  /** Where it can be taken away: what is read out is "remove" and this. */
  onRemove?: () => void;
  removeLabel?: string;
  title?: string;
}

export function Chip({ children, icon, hue, onRemove, removeLabel, title }: ChipProps) {
  return (
    <span class="chip" data-hue={hue} title={title}>
      {icon && <Icon name={icon} size={13} />}
      <span class="chip-text">{children}</span>
      {onRemove && (
        <button type="button" class="chip-remove" aria-label={removeLabel ?? t("shell.remove")} onClick={onRemove}>
          <Icon name="x" size={13} />
        </button>
      )}
    </span>
  );
}
