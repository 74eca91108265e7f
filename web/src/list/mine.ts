/** Which addresses are one's own. */
import type { Email, Identity } from "../jmap/types";
import { client } from "../store/account";
import { identities } from "../store/identities";

export function isMine(email: string, all: readonly Identity[] = identities.value): boolean {
  const said = email.toLowerCase();
  return said === client().session.username.toLowerCase() || all.some((identity) => fits(said, identity.email.toLowerCase()));
}

/** An identity "*@example.org" is any address there (RFC 8621 §6). */
function fits(email: string, identity: string): boolean {
  return identity.startsWith("*@") ? email.endsWith(identity.slice(1)) : email === identity;
}

export function isFromMe(letter: Email): boolean {
  return letter.from?.some(({ email }) => isMine(email)) ?? false;
}
