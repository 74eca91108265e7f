/** Subjects of replies and forwards: a prefix once, whatever language the ones before were in. */

const REPLY = "re|aw|antw|antwort|sv|vs|res|rif|r|odp|ynt|回复|答复|رد";
const FORWARD = "fwd|fw|wg|tr|rv|enc|i|vl|vb|doorst|pd|转发";
const COUNT = "(?:\\s*\\[\\d{1,4}\\]|\\s*\\(\\d{1,4}\\)|\\^\\d{1,4})?";
const IS_REPLY = new RegExp(`^(?:${REPLY})${COUNT}\\s*[:：]\\s*`, "iu");
const IS_FORWARD = new RegExp(`^(?:${FORWARD})${COUNT}\\s*[:：]\\s*`, "iu");
const TAG = /^\[[^\]\s][^\]]{0,60}\]\s*/;

function stripped(subject: string, prefix: RegExp): string {
  let rest = subject.trim();
  while (prefix.test(rest)) rest = rest.replace(prefix, "");
  const tag = TAG.exec(rest)?.[0];
  if (tag && prefix.test(rest.slice(tag.length))) rest = tag + stripped(rest.slice(tag.length), prefix);
  return rest;
}

export function replySubject(subject: string | null): string {
  return `Re: ${stripped(subject ?? "", IS_REPLY)}`.trim();
}

export function forwardSubject(subject: string | null): string {
  return `Fwd: ${stripped(subject ?? "", IS_FORWARD)}`.trim();
}

/** A name for a message as a file: what no file system dislikes. */
export function fileName(subject: string | null, fallback: string): string {
  const name = (subject ?? "")
    .replace(/[\p{Cc}<>:"/\\|?*\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return `${name.slice(0, 80).replace(/[. ]+$/, "") || fallback}.eml`;
}
