/** Under which names and addresses one writes. */

import { signal } from "@preact/signals";
import { Refused } from "../jmap/errors";
import { SUBMISSION } from "../jmap/session";
import type { GetAnswer, Id, Identity, SetAnswer } from "../jmap/types";
import { can, client, onLeave, ownAccount } from "./account";

/** All of them; empty until `fetchIdentities` has answered. */
export const identities = signal<readonly Identity[]>([]);

onLeave(() => {
  identities.value = [];
});

export async function fetchIdentities(): Promise<void> {
  if (!can(SUBMISSION)) return;
  identities.value = (await client().call<GetAnswer<Identity>>("Identity/get", { accountId: ownAccount(), ids: null })).list;
}

export async function saveIdentity(id: Id | null, properties: Partial<Identity>): Promise<void> {
  const what = id === null ? { create: { new: properties } } : { update: { [id]: properties } };
  const answer = await client().call<SetAnswer>("Identity/set", { accountId: ownAccount(), ...what });
  const error = id === null ? answer.notCreated?.new : answer.notUpdated?.[id];
  if (error) throw new Refused(id ?? "new", error.type, error.description, error.properties);
  await fetchIdentities();
}

export async function deleteIdentity(id: Id): Promise<void> {
  const answer = await client().call<SetAnswer>("Identity/set", { accountId: ownAccount(), destroy: [id] });
  const error = answer.notDestroyed?.[id];
  if (error) throw new Refused(id, error.type, error.description);
  await fetchIdentities();
}
