import { describe, expect, it } from "vitest";
import { hintsFor, MANY, ownText, promisesAttachment } from "./hints";

describe("what promises an attachment", () => {
  it.each([
    "I have attached the report.",
    "See the attachment.",
    "Attachments: two",
    "Please find enclosed our offer",
    "I'm attaching the file",
    "Anbei die Rechnung.",
    "anbei: Rechnung",
    "Die Datei ist im Anhang.",
    "Siehe Anlage",
    "Die angehängten Bilder sind von gestern",
    "Ich habe den Bericht angehängt",
    "Beigefügt finden Sie unser Angebot",
    "Ich hänge Ihnen die Datei an.",
    "Beiliegend die Unterlagen",
    "Ich füge das Protokoll bei.",
  ])("%s", (text) => {
    expect(promisesAttachment(text)).not.toBeNull();
  });

  it.each([
    "See you on Friday",
    "I am attached to you",
    "There was no attachment in your mail",
    "without attachments",
    "Die Anlagenbauer sind da",
    "Wir haben keinen Anhang erhalten",
    "Ihre Nachricht kam ohne Anhang",
    "Das hängt davon ab",
    "Ich fange am Montag an.",
    "Er wohnt nebenan",
  ])("not: %s", (text) => {
    expect(promisesAttachment(text)).toBeNull();
  });
});

it("looks only at what one has written oneself", () => {
  expect(ownText("Thanks!\n> I have attached it\n-- \nattached")).toBe("Thanks!");
  expect(ownText("See below\n---------- Forwarded message ----------\nattached")).toBe("See below");
});

describe("hints", () => {
  const message = { subject: "Hi", text: "Hello", attachments: 0, seen: 1 };
  it.each([
    [message, []],
    [{ ...message, subject: " " }, ["subject"]],
    [{ ...message, text: "attached" }, ["attachment"]],
    [{ ...message, subject: "The attached report" }, ["attachment"]],
    [{ ...message, text: "attached", attachments: 1 }, []],
    [{ ...message, text: "> attached" }, []],
    [{ ...message, text: "" }, ["empty"]],
    [{ ...message, seen: MANY }, []],
    [{ ...message, seen: MANY + 1 }, ["many"]],
  ])("%o", (given, kinds) => {
    expect(hintsFor(given).map((each) => each.kind)).toEqual(kinds);
  });
});
