/** What is signed or encrypted beside our own checks, or wrapped in a format that is not opened here: told from its parts. Pure. */

import type { Key } from "../i18n";
import type { BodyPart } from "../jmap/types";

export interface Sealing {
  readonly says: Key;
  /** Nobody can read it here. */
  readonly isClosed: boolean;
}

/** RFC 3156, RFC 8551 §3.2 (and the names before it had one); [MS-OXTNEF]. The first that is there is told. */
const KINDS: readonly (readonly [RegExp, Sealing])[] = [
  [/^application\/pgp-encrypted$/, { says: "reading.encryptedPgp", isClosed: true }],
  [/^application\/(?:x-)?pkcs7-mime$/, { says: "reading.sealedSmime", isClosed: true }],
  [/^application\/pgp-signature$/, { says: "reading.signedPgp", isClosed: false }],
  [/^application\/(?:x-)?pkcs7-signature$/, { says: "reading.signedSmime", isClosed: false }],
  [/^application\/(?:vnd\.)?ms-tnef$/, { says: "reading.wrappedOutlook", isClosed: false }],
];
/** Nobody has any use for these as files. */
const FOR_PROGRAMS = /^application\/(?:pgp-encrypted|pgp-signature|(?:x-)?pkcs7-signature)$/;

export function sealingOf(parts: readonly BodyPart[]): Sealing | null {
  const types = parts.map((part) => part.type.toLowerCase());
  return KINDS.find(([pattern]) => types.some((type) => pattern.test(type)))?.[1] ?? null;
}

export function isForPrograms(part: BodyPart): boolean {
  return FOR_PROGRAMS.test(part.type.toLowerCase());
}
