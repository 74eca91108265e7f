/** Messages on paper: by themselves, dark on white, in a frame that has no script either. */

import type { WindowLike } from "dompurify";
import { t } from "../i18n";
import type { Email, Id } from "../jmap/types";
import { longDate } from "../parts/date";
import { fullName } from "../parts/name";
import { toast } from "../parts/toast";
import { emailNow } from "../store/emails";
import { attachmentsOf } from "./attachments";
import { clean } from "./sanitize";
import { type Viewed, viewSignal } from "./views";

const CSS = `
@page{margin:16mm}
body{margin:0;font:11pt/1.45 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:#000;background:#fff;overflow-wrap:anywhere}
h1{font-size:16pt;margin:0 0 12pt}
dl{display:grid;grid-template-columns:max-content 1fr;gap:1pt 10pt;margin:0 0 12pt;padding:6pt 0;border:solid #999;border-width:1px 0;font-size:9.5pt}
dt{color:#555}dd{margin:0}
article+article{margin-top:24pt}
img{max-width:100%;height:auto}pre{white-space:pre-wrap;font:inherit}table{max-width:100%}
`;
const PATIENCE = 4000;

/** Prints those of these messages whose text is known. */
export async function printMessages(ids: readonly Id[]): Promise<void> {
  const shown = ids.map((id) => [emailNow(id), viewSignal(id).peek()] as const);
  const frame = document.createElement("iframe");
  frame.className = "reading-print";
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.setAttribute("aria-hidden", "true");
  document.body.append(frame);
  const [inside, realm] = [frame.contentDocument, frame.contentWindow as (Window & typeof globalThis) | null];
  if (!inside || !realm) return;
  inside.title = shown[0]?.[0]?.subject ?? t("reading.noSubject");
  const sheets = [CSS];
  for (const [email, viewed] of shown) if (email && viewed?.view) inside.body.append(articleOf(inside, email, viewed, sheets));
  // the page's policy knows no inline styles: sheets that are made by script are none
  inside.adoptedStyleSheets = sheets.map((css) => {
    const sheet = new realm.CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  await picturesOf(inside);
  realm.addEventListener("afterprint", () => frame.remove());
  setTimeout(() => frame.remove(), 10 * 60_000);
  try {
    realm.focus();
    realm.print();
  } catch {
    toast({ text: t("reading.printFailed"), kind: "problem" });
  }
}

function articleOf(inside: Document, email: Email, { view, isCleaned }: Viewed, sheets: string[]): HTMLElement {
  const article = inside.createElement("article");
  const title = inside.createElement("h1");
  title.textContent = email.subject || t("reading.noSubject");
  article.append(title, headOf(inside, email));
  if (view?.html) {
    const cleaned = clean(view.html, { dark: false, origin: location.origin, pictures: isCleaned }, parserRealm());
    article.append(cleaned.nodes);
    for (const [element, style] of cleaned.styles) (element as HTMLElement).style.cssText = style;
    sheets.push(cleaned.sheet);
  } else {
    const text = inside.createElement("pre");
    text.textContent = view?.text ?? "";
    article.append(text);
  }
  return article;
}

/** The frame of a message that is open, since its policy takes styles as they are; else this window. */
function parserRealm(): WindowLike {
  const frame = document.querySelector<HTMLIFrameElement>(".reading-frame");
  return (frame?.contentWindow ?? window) as unknown as WindowLike;
}

function headOf(inside: Document, email: Email): HTMLElement {
  const files = attachmentsOf(email.attachments ?? [], null).map((each) => each.name);
  const rows: [string, string][] = [
    [t("reading.fieldFrom"), (email.from ?? []).map(fullName).join(", ")],
    [t("reading.fieldTo"), (email.to ?? []).map(fullName).join(", ")],
    [t("reading.fieldCc"), (email.cc ?? []).map(fullName).join(", ")],
    [t("reading.fieldDate"), longDate(email.sentAt ?? email.receivedAt)],
    [t("reading.fieldAttachments"), files.join(", ")],
  ];
  const list = inside.createElement("dl");
  for (const [label, value] of rows.filter(([, value]) => value !== "")) {
    const [term, said] = [inside.createElement("dt"), inside.createElement("dd")];
    term.textContent = label;
    said.textContent = value;
    list.append(term, said);
  }
  return list;
}

/** All pictures there, or given up on. */
async function picturesOf(inside: Document): Promise<void> {
  const waits = [...inside.images].filter((picture) => !picture.complete).map((picture) => picture.decode().catch(() => {}));
  await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, PATIENCE))]);
}
