-- What an app password is proved against where none is sent (SCRAM, RFC 5802); '': nothing.

ALTER TABLE credential ADD COLUMN scram TEXT NOT NULL DEFAULT '';
