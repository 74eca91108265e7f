import { describe, expect, it } from "vitest";
import { calendarOf, givenBack, isAsking, type Reply, replyMessage, saidBy, whenOf } from "./invitations";
import type { Invitation } from "./views";

const invitation: Invitation = {
  method: "REQUEST",
  uid: "tea-1@example.net",
  summary: "Tea",
  description: "",
  location: "",
  start: "2026-11-27T16:00:00Z",
  end: "2026-11-27T17:00:00Z",
  allDay: false,
  organizer: { name: "Grace", email: "grace@example.net" },
  attendees: [{ name: "Ada", email: "ada@example.org", status: "NEEDS-ACTION" }],
  recurs: false,
};
const calendar = [
  "BEGIN:VCALENDAR",
  "BEGIN:VEVENT",
  "UID:other",
  "SEQUENCE:9",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "UID:tea-1@example.net",
  "SEQUENCE:3",
  "DTSTART;TZID=Europe/Ber",
  " lin:20261127T170000",
  "BEGIN:VALARM",
  "SUMMARY:alarm",
  "END:VALARM",
  "END:VEVENT",
  "END:VCALENDAR",
].join("\r\n");
const reply: Reply = {
  invitation,
  answer: "ACCEPTED",
  me: { name: "Ada Lovelace", email: "ada@example.org" },
  subject: "Accepted: Tea",
  text: "Accepted: Tea\r\n",
  now: new Date("2026-11-22T09:00:00Z"),
  unique: "7c9e6679-7425-40de-944b-e07fc1f90ae7",
  inReplyTo: "asked@example.net",
  calendar,
};

describe("the answer to an invitation", () => {
  it("gives back which event, and which of its versions, is meant", () =>
    expect(givenBack(calendar, invitation.uid)).toEqual(["SEQUENCE:3", "DTSTART;TZID=Europe/Berlin:20261127T170000"]));

  it("says who answers what", () => {
    const lines = calendarOf(reply).split("\r\n");
    expect(lines).toContain("METHOD:REPLY");
    expect(lines).toContain("DTSTAMP:20261122T090000Z");
    expect(lines).toContain("ORGANIZER:mailto:grace@example.net");
    expect(calendarOf(reply).replaceAll("\r\n ", "")).toContain(
      'ATTENDEE;PARTSTAT=ACCEPTED;CN="Ada Lovelace":mailto:ada@example.org',
    );
    expect(lines.every((line) => new TextEncoder().encode(line).length <= 75)).toBe(true);
  });

  it("is a message that programs understand", () => {
    const [head = "", ...bodies] = replyMessage(reply).split("\r\n\r\n");
    expect(head.split("\r\n")).toEqual([
      "From: Ada Lovelace <ada@example.org>",
      "To: Grace <grace@example.net>",
      "Subject: Accepted: Tea",
      "Date: Sun, 22 Nov 2026 09:00:00 +0000",
      "Message-ID: <7c9e6679-7425-40de-944b-e07fc1f90ae7@example.org>",
      "In-Reply-To: <asked@example.net>",
      "References: <asked@example.net>",
      "MIME-Version: 1.0",
      'Content-Type: multipart/alternative; boundary="=_7c9e6679742540de944be07fc1f90ae7"',
    ]);
    expect(bodies.join("\r\n\r\n")).toContain("text/calendar; method=REPLY; charset=utf-8");
    expect(replyMessage(reply)).not.toMatch(/[^\r]\n|[^\x20-\x7e\r\n]/);
  });

  it("lets nobody write header fields through names and subjects", () => {
    const evil = {
      ...reply,
      subject: "Tea\r\nBcc: x@evil.invalid",
      me: { name: 'A"\r\nBcc: x@evil.invalid', email: "ada@example.org" },
    };
    expect(replyMessage(evil)).not.toMatch(/^Bcc:/m);
    const uid = { ...invitation, uid: "x\r\nATTACH:file:///etc/passwd" };
    expect(calendarOf({ ...reply, invitation: uid })).not.toMatch(/^ATTACH/m);
    const organizer = { name: null, email: "a@b\r\nBcc: x@evil.invalid" };
    expect(() => replyMessage({ ...reply, invitation: { ...invitation, organizer } })).toThrow(TypeError);
  });

  it("writes other letters as encoded words, none too long", () => {
    const head = replyMessage({ ...reply, subject: "Zugesagt: Übergrößenträger-Tee ".repeat(6) }).split("\r\n\r\n")[0] ?? "";
    expect(head).toContain("Subject: =?utf-8?B?");
    expect(head.split("\r\n").every((line) => line.length <= 90)).toBe(true);
  });

  it("is offered to whoever is asked, and not to the one who asks", () => {
    expect(isAsking(invitation, "ada@example.org")).toBe(true);
    expect(isAsking(invitation, "Grace@example.net")).toBe(false);
    expect(isAsking({ ...invitation, method: "CANCEL" }, "ada@example.org")).toBe(false);
    expect(saidBy(invitation, "ada@example.org")).toBeNull();
  });
});

describe("when it is", () => {
  it("on whole days ends the day before the end", () => {
    expect(whenOf({ start: "2026-11-27", end: "2026-11-28", allDay: true }, "en")).toBe("Friday, November 27, 2026");
    expect(whenOf({ start: "2026-11-27", end: "2026-11-29", allDay: true }, "en")).toMatch(/27.*28/);
  });
  it("is nothing where nothing can be read", () => expect(whenOf({ start: "soon", end: null, allDay: false }, "en")).toBe(""));
});
