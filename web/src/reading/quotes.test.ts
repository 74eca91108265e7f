// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { FOLD, foldQuotes } from "./quotes";

function folded(html: string): { isFolded: boolean; above: string; inside: string } {
  const root = document.createElement("div");
  root.innerHTML = html;
  const isFolded = foldQuotes(root, "more");
  const fold = root.querySelector(`.${FOLD}`);
  const inside = fold?.textContent?.replace("more", "") ?? "";
  fold?.remove();
  return { isFolded, above: root.textContent ?? "", inside };
}

describe("quotes", () => {
  it("below the answer are folded", () =>
    expect(folded('<p>yes</p><blockquote class="quoted">tea?</blockquote>')).toEqual({
      isFolded: true,
      above: "yes",
      inside: "tea?",
    }));

  it("with an answer below them stay open", () =>
    expect(folded('<p>hello</p><blockquote class="quoted">tea?</blockquote><p>yes</p>').isFolded).toBe(false));

  it("with nothing above them are the message", () =>
    expect(folded('<div> &nbsp;<br></div><blockquote class="quoted">tea?</blockquote>').isFolded).toBe(false));

  it("are folded from the last one on where answers stand between them", () =>
    expect(folded('a<div class="quoted">1</div>b<div class="quoted">2</div>')).toEqual({
      isFolded: true,
      above: "a1b",
      inside: "2",
    }));

  it("of Outlook go on to the end, wherever they begin", () =>
    expect(
      folded('<div><p>yes</p><div><div class="quoted-below">From: Ada</div></div><p>tea?</p></div><p>more tea</p>'),
    ).toMatchObject({ isFolded: true, above: "yes", inside: "From: Adatea?more tea" }));

  it("are found in the frames that programs put around them", () =>
    expect(folded('<div><div>yes</div><div><div><div class="quoted">tea?</div></div></div></div>').above).toBe("yes"));

  it("within a table stay in their cell", () =>
    expect(folded('<table><tbody><tr><td>yes<div class="quoted">tea?</div></td></tr></tbody></table>')).toMatchObject({
      isFolded: true,
      above: "yes",
    }));

  it("need a picture above them as much as words", () =>
    expect(folded('<img src="a"><div class="quoted">tea?</div>').isFolded).toBe(true));

  it("with a picture below them stay open, but for their own", () => {
    const quote = '<p>yes</p><div class="quoted">tea?<img src="a"></div>';
    expect([folded(quote).isFolded, folded(`${quote}<p><img src="a"></p>`).isFolded]).toEqual([true, false]);
  });

  it("are looked for in time, however many there are", () => {
    const quotes = '<blockquote class="quoted"></blockquote>'.repeat(1500);
    expect([folded(`yes${quotes}`).isFolded, folded(`yes${quotes}yes`).isFolded]).toEqual([true, false]);
  });
});
