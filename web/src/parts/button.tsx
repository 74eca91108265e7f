/** What is pressed: with words, or with a picture whose words are read out and shown as a tip. */

import type { ButtonHTMLAttributes, ComponentChildren, Ref } from "preact";
import { caps } from "../keys";
import { Icon, type IconName } from "./icon";
import "./button.css";

type Native = Omit<ButtonHTMLAttributes, "icon" | "label" | "size" | "ref">;

export interface ButtonProps extends Native {
  kind?: "plain" | "primary" | "danger" | "quiet";
  icon?: IconName;
  size?: "small" | "normal" | "large";
  /** It is being done: shown, and not to be pressed again. */
  busy?: boolean;
  children?: ComponentChildren;
  innerRef?: Ref<HTMLButtonElement>;
}

export function Button({
  kind = "plain",
  icon,
  size = "normal",
  busy = false,
  children,
  innerRef,
  class: classes,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      ref={innerRef}
      class={`button ${(classes as string) ?? ""}`}
      data-kind={kind}
      data-size={size}
      aria-busy={busy || undefined}
      disabled={busy || rest.disabled}
    >
      {icon && <Icon name={icon} size={size === "small" ? 15 : 17} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Native {
  icon: IconName;
  /** What it does, in words. */
  label: string;
  /** The key that does the same, shown in the tip: "e". */
  keys?: string;
  pressed?: boolean;
  filled?: boolean;
  iconSize?: number;
  innerRef?: Ref<HTMLButtonElement>;
}

export function IconButton({
  icon,
  label,
  keys,
  pressed,
  filled,
  iconSize,
  innerRef,
  class: classes,
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      ref={innerRef}
      class={`icon-button ${(classes as string) ?? ""}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={keys && !keys.includes(" ") ? keys.replace("Mod", "Control") : undefined}
      title={keys ? `${label} (${caps(keys).join(" ")})` : label}
    >
      <Icon name={icon} filled={filled} size={iconSize} />
    </button>
  );
}
