-- Emails put aside for a while: where they sleep, until when, and where they come from.
CREATE TABLE snooze (
    account INTEGER NOT NULL,
    email INTEGER NOT NULL,
    until INTEGER NOT NULL,                 -- seconds since 1970
    mailbox INTEGER NOT NULL,               -- where it sleeps: taken out of there by hand, it sleeps no more
    homes TEXT NOT NULL,                    -- mailboxes it goes back to, a comma between
    woken INTEGER NOT NULL DEFAULT 0,       -- then `until` only says when it came back
    PRIMARY KEY (account, email)
) STRICT, WITHOUT ROWID;
CREATE INDEX snooze_until ON snooze (account, until) WHERE NOT woken;
