"""Push subscriptions: the queries, each within a transaction of its caller's."""

from dataclasses import replace
from typing import Any

import apsw

from ...errors import NotFound, TooMany
from ...ids import AccountId
from ..models import PushSubscription
from .directory import account_by_id, changed
from .statements import fetch

_COLUMNS = "account, id, app_password, device, url, public_key, secret, code, is_asked, is_verified, expires_at, types, sign_in"


def subscriptions(db: apsw.Connection, account: AccountId | None) -> list[PushSubscription]:
    """An account's, or all; oldest first."""
    if account is None:
        rows = fetch(db, f"SELECT {_COLUMNS} FROM push_subscription ORDER BY id", ())
    else:
        rows = fetch(db, f"SELECT {_COLUMNS} FROM push_subscription WHERE account = ? ORDER BY id", (account,))
    return [_subscription(*row) for row in rows]


def add(db: apsw.Connection, new: PushSubscription, most: int) -> PushSubscription:
    """Raises NotFound, TooMany."""
    if account_by_id(db, new.account) is None:
        raise NotFound("no such account")
    if len(subscriptions(db, new.account)) >= most:
        raise TooMany("the account has too many push subscriptions")
    key: int = db.execute(
        f"INSERT INTO push_subscription ({_COLUMNS}) VALUES (?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (
            new.account,
            new.app_password,
            new.device,
            new.url,
            new.public_key,
            new.secret,
            new.code,
            *_mutable(new),
            new.sign_in,
        ),
    ).get
    changed(db)
    return replace(new, id=key)


def change(db: apsw.Connection, new: PushSubscription) -> None:
    """Raises NotFound."""
    db.execute(
        "UPDATE push_subscription SET is_asked = ?, is_verified = ?, expires_at = ?, types = ? WHERE account = ? AND id = ?",
        (*_mutable(new), new.account, new.id),
    )
    if not db.changes():
        raise NotFound("no such push subscription")
    changed(db)


def remove(db: apsw.Connection, account: AccountId, key: int) -> None:
    """Raises NotFound."""
    db.execute("DELETE FROM push_subscription WHERE account = ? AND id = ?", (account, key))
    if not db.changes():
        raise NotFound("no such push subscription")
    changed(db)


def _mutable(new: PushSubscription) -> tuple[bool, bool, int, str | None]:
    types = None if new.types is None else ",".join(sorted(new.types))
    return new.is_asked, new.is_verified, new.expires_at, types


def _subscription(*row: Any) -> PushSubscription:
    account, key, app_password, device, url, public_key, secret, code, asked, verified, expires_at, types, sign_in = row
    named = None if types is None else frozenset(types.split(",")) - {""}
    return PushSubscription(
        account, key, app_password, device, url, public_key, secret, code, bool(asked), bool(verified), expires_at, named,
        sign_in,
    )  # fmt: skip
