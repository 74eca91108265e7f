-- Who is here: domains, accounts, aliases, credentials; and what the installation itself must remember.

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('version', 1), ('account', 1);

CREATE TABLE domain (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE domain_setting (
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (domain, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    account INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE account_setting (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- Accounts and aliases share one space of names: the primary key keeps them apart.
CREATE TABLE address (
    address TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    account INTEGER             -- NULL: an alias
) STRICT, WITHOUT ROWID;
CREATE INDEX address_domain ON address (domain);
CREATE INDEX address_account ON address (account) WHERE account IS NOT NULL;

CREATE TABLE alias_target (
    address TEXT NOT NULL,
    n INTEGER NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (address, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE credential (
    account INTEGER NOT NULL,
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    label TEXT NOT NULL DEFAULT '',         -- of an app password
    protocols TEXT NOT NULL DEFAULT '',     -- '': all
    created_at INTEGER NOT NULL DEFAULT 0,
    last_used_at INTEGER,
    last_address TEXT,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Folders being made or removed: whoever dies meanwhile leaves a row here, and the folder is swept later.
CREATE TABLE unfinished (
    account INTEGER PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;
