// @vitest-environment jsdom

import { expect, test, vi } from "vitest";
import { foldLinks, isDeaf } from "./deaf";

test("a document whose listeners are called is not deaf", () => {
  expect(isDeaf(document)).toBe(false);
});

test("one whose listeners nobody calls is", () => {
  const inside = document.implementation.createHTMLDocument();
  inside.dispatchEvent = () => true;
  expect(isDeaf(inside)).toBe(true);
});

test("a folded link leads nowhere by itself, and says each time when it is wanted", async () => {
  document.body.innerHTML = '<p>Write <a href="mailto:shop@kites.example">to <b>us</b></a> soon.</p>';
  const follow = vi.fn();
  foldLinks(document.querySelectorAll("a"), follow);
  const fold = document.querySelector("details")!;
  expect(document.querySelector("a[href]")).toBeNull();
  expect(document.body.textContent).toBe("Write to us soon.");
  for (const times of [1, 2]) {
    fold.open = true;
    await vi.waitFor(() => expect(follow).toHaveBeenCalledTimes(times));
    expect(follow).toHaveBeenLastCalledWith(document.querySelector("a"), "mailto:shop@kites.example");
    expect(fold.open).toBe(false);
  }
});
