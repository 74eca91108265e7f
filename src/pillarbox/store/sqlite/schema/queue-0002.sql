-- To how many recipients an account has sent, by the hour: what bounds whoever has got hold of its password.
CREATE TABLE spent (
    account INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    hour INTEGER NOT NULL,                  -- since 1970
    recipients INTEGER NOT NULL,
    PRIMARY KEY (account, purpose, hour)
) STRICT, WITHOUT ROWID;
