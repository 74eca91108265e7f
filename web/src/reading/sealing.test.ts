import { describe, expect, it } from "vitest";
import type { BodyPart } from "../jmap/types";
import { attachmentsOf } from "./attachments";
import { sealingOf } from "./sealing";

const part = (type: string, name: string | null = "a"): BodyPart => ({
  partId: "2",
  blobId: "P1-2",
  size: 10,
  name,
  type,
  charset: null,
  disposition: "attachment",
  cid: null,
});

describe("what is signed, encrypted or wrapped", () => {
  it.each([
    [["application/pgp-signature"], "reading.signedPgp", 0],
    [["application/pkcs7-signature"], "reading.signedSmime", 0],
    [["application/x-pkcs7-signature", "application/pdf"], "reading.signedSmime", 1],
    [["application/PGP-Encrypted", "application/octet-stream"], "reading.encryptedPgp", 1],
    [["application/pkcs7-mime"], "reading.sealedSmime", 1],
    [["application/ms-tnef"], "reading.wrappedOutlook", 1],
    [["application/pdf"], undefined, 1],
    [[], undefined, 0],
  ])("%j says %j", (types, says, listed) => {
    const parts = types.map((type) => part(type));
    expect([sealingOf(parts)?.says, attachmentsOf(parts, null).length]).toEqual([says, listed]);
  });

  it("and an invitation that is shown is no file beside it, unless it has a name", () => {
    const parts = [part("text/calendar", null), part("text/calendar", "invite.ics"), part("application/pdf")];
    expect(attachmentsOf(parts, null, true).map((each) => each.name)).toEqual(["invite.ics", "a"]);
    expect(attachmentsOf(parts, null).length).toBe(3);
  });
});
