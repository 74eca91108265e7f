import { expect, it } from "vitest";
import { nearFirstHit, pieces } from "./marks";

it("a hit is told from what is around it, and nothing else is a tag", () => {
  expect(pieces("a &lt;b&gt; <mark>c &amp; d</mark> <b>e</b> &#39;f&#x27; &nope;")).toEqual([
    { text: "a <b> ", isHit: false },
    { text: "c & d", isHit: true },
    { text: " <b>e</b> 'f' &nope;", isHit: false },
  ]);
  expect(pieces("")).toEqual([]);
  expect(pieces("&#0;&#1114112;")).toEqual([{ text: "&#0;&#1114112;", isHit: false }]);
});

it("what is far before the first hit is left out", () => {
  const text = (marked: string) =>
    nearFirstHit(pieces(marked))
      .map((piece) => piece.text)
      .join("|");
  expect(text("it was long ago and in another country that <mark>slate</mark> was cut")).toBe(
    "… another country that |slate| was cut",
  );
  expect(text("cut <mark>slate</mark>")).toBe("cut |slate");
  expect(text("without any hit at all, however long it may become")).toBe("without any hit at all, however long it may become");
  expect(text(`${"x".repeat(60)}<mark>y</mark>`)).toBe(`… ${"x".repeat(22)}|y`);
});
