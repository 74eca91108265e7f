-- Emails that are gone, until the change log forgets that they went: which thread they were in, and since when they were there.
-- The modseq is the account's when their rows were removed, at or after the one under which they went.
CREATE TABLE gone (
    account INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    email INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, modseq, email)
) STRICT, WITHOUT ROWID;

-- Whoever asks what has changed looks for what left a mailbox lately; whoever asks for a blob, for the emails that are it.
CREATE INDEX departure_modseq ON departure (account, modseq);
CREATE INDEX email_content ON email (account, content);
CREATE INDEX email_attachment ON email (account) WHERE has_attachment;

-- Whether it came by a door of ours: what the fields on top of it say of its coming, we have said.
ALTER TABLE email ADD COLUMN is_delivered INTEGER NOT NULL DEFAULT 0;
