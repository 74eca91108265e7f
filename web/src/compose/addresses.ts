/** Addresses as people type and paste them: cut apart, judged, written out. */

export interface Address {
  readonly name: string | null;
  readonly email: string;
}

/** What is wrong with an address; each is a key of the catalogue under `compose.wrong.`. */
export type Wrong = "noAt" | "noLocal" | "badLocal" | "noDomain" | "noDot" | "badDomain" | "tooLong";

const encoder = new TextEncoder();
const ATOM = /^[^\s()<>[\]:;@\\,."\p{Cc}]+$/u;
const LABEL = /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;
const LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9a-f:.]+)\]$/i;

/** Null where it may be written to (RFC 5321 §4.1.2, RFC 6531 §3.3). */
export function wrongWith(email: string): Wrong | null {
  const at = email.lastIndexOf("@");
  if (at < 0) return "noAt";
  const local = email.slice(0, at);
  const domain = email.slice(at + 1);
  if (!local) return "noLocal";
  if (!domain) return "noDomain";
  if (encoder.encode(local).length > 64 || encoder.encode(email).length > 254) return "tooLong";
  if (!isLocal(local)) return "badLocal";
  if (LITERAL.test(domain)) return null;
  const labels = domain.split(".");
  if (!labels.every((label) => LABEL.test(label))) return "badDomain";
  return labels.length < 2 ? "noDot" : null;
}

function isLocal(local: string): boolean {
  if (/^"(?:[^"\\\r\n]|\\[^\r\n])*"$/.test(local)) return true;
  return local.split(".").every((atom) => ATOM.test(atom));
}

/** Everything that stands between commas, semicolons and line ends; names in quotes, in brackets and in Outlook's way, "Doe, John <…>". */
export function parseAddresses(text: string): Address[] {
  const found: Address[] = [];
  let waiting = "";
  for (const { piece, end } of pieces(withoutGroups(text))) {
    const trimmed = piece.trim();
    if (!trimmed) continue;
    if (end === "," && !trimmed.includes("@") && !trimmed.startsWith('"')) {
      waiting = waiting ? `${waiting}, ${trimmed}` : trimmed;
      continue;
    }
    const isNamed = /<[^<>]*>\s*$/.test(trimmed);
    if (waiting && !isNamed) found.push({ name: null, email: waiting });
    found.push(...parsePiece(waiting && isNamed ? `${waiting}, ${trimmed}` : trimmed));
    waiting = "";
  }
  if (waiting) found.push(...waiting.split(", ").map((email) => ({ name: null, email })));
  return found;
}

/** One piece: "Name <address>", "address (Name)", or several bare addresses with spaces between. */
function parsePiece(piece: string): Address[] {
  const angle = /^([^<]*)<([^<>]*)>$/s.exec(piece);
  if (angle) return [{ name: cleanName(angle[1] ?? "", angle[2] ?? ""), email: bare(angle[2] ?? "") }];
  const comment = /^(\S+@\S+)\s*\(([^()]*)\)$/.exec(piece);
  if (comment) return [{ name: cleanName(comment[2] ?? "", comment[1] ?? ""), email: bare(comment[1] ?? "") }];
  const words = piece.split(/\s+/);
  if (words.length > 1 && words.every((word) => word.includes("@")))
    return words.map((word) => ({ name: null, email: bare(word) }));
  const last = words[words.length - 1] ?? "";
  if (words.length > 1 && last.includes("@") && !piece.startsWith('"')) {
    return [{ name: cleanName(words.slice(0, -1).join(" "), last), email: bare(last) }];
  }
  return [{ name: null, email: bare(piece) }];
}

function bare(text: string): string {
  return text
    .trim()
    .replace(/^mailto:/i, "")
    .replace(/^<|>$/g, "");
}

function cleanName(text: string, email: string): string | null {
  const trimmed = text.replace(/\s+/g, " ").trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(trimmed) ?? /^'(.*)'$/s.exec(trimmed);
  const name = (quoted?.[1] ?? trimmed).replace(/\\(.)/g, "$1").trim();
  return name && name.toLowerCase() !== email.trim().toLowerCase() ? name : null;
}

/** "Team: a@example.org, b@example.org;" without the group's name (RFC 5322 §3.4). */
function withoutGroups(text: string): string {
  return text.replace(/(^|[;\r\n])\s*[^"<>@,;:[\r\n]+:\s*(?=[^;]*@)(?!\/\/)/g, (all, before: string) =>
    /mailto:\s*$/i.test(all) ? all : before,
  );
}

interface Piece {
  piece: string;
  end: string;
}

function* pieces(text: string): Generator<Piece> {
  let start = 0;
  let isQuoted = false;
  let isAngled = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\" && isQuoted) at++;
    else if (char === '"') isQuoted = !isQuoted && text.indexOf('"', at + 1) > 0;
    else if (isQuoted) continue;
    else if (char === "<") isAngled = text.indexOf(">", at) > 0;
    else if (char === ">") isAngled = false;
    else if (!isAngled && (char === "," || char === ";" || char === "\n" || char === "\r" || char === "\t")) {
      yield { piece: text.slice(start, at), end: char };
      start = at + 1;
    }
  }
  yield { piece: text.slice(start), end: "" };
}

/** As it is compared: the domain never, the local part almost never has a case that matters. */
export function addressKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Without what is after a "+": one's own addresses with an extension are one's own. */
export function baseKey(email: string): string {
  return addressKey(email).replace(/\+[^@]*@/, "@");
}

export function formatAddress({ name, email }: Address): string {
  if (!name) return email;
  return /["(),.:;<>@[\\\]]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}" <${email}>` : `${name} <${email}>`;
}

export function formatAddresses(addresses: readonly Address[]): string {
  return addresses.map(formatAddress).join(", ");
}

/** The first of each address, a name filled in from a later one. */
export function withoutTwins(addresses: readonly Address[]): Address[] {
  const found = new Map<string, Address>();
  for (const each of addresses) {
    const known = found.get(addressKey(each.email));
    if (!known) found.set(addressKey(each.email), each);
    else if (!known.name && each.name) found.set(addressKey(each.email), { ...known, name: each.name });
  }
  return [...found.values()];
}
