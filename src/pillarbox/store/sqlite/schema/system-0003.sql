-- Accounts that are several people's, and who is allowed to see mailboxes of whom.

ALTER TABLE account ADD COLUMN is_group INTEGER NOT NULL DEFAULT 0;

CREATE TABLE member (
    team INTEGER NOT NULL,                  -- the group's account
    person INTEGER NOT NULL,
    PRIMARY KEY (team, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member (person);

-- Whom any right of an owner's mailboxes is granted to: what is granted stands in the owner's mail.
CREATE TABLE shared (
    identifier TEXT NOT NULL,
    owner INTEGER NOT NULL,
    PRIMARY KEY (identifier, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_owner ON shared (owner);
