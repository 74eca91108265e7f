/** What comes with a message: what it is called, what it is, and what may be shown of it. Pure. */

import type { BodyPart } from "../jmap/types";
import type { IconName } from "../parts/icon";
import { clippedName } from "../store/clipping";
import { isForPrograms } from "./sealing";

export interface Attachment {
  readonly part: BodyPart;
  readonly blobId: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly icon: IconName;
  readonly preview: "picture" | "text" | "message" | null;
  /** It can do things when it is opened: people are told so. */
  readonly isDangerous: boolean;
}

const LONGEST = 120;
/** Larger texts are only downloaded. */
export const MOST_TEXT = 1024 * 1024;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;
const DANGEROUS = new Set(
  `ade adp app application appref-ms appx appxbundle asp aspx bas bat chm cmd com command cpl crt csh desktop diagcab dll dmg
  docm dotm exe fxp gadget hlp hta htm html img inf ins iqy iso isp its jar jnlp js jse ksh lib library-ms lnk mad maf mag mam mde
  mdt mdw mdz mht mhtml msc msh msi msix msp mst one ops pcd pif pkg pl plg potm ppam ppsm pptm prf prg ps1 ps1xml psc1 pst py
  reg rpm scf scr sct search-ms settingcontent-ms sh shb shs shtml sldm slk svg svgz swf sys theme tmp url vb vbe vbp vbs vhd
  vhdx vxd wasm ws wsc wsf wsh xhtml xla xlam xll xlsm xltm xml xsl`.split(/\s+/),
);
const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/pdf": "pdf",
  "application/zip": "zip",
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/avif": "avif",
  "image/heic": "heic",
  "message/rfc822": "eml",
  "message/global": "eml",
  "text/calendar": "ics",
  "text/csv": "csv",
  "text/html": "html",
  "text/plain": "txt",
  "text/vcard": "vcf",
};
const PICTURES = /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/;
const ICONS: readonly (readonly [RegExp, IconName])[] = [
  [/^image\//, "image"],
  [/^message\//, "mail"],
  [/^text\/calendar/, "calendar"],
  [/vcard/, "user"],
  [/zip|compressed|tar|rar|7z|gzip/, "file-archive"],
  [/^text\/(?:html|xml|javascript|css)|json|xml$/, "code"],
  [/^text\/|pdf|word|document|opendocument|rtf|sheet|excel|presentation|powerpoint/, "file-text"],
];

/** The attachments to be listed: without the pictures that are seen in the text already, and without what is for programs. */
export function attachmentsOf(parts: readonly BodyPart[], html: string | null, showsInvitation = false): Attachment[] {
  const names = new Set<string>();
  const isShown = (part: BodyPart) => isSeen(part, html) || (showsInvitation && part.type === "text/calendar" && !part.name);
  return parts
    .filter((part) => part.blobId !== null && !isShown(part) && !isForPrograms(part))
    .map((part, index) => attachmentOf(part, index, names));
}

/** Whether a picture stands in the text: by its address there, or by what the message calls it. */
function isSeen(part: BodyPart, html: string | null): boolean {
  if (html === null || part.cid === null || part.blobId === null || !part.type.startsWith("image/")) return false;
  return html.includes(part.blobId) || html.includes(`cid:${part.cid}`);
}

function attachmentOf(part: BodyPart, index: number, taken: Set<string>): Attachment {
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(part.type) ? part.type.toLowerCase() : "application/octet-stream";
  const name = untaken(safeName(part.name, type, index), taken);
  const isDangerous = dangerOf(name);
  return {
    part,
    blobId: part.blobId ?? "",
    name,
    type,
    size: part.size,
    isDangerous,
    icon: isDangerous ? "triangle-alert" : (ICONS.find(([pattern]) => pattern.test(type))?.[1] ?? "file"),
    preview: previewOf(type, part.size),
  };
}

function previewOf(type: string, size: number): Attachment["preview"] {
  if (PICTURES.test(type)) return "picture";
  if (/^message\/(?:rfc822|global)$/.test(type)) return "message";
  // HTML and the like as the text that they are
  if (/^text\/|^application\/(?:json|xml|x-sh|javascript)$|\+xml$|\+json$/.test(type) && size <= MOST_TEXT) return "text";
  return null;
}

/** A name that leads nowhere, hides nothing, and fits. */
export function safeName(given: string | null, type: string, index = 0): string {
  const last =
    clippedName(given ?? "")
      .normalize("NFC")
      .replace(INVISIBLE, "")
      .split(/[/\\]/)
      .at(-1) ?? "";
  const plain = last
    .replace(/[<>:"|?*]/g, "_")
    .replace(/\s+/g, " ")
    .replace(/^[. ]+|[. ]+$/g, "");
  if (plain === "")
    return `${type.startsWith("image/") ? "picture" : type.startsWith("message/") ? "message" : "attachment"}-${index + 1}.${EXTENSIONS[type] ?? "bin"}`;
  if (/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(plain)) return `_${plain}`;
  return shortened(plain);
}

/** Cut in the middle, so that the end that tells what it is stays. */
function shortened(name: string): string {
  const letters = [...name];
  if (letters.length <= LONGEST) return name;
  const dot = name.lastIndexOf(".");
  const end = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : "";
  return `${letters.slice(0, LONGEST - [...end].length - 1).join("")}…${end}`;
}

function untaken(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf(".");
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  let free = name;
  for (let next = 2; taken.has(free.toLowerCase()); next++) free = `${stem} (${next})${end}`;
  taken.add(free.toLowerCase());
  return free;
}

export function dangerOf(name: string): boolean {
  return DANGEROUS.has(name.slice(name.lastIndexOf(".") + 1).toLowerCase());
}

/** The name under which a message is saved: "2026-11-22 Tea on Friday.eml" */
export function fileNameOf(subject: string | null, receivedAt: string): string {
  const words = (subject ?? "")
    .replace(INVISIBLE, "")
    .replace(/[/\\<>:"|?*]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return `${receivedAt.slice(0, 10)} ${[...words].slice(0, 80).join("").trim() || "message"}.eml`;
}
