/** Times as people say them, in the language that is spoken. */

import { locale } from "../i18n";

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(date: Date, options: Intl.DateTimeFormatOptions): string {
  const key = locale.value + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale.value, options);
    formats.set(key, found);
  }
  return found.format(date);
}

const midnight = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Days between two dates of the calendar: 0 today, 1 yesterday, -1 tomorrow. */
export function daysAgo(date: Date, now = new Date()): number {
  return Math.round((midnight(now) - midnight(date)) / DAY);
}

/** As short as a list wants it: "14:03", "Mon", "3 Nov", "3 Nov 2024". */
export function shortDate(value: string | Date, now = new Date()): string {
  const date = new Date(value);
  const days = daysAgo(date, now);
  if (days === 0) return format(date, { hour: "numeric", minute: "2-digit" });
  if (days > 0 && days < 6) return format(date, { weekday: "short" });
  if (date.getFullYear() === now.getFullYear()) return format(date, { day: "numeric", month: "short" });
  return format(date, { day: "numeric", month: "short", year: "numeric" });
}

/** "Mon, 3 Nov, 14:03" */
export function middleDate(value: string | Date, now = new Date()): string {
  const date = new Date(value);
  const time = { hour: "numeric", minute: "2-digit" } as const;
  if (daysAgo(date, now) === 0) return format(date, time);
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return format(date, { weekday: "short", day: "numeric", month: "short", ...year, ...time });
}

/** All of it, for a tip: "Monday, 3 November 2026 at 14:03:12 CET" */
export function longDate(value: string | Date): string {
  return format(new Date(value), { dateStyle: "full", timeStyle: "long" });
}

/** "3 minutes ago", "in 2 days" */
export function relativeDate(value: string | Date, now = new Date()): string {
  const seconds = (new Date(value).getTime() - now.getTime()) / 1000;
  const speak = new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" });
  for (const [unit, length] of UNITS)
    if (Math.abs(seconds) >= length || unit === "second") return speak.format(Math.round(seconds / length), unit);
  return "";
}

const UNITS = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;
