/** Commands over many emails: some hundreds at a time, with a figure of how far they have come. */
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { limitsOf } from "../jmap/session";
import type { Id } from "../jmap/types";
import { session } from "../store/account";
import { gather } from "../store/undo";

export interface Progress {
  readonly done: number;
  /** null: still being counted. */
  readonly total: number | null;
  end(): void;
}

/** The long command that is running; null: none. */
export const progress = signal<Progress | null>(null);
/** Emails of one step: what one undoes at once. */
export const STEP = 500;

/** The same, where the server takes fewer in one request. */
export function stepNow(): number {
  const known = session.peek();
  return known ? Math.min(STEP, limitsOf(known).maxObjectsInSet) : STEP;
}

type Find<T> = (isEnded: () => boolean) => Promise<T>;
let turn: Promise<unknown> = Promise.resolve();

/** Finds the emails, then does it to them; after what is done to others already. False: it was ended before it was done. */
export function throughAll(
  find: Find<readonly Id[]>,
  act: (ids: readonly Id[]) => Promise<unknown> | unknown,
): Promise<boolean> {
  return inTurn((isEnded, end) => goThrough(find, act, isEnded, end));
}

/** Only finds them, with a sign that it is looked for; null: it was ended. */
export function whileCounting<T>(find: Find<T>): Promise<T | null> {
  return inTurn(async (isEnded) => {
    const found = await find(isEnded);
    return isEnded() ? null : found;
  });
}

function inTurn<T>(work: (isEnded: () => boolean, end: () => void) => Promise<T>): Promise<T> {
  const run = async () => {
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
    };
    progress.value = { done: 0, total: null, end };
    try {
      return await work(() => hasEnded, end);
    } finally {
      progress.value = null;
    }
  };
  const mine = turn.then(run);
  turn = mine.catch(() => {});
  return mine;
}

async function goThrough(
  find: Find<readonly Id[]>,
  act: (ids: readonly Id[]) => Promise<unknown> | unknown,
  isEnded: () => boolean,
  end: () => void,
): Promise<boolean> {
  const step = stepNow();
  const ids = await find(isEnded);
  let count = 0;
  const go = async () => {
    for (let at = 0; at < ids.length && !isEnded(); at += step) {
      progress.value = { done: at, total: ids.length, end };
      await act(ids.slice(at, at + step));
      count = Math.min(ids.length, at + step);
    }
  };
  await gather(go, () => t("shell.changed", { count }));
  return !isEnded();
}
