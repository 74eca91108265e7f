/** Who really sent a message, in words that need no explaining. Pure. */

import type { Key } from "../i18n";
import type { EmailAddress } from "../jmap/types";
import type { IconName } from "../parts/icon";
import type { Sender, Verdict } from "./views";

export interface Badge {
  readonly icon: IconName;
  readonly tone: "good" | "plain" | "bad";
  readonly short: Key;
  readonly long: Key;
}

const BADGES: Readonly<Record<Verdict, Badge>> = {
  verified: { icon: "shield-check", tone: "good", short: "reading.verified", long: "reading.verifiedMore" },
  own: { icon: "shield-check", tone: "good", short: "reading.own", long: "reading.ownMore" },
  unverified: { icon: "shield-question-mark", tone: "plain", short: "reading.unverified", long: "reading.unverifiedMore" },
  failed: { icon: "shield-x", tone: "bad", short: "reading.forged", long: "reading.forgedMore" },
  unknown: { icon: "shield", tone: "plain", short: "reading.notChecked", long: "reading.notCheckedMore" },
};

export function badgeOf(sender: Sender): Badge {
  return Object.hasOwn(BADGES, sender.verdict) ? BADGES[sender.verdict] : BADGES.unknown;
}

/** Whether it is somebody of whom a choice can be remembered: a name that anybody may borrow is asked about each time. */
export function isVouchedFor(sender: Sender | undefined): boolean {
  return sender?.verdict === "verified" || sender?.verdict === "own";
}

/** The checks' own words, for whoever wants them. */
export function whyOf(sender: Sender): string {
  return typeof sender.why === "string" ? sender.why : (sender.why ?? []).join(", ");
}

/** The address that a name shows, where another one wrote: "bank@bank.example" <mallory@evil.invalid>. */
export function pretended(from: EmailAddress): string | null {
  const shown = /[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}/u.exec((from.name ?? "").normalize("NFKC"))?.[0];
  if (shown === undefined || shown.toLowerCase() === from.email.toLowerCase()) return null;
  return domainOf(shown) === domainOf(from.email) ? null : shown;
}

/** Where answers go, if that is another domain than the sender's. */
export function answersElsewhere(
  from: EmailAddress | undefined,
  replyTo: readonly EmailAddress[] | null | undefined,
): EmailAddress | null {
  if (from === undefined) return null;
  return replyTo?.find((each) => domainOf(each.email) !== domainOf(from.email)) ?? null;
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf("@") + 1).toLowerCase();
}
