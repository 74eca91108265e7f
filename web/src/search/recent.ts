/** Searches made before, the latest first: part of the preferences, so that they are known in every browser. */
import { preferences, setPreferences } from "../store/preferences";

const MOST = 12;

/** A search somebody meant: by Enter, or by opening what it found. */
export function remember(text: string): void {
  const before = preferences.value.searches;
  const searches = withSearch(before, text);
  if (searches.join("\n") !== before.join("\n")) setPreferences({ searches });
}

export function forget(text: string): void {
  setPreferences({ searches: preferences.value.searches.filter((each) => each !== text) });
}

/** Each is kept once; what is too short to be worth it is not. */
export function withSearch(searches: readonly string[], text: string): readonly string[] {
  const said = text.trim();
  if (said.length < 2) return searches;
  return [said, ...searches.filter((each) => each !== said)].slice(0, MOST);
}
