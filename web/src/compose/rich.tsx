/** The editor for rich text: Squire, with what it takes in cleaned, pictures put in by Content-ID, and a bar of buttons. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import Squire from "squire-rte";
import { t } from "../i18n";
import { IconButton } from "../parts/button";
import { prompt } from "../parts/dialog";
import { openMenu } from "../parts/menu";
import { ownMarkup } from "../trusted";
import { cleanFragment } from "./clean";
import type { Composition } from "./composition";
import { addPictures, adoptPictures } from "./pictures";
import { dress } from "./sheet";
import { COLOURS, SIZES } from "./styles";

type Formats = Readonly<Record<string, boolean>>;
const NONE: Formats = {};

export default function Rich({ composition, onReady }: { composition: Composition; onReady: () => void }) {
  const root = useRef<HTMLDivElement>(null);
  const squire = useRef<Squire | null>(null);
  const formats = useSignal<Formats>(NONE);
  useEffect(() => {
    const editor = begun(root.current!, composition, formats);
    squire.current = editor;
    onReady();
    return () => {
      composition.detach();
      editor.destroy();
    };
  }, []);
  return (
    <div class="compose-rich-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: no textarea holds rich text */}
      <div
        class="compose-rich"
        ref={root}
        tabIndex={0}
        role="textbox"
        aria-multiline="true"
        aria-label={t("compose.body")}
        dir="auto"
        spellcheck
      />
      <Bar squire={squire} formats={formats} composition={composition} />
    </div>
  );
}

/** The policy of the page takes no text for markup: what the editor remembers, to undo to it, it must vouch for. */
class Editor extends Squire {
  override _setRawHTML(html: string): Squire {
    return super._setRawHTML(ownMarkup(html));
  }
}

/** An editor in this element, holding what is written so far. */
function begun(root: HTMLElement, composition: Composition, formats: Signal<Formats>): Squire {
  let isPaste = false;
  const pictureOf = (cid: string) => composition.pictures.get(cid) ?? null;
  const editor = new Editor(root, {
    blockTag: "DIV",
    sanitizeToDOMFragment: (html: string) => cleanFragment(html, { pictureOf, isPaste }),
    didError: (error: unknown) => console.error(error),
  });
  editor.setHTML(composition.startHtml());
  dress(root);
  isPaste = true;
  editor.addEventListener("input", () => {
    dress(root);
    adoptPictures(root, composition);
    composition.changed();
  });
  editor.addEventListener("pathChange", () => {
    formats.value = formatsAt(editor);
  });
  editor.addEventListener("pasteImage", (event: Event) => {
    const data = (event as CustomEvent<{ clipboardData: DataTransfer }>).detail.clipboardData;
    addPictures(imagesIn(data.files), composition, editor);
  });
  root.addEventListener("drop", (event) => dropped(event, composition, editor), true);
  root.addEventListener("click", (event) => followed(event));
  composition.editor = {
    root: () => root,
    html: () => editor.getHTML(),
    setHtml: (html) => {
      isPaste = false;
      editor.setHTML(html);
      isPaste = true;
      dress(root);
    },
    focus: (atStart) => {
      if (atStart) editor.moveCursorToStart();
      editor.focus();
    },
  };
  return editor;
}

function imagesIn(files: FileList): File[] {
  return [...files].filter((file) => /^image\/(?:png|jpeg|gif|webp|avif)$/.test(file.type));
}

/** Pictures go where they are dropped; other files are attached by the panel around us. */
function dropped(event: DragEvent, composition: Composition, editor: Squire): void {
  const files = event.dataTransfer?.files;
  if (!files?.length || imagesIn(files).length !== files.length) return;
  event.preventDefault();
  event.stopPropagation();
  const at = document.caretRangeFromPoint?.(event.clientX, event.clientY);
  if (at) editor.setSelection(at);
  addPictures([...files], composition, editor);
}

/** With Ctrl held a link is followed, as other editors do. */
function followed(event: MouseEvent): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  if (!link) return;
  event.preventDefault();
  if ((event.ctrlKey || event.metaKey) && /^https?:/i.test(link.href)) window.open(link.href, "_blank", "noopener,noreferrer");
}

function formatsAt(editor: Squire): Formats {
  const path = editor.getPath();
  return {
    bold: editor.hasFormat("B") || editor.hasFormat("STRONG"),
    italic: editor.hasFormat("I") || editor.hasFormat("EM"),
    underline: editor.hasFormat("U"),
    strike: editor.hasFormat("S"),
    link: editor.hasFormat("A"),
    bullets: /\bUL\b/.test(path),
    numbers: /\bOL\b/.test(path),
    quote: /\bBLOCKQUOTE\b/.test(path),
  };
}

interface BarProps {
  squire: { current: Squire | null };
  formats: Signal<Formats>;
  composition: Composition;
}

/** One stop for the Tab key; the arrows go from button to button. */
function Bar({ squire, formats, composition }: BarProps) {
  const is = formats.value;
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => rove(bar.current!), []);
  const run = (what: (editor: Squire) => unknown) => () => {
    if (squire.current) what(squire.current);
    squire.current?.focus();
  };
  const toggle = (isOn: boolean | undefined, on: (editor: Squire) => unknown, off: (editor: Squire) => unknown) =>
    run((editor) => (isOn ? off(editor) : on(editor)));
  return (
    <div
      class="compose-bar"
      role="toolbar"
      aria-label={t("compose.formatting")}
      ref={bar}
      onKeyDown={(event) => move(bar.current!, event)}
    >
      <IconButton
        icon="bold"
        label={t("compose.bold")}
        keys="Mod+b"
        pressed={Boolean(is.bold)}
        onClick={toggle(
          is.bold,
          (e) => e.bold(),
          (e) => e.removeBold(),
        )}
      />
      <IconButton
        icon="italic"
        label={t("compose.italic")}
        keys="Mod+i"
        pressed={Boolean(is.italic)}
        onClick={toggle(
          is.italic,
          (e) => e.italic(),
          (e) => e.removeItalic(),
        )}
      />
      <IconButton
        icon="underline"
        label={t("compose.underline")}
        keys="Mod+u"
        pressed={Boolean(is.underline)}
        onClick={toggle(
          is.underline,
          (e) => e.underline(),
          (e) => e.removeUnderline(),
        )}
      />
      <IconButton
        icon="type"
        label={t("compose.size")}
        aria-haspopup="menu"
        onClick={(event) => sizes(event.currentTarget, squire)}
      />
      <IconButton
        icon="palette"
        label={t("compose.colour")}
        aria-haspopup="menu"
        onClick={(event) => colours(event.currentTarget, squire)}
      />
      <span class="compose-bar-line" />
      <IconButton
        icon="list"
        label={t("compose.bullets")}
        keys="Mod+Shift+8"
        pressed={Boolean(is.bullets)}
        onClick={toggle(
          is.bullets,
          (e) => e.makeUnorderedList(),
          (e) => e.removeList(),
        )}
      />
      <IconButton
        icon="list-ordered"
        label={t("compose.numbers")}
        keys="Mod+Shift+9"
        pressed={Boolean(is.numbers)}
        onClick={toggle(
          is.numbers,
          (e) => e.makeOrderedList(),
          (e) => e.removeList(),
        )}
      />
      <IconButton
        icon="quote"
        label={t("compose.quote")}
        pressed={Boolean(is.quote)}
        onClick={toggle(
          is.quote,
          (e) => e.increaseQuoteLevel(),
          (e) => e.decreaseQuoteLevel(),
        )}
      />
      <IconButton
        icon={is.link ? "unlink" : "link"}
        label={t(is.link ? "compose.unlink" : "compose.link")}
        onClick={is.link ? run((e) => e.removeLink()) : () => void link(squire)}
      />
      <IconButton icon="image" label={t("compose.picture")} onClick={() => choosePictures(squire, composition)} />
      <span class="compose-bar-line" />
      <IconButton
        icon="remove-formatting"
        label={t("compose.removeFormatting")}
        onClick={run((e) => e.removeAllFormatting())}
      />
      <IconButton icon="undo-2" label={t("shell.undo")} keys="Mod+z" onClick={run((e) => e.undo())} />
      <IconButton icon="redo-2" label={t("compose.redo")} keys="Mod+Shift+z" onClick={run((e) => e.redo())} />
    </div>
  );
}

function look(editor: Squire | null, name: "compose-colour" | "compose-size", style: string | null): void {
  if (!editor) return;
  const add = style ? { tag: "SPAN", attributes: { class: name, "data-style": style } } : null;
  editor.changeFormat(add, { tag: "SPAN", attributes: { class: name } });
  dress(editor.getRoot());
  editor.focus();
}

const COLOUR_NAMES = ["red", "orange", "gold", "green", "blue", "violet", "grey"] as const;

function colours(at: HTMLElement, squire: { current: Squire | null }): void {
  const item = (label: string, style: string | null) => ({ label, run: () => look(squire.current, "compose-colour", style) });
  openMenu(
    t("compose.colour"),
    [
      item(t("compose.colourNone"), null),
      null,
      ...COLOUR_NAMES.map((name, index) => item(t(`compose.colour_${name}`), `color: ${COLOURS[index]}`)),
    ],
    at,
  );
}

function sizes(at: HTMLElement, squire: { current: Squire | null }): void {
  const item = (label: string, size: string | null) => ({
    label,
    run: () => look(squire.current, "compose-size", size && `font-size: ${size}`),
  });
  openMenu(
    t("compose.size"),
    [
      item(t("compose.sizeSmall"), SIZES.small),
      item(t("compose.sizeNormal"), null),
      item(t("compose.sizeLarge"), SIZES.large),
      item(t("compose.sizeHuge"), SIZES.huge),
    ],
    at,
  );
}

async function link(squire: { current: Squire | null }): Promise<void> {
  const said = await prompt({
    title: t("compose.link"),
    label: t("compose.linkAddress"),
    yes: t("compose.linkInsert"),
    placeholder: "https://",
  });
  const url = said?.trim();
  if (!url || !squire.current) return;
  squire.current.focus();
  squire.current.makeLink(
    /^(?:https?:|mailto:|tel:)/i.test(url) ? url : url.includes("@") ? `mailto:${url}` : `https://${url}`,
  );
}

function choosePictures(squire: { current: Squire | null }, composition: Composition): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/png,image/jpeg,image/gif,image/webp,image/avif";
  input.multiple = true;
  input.onchange = () => squire.current && addPictures([...(input.files ?? [])], composition, squire.current);
  input.click();
}

function buttonsOf(bar: HTMLElement): HTMLElement[] {
  return [...bar.querySelectorAll<HTMLElement>("button")];
}

function rove(bar: HTMLElement, now = buttonsOf(bar)[0]): void {
  for (const each of buttonsOf(bar)) each.tabIndex = each === now ? 0 : -1;
}

function move(bar: HTMLElement, event: KeyboardEvent): void {
  const isBack = event.key === "ArrowLeft" || event.key === "ArrowUp";
  if (!isBack && event.key !== "ArrowRight" && event.key !== "ArrowDown") return;
  const by = isBack !== (document.documentElement.dir === "rtl") ? -1 : 1;
  const all = buttonsOf(bar);
  const next = all.at((all.indexOf(document.activeElement as HTMLElement) + by) % all.length);
  rove(bar, next);
  next?.focus();
  event.preventDefault();
}
