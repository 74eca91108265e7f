"""Who belongs to which group, and who shares with whom: the queries, each within a transaction of its caller's."""

from collections.abc import Iterable

import apsw

from ...errors import NotFound
from ...ids import AccountId
from ..models import Account
from . import directory
from .statements import fetch


def members(db: apsw.Connection, group: AccountId) -> list[AccountId]:
    """By id."""
    return [AccountId(person) for (person,) in fetch(db, "SELECT person FROM member WHERE team = ? ORDER BY person", (group,))]


def groups_of(db: apsw.Connection, person: AccountId) -> list[Account]:
    """By address."""
    return _accounts(db, fetch(db, "SELECT team FROM member WHERE person = ?", (person,)))


def set_members(db: apsw.Connection, group: AccountId, new: Iterable[AccountId]) -> None:
    """Raises NotFound where there is no such group, or somebody is not there."""
    wanted = set(new)
    if not db.execute("SELECT is_group FROM account WHERE account = ?", (group,)).get:
        raise NotFound("no such group")
    if any(directory.account_by_id(db, person) is None for person in wanted):
        raise NotFound("no such account")
    if wanted == set(members(db, group)):
        return
    db.execute("DELETE FROM member WHERE team = ?", (group,))
    db.executemany("INSERT INTO member (team, person) VALUES (?, ?)", [(group, person) for person in sorted(wanted)])
    directory.changed(db)


def note_shared(db: apsw.Connection, owner: AccountId, identifiers: Iterable[str]) -> None:
    """As `Accounts.note_shared`."""
    wanted = set(identifiers)
    if wanted == {identifier for (identifier,) in fetch(db, "SELECT identifier FROM shared WHERE owner = ?", (owner,))}:
        return
    db.execute("DELETE FROM shared WHERE owner = ?", (owner,))
    db.executemany("INSERT INTO shared (identifier, owner) VALUES (?, ?)", [(one, owner) for one in sorted(wanted)])
    directory.changed(db)


def shared_with(db: apsw.Connection, identifiers: Iterable[str]) -> list[Account]:
    """By address."""
    return _accounts(
        db,
        [row for one in set(identifiers) for row in fetch(db, "SELECT owner FROM shared WHERE identifier = ?", (one,))],
    )


def _accounts(db: apsw.Connection, rows: Iterable[tuple[AccountId]]) -> list[Account]:
    found = [directory.account_by_id(db, key) for key in {key for (key,) in rows}]
    return sorted((account for account in found if account is not None), key=lambda account: account.address)
