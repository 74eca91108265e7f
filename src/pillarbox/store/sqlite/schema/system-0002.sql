-- The keys that a domain's mail is signed with (RFC 6376 §3).

CREATE TABLE domain_key (
    domain TEXT NOT NULL,
    selector TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    private BLOB NOT NULL,                  -- PKCS #8, DER
    state TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (domain, selector)
) STRICT, WITHOUT ROWID;
