/**
 * Which version of a draft the server has. A save is a new email in the place of the old one; where its answer was lost on the way,
 * or the page was closed before it came, what we know is the one that is gone. Its Message-ID stays the same, and finds it.
 */

import type { GetAnswer, Id } from "../jmap/types";
import { client } from "../store/account";
import { madeBlobs, madeCall } from "./drafts";
import { blobsOf, type Letter, withBlobs } from "./message";
import { renamed, type Snapshot } from "./snapshot";

export interface Version {
  readonly id: Id;
  readonly blobs: readonly Id[];
}

/** The newest draft of this Message-ID; null: there is none. */
export async function latestVersion(messageId: string): Promise<Version | null> {
  const conditions = [{ header: ["Message-ID", `<${messageId}>`] }, { hasKeyword: "$draft" }];
  const [, get] = madeCall();
  const answers = await client().request([
    [
      "Email/query",
      { filter: { operator: "AND", conditions }, sort: [{ property: "receivedAt", isAscending: false }], limit: 1 },
      "q",
    ],
    ["Email/get", { ...get, ids: undefined, "#ids": { resultOf: "q", name: "Email/query", path: "/ids" } }, "made"],
  ]);
  const found = answers.find((each) => each.callId === "made" && !each.error)?.result as GetAnswer<{ id: Id }> | undefined;
  const id = found?.list[0]?.id;
  return id ? { id, blobs: madeBlobs(answers) } : null;
}

/** What was kept here, with the names that its draft and what is attached have now. */
export async function upToDate(snapshot: Snapshot, letter: Letter): Promise<{ snapshot: Snapshot; letter: Letter }> {
  const version = await latestVersion(snapshot.messageId);
  if (version?.id === snapshot.draftId) return { snapshot, letter };
  const old = blobsOf(letter);
  const kept = version ? renamed(snapshot, old, version.blobs) : snapshot;
  return { snapshot: { ...kept, draftId: version?.id ?? null }, letter: version ? withBlobs(letter, version.blobs) : letter };
}
