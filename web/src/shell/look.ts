/** How the page looks as a whole, by preference: on the root element, where the styles see it. */

import { effect } from "@preact/signals";
import { language, languageOf, speak } from "../i18n";
import { preferences } from "../store/preferences";

/** From now on the page looks as the preferences say. */
export function dress(): void {
  effect(() => {
    const { theme, density, pane } = preferences.value;
    const root = document.documentElement;
    root.dataset.theme = theme;
    root.dataset.density = density;
    root.dataset.pane = pane;
    root.style.colorScheme = theme === "system" ? "" : theme;
  });
  effect(() => {
    const wanted = languageOf(preferences.value.language);
    if (language.peek() !== wanted) void speak(wanted);
  });
}
