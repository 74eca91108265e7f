/** Colours of strangers' mail, and what becomes of them in the dark. Pure. */

export interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

/** What a colour is used for decides what becomes of it. */
export type Use = "text" | "ground" | "line";

const NAMED: Record<string, string> = {
  aliceblue: "f0f8ff",
  antiquewhite: "faebd7",
  aqua: "00ffff",
  aquamarine: "7fffd4",
  azure: "f0ffff",
  beige: "f5f5dc",
  bisque: "ffe4c4",
  black: "000000",
  blanchedalmond: "ffebcd",
  blue: "0000ff",
  blueviolet: "8a2be2",
  brown: "a52a2a",
  burlywood: "deb887",
  cadetblue: "5f9ea0",
  chartreuse: "7fff00",
  chocolate: "d2691e",
  coral: "ff7f50",
  cornflowerblue: "6495ed",
  cornsilk: "fff8dc",
  crimson: "dc143c",
  cyan: "00ffff",
  darkblue: "00008b",
  darkcyan: "008b8b",
  darkgoldenrod: "b8860b",
  darkgray: "a9a9a9",
  darkgreen: "006400",
  darkgrey: "a9a9a9",
  darkkhaki: "bdb76b",
  darkmagenta: "8b008b",
  darkolivegreen: "556b2f",
  darkorange: "ff8c00",
  darkorchid: "9932cc",
  darkred: "8b0000",
  darksalmon: "e9967a",
  darkseagreen: "8fbc8f",
  darkslateblue: "483d8b",
  darkslategray: "2f4f4f",
  darkslategrey: "2f4f4f",
  darkturquoise: "00ced1",
  darkviolet: "9400d3",
  deeppink: "ff1493",
  deepskyblue: "00bfff",
  dimgray: "696969",
  dimgrey: "696969",
  dodgerblue: "1e90ff",
  firebrick: "b22222",
  floralwhite: "fffaf0",
  forestgreen: "228b22",
  fuchsia: "ff00ff",
  gainsboro: "dcdcdc",
  ghostwhite: "f8f8ff",
  gold: "ffd700",
  goldenrod: "daa520",
  gray: "808080",
  green: "008000",
  greenyellow: "adff2f",
  grey: "808080",
  honeydew: "f0fff0",
  hotpink: "ff69b4",
  indianred: "cd5c5c",
  indigo: "4b0082",
  ivory: "fffff0",
  khaki: "f0e68c",
  lavender: "e6e6fa",
  lavenderblush: "fff0f5",
  lawngreen: "7cfc00",
  lemonchiffon: "fffacd",
  lightblue: "add8e6",
  lightcoral: "f08080",
  lightcyan: "e0ffff",
  lightgoldenrodyellow: "fafad2",
  lightgray: "d3d3d3",
  lightgreen: "90ee90",
  lightgrey: "d3d3d3",
  lightpink: "ffb6c1",
  lightsalmon: "ffa07a",
  lightseagreen: "20b2aa",
  lightskyblue: "87cefa",
  lightslategray: "778899",
  lightslategrey: "778899",
  lightsteelblue: "b0c4de",
  lightyellow: "ffffe0",
  lime: "00ff00",
  limegreen: "32cd32",
  linen: "faf0e6",
  magenta: "ff00ff",
  maroon: "800000",
  mediumblue: "0000cd",
  mediumorchid: "ba55d3",
  mediumpurple: "9370db",
  mediumseagreen: "3cb371",
  midnightblue: "191970",
  mintcream: "f5fffa",
  mistyrose: "ffe4e1",
  moccasin: "ffe4b5",
  navajowhite: "ffdead",
  navy: "000080",
  oldlace: "fdf5e6",
  olive: "808000",
  olivedrab: "6b8e23",
  orange: "ffa500",
  orangered: "ff4500",
  orchid: "da70d6",
  palegoldenrod: "eee8aa",
  palegreen: "98fb98",
  paleturquoise: "afeeee",
  palevioletred: "db7093",
  papayawhip: "ffefd5",
  peachpuff: "ffdab9",
  peru: "cd853f",
  pink: "ffc0cb",
  plum: "dda0dd",
  powderblue: "b0e0e6",
  purple: "800080",
  rebeccapurple: "663399",
  red: "ff0000",
  rosybrown: "bc8f8f",
  royalblue: "4169e1",
  saddlebrown: "8b4513",
  salmon: "fa8072",
  sandybrown: "f4a460",
  seagreen: "2e8b57",
  seashell: "fff5ee",
  sienna: "a0522d",
  silver: "c0c0c0",
  skyblue: "87ceeb",
  slateblue: "6a5acd",
  slategray: "708090",
  slategrey: "708090",
  snow: "fffafa",
  springgreen: "00ff7f",
  steelblue: "4682b4",
  tan: "d2b48c",
  teal: "008080",
  thistle: "d8bfd8",
  tomato: "ff6347",
  turquoise: "40e0d0",
  violet: "ee82ee",
  wheat: "f5deb3",
  white: "ffffff",
  whitesmoke: "f5f5f5",
  yellow: "ffff00",
  yellowgreen: "9acd32",
  // what Word and Outlook write into mail
  windowtext: "000000",
  window: "ffffff",
  canvastext: "000000",
  canvas: "ffffff",
};

export function colourNamed(name: string): Colour | null {
  const hex = Object.hasOwn(NAMED, name.toLowerCase()) ? NAMED[name.toLowerCase()] : undefined;
  return hex === undefined ? null : colourOfHex(hex);
}

/** "fff", "ffff", "ffffff" or "ffffffff". */
export function colourOfHex(hex: string): Colour | null {
  if (!/^(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(hex)) return null;
  const step = hex.length < 6 ? 1 : 2;
  const pairs = [0, 1, 2, 3].map((index) => hex.slice(index * step, (index + 1) * step));
  const [red = 0, green = 0, blue = 0, alpha] = pairs.map((pair) =>
    pair === "" ? undefined : Number.parseInt(step === 1 ? pair + pair : pair, 16),
  );
  return { red, green, blue, alpha: alpha === undefined ? 1 : alpha / 255 };
}

/** A colour as an attribute says it (`bgcolor`, `<font color>`), which may lack the "#". */
export function colourOfAttribute(text: string): Colour | null {
  const bare = text.trim();
  return colourNamed(bare) ?? colourOfHex(bare.replace(/^#/, ""));
}

/** `rgb()` or `hsl()` from its numbers, each with its unit. */
export function colourOfFunction(name: string, parts: readonly { value: number; unit: string }[]): Colour | null {
  const [first, second, third, fourth] = parts;
  if (first === undefined || second === undefined || third === undefined) return null;
  const alpha = fourth === undefined ? 1 : within(fourth.value / (fourth.unit === "%" ? 100 : 1), 0, 1);
  if (/^rgba?$/i.test(name)) {
    const [red = 0, green = 0, blue = 0] = [first, second, third].map((part) =>
      Math.round(within(part.unit === "%" ? part.value * 2.55 : part.value, 0, 255)),
    );
    return { red, green, blue, alpha };
  }
  if (/^hsla?$/i.test(name)) {
    return fromHsl(first.value, within(second.value, 0, 100) / 100, within(third.value, 0, 100) / 100, alpha);
  }
  return null;
}

export function cssOf({ red, green, blue, alpha }: Colour): string {
  if (alpha >= 1) return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  return `rgba(${red},${green},${blue},${Math.round(alpha * 1000) / 1000})`;
}

/**
 * The colour that takes this one's place on a dark page.
 *
 * Light grounds become dark and dark text becomes light, each keeping its hue; what is dark ground or light text
 * already stays, and so do the strong colours of buttons, since they were chosen with what stands on them.
 */
export function darkened(colour: Colour, use: Use): Colour {
  const { hue, saturation, lightness } = toHsl(colour);
  const luminance = luminanceOf(colour);
  if (use === "text") {
    if (luminance > 0.4) return colour;
    const lifted = 1 - lightness * 0.45 - 0.08;
    return fromHsl(hue, saturation * 0.85, Math.max(lifted, 0.66), colour.alpha);
  }
  if (luminance < 0.35) return colour;
  const least = use === "line" ? 0.28 : 0.11;
  const sunk = least + (1 - lightness) * 0.22;
  return fromHsl(hue, saturation * 0.5, Math.min(sunk, 0.34), colour.alpha);
}

/** WCAG's relative luminance, from 0 to 1. */
export function luminanceOf({ red, green, blue }: Colour): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function toHsl({ red, green, blue }: Colour): { hue: number; saturation: number; lightness: number } {
  const [r, g, b] = [red / 255, green / 255, blue / 255];
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const [lightness, span] = [(most + least) / 2, most - least];
  if (span === 0) return { hue: 0, saturation: 0, lightness };
  const saturation = span / (1 - Math.abs(2 * lightness - 1));
  const sixth = most === r ? ((g - b) / span + 6) % 6 : most === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return { hue: sixth * 60, saturation, lightness };
}

function fromHsl(hue: number, saturation: number, lightness: number, alpha: number): Colour {
  const part = (offset: number): number => {
    const place = (((offset + hue / 30) % 12) + 12) % 12;
    const swing = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - swing * Math.max(-1, Math.min(place - 3, 9 - place, 1))));
  };
  return { red: part(0), green: part(8), blue: part(4), alpha };
}

function within(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : least;
}
