"""Passkeys, secrets of code apps and recovery codes: the queries, each within a transaction of its caller's."""

from collections.abc import Collection
from dataclasses import replace

import apsw

from ...errors import AlreadyExists, NotFound, TooMany
from ...ids import AccountId
from ..factors import Passkey, Totp
from .directory import account_by_id, changed
from .statements import fetch

_COLUMNS = "account, id, label, host, credential, public_key, counter, created_at, last_used_at"


def passkeys(db: apsw.Connection, account: AccountId) -> list[Passkey]:
    return [Passkey(*row) for row in fetch(db, f"SELECT {_COLUMNS} FROM passkey WHERE account = ? ORDER BY id", (account,))]


def passkey(db: apsw.Connection, credential: bytes) -> Passkey | None:
    rows = fetch(db, f"SELECT {_COLUMNS} FROM passkey WHERE credential = ?", (credential,))
    return Passkey(*rows[0]) if rows else None


def add_passkey(db: apsw.Connection, new: Passkey, most: int) -> Passkey:
    """Raises NotFound, AlreadyExists, TooMany."""
    _check(db, new.account)
    if passkey(db, new.credential) is not None:
        raise AlreadyExists("that passkey is known already")
    if len(passkeys(db, new.account)) >= most:
        raise TooMany("the account has too many passkeys")
    key: int = db.execute(
        f"INSERT INTO passkey ({_COLUMNS}) VALUES (?, NULL, ?, ?, ?, ?, ?, ?, NULL) RETURNING id",
        (new.account, new.label, new.host, new.credential, new.public_key, new.counter, new.created_at),
    ).get
    changed(db)
    return replace(new, id=key, last_used_at=None)


def rename_passkey(db: apsw.Connection, account: AccountId, key: int, label: str) -> None:
    """Raises NotFound."""
    db.execute("UPDATE passkey SET label = ? WHERE account = ? AND id = ?", (label, account, key))
    _check_changed(db)


def remove_passkey(db: apsw.Connection, account: AccountId, key: int) -> None:
    """Raises NotFound."""
    db.execute("DELETE FROM passkey WHERE account = ? AND id = ?", (account, key))
    _check_changed(db)


def count_passkey(db: apsw.Connection, account: AccountId, key: int, counter: int, at: int) -> bool:
    db.execute(
        "UPDATE passkey SET counter = ?1, last_used_at = ?2 WHERE account = ?3 AND id = ?4"
        " AND (counter < ?1 OR (counter = 0 AND ?1 = 0))",
        (counter, at, account, key),
    )
    return bool(db.changes())


def totp(db: apsw.Connection, account: AccountId) -> Totp | None:
    rows = fetch(db, "SELECT secret, is_confirmed, last_step, created_at FROM totp WHERE account = ?", (account,))
    return next((Totp(secret, bool(confirmed), *rest) for secret, confirmed, *rest in rows), None)


def set_totp(db: apsw.Connection, account: AccountId, new: Totp | None) -> None:
    """Raises NotFound."""
    _check(db, account)
    db.execute("DELETE FROM totp WHERE account = ?", (account,))
    if new is not None:
        values = (account, new.secret, int(new.is_confirmed), new.last_step, new.created_at)
        db.execute("INSERT INTO totp (account, secret, is_confirmed, last_step, created_at) VALUES (?, ?, ?, ?, ?)", values)
    changed(db)


def begin_totp(db: apsw.Connection, account: AccountId, new: Totp) -> bool:
    """Raises NotFound."""
    kept = totp(db, account)
    if kept is not None and kept.is_confirmed:
        return False
    set_totp(db, account, new)
    return True


def confirm_totp(db: apsw.Connection, account: AccountId, secret: str, step: int) -> bool:
    db.execute(
        "UPDATE totp SET is_confirmed = 1, last_step = ?1 WHERE account = ?2 AND secret = ?3 AND NOT is_confirmed",
        (step, account, secret),
    )
    if done := bool(db.changes()):
        changed(db)
    return done


def take_step(db: apsw.Connection, account: AccountId, step: int) -> bool:
    db.execute("UPDATE totp SET last_step = ?1 WHERE account = ?2 AND last_step < ?1", (step, account))
    return bool(db.changes())


def recovery_codes(db: apsw.Connection, account: AccountId) -> frozenset[bytes]:
    return frozenset(digest for (digest,) in fetch(db, "SELECT digest FROM recovery_code WHERE account = ?", (account,)))


def set_recovery_codes(db: apsw.Connection, account: AccountId, digests: Collection[bytes]) -> None:
    """Raises NotFound."""
    _check(db, account)
    db.execute("DELETE FROM recovery_code WHERE account = ?", (account,))
    db.executemany("INSERT INTO recovery_code VALUES (?, ?)", [(account, digest) for digest in digests])
    changed(db)


def add_recovery_codes(db: apsw.Connection, account: AccountId, digests: Collection[bytes]) -> bool:
    """Raises NotFound."""
    if recovery_codes(db, account):
        return False
    set_recovery_codes(db, account, digests)
    return True


def take_recovery_code(db: apsw.Connection, account: AccountId, digest: bytes) -> bool:
    db.execute("DELETE FROM recovery_code WHERE account = ? AND digest = ?", (account, digest))
    if taken := bool(db.changes()):
        changed(db)
    return taken


def _check(db: apsw.Connection, account: AccountId) -> None:
    if account_by_id(db, account) is None:
        raise NotFound("no such account")


def _check_changed(db: apsw.Connection) -> None:
    if not db.changes():
        raise NotFound("no such passkey")
    changed(db)
