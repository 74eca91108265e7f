/** What JMAP speaks of (RFC 8620, RFC 8621), as far as the webmail reads it. */

export type Id = string;
export type UTCDate = string;

export type Role =
  | "inbox"
  | "archive"
  | "drafts"
  | "sent"
  | "trash"
  | "junk"
  | "important"
  | "flagged"
  | "all"
  | "subscribed"
  | "snoozed"
  | "scheduled";

export interface MailboxRights {
  mayReadItems: boolean;
  mayAddItems: boolean;
  mayRemoveItems: boolean;
  maySetSeen: boolean;
  maySetKeywords: boolean;
  mayCreateChild: boolean;
  mayRename: boolean;
  mayDelete: boolean;
  maySubmit: boolean;
  mayShare?: boolean;
}

/** RFC 8621 §2 */
export interface Mailbox {
  id: Id;
  name: string;
  parentId: Id | null;
  role: Role | null;
  sortOrder: number;
  totalEmails: number;
  unreadEmails: number;
  totalThreads: number;
  unreadThreads: number;
  myRights: MailboxRights;
  isSubscribed: boolean;
  /** RFC 9670 §4.2: principal → rights; null where it is shared with nobody. */
  shareWith?: Record<Id, Partial<MailboxRights>> | null;
}

/** RFC 8621 §4.1.2.3 */
export interface EmailAddress {
  name: string | null;
  email: string;
}

/** RFC 8621 §4.1.4 */
export interface BodyPart {
  partId: string | null;
  blobId: Id | null;
  size: number;
  name: string | null;
  type: string;
  charset: string | null;
  disposition: string | null;
  cid: string | null;
  language?: string[] | null;
  location?: string | null;
  subParts?: BodyPart[] | null;
}

export interface BodyValue {
  value: string;
  isEncodingProblem: boolean;
  isTruncated: boolean;
}

/** What a row of a list shows: always there once an email is known. */
export interface EmailRow {
  id: Id;
  blobId: Id;
  threadId: Id;
  mailboxIds: Record<Id, true>;
  keywords: Record<string, true>;
  size: number;
  receivedAt: UTCDate;
  sentAt: string | null;
  from: EmailAddress[] | null;
  to: EmailAddress[] | null;
  cc: EmailAddress[] | null;
  subject: string | null;
  preview: string;
  hasAttachment: boolean;
  /** Ours: when it comes back to its mailbox. */
  snoozedUntil?: UTCDate | null;
}

/** What reading and answering need besides (RFC 8621 §4.1): there after `wantEmails(ids, "whole")`. */
export interface EmailWhole {
  messageId: string[] | null;
  inReplyTo: string[] | null;
  references: string[] | null;
  sender: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  replyTo: EmailAddress[] | null;
  textBody: BodyPart[];
  htmlBody: BodyPart[];
  attachments: BodyPart[];
}

export interface Email extends EmailRow, Partial<EmailWhole> {
  /** Only in what `emailWithBody` answers. */
  bodyValues?: Record<string, BodyValue>;
}

export interface Thread {
  id: Id;
  emailIds: Id[];
}

/** RFC 8621 §4.4.1; a filter names what must hold. */
export interface EmailCondition {
  inMailbox?: Id;
  inMailboxOtherThan?: Id[];
  before?: UTCDate;
  after?: UTCDate;
  minSize?: number;
  maxSize?: number;
  allInThreadHaveKeyword?: string;
  someInThreadHaveKeyword?: string;
  noneInThreadHaveKeyword?: string;
  hasKeyword?: string;
  notKeyword?: string;
  hasAttachment?: boolean;
  text?: string;
  from?: string;
  to?: string;
  cc?: string;
  bcc?: string;
  subject?: string;
  body?: string;
  header?: string[];
}
export interface EmailOperator {
  operator: "AND" | "OR" | "NOT";
  conditions: EmailFilter[];
}
export type EmailFilter = EmailCondition | EmailOperator;

/** RFC 8620 §5.5 */
export interface Comparator {
  property: string;
  isAscending?: boolean;
  keyword?: string;
  collation?: string;
}

/** RFC 8621 §6 */
export interface Identity {
  id: Id;
  name: string;
  email: string;
  replyTo: EmailAddress[] | null;
  bcc: EmailAddress[] | null;
  textSignature: string;
  htmlSignature: string;
  mayDelete: boolean;
}

/** RFC 8620 §5.3 */
export interface SetError {
  type: string;
  description?: string;
  properties?: string[];
}
export interface SetAnswer<T = Record<string, unknown>> {
  accountId: Id;
  oldState: string | null;
  newState: string;
  created: Record<string, T> | null;
  updated: Record<Id, Partial<T> | null> | null;
  destroyed: Id[] | null;
  notCreated: Record<string, SetError> | null;
  notUpdated: Record<Id, SetError> | null;
  notDestroyed: Record<Id, SetError> | null;
}
export interface GetAnswer<T> {
  accountId: Id;
  state: string;
  list: T[];
  notFound: Id[];
}
export interface ChangesAnswer {
  accountId: Id;
  oldState: string;
  newState: string;
  hasMoreChanges: boolean;
  created: Id[];
  updated: Id[];
  destroyed: Id[];
  updatedProperties?: string[] | null;
}
export interface QueryAnswer {
  accountId: Id;
  queryState: string;
  canCalculateChanges: boolean;
  position: number;
  ids: Id[];
  total?: number;
  limit?: number;
}
export interface QueryChangesAnswer {
  accountId: Id;
  oldQueryState: string;
  newQueryState: string;
  total?: number;
  removed: Id[];
  added: { id: Id; index: number }[];
}

/** RFC 8620 §7.1: account → type → state. */
export type Changed = Record<Id, Record<string, string>>;

export type Call = [method: string, args: object, callId: string];
/** One call's answer; a failed one has `error` and empty `result`. */
export interface Answer<T = unknown> {
  method: string;
  callId: string;
  result: T;
  error: { type: string; description?: string } | null;
}
