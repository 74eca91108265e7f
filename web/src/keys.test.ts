import { afterEach, describe, expect, test, vi } from "vitest";
import { caps, nameOf, press, registerKeys } from "./keys";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});
const register = (...given: Parameters<typeof registerKeys>) => ends.push(registerKeys(...given));

function key(name: string, more: object = {}): KeyboardEvent {
  const plain = { key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, timeStamp: 0 };
  return {
    ...plain,
    target: null,
    defaultPrevented: false,
    isComposing: false,
    preventDefault: vi.fn(),
    ...more,
  } as unknown as KeyboardEvent;
}
const field = { tagName: "INPUT", type: "text", isContentEditable: false };

describe("what a key press is called", () => {
  test.each([
    [key("j"), "j"],
    [key("J", { shiftKey: true }), "Shift+j"],
    [key("?", { shiftKey: true }), "?"],
    [key("k", { ctrlKey: true }), "Mod+k"],
    [key("Enter", { ctrlKey: true, shiftKey: true }), "Mod+Shift+Enter"],
    [key(" "), "Space"],
    [key("#"), "#"],
  ])("%#", (event, name) => expect(nameOf(event)).toBe(name));
});

test("the newest is asked first, and may pass it on", () => {
  const [older, newer] = [vi.fn(), vi.fn(() => false)];
  register({ scope: "list", keys: { e: ["archive", older] } });
  register({ scope: "reading", keys: { e: ["archive", newer] } });
  const event = key("e");
  press(event);
  expect(newer).toHaveBeenCalledOnce();
  expect(older).toHaveBeenCalledOnce();
  expect(event.preventDefault).toHaveBeenCalledOnce();
});

test("two keys in a row are one, for a second", () => {
  const [inbox, i] = [vi.fn(), vi.fn()];
  register({ scope: "app", keys: { "g i": ["inbox", inbox], i: ["i", i] } });
  press(key("g", { timeStamp: 1000 }));
  press(key("i", { timeStamp: 1500 }));
  expect(inbox).toHaveBeenCalledOnce();
  press(key("g", { timeStamp: 5000 }));
  press(key("i", { timeStamp: 9000 }));
  expect(inbox).toHaveBeenCalledOnce();
  expect(i).toHaveBeenCalledOnce();
});

test("while one writes, letters are letters", () => {
  const [letter, everywhere] = [vi.fn(), vi.fn()];
  register({ scope: "list", keys: { e: ["archive", letter] } });
  register({ scope: "app", inFields: true, keys: { "Mod+k": ["palette", everywhere] } });
  press(key("e", { target: field }));
  press(key("k", { target: field, ctrlKey: true }));
  expect(letter).not.toHaveBeenCalled();
  expect(everywhere).toHaveBeenCalledOnce();
});

test("what lies over everything answers alone", () => {
  const below = vi.fn();
  register({ scope: "list", keys: { e: ["archive", below] } });
  register({ scope: "menu", isModal: true, keys: {} });
  press(key("e"));
  expect(below).not.toHaveBeenCalled();
});

test("a key that nobody answers to keeps its meaning", () => {
  const event = key("F5");
  press(event);
  expect(event.preventDefault).not.toHaveBeenCalled();
});

test("caps", () => {
  expect(caps("Mod+k")).toEqual(["Ctrl", "K"]);
  expect(caps("g i")).toEqual(["G", "I"]);
  expect(caps("Shift+ArrowUp")).toEqual(["⇧", "↑"]);
});
