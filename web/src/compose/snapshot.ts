/** A message in writing, as it can be kept and opened again. */

import type { Id } from "../jmap/types";
import type { Address } from "./addresses";

export type Format = "rich" | "plain";

/** Another message that this one answers or forwards, to be marked so when this one is sent. */
export interface About {
  readonly kind: "answered" | "forwarded";
  /** Known while it is written; for a draft of yesterday's only its Message-ID. */
  readonly emailIds: readonly Id[];
  readonly messageId: string | null;
}

export interface KeptFile {
  readonly blobId: Id;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  /** A picture in the text: its Content-ID. */
  readonly cid: string | null;
}

export interface Snapshot {
  readonly identityId: Id | null;
  /** Where the identity leaves it open. */
  readonly from: string;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly subject: string;
  readonly format: Format;
  /** What the editor holds. */
  readonly html: string;
  readonly text: string;
  readonly files: readonly KeptFile[];
  readonly messageId: string;
  readonly inReplyTo: readonly string[] | null;
  readonly references: readonly string[] | null;
  readonly about: About | null;
  readonly draftId: Id | null;
}

export const EMPTY: Omit<Snapshot, "messageId"> = {
  identityId: null,
  from: "",
  to: [],
  cc: [],
  bcc: [],
  subject: "",
  format: "rich",
  html: "",
  text: "",
  files: [],
  inReplyTo: null,
  references: null,
  about: null,
  draftId: null,
};

/** What a composer is opened with. */
export interface Opening {
  readonly mode: "new" | "reply" | "replyAll" | "replyList" | "forward" | "forwardAsFile" | "draft";
  /** The message that is answered, forwarded or, a draft, written on. */
  readonly emailId?: Id;
  /** To be forwarded as files, all of them. */
  readonly emailIds?: readonly Id[];
  readonly to?: readonly Address[] | string;
  readonly cc?: readonly Address[];
  readonly bcc?: readonly Address[];
  readonly subject?: string;
  /** Plain text to begin with. */
  readonly body?: string;
  /** What was marked of the message: only this is quoted. */
  readonly quote?: string;
  readonly identityId?: Id;
  readonly files?: readonly File[];
  /** A `mailto:` link (RFC 6068): over the other fields. */
  readonly mailto?: string;
}

/** The same, of which what was called `old` is called `next` now. */
export function renamed(snapshot: Snapshot, old: readonly Id[], next: readonly Id[]): Snapshot {
  if (old.length !== next.length) return snapshot;
  const names = new Map(old.map((each, index) => [each, next[index] || each]));
  return { ...snapshot, files: snapshot.files.map((each) => ({ ...each, blobId: names.get(each.blobId) ?? each.blobId })) };
}
