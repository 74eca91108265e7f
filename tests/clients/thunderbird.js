// What a person does with Thunderbird, in its own words: each function is called by name from test_thunderbird.py.
// Folders are named by their path below the account ("Work/Pläne"), messages by their subject.

const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { MsgHdrToMimeMessage } = ChromeUtils.importESModule("resource:///modules/gloda/MimeMessage.sys.mjs");
const { clearTimeout, setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");

const WITHIN = 15000;

const mail = {
  // The account, as its wizard makes it; `ca` is bytes in DER, trusted from here on.
  setUp({ ca, imaps, submissions, user, password }) {
    const known = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    known.addCert(String.fromCharCode(...ca), "CTu,CTu,CTu");
    this.server = MailServices.accounts.createIncomingServer(user, "localhost", "imap");
    secured(this.server, imaps);
    this.server.password = password;
    this.outgoing = MailServices.outgoingServer.createServer("smtp").QueryInterface(Ci.nsISmtpServer);
    this.outgoing.hostname = "localhost";
    this.outgoing.username = user;
    this.outgoing.password = password;
    secured(this.outgoing, submissions);
    this.identity = MailServices.accounts.createIdentity();
    this.identity.email = user;
    this.identity.fullName = "Ann";
    this.identity.composeHtml = false;
    this.identity.smtpServerKey = this.outgoing.key;
    const account = MailServices.accounts.createAccount();
    account.incomingServer = this.server;
    account.addIdentity(this.identity);
    this.account = account;
  },

  // What its wizard finds out by the address alone: the web servers of the address's domain are all at this port of this
  // machine, as by a proxy.
  async discover(address, port) {
    const { FetchConfig } = ChromeUtils.importESModule("resource:///modules/accountcreation/FetchConfig.sys.mjs");
    const proxy = { "network.proxy.type": 1, "network.proxy.http_port": port };
    for (const [name, value] of Object.entries(proxy)) Services.prefs.setIntPref(name, value);
    Services.prefs.setStringPref("network.proxy.http", "127.0.0.1");
    try {
      const config = await FetchConfig.fromISP(address.split("@")[1], address, AbortSignal.timeout(WITHIN));
      return [config.incoming, ...config.incomingAlternatives, config.outgoing, ...config.outgoingAlternatives].map(each => [
        each.type, each.hostname, each.port, each.socketType, each.auth, each.username,
      ]);
    } finally {
      for (const name of [...Object.keys(proxy), "network.proxy.http"]) Services.prefs.clearUserPref(name);
    }
  },

  // The account is gone from Thunderbird, its connections with it.
  tearDown() {
    MailServices.accounts.removeAccount(this.account, true);
  },

  // Every folder with what Thunderbird takes it for.
  async folders() {
    const uses = ["Inbox", "Drafts", "SentMail", "Trash", "Junk", "Archive"];
    this.server.performExpand(null);
    await eventually(() => this.server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Trash), "the folders");
    return this.server.rootFolder.descendants.map(folder => [
      path(folder),
      uses.filter(use => folder.getFlag(Ci.nsMsgFolderFlags[use])),
    ]);
  },

  // The list of messages, after asking the server. While another update runs Thunderbird may forget to say that ours is
  // done: then the list as it is.
  async list(name) {
    const folder = await found(name);
    await running(listener => folder.updateFolderWithListener(null, listener), 1500).catch(() => {});
    return [...folder.messages].map(row);
  },

  // The list as it is, without asking: what IDLE told.
  async seen(name) {
    return [...(await found(name)).messages].map(row);
  },

  // Everything of one message, as the reading pane makes it.
  read(name, subject) {
    return within(async (resolve) => {
      const header = await message(name, subject);
      MsgHdrToMimeMessage(header, null, (_, mime) => resolve({
        text: mime.coerceBodyToPlaintext(header.folder),
        attachments: mime.allUserAttachments.map(each => [each.name, each.contentType, each.size]),
      }), true, { examineEncryptedParts: false });
    });
  },

  // The bytes, as "View source" has them.
  async source(name, subject) {
    const header = await message(name, subject);
    const uri = header.folder.getUriForMsg(header);
    return within((resolve, reject) => MailServices.messageServiceFromURI(uri).streamMessage(uri, {
      QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
      pieces: [],
      onStartRequest() {},
      onDataAvailable(_request, stream, _offset, count) {
        const input = Cc["@mozilla.org/binaryinputstream;1"].createInstance(Ci.nsIBinaryInputStream);
        input.setInputStream(stream);
        this.pieces.push(input.readBytes(count));
      },
      onStopRequest(_request, status) {
        Components.isSuccessCode(status) ? resolve(btoa(this.pieces.join(""))) : reject(status);
      },
    }, null, null, false, ""));
  },

  async mark(name, subject, { read, starred, tag }) {
    const header = await message(name, subject);
    if (read !== undefined) header.folder.markMessagesRead([header], read);
    if (starred !== undefined) header.folder.markMessagesFlagged([header], starred);
    if (tag !== undefined) header.folder.addKeywordsToMessages([header], tag);
  },

  async transfer(name, subject, to, isMove) {
    const header = await message(name, subject);
    const target = await found(to);
    await copying(listener =>
      MailServices.copy.copyMessages(header.folder, [header], target, isMove, listener, null, true));
  },

  // The Delete key.
  async toTrash(name, subject) {
    const header = await message(name, subject);
    await copying(listener => header.folder.deleteMessages([header], null, false, false, listener, true));
  },

  async emptyTrash() {
    const trash = this.server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Trash);
    await running(listener => trash.emptyTrash(listener));
  },

  // "Run search on server".
  async search(name, attribute, words) {
    const folder = await found(name);
    const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
    const term = session.createTerm();
    term.attrib = Ci.nsMsgSearchAttrib[attribute];
    term.op = Ci.nsMsgSearchOp.Contains;
    const value = term.value;
    value.attrib = term.attrib;
    value.str = words;
    term.value = value;
    term.booleanAnd = true;
    session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder);
    session.appendTerm(term);
    return within((resolve) => {
      const hits = [];
      session.registerListener({
        QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
        onNewSearch() {},
        onSearchHit: header => hits.push(header.mime2DecodedSubject),
        onSearchDone: () => resolve(hits),
      });
      session.search(null);
    });
  },

  async makeFolder(parent, name) {
    const above = parent ? await found(parent) : this.server.rootFolder;
    above.createSubfolder(name, null);
    await found(parent ? `${parent}/${name}` : name);
  },

  async renameFolder(name, newName) {
    (await found(name)).rename(newName, null);
    await found(newName);
  },

  // Thunderbird puts it below Trash.
  async deleteFolder(name) {
    const folder = await found(name);
    folder.deleteSelf(null);
    await eventually(() => !this.server.rootFolder.descendants.some(each => path(each) === name), `${name} gone`);
  },

  // Written, sent by submission, and filed in Sent.
  async send(to, subject, text) {
    const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
    Object.assign(fields, { from: `Ann <${this.identity.email}>`, to, subject, body: text, forcePlainText: true });
    const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
    params.composeFields = fields;
    const compose = MailServices.compose.initCompose(params);
    await within((resolve, reject) => {
      compose.addMsgSendListener({
        QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener"]),
        onStartSending() {}, onSendProgress() {}, onStatus() {}, onGetDraftFolderURI() {}, onSendNotPerformed() {},
        onTransportSecurityError() {},
        onStopSending: (_id, status) => (Components.isSuccessCode(status) ? resolve() : reject(status)),
      });
      compose.sendMsg(Ci.nsIMsgCompDeliverMode.Now, this.identity, this.account.key, null, null).catch(reject);
    });
  },
};

function secured(server, port) {
  server.port = port;
  server.socketType = Ci.nsMsgSocketType.SSL;
  server.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
}

const path = folder => (folder.parent && !folder.parent.isServer ? `${path(folder.parent)}/${folder.name}` : folder.name);

const row = header => ({
  uid: header.messageKey,
  subject: header.mime2DecodedSubject,
  author: header.mime2DecodedAuthor,
  read: header.isRead,
  starred: header.isFlagged,
  tags: header.getStringProperty("keywords"),
  thread: header.threadId,
});

const found = async name => (
  await eventually(() => mail.server.rootFolder.descendants.find(folder => path(folder) === name), `the folder ${name}`)
).QueryInterface(Ci.nsIMsgImapMailFolder);

const message = async (name, subject) => {
  const folder = await found(name);
  return eventually(() => [...folder.messages].find(each => each.mime2DecodedSubject === subject), `${subject} in ${name}`);
};

async function eventually(look, what) {
  for (const started = Date.now(); Date.now() < started + WITHIN; await new Promise(resolve => setTimeout(resolve, 20))) {
    const something = look();
    if (something) return something;
  }
  throw new Error(`${what}: not within ${WITHIN} ms`);
}

const within = (start, most = WITHIN) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error(`not within ${most} ms`)), most);
  const settled = settle => value => { clearTimeout(timer); settle(value); };
  Promise.resolve(start(settled(resolve), settled(reject))).catch(reject);
});

const running = (start, most) => within((resolve, reject) => start({
  QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
  OnStartRunningUrl() {},
  OnStopRunningUrl: (_url, status) => (Components.isSuccessCode(status) ? resolve() : reject(status)),
}), most);

const copying = start => within((resolve, reject) => start({
  QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
  onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() {},
  onStopCopy: status => (Components.isSuccessCode(status) ? resolve() : reject(status)),
}));

globalThis.mail = mail;
