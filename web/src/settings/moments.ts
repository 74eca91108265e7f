/** Moments between the server's UTC and the fields of this machine's clock. */

import type { UTCDate } from "../jmap/types";

/** "2026-11-22T09:30", as `datetime-local` has it; "" for none. */
export function toLocal(date: UTCDate | null): string {
  if (date === null) return "";
  const moment = new Date(date);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** The same back again; null for none, or for no moment. */
export function fromLocal(text: string): UTCDate | null {
  const moment = new Date(text);
  return Number.isNaN(moment.getTime()) ? null : `${moment.toISOString().slice(0, 19)}Z`;
}
