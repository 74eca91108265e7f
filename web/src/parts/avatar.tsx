/** Who it is, as a round of colour with initials: the same for an address everywhere. */

import "./avatar.css";

export function Avatar({ name, email, size = 32 }: { name: string | null; email: string; size?: number }) {
  return (
    <span class="avatar" data-hue={hueOf(email)} data-size={size} aria-hidden="true">
      {initialsOf(name, email)}
    </span>
  );
}

/** One of twelve. */
export function hueOf(email: string): number {
  let hash = 0;
  for (const letter of email.toLowerCase()) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash % 12;
}

/** "Ada Lovelace" → "AL", "ada@…" → "A". */
export function initialsOf(name: string | null, email: string): string {
  const words = (name ?? "")
    .replace(/["'()<>[\],]/g, " ")
    .split(/\s+/)
    .filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const first = words[0] ?? email.replace(/^[^\p{L}\p{N}]+/u, "");
  const last = words.length > 1 ? words.at(-1) : undefined;
  return (firstOf(first) + firstOf(last)).toLocaleUpperCase() || "?";
}

const firstOf = (word: string | undefined): string => (word ? String.fromCodePoint(word.codePointAt(0) ?? 63) : "");
