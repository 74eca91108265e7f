-- What happened to mail, and what is counted for reports.

CREATE TABLE event (
    key INTEGER PRIMARY KEY,                -- about as time goes
    at REAL NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    facts TEXT NOT NULL,                    -- JSON
    message_id TEXT                         -- the fact of that name
) STRICT;
CREATE INDEX event_id ON event (id);
CREATE INDEX event_message_id ON event (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE dmarc_count (
    day TEXT NOT NULL,
    digest BLOB NOT NULL,                   -- of all that follows but the count
    policy_domain TEXT NOT NULL,
    policy TEXT NOT NULL,
    source TEXT NOT NULL,
    disposition TEXT NOT NULL,
    dkim TEXT NOT NULL,
    spf TEXT NOT NULL,
    header_from TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    auth TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE tls_count (
    day TEXT NOT NULL,
    digest BLOB NOT NULL,
    policy_domain TEXT NOT NULL,
    policy_type TEXT NOT NULL,
    policy TEXT NOT NULL,
    mx TEXT NOT NULL,
    result TEXT NOT NULL,
    receiving_ip TEXT NOT NULL,
    sending_ip TEXT NOT NULL,
    detail TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE sent_report (
    kind TEXT NOT NULL,
    domain TEXT NOT NULL,
    day TEXT NOT NULL,
    PRIMARY KEY (kind, domain, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE received_report (
    key INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    organisation TEXT NOT NULL,
    domain TEXT NOT NULL,
    begins_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    rows TEXT NOT NULL,
    UNIQUE (kind, domain, organisation, id)
) STRICT;
CREATE INDEX received_report_begin ON received_report (begins_at);
