"""App passwords, in the table of credentials: the queries, each within a transaction of its caller's."""

from dataclasses import replace

import apsw

from ...errors import NotFound, TooMany
from ...ids import AccountId
from ..models import AppPassword
from .directory import APP_PASSWORD, account_by_id, changed
from .statements import fetch

BEFORE_FIRST = 100
"""Ids come after this, and none comes twice in an installation; an account's other credentials are numbered from 0."""


def app_passwords(db: apsw.Connection, account: AccountId) -> list[AppPassword]:
    """An account's, oldest first."""
    rows = fetch(
        db,
        "SELECT id, label, data, protocols, created_at, last_used_at, last_address, scram FROM credential"
        " WHERE account = ? AND kind = ? ORDER BY id",
        (account, APP_PASSWORD),
    )
    return [
        AppPassword(account, key, label, data, frozenset(protocols.split(",")) - {""}, *rest)
        for key, label, data, protocols, *rest in rows
    ]


def add(db: apsw.Connection, new: AppPassword, most: int) -> AppPassword:
    """Raises NotFound, TooMany."""
    if account_by_id(db, new.account) is None:
        raise NotFound("no such account")
    if len(app_passwords(db, new.account)) >= most:
        raise TooMany("the account has too many app passwords")
    key: int = db.execute(
        "INSERT INTO counter VALUES ('app password', ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        (BEFORE_FIRST + 1,),
    ).get
    db.execute(
        "INSERT INTO credential (account, id, kind, data, label, protocols, created_at, scram) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (new.account, key, APP_PASSWORD, new.digest, new.label, ",".join(sorted(new.protocols)), new.created_at, new.scram),
    )
    changed(db)
    return replace(new, id=key, last_used_at=None, last_address=None)


def remove(db: apsw.Connection, account: AccountId, key: int) -> None:
    """Raises NotFound."""
    db.execute("DELETE FROM credential WHERE account = ? AND id = ? AND kind = ?", (account, key, APP_PASSWORD))
    if not db.changes():
        raise NotFound("no such app password")
    changed(db)


def note_use(db: apsw.Connection, account: AccountId, key: int, at: int, address: str) -> None:
    """Of one that is gone nothing is noted."""
    db.execute(
        "UPDATE credential SET last_used_at = ?, last_address = ? WHERE account = ? AND id = ? AND kind = ?",
        (at, address, account, key, APP_PASSWORD),
    )
