/** What was done last, and how to take it back. */

import { effect, signal } from "@preact/signals";
import { t } from "../i18n";
import { toast } from "../parts/toast";
import { connection } from "./account";

export interface Step {
  label: string;
  /** Resolves, where it answers with a promise, when it is undone at the server. */
  undo: () => unknown;
}

const MOST = 50;
/** The last steps, the newest at the end. */
export const steps = signal<readonly Step[]>([]);

effect(() => {
  // what somebody did is nothing for whoever signs in next
  if (connection.value === null) steps.value = [];
});

/** Something was done: say so, with a button that takes it back (and `z` does the same). */
export function done(label: string, undo: Step["undo"], shown = true): void {
  const step = { label, undo };
  if (gathered) {
    gathered.push(step);
    return;
  }
  steps.value = [...steps.value.slice(1 - MOST), step];
  if (shown) toast({ text: label, action: { label: t("shell.undo"), run: () => takeBack(step) } });
}

let gathered: Step[] | null = null;

/** What is done in the course of this is one step, of which is said what `label` answers at the end. */
export async function gather<T>(work: () => Promise<T>, label: () => string): Promise<T> {
  const mine: Step[] = [];
  gathered = mine;
  try {
    return await work();
  } finally {
    gathered = null;
    if (mine.length)
      done(label(), async () => {
        for (const step of mine.reverse()) await step.undo();
      });
  }
}

/** Takes back the newest step, or this one. False: there was nothing. */
export function takeBack(step: Step | undefined = steps.value.at(-1)): boolean {
  if (!step || !steps.value.includes(step)) return false;
  steps.value = steps.value.filter((each) => each !== step);
  step.undo();
  return true;
}
