-- When somebody has to look at an account again, at the latest: the mail knows better, and is not opened to be asked.
CREATE TABLE alarm (
    account INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                    -- seconds since 1970
    mark INTEGER NOT NULL                   -- another each time it is set
) STRICT;
CREATE INDEX alarm_at ON alarm (at);

CREATE TRIGGER alarm_of_account AFTER DELETE ON account BEGIN
    DELETE FROM alarm WHERE account = OLD.account;
END;
