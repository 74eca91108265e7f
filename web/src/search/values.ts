/** Days and sizes as people write them in a search. */

const DAY = 86_400_000;
const WORDS: Readonly<Record<string, number>> = { today: 0, heute: 0, yesterday: 1, gestern: 1 };

/**
 * The beginning of a day, in this browser's time: 2026-11-22, 2026/11/22, 22.11.2026, 2026-11, 2026, "yesterday", and so long before
 * today: 7d, 2w, 3m, 1y. Null: no day.
 */
export function readDay(text: string, now: Date): Date | null {
  const said = text.toLowerCase();
  if (said in WORDS) return daysBefore(now, WORDS[said] as number);
  const span = /^(\d{1,4})([dwmyj])$/.exec(said);
  if (span) return spanBefore(now, Number(span[1]), span[2] as string);
  const iso = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(said);
  if (iso) return day(Number(iso[1]), Number(iso[2] ?? 1), Number(iso[3] ?? 1));
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(said);
  if (german) return day(Number(german[3]), Number(german[2]), Number(german[1]));
  return null;
}

/** The day after, whatever the clocks do in between. */
export function nextDay(day: Date): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1);
}

/** A size in octets: 500, 20k, 5M, 1.5mb. Null: no size. */
export function readSize(text: string): number | null {
  const said = /^(\d{1,9}(?:[.,]\d{1,3})?)\s*([kmg]?)i?b?$/i.exec(text);
  if (!said) return null;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(said[2] ?? "").toLowerCase()] ?? 1;
  return Math.round(Number((said[1] as string).replace(",", ".")) * unit);
}

/** As a date field holds it. */
export function writeDay(day: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

function day(year: number, month: number, date: number): Date | null {
  const made = new Date(year, month - 1, date);
  const isReal = made.getFullYear() === year && made.getMonth() === month - 1 && made.getDate() === date;
  return isReal && year >= 1970 ? made : null;
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
}

function spanBefore(now: Date, count: number, unit: string): Date | null {
  let made: Date;
  if (unit === "d") made = daysBefore(now, count);
  else if (unit === "w") made = daysBefore(now, 7 * count);
  else if (unit === "m") made = monthsBefore(now, count);
  else made = monthsBefore(now, 12 * count);
  return made.getTime() > -DAY ? made : null;
}

/** A month back from the 31st is the last of the month before. */
function monthsBefore(now: Date, months: number): Date {
  const first = new Date(now.getFullYear(), now.getMonth() - months, 1);
  const last = new Date(first.getFullYear(), first.getMonth() + 1, 0).getDate();
  return new Date(first.getFullYear(), first.getMonth(), Math.min(now.getDate(), last));
}
