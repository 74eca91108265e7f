/** Who speaks in a conversation, in few words. */

export interface Person {
  readonly name: string | null;
  readonly email: string;
}

export interface Said {
  readonly from: readonly Person[] | null;
  readonly to: readonly Person[] | null;
  readonly isUnread: boolean;
  readonly isDraft: boolean;
}

/** Somebody of a row: `isMe` is written as "me", drafts as "draft". */
export interface Speaker {
  readonly label: string;
  readonly isMe: boolean;
  readonly isUnread: boolean;
  readonly isDraft: boolean;
}

/** At most so many names; those left out in the middle are an ellipsis. */
export const MOST = 3;

/**
 * The speakers of a conversation in the order in which they first spoke, the first and the last of them where there are many (null
 * stands where some are left out). One who wrote alone is called by the whole name, several by their first names.
 */
export function speakers(letters: readonly Said[], isMine: (email: string) => boolean): (Speaker | null)[] {
  const found = new Map<string, { person: Person; isMe: boolean; isUnread: boolean; isDraft: boolean }>();
  for (const letter of letters) {
    const person = letter.from?.[0] ?? { name: null, email: "" };
    const isMe = isMine(person.email);
    const key = letter.isDraft ? "draft" : isMe ? "me" : person.email.toLowerCase();
    const known = found.get(key);
    if (known) known.isUnread ||= letter.isUnread;
    else found.set(key, { person, isMe, isUnread: letter.isUnread, isDraft: letter.isDraft });
  }
  const isAlone = found.size === 1;
  const all = [...found.values()].map(({ person, ...rest }) => ({
    ...rest,
    label: isAlone ? fullName(person) : firstName(person),
  }));
  return all.length <= MOST ? all : [all[0] as Speaker, null, ...all.slice(-(MOST - 1))];
}

/** Those a letter of one's own is for: what the folders Sent and Drafts show. */
export function recipients(letters: readonly Said[]): string[] {
  const last = letters.at(-1);
  const people = last?.to ?? [];
  return people.slice(0, MOST).map(people.length === 1 ? fullName : firstName);
}

export function fullName(person: Person): string {
  return person.name?.trim() || person.email;
}

/** "Anna Berg" and "Berg, Anna" are Anna; a company or an address stays what it is. */
export function firstName(person: Person): string {
  const name = person.name?.trim() ?? "";
  if (name === "") return person.email.split("@")[0] || person.email;
  const [last, first] = name.split(", ", 2);
  if (first !== undefined && last !== undefined && !last.includes(" ")) return first.split(" ")[0] as string;
  const words = name.split(/\s+/);
  const isPlain = words.length <= 3 && words.every((word) => /^\p{Lu}[\p{L}'’-]*\.?$/u.test(word));
  return isPlain && /^\p{L}{2}/u.test(words[0] as string) ? (words[0] as string) : name;
}
