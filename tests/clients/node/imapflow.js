// What a program does with imapflow: `node imapflow.js STEP`, the account as JSON on standard input, what it saw as JSON on
// standard output. MODULES names the folder imapflow is installed in.

const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const { ImapFlow } = createRequire(`${process.env.MODULES}/`)("imapflow");

const { port, ca, user, password, given } = JSON.parse(readFileSync(0, "utf8"));

const connected = async (more = {}) => {
  const client = new ImapFlow({
    host: "localhost", port, secure: true, tls: { ca: readFileSync(ca) }, auth: { user, pass: password }, logger: false, ...more,
  });
  await client.connect();
  return client;
};

const heard = (client, event) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`no ${event}`)), 15000);
  client.once(event, what => { clearTimeout(timer); resolve(what); });
});

const whole = async stream => {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
};

const steps = {
  async looksAround(client) {
    const folders = await client.list({ statusQuery: { messages: true, unseen: true } });
    return {
      enabled: [...client.enabled].sort(),
      compressed: Boolean(client._inflate),
      capabilities: [...client.capabilities.keys()],
      uses: Object.fromEntries(folders.map(each => [each.path, each.specialUse ?? null])),
      counts: Object.fromEntries(folders.map(each => [each.path, each.status.messages])),
      status: await client.status("INBOX", { messages: true, unseen: true, uidNext: true, uidValidity: true, highestModseq: true }),
    };
  },

  async reads(client) {
    await client.mailboxOpen("INBOX");
    const rows = await client.fetchAll("1:*", {
      uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true, threadId: true,
      headers: ["subject"], source: true,
    });
    return rows.map(row => ({
      uid: row.uid, size: row.size, subject: row.envelope.subject, from: row.envelope.from[0].address, type: row.bodyStructure.type,
      parts: (row.bodyStructure.childNodes ?? []).map(part => [part.part, part.type, part.dispositionParameters?.filename ?? null]),
      id: row.emailId, thread: row.threadId, source: row.source.toString("base64"), headers: row.headers.toString(),
    }));
  },

  async downloads(client) {
    await client.mailboxOpen("INBOX");
    const part = await client.download("*", given.part, { chunkSize: 1000 });
    return { name: part.meta.filename, type: part.meta.contentType, content: (await whole(part.content)).toString("base64") };
  },

  async searches(client) {
    await client.mailboxOpen("INBOX");
    const answers = [];
    for (const query of given.queries) answers.push(await client.search(query, { uid: true }));
    return answers;
  },

  async changes(client) {
    await client.mailboxOpen("INBOX");
    await client.messageFlagsAdd("1", ["\\Flagged", "plan"]);
    await client.messageFlagsSet({ seen: false, uid: "2" }, ["\\Seen"]);
    await client.messageFlagsRemove("1", ["plan"]);
    const copied = await client.messageCopy("2", "Archive");
    const moved = await client.messageMove({ subject: "large" }, "Archive");
    await client.messageDelete("3");
    const appended = await client.append("Drafts", Buffer.from(given.letter, "base64"), ["\\Draft"], new Date("2025-11-21T19:00:00Z"));
    return { copied: [...copied.uidMap], moved: [...moved.uidMap], appended: [appended.uid, appended.seq ?? null] };
  },

  async makesFolders(client) {
    const made = await client.mailboxCreate(["Arbeit", "Pläne & 日本"]);
    const renamed = await client.mailboxRename("Arbeit", "Work");
    await client.append("Work/Pläne & 日本", Buffer.from(given.letter, "base64"));
    await client.mailboxUnsubscribe("Work");
    const listed = (await client.list()).map(each => each.path);
    const lock = await client.getMailboxLock("Work/Pläne & 日本");
    const exists = client.mailbox.exists;
    lock.release();
    await client.mailboxDelete("Work/Pläne & 日本");
    return { made: [made.path, made.created], renamed: renamed.newPath, listed, exists, left: (await client.list()).map(each => each.path) };
  },

  // By a second connection, while the first idles.
  async hears(client) {
    const other = await connected();
    await client.mailboxOpen("INBOX");
    const told = {};
    const listen = async (event, act) => {
      client.idle();
      const waiting = heard(client, event);
      await act();
      told[event] = await waiting;
    };
    await listen("exists", () => other.append("INBOX", Buffer.from(given.letter, "base64")));
    await other.mailboxOpen("INBOX");
    await listen("flags", () => other.messageFlagsAdd("1", ["\\Flagged"]));
    await listen("expunge", () => other.messageDelete("1"));
    await other.logout();
    return {
      exists: [told.exists.prevCount, told.exists.count],
      flags: [...told.flags.flags].filter(flag => flag !== "\\Recent"),
      expunge: [told.expunge.vanished, told.expunge.uid ?? null, told.expunge.seq ?? null],
    };
  },

  // What changed since a state it kept, and what vanished.
  async catchesUp(client) {
    const before = await client.mailboxOpen("INBOX");
    const since = before.highestModseq;
    await client.mailboxClose();
    const other = await connected();
    await other.mailboxOpen("INBOX");
    await other.messageFlagsAdd("2", ["\\Flagged"]);
    await other.messageDelete("1");
    await other.logout();
    const vanished = [];
    client.on("expunge", what => vanished.push(what.uid));
    await client.mailboxOpen("INBOX", { changedSince: since, uidValidity: before.uidValidity });
    const changed = await client.fetchAll("1:*", { uid: true, flags: true }, { changedSince: since });
    return { vanished, changed: changed.map(row => [row.uid, [...row.flags]]) };
  },
};

(async () => {
  const client = await connected({ qresync: true });
  const seen = await steps[process.argv[2]](client);
  await client.logout();
  process.stdout.write(JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
})().catch(error => {
  process.stderr.write(`${error.stack}\n${error.responseText ?? ""}\n`);
  process.exit(1);
});
