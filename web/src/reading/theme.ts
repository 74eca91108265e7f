/** Whether the page is dark now: by preference, else as the system says. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { preferences } from "../store/preferences";

const system = signal(false);

if (typeof matchMedia !== "undefined") {
  const asked = matchMedia("(prefers-color-scheme: dark)");
  system.value = asked.matches;
  asked.addEventListener("change", () => {
    system.value = asked.matches;
  });
}

export const isDark: ReadonlySignal<boolean> = computed(() => {
  const { theme } = preferences.value;
  return theme === "system" ? system.value : theme === "dark";
});
