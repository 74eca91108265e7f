/** What pages of settings ask of the server and change there. */

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { MethodError, Refused } from "../jmap/errors";
import type { GetAnswer, Id, SetAnswer } from "../jmap/types";
import { client } from "../store/account";
import { showAnew } from "./showing";

export interface Kept<T> {
  /** null while it is not known. */
  value: ReadonlySignal<readonly T[] | null>;
  hasFailed: ReadonlySignal<boolean>;
  fetch: () => Promise<void>;
}

/** All objects of a type, fetched when the page opens. */
export function useKept<T>(type: string): Kept<T> {
  const value = useSignal<readonly T[] | null>(null);
  const hasFailed = useSignal(false);
  const fetch = async () => {
    try {
      value.value = (await own<GetAnswer<T>>(`${type}/get`, { ids: null })).list;
      hasFailed.value = false;
    } catch {
      hasFailed.value = value.peek() === null;
    }
  };
  useEffect(() => void fetch(), []);
  return { value, hasFailed, fetch };
}

/** A call about oneself, whosever mail is shown. Where the server wants to know anew who one is, one is asked. */
export async function own<T>(method: string, args: object = {}): Promise<T> {
  try {
    return await client().call<T>(method, { accountId: ownId(), ...args });
  } catch (error) {
    if (!(error instanceof MethodError) || error.type !== "signInTooOld") throw error;
    await showAnew();
    return client().call<T>(method, { accountId: ownId(), ...args });
  }
}

/** Makes one; the answer is what the server adds. Throws Refused. */
export async function create<T>(type: string, properties: object): Promise<T & { id: Id }> {
  const answer = await own<SetAnswer<T & { id: Id }>>(`${type}/set`, { create: { new: properties } });
  const made = answer.created?.new;
  if (made) return made;
  throw refusal("new", answer.notCreated);
}

export async function update(type: string, id: Id, patch: object): Promise<void> {
  const answer = await own<SetAnswer>(`${type}/set`, { update: { [id]: patch } });
  if (answer.notUpdated?.[id]) throw refusal(id, answer.notUpdated);
}

export async function destroy(type: string, id: Id): Promise<void> {
  const answer = await own<SetAnswer>(`${type}/set`, { destroy: [id] });
  if (answer.notDestroyed?.[id]) throw refusal(id, answer.notDestroyed);
}

function refusal(id: string, refused: SetAnswer["notCreated"]): Refused {
  const error = refused?.[id];
  return new Refused(id, error?.type ?? "serverFail", error?.description, error?.properties);
}

function ownId(): Id {
  const { primaryAccounts, accounts } = client().session;
  return primaryAccounts["urn:ietf:params:jmap:mail"] ?? Object.keys(accounts)[0] ?? "";
}
