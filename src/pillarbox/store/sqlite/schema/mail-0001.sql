-- One account's mail. Every table carries the account, so that the same tables can serve many in one database; where an
-- id alone is the key here, (account, id) is it there: wide rows want SQLite's rowid.

CREATE TABLE account (
    account INTEGER PRIMARY KEY,
    forgotten INTEGER NOT NULL DEFAULT 0,   -- the change log says nothing of modseqs up to this
    next_mailbox INTEGER NOT NULL DEFAULT 1,
    next_email INTEGER NOT NULL DEFAULT 1,
    next_uidvalidity INTEGER NOT NULL,
    quota_messages INTEGER NOT NULL DEFAULT 0,
    quota_size INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE mailbox (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uidnext INTEGER NOT NULL DEFAULT 1,
    highest_modseq INTEGER NOT NULL,
    created INTEGER NOT NULL,               -- modseq of its making
    modseq INTEGER NOT NULL,                -- of the last change to the mailbox itself
    special_use TEXT,
    selectable INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    recent_from INTEGER NOT NULL DEFAULT 1,
    sort_order INTEGER NOT NULL DEFAULT 0,
    quota_messages INTEGER NOT NULL DEFAULT 0,
    quota_size INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mailbox_name ON mailbox (account, name);

CREATE TABLE subscription (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- A placement of an email in a mailbox. Narrow: a listing of flags reads nothing else. Size and received date never
-- change, and are repeated here for that reason.
CREATE TABLE message (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    modseq INTEGER NOT NULL,
    email INTEGER NOT NULL,
    size INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    received_zone INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    collected_at INTEGER,
    uidl TEXT,                              -- NULL: made of the blob's name
    created INTEGER NOT NULL,               -- modseq of its placing
    PRIMARY KEY (account, mailbox, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_email ON message (account, email);
CREATE INDEX message_keywords ON message (account, mailbox, keywords) WHERE keywords <> '';
CREATE UNIQUE INDEX message_uidl ON message (account, mailbox, uidl) WHERE uidl IS NOT NULL;

CREATE TABLE email (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    content INTEGER NOT NULL,
    blob BLOB NOT NULL,
    size INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    received_zone INTEGER NOT NULL,
    sent_at INTEGER,
    sent_zone INTEGER NOT NULL,
    has_attachment INTEGER NOT NULL,
    created INTEGER NOT NULL,               -- modseq of its making
    kept INTEGER NOT NULL,                  -- which text is kept for search: 1 header, 2 body
    in_subject BLOB,                        -- these fields folded for search, a line each; NULL: no such field
    in_from BLOB,
    in_to BLOB,
    in_cc BLOB,
    in_bcc BLOB,
    base_subject TEXT NOT NULL,
    subject TEXT NOT NULL,
    sort_from TEXT NOT NULL,
    sort_to TEXT NOT NULL,
    sort_cc TEXT NOT NULL,
    preview TEXT NOT NULL,
    message_id TEXT NOT NULL,
    refs TEXT NOT NULL                      -- message-ids, a line each
) STRICT;
CREATE INDEX email_thread ON email (account, thread);

-- What a listing needs, ready to send.
CREATE TABLE form (
    email INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    body BLOB NOT NULL,
    structure BLOB NOT NULL,
    fields BLOB NOT NULL,
    parts BLOB NOT NULL
) STRICT;

-- Decoded and folded, for search; NULL where it is too long to be kept.
CREATE TABLE text (
    email INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    header BLOB,
    body BLOB
) STRICT;

-- The messages themselves, each content once; large ones are files.
CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    blob BLOB NOT NULL,                     -- SHA-256
    size INTEGER NOT NULL,
    emails INTEGER NOT NULL,                -- how many have it
    data BLOB                               -- NULL: in a file
) STRICT;
CREATE UNIQUE INDEX content_blob ON content (account, blob);

-- Which thread a message-id (hashed with the base subject) belongs to.
CREATE TABLE thread_ref (
    account INTEGER NOT NULL,
    key INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_ref_thread ON thread_ref (account, thread);

-- When an email last left one mailbox of several; what else happens to it, its placements tell.
CREATE TABLE departure (
    account INTEGER NOT NULL,
    email INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, email)
) STRICT, WITHOUT ROWID;

-- Emails in no mailbox any more, and files no content names any more: removed soon, in small steps.
CREATE TABLE doomed_email (
    account INTEGER NOT NULL,
    email INTEGER NOT NULL,
    PRIMARY KEY (account, email)
) STRICT, WITHOUT ROWID;
CREATE TABLE doomed_file (
    account INTEGER NOT NULL,
    blob BLOB NOT NULL,
    PRIMARY KEY (account, blob)
) STRICT, WITHOUT ROWID;

-- What was done; its highest modseq is the account's, and never goes back.
CREATE TABLE change (
    account INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    n INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    mailbox INTEGER,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (account, modseq, n)
) STRICT, WITHOUT ROWID;

-- Ready for what comes later.
CREATE TABLE mailbox_right (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (account, mailbox, identifier)
) STRICT, WITHOUT ROWID;

-- \Seen of the people a mailbox is shared with; the owner's is among the message's flags.
CREATE TABLE seen (
    account INTEGER NOT NULL,
    person INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, person, mailbox, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE annotation (
    account INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,               -- 0: the account's own
    uid INTEGER NOT NULL,                   -- 0: the mailbox's own
    person INTEGER NOT NULL,                -- 0: shared
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, mailbox, uid, person, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sieve_script (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    active INTEGER NOT NULL,
    script TEXT NOT NULL,
    modseq INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;
