// What a program does with jmap-jam: `node jam.mjs STEP`, the account as JSON on standard input, what it saw as JSON on
// standard output. MODULES names the folder jmap-jam is installed in.

import { readFileSync } from "node:fs";

const { JamClient } = await import(`${process.env.MODULES}/node_modules/jmap-jam/dist/index.js`);
const { url, user, password } = JSON.parse(readFileSync(0, "utf8"));

// It knows of tokens only: a password goes where the token would.
const jam = new JamClient({ sessionUrl: "data:application/json,{}", bearerToken: "" });
jam.authHeader = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
jam.session = JamClient.loadSession(url, jam.authHeader);
const accountId = await jam.getPrimaryAccount();

const mailbox = async role => {
  const [{ ids }] = await jam.api.Mailbox.query({ accountId, filter: { role } });
  return ids[0];
};

const steps = {
  async reads() {
    const [{ emails, threads }, meta] = await jam.requestMany(batch => {
      const found = batch.Email.query({ accountId, sort: [{ property: "size" }] });
      const emails = batch.Email.get({ accountId, ids: found.$ref("/ids"), properties: ["subject", "threadId"] });
      const threads = batch.Thread.get({ accountId, ids: emails.$ref("/list/*/threadId") });
      return { found, emails, threads };
    });
    const { state } = await jam.session;
    return {
      subjects: emails.list.map(each => each.subject),
      isWhole: threads.list.every((thread, number) => thread.emailIds.includes(emails.list[number].id)),
      isCurrent: meta.sessionState === state,
    };
  },

  async attaches() {
    const name = "Pläne/A & B?.txt";
    const headers = { Authorization: jam.authHeader, "Content-Type": "text/x-plan" };
    const { blobId, size, type } = await jam.uploadBlob(accountId, "Äpfel", { headers });
    const draft = {
      mailboxIds: { [await mailbox("drafts")]: true },
      subject: "Pläne",
      bodyValues: { text: { value: "Siehe Anlage." } },
      textBody: [{ partId: "text", type: "text/plain" }],
      attachments: [{ blobId, type: "text/plain", name }],
    };
    const [made] = await jam.api.Email.set({ accountId, create: { draft } });
    const [{ list }] = await jam.api.Email.get({ accountId, ids: [made.created.draft.id] });
    const [part] = list[0].attachments;
    const wanted = { accountId, blobId: part.blobId, mimeType: "text/plain" };
    const fetched = await jam.downloadBlob({ ...wanted, fileName: encodeURIComponent(part.name) });
    const raw = await jam.downloadBlob({ ...wanted, fileName: "a/b" }); // it puts names in as they are
    const [gone] = await jam.api.Email.set({ accountId, destroy: [list[0].id] });
    return {
      size, type, name: part.name, text: await fetched.text(), kind: fetched.headers.get("content-type"),
      disposition: fetched.headers.get("content-disposition"), raw: raw.headers.get("content-disposition"),
      gone: gone.destroyed.length,
    };
  },

  async isRefused() {
    const said = async doing => {
      try {
        await doing;
      } catch (error) {
        return error.type;
      }
    };
    return [
      await said(jam.api.Email.get({ accountId: "A999999", ids: [] })),
      await said(jam.api.Email.query({ accountId, limit: -1 })),
      await said(jam.api.Sandwich.get({ accountId })),
      await said(jam.request(["Core/echo", {}], { using: ["urn:example:nothing"] })),
    ];
  },
};

console.log(JSON.stringify(await steps[process.argv[2]]()));
