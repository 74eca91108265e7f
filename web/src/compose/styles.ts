/** The few styles that text in a letter may have: what strangers' styles are reduced to, and what ours are made of. Pure. */

const PROPERTIES = new Set(
  `color background-color font-size font-family font-weight font-style text-decoration text-decoration-line text-align
  line-height white-space vertical-align direction list-style-type margin margin-top margin-right margin-bottom margin-left
  padding padding-top padding-right padding-bottom padding-left border border-top border-right border-bottom border-left
  border-color border-style border-width border-collapse border-spacing border-radius width max-width`.split(/\s+/),
);
/** Words, numbers and colours; nothing that is called but a colour, nothing that loads. */
const VALUE = /^(?:[\w\s.,#%'"+]|-(?=[a-z])|(?<=[a-z])-|rgba?\([\d\s.,%/]{1,40}\)|hsla?\([\d\s.,%/deg]{1,40}\))+$/i;
const MOST_VALUE = 200;
const MOST_STYLE = 4000;

/** The declarations of a style attribute that may stay, as one text; "" where none may. */
export function cleanStyle(style: string): string {
  const kept: string[] = [];
  for (const declaration of style.slice(0, MOST_STYLE).split(";")) {
    const [name = "", ...rest] = declaration.split(":");
    const property = name.trim().toLowerCase();
    const value = rest
      .join(":")
      .replace(/!\s*important/i, "")
      .trim();
    if (!PROPERTIES.has(property) || value.length > MOST_VALUE || !VALUE.test(value)) continue;
    kept.push(`${property}: ${value}`);
  }
  return kept.join("; ");
}

export function styleOf(style: string, property: string): string | null {
  for (const declaration of style.split("; ")) {
    const [name, ...rest] = declaration.split(": ");
    if (name === property) return rest.join(": ");
  }
  return null;
}

/** Colours for text, to be read on white and on black. */
export const COLOURS = ["#d6336c", "#e8590c", "#b8860b", "#2b8a3e", "#1c7ed6", "#7048e8", "#868e96"] as const;
export const SIZES = { small: "0.85em", large: "1.3em", huge: "1.7em" } as const;
const OURS = new Set<string>([
  ...COLOURS.map((each) => `color: ${each}`),
  ...Object.values(SIZES).map((each) => `font-size: ${each}`),
]);

/** How it looks while it is written: in the dark, the colours of others give way to the page's. */
export function shownStyle(style: string): string {
  if (OURS.has(style)) return style;
  return style
    .split("; ")
    .map((declaration) => {
      const [name = "", value = ""] = declaration.split(": ");
      if (name === "color") return `color: light-dark(${value}, currentColor)`;
      if (name === "background-color") return `background-color: light-dark(${value}, transparent)`;
      return declaration;
    })
    .join("; ");
}
