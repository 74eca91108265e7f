/** Pictures in the text: shown at once from here, uploaded meanwhile, sent beside the text under a Content-ID. */

import type { Composition } from "./composition";

interface Inserting {
  insertImage(src: string, attributes: Record<string, string>): HTMLImageElement;
}

export function newCid(): string {
  return `${crypto.randomUUID()}@pillarbox.invalid`;
}

export function addPictures(files: readonly File[], composition: Composition, editor: Inserting): void {
  for (const file of files) {
    const cid = keep(file, composition);
    editor.insertImage(composition.pictures.get(cid) ?? "", { "data-cid": cid, alt: file.name.replace(/\.\w+$/, "") });
  }
}

function keep(file: File, composition: Composition): string {
  const cid = newCid();
  composition.pictures.set(cid, URL.createObjectURL(file));
  composition.attachments.add([file], () => cid);
  return cid;
}

/** What was pasted as data: becomes a picture like the others: many mail programs show no data: addresses. */
export function adoptPictures(root: HTMLElement, composition: Composition): void {
  for (const image of root.querySelectorAll<HTMLImageElement>('img[src^="data:"]')) {
    const file = fileOfData(image.getAttribute("src") ?? "", image.alt || "picture");
    if (!file) {
      image.remove();
      continue;
    }
    const cid = keep(file, composition);
    image.setAttribute("data-cid", cid);
    image.setAttribute("src", composition.pictures.get(cid) ?? "");
  }
}

/** The bytes of a data: address of a picture; null where there are none. */
export function fileOfData(url: string, name: string): File | null {
  const found = /^data:(image\/([a-z]+));base64,([a-z0-9+/=\s]+)$/i.exec(url);
  if (!found) return null;
  try {
    const bytes = Uint8Array.from(atob(found[3] ?? ""), (char) => char.charCodeAt(0));
    return new File([bytes], `${name}.${found[2]?.toLowerCase().replace("jpeg", "jpg")}`, { type: found[1]?.toLowerCase() });
  } catch {
    return null;
  }
}
