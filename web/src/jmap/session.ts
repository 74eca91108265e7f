/** The session object (RFC 8620 §2), and what its capabilities are called. */

import type { Id } from "./types";

export const CORE = "urn:ietf:params:jmap:core";
export const MAIL = "urn:ietf:params:jmap:mail";
export const SUBMISSION = "urn:ietf:params:jmap:submission";
export const VACATION = "urn:ietf:params:jmap:vacationresponse";
export const WEBSOCKET = "urn:ietf:params:jmap:websocket";
export const MDN = "urn:ietf:params:jmap:mdn";
export const PRINCIPALS = "urn:ietf:params:jmap:principals";
/** Ours. */
export const WEBMAIL = "urn:x-pillarbox:webmail";
export const PEOPLE = "urn:x-pillarbox:people";
export const FORWARDING = "urn:x-pillarbox:forwarding";

export interface Account {
  name: string;
  isPersonal: boolean;
  isReadOnly: boolean;
  accountCapabilities: Record<string, Record<string, unknown>>;
}

export interface CoreLimits {
  maxSizeUpload: number;
  maxConcurrentUpload: number;
  maxSizeRequest: number;
  maxConcurrentRequests: number;
  maxCallsInRequest: number;
  maxObjectsInGet: number;
  maxObjectsInSet: number;
}

export interface Session {
  capabilities: Record<string, Record<string, unknown>>;
  accounts: Record<Id, Account>;
  primaryAccounts: Record<string, Id>;
  username: string;
  apiUrl: string;
  downloadUrl: string;
  uploadUrl: string;
  eventSourceUrl: string;
  state: string;
}

const LEAST: CoreLimits = {
  maxSizeUpload: 50_000_000,
  maxConcurrentUpload: 4,
  maxSizeRequest: 10_000_000,
  maxConcurrentRequests: 4,
  maxCallsInRequest: 16,
  maxObjectsInGet: 500,
  maxObjectsInSet: 500,
};

export function limitsOf(session: Session): CoreLimits {
  return { ...LEAST, ...(session.capabilities[CORE] as Partial<CoreLimits> | undefined) };
}

/** What requests say they are `using`: all that the server and we know. */
export function usingOf(session: Session): string[] {
  return Object.keys(session.capabilities).filter((name) => name !== WEBSOCKET && !name.endsWith("webpush-vapid"));
}

export function can(session: Session, capability: string): boolean {
  return capability in session.capabilities;
}

/** The same address at the origin that this page came from: a proxy may know us by another name. */
export function here(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]+/i, "");
}
