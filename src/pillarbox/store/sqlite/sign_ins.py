"""Sign-ins and their tokens: the queries, each within a transaction of its caller's."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import apsw

from ...errors import NotFound, TooMany
from ...ids import AccountId
from ..sign_ins import Found, SignIn, Token
from .directory import account_by_id, changed
from .statements import fetch, shown

_COLUMNS = (
    "account, id, kind, name, client, protocols, created_at, confirmed_at, expires_at, idle, last_used_at, last_address, agent"
)
_OVER = "expires_at <= ?1 OR (idle > 0 AND last_used_at + idle <= ?1)"


def sign_ins(db: apsw.Connection, account: AccountId) -> list[SignIn]:
    rows = fetch(db, f"SELECT {_COLUMNS} FROM sign_in WHERE account = ? ORDER BY id", (account,))
    return [_sign_in(*row) for row in rows]


def sign_in_of(db: apsw.Connection, digest: bytes) -> Found | None:
    rows = fetch(db, "SELECT sign_in, kind, expires_at, bound, is_spent FROM token WHERE digest = ?", (digest,))
    for key, kind, expires_at, bound, is_spent in rows:
        found = fetch(db, f"SELECT {_COLUMNS} FROM sign_in WHERE id = ?", (key,))
        return Found(_sign_in(*found[0]), Token(digest, kind, expires_at, bound, bool(is_spent)))
    return None


def add(db: apsw.Connection, new: SignIn, tokens: Sequence[Token], most: int) -> SignIn:
    """Raises NotFound, TooMany."""
    if account_by_id(db, new.account) is None:
        raise NotFound("no such account")
    if len(sign_ins(db, new.account)) >= most:
        raise TooMany("the account is signed in at too many places")
    key: int = db.execute(
        f"INSERT INTO sign_in ({_COLUMNS}) VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            new.account, new.kind, shown(new.name), new.client, ",".join(sorted(new.protocols)), new.created_at,
            new.confirmed_at, new.expires_at, new.idle, new.last_used_at, new.last_address, shown(new.agent),
        ),
    ).get  # fmt: skip
    _add_tokens(db, key, tokens)
    changed(db)
    return replace(new, id=key, name=shown(new.name), agent=shown(new.agent))


def spend(db: apsw.Connection, digest: bytes, tokens: Sequence[Token], expires_at: int) -> bool:
    key = db.execute("UPDATE token SET is_spent = 1 WHERE digest = ? AND NOT is_spent RETURNING sign_in", (digest,)).get
    if key is None:
        return False
    db.execute("UPDATE sign_in SET expires_at = ? WHERE id = ?", (expires_at, key))
    _add_tokens(db, key, tokens)
    changed(db)
    return True


def renew(db: apsw.Connection, account: AccountId, key: int, tokens: Sequence[Token], confirmed_at: int) -> None:
    """Raises NotFound."""
    db.execute("UPDATE sign_in SET confirmed_at = ? WHERE account = ? AND id = ?", (confirmed_at, account, key))
    if not db.changes():
        raise NotFound("no such sign-in")
    db.execute("DELETE FROM token WHERE sign_in = ?", (key,))
    _add_tokens(db, key, tokens)
    changed(db)


def remove_token(db: apsw.Connection, digest: bytes) -> None:
    db.execute("DELETE FROM token WHERE digest = ?", (digest,))
    if db.changes():
        changed(db)


def remove(db: apsw.Connection, account: AccountId, key: int) -> None:
    """Raises NotFound."""
    db.execute("DELETE FROM sign_in WHERE account = ? AND id = ?", (account, key))
    if not db.changes():
        raise NotFound("no such sign-in")
    changed(db)


def note(db: apsw.Connection, account: AccountId, key: int, at: int, address: str, agent: str) -> None:
    db.execute(
        "UPDATE sign_in SET last_used_at = ?, last_address = ?, agent = ? WHERE account = ? AND id = ?",
        (at, address, shown(agent), account, key),
    )


def forget(db: apsw.Connection, now: int) -> int:
    db.execute(f"DELETE FROM sign_in WHERE {_OVER}", (now,))
    gone = db.changes()
    db.execute("DELETE FROM token WHERE expires_at <= ?", (now,))
    db.execute("DELETE FROM once WHERE expires_at <= ?", (now,))
    if gone:
        changed(db)
    return gone


def take_once(db: apsw.Connection, digest: bytes, expires_at: int, now: int) -> bool:
    db.execute("DELETE FROM once WHERE digest = ? AND expires_at <= ?", (digest, now))
    db.execute("INSERT OR IGNORE INTO once VALUES (?, ?)", (digest, expires_at))
    return bool(db.changes())


def _add_tokens(db: apsw.Connection, key: int, tokens: Iterable[Token]) -> None:
    db.executemany(
        "INSERT INTO token (digest, sign_in, kind, expires_at, bound, is_spent) VALUES (?, ?, ?, ?, ?, ?)",
        [(each.digest, key, each.kind, each.expires_at, each.bound, int(each.is_spent)) for each in tokens],
    )


def _sign_in(account: int, key: int, kind: Any, name: str, client: str, protocols: str, *rest: Any) -> SignIn:
    return SignIn(AccountId(account), key, kind, name, client, frozenset(protocols.split(",")) - {""}, *rest)
