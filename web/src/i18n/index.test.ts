import { beforeEach, describe, expect, test } from "vitest";
import { bytes, type Key, languageOf, localeOf, speak, t } from ".";
import de from "./de";
import en from "./en";

beforeEach(() => speak("en"));

test("plural forms are the language's own", async () => {
  expect(t("shell.archived", { count: 1 })).toBe("Archived");
  expect(t("shell.archived", { count: 1200 })).toBe("1,200 messages archived");
  await speak("de");
  expect(t("shell.archived", { count: 1200 })).toBe("1.200 Nachrichten archiviert");
});

test("a name that is put in is not looked into", () => {
  expect(t("shell.moved", { count: 1, folder: "{count} $& letters" })).toBe("Moved to {count} $& letters");
});

test("a key that there is not is seen", () => expect(t("shell.nothing_like_it" as Key)).toBe("shell.nothing_like_it"));

test("the language is the person's, else the browser's, else English", () => {
  expect(languageOf("de", ["en"])).toBe("de");
  expect(languageOf(null, ["fr-CH", "de-AT"])).toBe("de");
  expect(languageOf("xx", ["fr"])).toBe("en");
});

test("sizes", () => {
  expect(bytes(1)).toBe("1 byte");
  expect(bytes(3_400_000)).toBe("3.4 MB");
  expect(bytes(41_200)).toBe("41 kB");
});

describe("every language has every text, with the same things to be put in", () => {
  const values = (text: unknown) => [...new Set(JSON.stringify(text).match(/\{\w+\}/g))].sort();
  for (const [room, texts] of Object.entries(en))
    test(room, () => {
      const german = (de as unknown as Record<string, Record<string, unknown>>)[room] ?? {};
      expect(Object.keys(german).sort()).toEqual(Object.keys(texts).sort());
      for (const [key, text] of Object.entries(texts)) expect([key, values(german[key])]).toEqual([key, values(text)]);
    });
});

test("the country is the browser's, where it speaks the same language", () => {
  expect(localeOf("en", ["de-AT", "en-GB", "en-US"])).toBe("en-GB");
  expect(localeOf("de", ["en-GB"])).toBe("de");
  expect(localeOf("de", [])).toBe("de");
});
