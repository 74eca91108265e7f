/** How people and their addresses are written. */

import type { EmailAddress } from "../jmap/types";

/** The name, else the address. */
export function nameOf(who: EmailAddress): string {
  return who.name?.trim() || who.email;
}

/** "Ada Lovelace <ada@example.org>" */
export function fullName(who: EmailAddress): string {
  const name = who.name?.trim();
  return name && name !== who.email ? `${name} <${who.email}>` : who.email;
}

/** As short as a row wants it where several share it. */
export function firstName(who: EmailAddress): string {
  const name = nameOf(who);
  if (name.includes("@")) return name.split("@")[0] ?? name;
  return name.includes(",") ? name : (name.split(/\s+/)[0] ?? name);
}
