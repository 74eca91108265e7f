-- What somebody keeps beside their mail, by kind: whom they write as, what they have sent, what is answered while they are away.
CREATE TABLE record (
    account INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    id TEXT NOT NULL,
    value BLOB,                             -- NULL: it is gone
    created INTEGER NOT NULL,               -- modseq of its making
    modseq INTEGER NOT NULL,                -- of its last change
    UNIQUE (account, kind, id)
) STRICT;
CREATE INDEX record_modseq ON record (account, kind, modseq);

-- The kinds there ever were records of: when one last changed, and up to where is forgotten which ones went.
CREATE TABLE record_kind (
    account INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    forgotten INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, kind)
) STRICT, WITHOUT ROWID;
