-- People a mailbox is shared with: what they have seen, and, since others of theirs must hear of it, what they have unseen again.
ALTER TABLE seen ADD COLUMN seen INTEGER NOT NULL DEFAULT 1;

-- A message that goes, or moves, takes what everybody has seen of it along.
CREATE INDEX seen_message ON seen (account, mailbox, uid);

-- Names of annotations are the same in any case (RFC 5464 §3.1).
CREATE UNIQUE INDEX annotation_name ON annotation (account, mailbox, uid, person, name COLLATE NOCASE);
