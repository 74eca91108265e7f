-- Who is let in without a password each time, and what people show beside one.

CREATE TABLE sign_in (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    kind TEXT NOT NULL,                     -- a browser, or a program allowed by a page (RFC 6749)
    name TEXT NOT NULL,
    client TEXT NOT NULL,
    protocols TEXT NOT NULL,                -- a comma between
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    idle INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    last_address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_account ON sign_in (account);

CREATE TABLE token (
    digest BLOB PRIMARY KEY,                -- never a token itself
    sign_in INTEGER NOT NULL,
    kind TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    bound BLOB NOT NULL,                    -- a digest of what has to come with it
    is_spent INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_sign_in ON token (sign_in);

-- What may be shown once only, until it would not be taken any more anyway.
CREATE TABLE once (
    digest BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE passkey (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    label TEXT NOT NULL,
    host TEXT NOT NULL,
    credential BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX passkey_account ON passkey (account);

CREATE TABLE totp (
    account INTEGER PRIMARY KEY,
    secret TEXT NOT NULL,
    is_confirmed INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE recovery_code (
    account INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (account, digest)
) STRICT, WITHOUT ROWID;

-- A browser's pushes end with its sign-in.
ALTER TABLE push_subscription ADD COLUMN sign_in INTEGER;

CREATE TRIGGER sign_in_of_account AFTER DELETE ON account BEGIN
    DELETE FROM sign_in WHERE account = OLD.account;
    DELETE FROM passkey WHERE account = OLD.account;
    DELETE FROM totp WHERE account = OLD.account;
    DELETE FROM recovery_code WHERE account = OLD.account;
END;
CREATE TRIGGER token_of_sign_in AFTER DELETE ON sign_in BEGIN
    DELETE FROM token WHERE sign_in = OLD.id;
    DELETE FROM push_subscription WHERE account = OLD.account AND sign_in = OLD.id;
END;
