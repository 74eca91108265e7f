/** Whom one writes to: correspondents of past mail, ranked by how often and how lately, and found by a few letters. Pure. */

import { type Address, addressKey, formatAddress } from "./addresses";

export interface Person extends Address {
  /** Worth at the moment `at`: each message counts one, half as much for every sixty days that pass. */
  readonly worth: number;
  readonly at: number;
}

export interface Contact {
  readonly address: Address;
  /** Milliseconds. */
  readonly at: number;
  /** 1 for somebody written to; less for who only wrote. */
  readonly weight: number;
}

const HALF_LIFE = 60 * 86_400_000;
/** Whom it makes no sense to write to. */
const ROBOT = /^(?:no-?reply|do-?not-?reply|noreply|mailer-daemon|postmaster|bounces?|notifications?)(?:[+.-]|@)/i;

export function worthAt(person: Person, now: number): number {
  return person.worth * 2 ** (-Math.max(0, now - person.at) / HALF_LIFE);
}

/** Those known, and what has been seen since. The newest name wins. */
export function ranked(known: readonly Person[], contacts: Iterable<Contact>, own: ReadonlySet<string>, most = 2000): Person[] {
  const people = new Map(known.map((each) => [addressKey(each.email), each]));
  let now = known.reduce((latest, each) => Math.max(latest, each.at), 0);
  for (const { address, at, weight } of contacts) {
    const key = addressKey(address.email);
    now = Math.max(now, at);
    if (own.has(key) || !address.email.includes("@") || (weight < 1 && ROBOT.test(address.email))) continue;
    const before = people.get(key);
    people.set(key, before ? added(before, address, at, weight) : { ...address, worth: weight, at });
  }
  const found = [...people.values()].sort((one, other) => worthAt(other, now) - worthAt(one, now));
  return found.slice(0, most);
}

function added(before: Person, address: Address, at: number, weight: number): Person {
  const isLater = at >= before.at;
  const latest = Math.max(at, before.at);
  const worth = worthAt(before, latest) + weight * 2 ** (-(latest - at) / HALF_LIFE);
  return {
    name: (isLater && address.name) || before.name || address.name,
    email: isLater ? address.email : before.email,
    worth,
    at: latest,
  };
}

export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("ß", "ss")
    .replaceAll("ø", "o")
    .replaceAll("ł", "l");
}

/** Who fits what has been typed, the likeliest first; those who are there already left out. */
export function suggestions(
  people: readonly Person[],
  typed: string,
  there: readonly Address[],
  now: number,
  most = 8,
): Person[] {
  const words = folded(typed.trim()).split(/\s+/).filter(Boolean);
  const taken = new Set(there.map((each) => addressKey(each.email)));
  const found: { person: Person; score: number }[] = [];
  for (const person of people) {
    if (taken.has(addressKey(person.email))) continue;
    const quality = words.length ? matched(person, words) : 1;
    if (quality > 0) found.push({ person, score: quality * (0.05 + worthAt(person, now)) });
  }
  found.sort((one, other) => other.score - one.score || (formatAddress(one.person) < formatAddress(other.person) ? -1 : 1));
  return found.slice(0, most).map((each) => each.person);
}

/** Every word must be somewhere: at the begin of the name or address best, of a word within well, elsewhere a little. */
function matched(person: Person, words: readonly string[]): number {
  const name = folded(person.name ?? "");
  const email = folded(person.email);
  const parts = `${name} ${email}`.split(/[\s.@_+-]+/);
  let quality = 1;
  for (const word of words) {
    if (name.startsWith(word) || email.startsWith(word)) quality *= 4;
    else if (parts.some((part) => part.startsWith(word))) quality *= 2;
    else if (word.length > 1 && (name.includes(word) || email.includes(word))) quality *= 0.5;
    else return 0;
  }
  return quality;
}
