/** What one might have forgotten, asked before a message goes. */

/** In English and in German, whatever language the pages are in: people write in several. */
const ATTACHED = [
  /\battach(?:ed|ing|ment|ments)\b(?!\s+(?:to (?:you|him|her|them|this (?:idea|place))|importance))/iu,
  /\b(?:i|we)(?:'ll| will)? (?:attach|enclose)\b/iu,
  /\benclosed\b|\benclosure\b|\bplease find\b(?=.{0,40}\b(?:file|document|pdf|copy|invoice)\b)/iu,
  /\b(?:im|als|siehe|den|der|dem) (?:\w+en )?(?:anhang|anlage|anlagen|attachment)\b/iu,
  /(?:^|[^\p{L}])anbei(?![\p{L}])/iu,
  /\b(?:an|bei)(?:ge)(?:hängt|fügt|haengt|fuegt|legt)(?:e|en|em|er|es)?\b|(?<![\p{L}])angehängte?[nmrs]?(?![\p{L}])|\bbeiliegend(?:e|en|em|er|es)?\b/iu,
  /\bhäng(?:e|t|en)\b[^.!?\n]{0,60}\ban\b(?=\s*(?:[.,;!?\n]|$))/iu,
  /\bfüge?n?\b[^.!?\n]{0,60}\bbei\b(?=\s*(?:[.,;!?\n]|$))/iu,
];
const NEGATED = /\b(?:no|without|not|kein(?:e|en)?|ohne|nicht)\b[^.!?\n]{0,20}$/iu;

/** The word that promises an attachment; null where nothing does. Give only what one has written oneself. */
export function promisesAttachment(text: string): string | null {
  for (const sign of ATTACHED) {
    const found = sign.exec(text);
    if (found && !NEGATED.test(text.slice(Math.max(0, found.index - 40), found.index))) return found[0].trim();
  }
  return null;
}

/** Without what is quoted, forwarded or below "-- ". */
export function ownText(text: string): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line === "-- " || /^-{10} .+ -{10}$/.test(line)) break;
    if (!line.startsWith(">")) lines.push(line);
  }
  return lines.join("\n");
}

export type Hint =
  | { kind: "attachment"; word: string }
  | { kind: "subject" }
  | { kind: "many"; count: number }
  | { kind: "empty" };

/** So many in To and Cc see each other's addresses. */
export const MANY = 20;

export function hintsFor(message: {
  readonly subject: string;
  readonly text: string;
  readonly attachments: number;
  readonly seen: number;
}): Hint[] {
  const found: Hint[] = [];
  if (!message.subject.trim()) found.push({ kind: "subject" });
  const own = ownText(message.text);
  const word = message.attachments ? null : promisesAttachment(`${message.subject}\n${own}`);
  if (word) found.push({ kind: "attachment", word });
  if (!message.text.trim() && !message.attachments) found.push({ kind: "empty" });
  if (message.seen > MANY) found.push({ kind: "many", count: message.seen });
  return found;
}
