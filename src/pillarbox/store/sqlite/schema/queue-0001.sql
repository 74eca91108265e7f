-- Mail on its way out. States of a recipient: 0 waiting, 1 in hand, 2 held, 3 delivered, 4 failed, 5 dropped; from 3 on it is over.

CREATE TABLE message (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    prefix BLOB NOT NULL,                   -- what goes over the wire: this, and the content from byte `skip` on
    skip INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    account INTEGER,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    from_domain TEXT NOT NULL,
    body TEXT NOT NULL,
    smtputf8 INTEGER NOT NULL,
    require_tls INTEGER NOT NULL,
    tls_optional INTEGER NOT NULL,
    ret TEXT NOT NULL,
    envid TEXT NOT NULL,
    accountable INTEGER NOT NULL,
    blob BLOB NOT NULL,                     -- SHA-256 of the content
    size INTEGER NOT NULL,
    place INTEGER,                          -- 0: in `content`, 1: in a file, NULL: gone, for the message is over
    open INTEGER NOT NULL,                  -- recipients that are not over
    over_at INTEGER                         -- when the last one was
) STRICT;
CREATE INDEX message_open ON message (created_at) WHERE over_at IS NULL;
CREATE INDEX message_over ON message (over_at) WHERE over_at IS NOT NULL;
CREATE INDEX message_file ON message (blob) WHERE place = 1;

-- Apart from the metadata, which changes with each result.
CREATE TABLE content (
    message INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE recipient (
    message INTEGER NOT NULL,
    n INTEGER NOT NULL,
    address TEXT NOT NULL,
    destination TEXT NOT NULL,
    notify TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    state INTEGER NOT NULL,
    at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    warned INTEGER NOT NULL DEFAULT 0,
    host TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    said TEXT NOT NULL DEFAULT '',
    updated_at INTEGER NOT NULL,
    owner INTEGER,                          -- in whose hand
    was INTEGER NOT NULL DEFAULT 0,         -- the state it goes back to from there
    PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_waiting ON recipient (destination, at) WHERE state = 0;
CREATE INDEX recipient_in_hand ON recipient (owner, destination) WHERE state = 1;
CREATE INDEX recipient_held ON recipient (destination) WHERE state = 2;

-- Where something waits. Whose turn it is: first of those ready, and of those ready alike the one served longest ago.
CREATE TABLE destination (
    name TEXT PRIMARY KEY,
    ready INTEGER NOT NULL,                 -- when its first recipient is due, or when it was served last, if that is later
    turn INTEGER NOT NULL                   -- when it was served last, in microseconds since some start; 0: not yet
) STRICT, WITHOUT ROWID;
CREATE INDEX destination_ready ON destination (ready, turn);

CREATE TABLE conversation (
    key INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_message ON conversation (message);

-- Processes that work on the queue; each holds the lock of that name until it dies.
CREATE TABLE owner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lock TEXT NOT NULL
) STRICT;

-- Files that no message needs any more: removed soon after the commit that put them here.
CREATE TABLE doomed_file (
    blob BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE memory (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT;
