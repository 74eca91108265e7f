"""Domains and their keys, accounts, aliases and credentials: the queries, each within a transaction of its caller's."""

from collections.abc import Iterable, Mapping, Sequence

import apsw

from ...errors import AlreadyExists, InUse, NotFound, NotPermitted
from ...ids import AccountId
from ..models import Account, Alias, Credential, Domain, DomainKey
from .statements import fetch


def changed(db: apsw.Connection) -> None:
    """Every change is counted, so that caches notice."""
    db.execute("UPDATE counter SET value = value + 1 WHERE name = 'version'")


def version(db: apsw.Connection) -> int:
    return int(db.execute("SELECT value FROM counter WHERE name = 'version'").get)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


# Domains.


def domains(db: apsw.Connection) -> list[Domain]:
    """All, by name."""
    names = fetch(db, "SELECT name FROM domain ORDER BY name")
    return [Domain(name, _settings(db, "domain", name)) for (name,) in names]


def domain(db: apsw.Connection, name: str) -> Domain | None:
    if db.execute("SELECT 1 FROM domain WHERE name = ?", (name,)).get is None:
        return None
    return Domain(name, _settings(db, "domain", name))


def add_domain(db: apsw.Connection, new: Domain) -> None:
    """Raises AlreadyExists."""
    if domain(db, new.name) is not None:
        raise AlreadyExists("the domain already exists")
    db.execute("INSERT INTO domain VALUES (?)", (new.name,))
    _set_settings(db, "domain", new.name, new.settings)
    changed(db)


def change_domain(db: apsw.Connection, new: Domain) -> None:
    """Raises NotFound."""
    if domain(db, new.name) is None:
        raise NotFound("no such domain")
    _set_settings(db, "domain", new.name, new.settings)
    changed(db)


def remove_domain(db: apsw.Connection, name: str) -> None:
    """Raises NotFound, NotPermitted."""
    if domain(db, name) is None:
        raise NotFound("no such domain")
    if db.execute("SELECT 1 FROM address WHERE domain = ? LIMIT 1", (name,)).get is not None:
        raise NotPermitted("there are accounts or aliases in the domain")
    for table in ("domain_setting", "domain_key"):
        db.execute(f"DELETE FROM {table} WHERE domain = ?", (name,))
    db.execute("DELETE FROM domain WHERE name = ?", (name,))
    changed(db)


def keys(db: apsw.Connection, domain: str) -> list[DomainKey]:
    """A domain's, oldest first."""
    rows = db.execute(
        "SELECT domain, selector, algorithm, private, state, created_at FROM domain_key WHERE domain = ?"
        " ORDER BY created_at, selector",
        (domain,),
    )
    return [DomainKey(*row) for row in rows]


def add_key(db: apsw.Connection, new: DomainKey) -> None:
    """Raises AlreadyExists, NotFound."""
    if domain(db, new.domain) is None:
        raise NotFound("no such domain")
    db.execute(
        "INSERT OR IGNORE INTO domain_key VALUES (?, ?, ?, ?, ?, ?)",
        (new.domain, new.selector, new.algorithm, new.private, new.state, new.created_at),
    )
    if not db.changes():
        raise AlreadyExists("the domain has a key with that selector")
    changed(db)


def change_key(db: apsw.Connection, new: DomainKey) -> None:
    """Its state. Raises NotFound."""
    db.execute("UPDATE domain_key SET state = ? WHERE domain = ? AND selector = ?", (new.state, new.domain, new.selector))
    if not db.changes():
        raise NotFound("no such key")
    changed(db)


def remove_key(db: apsw.Connection, domain: str, selector: str) -> None:
    """Raises NotFound."""
    db.execute("DELETE FROM domain_key WHERE domain = ? AND selector = ?", (domain, selector))
    if not db.changes():
        raise NotFound("no such key")
    changed(db)


def _settings(db: apsw.Connection, of: str, key: str | int) -> dict[str, str]:
    return dict(fetch(db, f"SELECT name, value FROM {of}_setting WHERE {of} = ? ORDER BY name", (key,)))


def _set_settings(db: apsw.Connection, of: str, key: str | int, settings: Mapping[str, str]) -> None:
    db.execute(f"DELETE FROM {of}_setting WHERE {of} = ?", (key,))
    db.executemany(f"INSERT INTO {of}_setting VALUES (?, ?, ?)", [(key, name, value) for name, value in settings.items()])


# Accounts.

_ACCOUNT = "SELECT account, address, enabled, is_group FROM account"


def _account(db: apsw.Connection, rows: list[tuple[int, str, int, int]]) -> list[Account]:
    return [
        Account(AccountId(key), address, _settings(db, "account", key), bool(enabled), bool(is_group))
        for key, address, enabled, is_group in rows
    ]


def accounts(db: apsw.Connection, domain: str | None) -> list[Account]:
    """All of a domain, or all, by address."""
    where = " WHERE account IN (SELECT account FROM address WHERE domain = ?)" if domain is not None else ""
    return _account(db, fetch(db, f"{_ACCOUNT}{where} ORDER BY address", () if domain is None else (domain,)))


def account(db: apsw.Connection, address: str) -> Account | None:
    where = " WHERE account = (SELECT account FROM address WHERE address = ?)"
    return next(iter(_account(db, fetch(db, _ACCOUNT + where, (address,)))), None)


def account_by_id(db: apsw.Connection, key: AccountId) -> Account | None:
    return next(iter(_account(db, fetch(db, _ACCOUNT + " WHERE account = ?", (key,)))), None)


def check_free(db: apsw.Connection, address: str) -> None:
    """Raises AlreadyExists where an account or alias has the address, NotFound where its domain is not ours."""
    if domain(db, domain_of(address)) is None:
        raise NotFound("no such domain")
    if db.execute("SELECT 1 FROM address WHERE address = ?", (address,)).get is not None:
        raise AlreadyExists("the address is taken")


def reserve_account(db: apsw.Connection, now: int) -> AccountId:
    """The id of an account about to be made; until it is, it is among the unfinished."""
    key: int = db.execute("UPDATE counter SET value = value + 1 WHERE name = 'account' RETURNING value - 1").get
    db.execute("INSERT INTO unfinished VALUES (?, ?)", (key, now))
    return AccountId(key)


def add_account(db: apsw.Connection, new: Account, credentials: Sequence[Credential], now: int) -> None:
    """Raises AlreadyExists, NotFound."""
    check_free(db, new.address)
    db.execute(
        "INSERT INTO account (account, address, enabled, created_at, is_group) VALUES (?, ?, 1, ?, ?)",
        (new.id, new.address, now, int(new.is_group)),
    )
    db.execute("INSERT INTO address VALUES (?, ?, ?)", (new.address, domain_of(new.address), new.id))
    _set_settings(db, "account", new.id, new.settings)
    set_credentials(db, new.id, credentials)
    finished(db, new.id)


def change_account(db: apsw.Connection, new: Account, expect: Account | None = None) -> None:
    """Raises NotFound; AlreadyExists where its new address is taken; InUse where it is not as expected."""
    old = account_by_id(db, new.id)
    if old is None:
        raise NotFound("no such account")
    if expect not in (None, old):
        raise InUse("the account has changed meanwhile")
    if old.address != new.address:
        check_free(db, new.address)
        db.execute(
            "UPDATE address SET address = ?, domain = ? WHERE account = ?", (new.address, domain_of(new.address), new.id)
        )
    db.execute("UPDATE account SET address = ?, enabled = ? WHERE account = ?", (new.address, int(new.enabled), new.id))
    _set_settings(db, "account", new.id, new.settings)
    changed(db)


def remove_account(db: apsw.Connection, key: AccountId, now: int) -> None:
    """The account is gone; its folder is among the unfinished. Raises NotFound."""
    if account_by_id(db, key) is None:
        raise NotFound("no such account")
    for table in ("account", "account_setting", "address", "credential"):
        db.execute(f"DELETE FROM {table} WHERE account = ?", (key,))
    db.execute("DELETE FROM member WHERE team = ?1 OR person = ?1", (key,))
    db.execute("DELETE FROM shared WHERE owner = ?", (key,))
    db.execute("INSERT OR REPLACE INTO unfinished VALUES (?, ?)", (key, now))
    changed(db)


def unfinished(db: apsw.Connection, before: int) -> list[AccountId]:
    """Accounts whose folders were being made or removed since before that second."""
    return [AccountId(key) for (key,) in db.execute("SELECT account FROM unfinished WHERE since < ?", (before,))]


def finished(db: apsw.Connection, key: AccountId) -> None:
    db.execute("DELETE FROM unfinished WHERE account = ?", (key,))


# Credentials.

APP_PASSWORD = "app-password"
"""The kind of those that `app_passwords` keeps in the same table."""


def credentials(db: apsw.Connection, key: AccountId) -> list[Credential]:
    rows = fetch(db, "SELECT kind, data FROM credential WHERE account = ? AND kind != ? ORDER BY id", (key, APP_PASSWORD))
    return [Credential(kind, data) for kind, data in rows]


def set_credentials(db: apsw.Connection, key: AccountId, new: Iterable[Credential]) -> None:
    """Raises NotFound."""
    if account_by_id(db, key) is None:
        raise NotFound("no such account")
    db.execute("DELETE FROM credential WHERE account = ? AND kind != ?", (key, APP_PASSWORD))
    db.executemany(
        "INSERT INTO credential (account, id, kind, data) VALUES (?, ?, ?, ?)",
        [(key, n, one.kind, one.data) for n, one in enumerate(new)],
    )
    changed(db)


# Aliases.


def aliases(db: apsw.Connection, domain: str | None) -> list[Alias]:
    """All of a domain, or all, by address."""
    where = " AND domain = ?" if domain is not None else ""
    rows = fetch(
        db, f"SELECT address FROM address WHERE account IS NULL{where} ORDER BY address", () if domain is None else (domain,)
    )
    return [Alias(address, _targets(db, address)) for (address,) in rows]


def alias(db: apsw.Connection, address: str) -> Alias | None:
    if db.execute("SELECT 1 FROM address WHERE address = ? AND account IS NULL", (address,)).get is None:
        return None
    return Alias(address, _targets(db, address))


def _targets(db: apsw.Connection, address: str) -> list[str]:
    return [target for (target,) in db.execute("SELECT target FROM alias_target WHERE address = ? ORDER BY n", (address,))]


def add_alias(db: apsw.Connection, new: Alias) -> None:
    """Raises AlreadyExists, NotFound."""
    check_free(db, new.address)
    db.execute("INSERT INTO address VALUES (?, ?, NULL)", (new.address, domain_of(new.address)))
    db.executemany("INSERT INTO alias_target VALUES (?, ?, ?)", [(new.address, n, to) for n, to in enumerate(new.targets)])
    changed(db)


def remove_alias(db: apsw.Connection, address: str) -> None:
    """Raises NotFound."""
    if alias(db, address) is None:
        raise NotFound("no such alias")
    db.execute("DELETE FROM alias_target WHERE address = ?", (address,))
    db.execute("DELETE FROM address WHERE address = ? AND account IS NULL", (address,))
    changed(db)


def secret(db: apsw.Connection, name: str, fresh: bytes | None) -> bytes | None:
    """What is kept under a name; `fresh` where nothing is."""
    if fresh is not None:
        db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?)", (name, fresh))
    kept: bytes | None = db.execute("SELECT value FROM secret WHERE name = ?", (name,)).get
    return kept
