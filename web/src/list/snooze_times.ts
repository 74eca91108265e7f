/** When a letter that is put off comes back. */

export interface SnoozeTime {
  readonly key: "laterToday" | "evening" | "tomorrow" | "weekend" | "nextWeek";
  readonly at: Date;
}

const MORNING = 8;
const EVENING = 18;

/**
 * The choices at this moment, the soonest first: three hours on while the day lasts, this evening, tomorrow morning, Saturday morning,
 * Monday morning. What would mean the same day twice is offered once, under the plainer word.
 */
export function snoozeTimes(now: Date): SnoozeTime[] {
  const weekday = now.getDay();
  const times: SnoozeTime[] = [];
  if (now.getHours() < EVENING - 4) times.push({ key: "laterToday", at: onTheHour(now, 3) });
  if (now.getHours() < EVENING - 1) times.push({ key: "evening", at: at(now, 0, EVENING) });
  times.push({ key: "tomorrow", at: at(now, 1, MORNING) });
  if (weekday >= 1 && weekday <= 4) times.push({ key: "weekend", at: at(now, 6 - weekday, MORNING) });
  if (weekday !== 0) times.push({ key: "nextWeek", at: at(now, 8 - weekday, MORNING) });
  return times;
}

/** What a date field begins with: tomorrow morning. */
export function firstChoice(now: Date): Date {
  return at(now, 1, MORNING);
}

function at(now: Date, days: number, hour: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
}

function onTheHour(now: Date, hours: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() + hours);
}
