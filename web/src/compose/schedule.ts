/** When a message might go, other than now. */

export interface Choice {
  readonly key: "laterToday" | "tomorrowMorning" | "tomorrowAfternoon" | "mondayMorning";
  readonly at: Date;
}

const MORNING = 8;
const AFTERNOON = 13;
const EVENING = 18;

/** By the clock on the wall here; in order, none twice, none in less than an hour. */
export function choices(now: Date): Choice[] {
  const found: Choice[] = [
    { key: "laterToday", at: onDay(now, 0, EVENING) },
    { key: "tomorrowMorning", at: onDay(now, 1, MORNING) },
    { key: "tomorrowAfternoon", at: onDay(now, 1, AFTERNOON) },
    { key: "mondayMorning", at: onDay(now, (8 - now.getDay()) % 7 || 7, MORNING) },
  ];
  const times = new Set<number>();
  return found.filter(({ at }) => {
    if (at.getTime() - now.getTime() < 3_600_000 || times.has(at.getTime())) return false;
    times.add(at.getTime());
    return true;
  });
}

function onDay(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

export type WrongTime = "none" | "past" | "far";

/** What is wrong with a time; null where it is one. `most`: seconds that the server holds a message (maxDelayedSend). */
export function wrongTime(at: Date | null, now: Date, most: number): WrongTime | null {
  if (!at || Number.isNaN(at.getTime())) return "none";
  if (at.getTime() <= now.getTime()) return "past";
  return most > 0 && at.getTime() - now.getTime() > most * 1000 ? "far" : null;
}

/** For `<input type="datetime-local">`. */
export function localValue(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function fromLocal(value: string): Date | null {
  const at = new Date(value);
  return value && !Number.isNaN(at.getTime()) ? at : null;
}

/** A date as RFC 3339 has it, with our distance from UTC: what `sentAt` wants. */
export function sentAt(now: Date): string {
  const offset = -now.getTimezoneOffset();
  const two = (part: number) => String(Math.floor(Math.abs(part))).padStart(2, "0");
  const zone = offset === 0 ? "Z" : `${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
  return `${localValue(now)}:${two(now.getSeconds())}${zone}`;
}

/** A UTCDate, to the second. */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
