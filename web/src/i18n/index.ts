/** Every text a person reads, by `t("room.key")`; a language is a chunk of its own. */

import { computed, signal } from "@preact/signals";
import type en from "./en";

/** One form for each way of counting that a language has (Unicode's plural categories). */
export type Plural = { other: string; zero?: string; one?: string; two?: string; few?: string; many?: string };
export type Text = string | Plural;
/** The same keys in another language: `export const list = {…} satisfies Catalogue<typeof english>`. */
export type Catalogue<English = Record<string, Text>> = {
  readonly [K in keyof English]: English[K] extends string ? string : Plural;
};

type English = typeof en;
export type Texts = { readonly [Room in keyof English]: Catalogue<English[Room]> };
/** "list.unread", "shell.archive" … */
export type Key = { [Room in keyof English & string]: `${Room}.${keyof English[Room] & string}` }[keyof English & string];
export type Values = Readonly<Record<string, string | number>>;

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;
const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

const loaders: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import("./en"),
  de: () => import("./de"),
};

/** What is spoken now; components that call `t` are drawn again when it changes. */
export const language = signal<Language>("en");
/** The same with its country, where the browser names one: clocks of twelve hours or of twenty-four, and which comes first. */
export const locale = computed(() => localeOf(language.value, typeof navigator === "undefined" ? [] : navigator.languages));
const texts = signal<Texts | null>(null);
let plurals = new Intl.PluralRules("en");

/** The person's choice, else what the browser asks for, else English. */
export function languageOf(wanted: string | null | undefined, browser: readonly string[] = navigator.languages): Language {
  for (const tag of [wanted ?? "", ...browser]) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    if (base in LANGUAGES) return base as Language;
  }
  return "en";
}

export function localeOf(spoken: Language, browser: readonly string[]): string {
  return browser.find((tag) => tag.toLowerCase().split("-")[0] === spoken) ?? spoken;
}

export async function speak(wanted: Language): Promise<void> {
  const loaded = await loaders[wanted]();
  plurals = new Intl.PluralRules(wanted);
  language.value = wanted;
  texts.value = loaded.default;
  if (typeof document === "undefined") return;
  document.documentElement.lang = wanted;
  document.documentElement.dir = RIGHT_TO_LEFT.has(wanted) ? "rtl" : "ltr";
}

/** The text, its {names} filled in; `count` picks the plural form and is written as the language writes numbers. */
export function t(key: Key, values: Values = {}): string {
  const [room = "", name = ""] = key.split(".");
  const rooms = texts.value as Record<string, Record<string, Text>> | null;
  const text = rooms?.[room]?.[name];
  if (text === undefined) return rooms === null ? "" : key;
  return fill(typeof text === "string" ? text : formOf(text, Number(values.count ?? 0)), values);
}

function formOf(text: Plural, count: number): string {
  if (count === 0 && text.zero !== undefined) return text.zero;
  return text[plurals.select(count)] ?? text.other;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

export function number(value: number, options?: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(locale.value, options).format(value);
}

/** "3.4 MB" */
export function bytes(size: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return number(value, {
    style: "unit",
    unit: units[step],
    unitDisplay: step ? "short" : "long",
    maximumFractionDigits: value < 10 && step ? 1 : 0,
  });
}
