/** Styles in the editor: the page's policy forbids style attributes, so each style that occurs is a rule of a sheet made here. */

import { shownStyle } from "./styles";

const known = new Set<string>();
let sheet: CSSStyleSheet | null = null;
/** More different styles than any letter has: what is more is not shown, and sent all the same. */
const MOST = 5000;

/** Sees to it that what is in there looks as it will. */
export function dress(root: ParentNode): void {
  for (const element of root.querySelectorAll("[data-style]")) {
    const style = element.getAttribute("data-style") ?? "";
    if (!style || known.has(style) || known.size > MOST) continue;
    known.add(style);
    sheet ??= adopt();
    try {
      sheet.insertRule(`.compose-rich [data-style=${CSS.escape(style)}] { ${shownStyle(style)} }`, sheet.cssRules.length);
    } catch {
      // a value that this browser does not know
    }
  }
}

function adopt(): CSSStyleSheet {
  const made = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, made];
  return made;
}
