-- Where programs want to be told that something has changed, though they are not connected (RFC 8620 §7.2).

CREATE TABLE push_subscription (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL,
    app_password INTEGER,                   -- which one the program was logged in with, if with any
    device TEXT NOT NULL,
    url TEXT NOT NULL,
    public_key TEXT NOT NULL,               -- '': what is sent there is not encrypted
    secret TEXT NOT NULL,
    code TEXT NOT NULL,                     -- what has to come back from there
    is_asked INTEGER NOT NULL DEFAULT 0,    -- whether it has been sent
    is_verified INTEGER NOT NULL DEFAULT 0, -- whether it has come back
    expires_at INTEGER NOT NULL,
    types TEXT                              -- a comma between; NULL: all
) STRICT;
CREATE INDEX push_subscription_account ON push_subscription (account);

CREATE TRIGGER push_subscription_of_account AFTER DELETE ON account BEGIN
    DELETE FROM push_subscription WHERE account = OLD.account;
END;
CREATE TRIGGER push_subscription_of_app_password AFTER DELETE ON credential BEGIN
    DELETE FROM push_subscription WHERE account = OLD.account AND app_password = OLD.id;
END;
