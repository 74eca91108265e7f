-- Which emails have which three letters in a row in their text for search, accents left out. The text itself is in the mail's
-- own file: what is found here is only worth looking at there. Emails that are gone stay until the index is begun anew.

CREATE VIRTUAL TABLE field USING fts5 (             -- the header fields that are searched most, without their names
    text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE header USING fts5 (
    text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE body USING fts5 (
    text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1'
);

-- CJK letters, alone and in pairs, of header and body: words of one or two.
CREATE VIRTUAL TABLE pair USING fts5 (
    text, content='', columnsize=0, detail=none, tokenize='ascii'
);

-- Emails whose text is too long to be kept: they are always worth looking at.
CREATE TABLE unkept (
    email INTEGER PRIMARY KEY
) STRICT;

-- What it is an index of.
CREATE TABLE progress (
    through INTEGER NOT NULL,               -- all emails up to this one are in it
    emails INTEGER NOT NULL,                -- how many were put into it
    blob BLOB,                              -- of the last of them
    texts INTEGER NOT NULL                  -- account.texts of the mail
) STRICT;
INSERT INTO progress VALUES (0, 0, NULL, 0);
