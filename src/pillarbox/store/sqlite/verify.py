"""Every broken promise of `pillarbox.store` in a data folder, a sentence each."""

import hashlib
import os
from collections.abc import Iterator

import apsw

from ...errors import NotFound, Unavailable
from ...ids import AccountId, BlobId
from ..blobs.disk import DiskBlobs
from ..keywords import joined
from . import removing
from .connection import open_database, reading, writing
from .layout import Layout
from .promises import PROMISES
from .queue import promises
from .queue.keeping import OwnerLocks
from .statements import fetch
from .transaction import Transaction

WAIT = 5.0


def verify(data_dir: str | os.PathLike[str]) -> list[str]:
    """All that is wrong in a data folder; what the dead left behind is removed first. Raises OperatorError, Unavailable."""
    layout = Layout(data_dir)
    db = open_database(layout.system, "system")
    try:
        with reading(db):
            addresses: dict[AccountId, str] = dict(fetch(db, "SELECT account, address FROM account"))
            wrong = [*_integrity(db), *_system(db, layout, set(addresses))]
    finally:
        db.close()
    for account, address in sorted(addresses.items()):
        if os.path.exists(layout.mail(account)):
            wrong += [f"{address}: {sentence}" for sentence in _account(layout, account)]
    if os.path.exists(layout.queue):
        wrong += [f"queue: {sentence}" for sentence in _queue(layout)]
    return wrong


def _system(db: apsw.Connection, layout: Layout, accounts: set[AccountId]) -> Iterator[str]:
    unfinished = {account for (account,) in fetch(db, "SELECT account FROM unfinished")}
    folders = set(layout.account_folders())
    for account in sorted(accounts):
        if not os.path.exists(layout.mail(account)):
            yield f"account {account} has no mail"
    for account in sorted(folders - accounts - unfinished):
        yield f"there is a folder of account {account}, which is not there"
    rows = fetch(db, "SELECT account FROM account EXCEPT SELECT account FROM address WHERE account IS NOT NULL")
    yield from (f"account {account} has no address" for (account,) in rows)
    rows = fetch(db, "SELECT account FROM address WHERE account IS NOT NULL EXCEPT SELECT account FROM account")
    yield from (f"there is an address of account {account}, which is not there" for (account,) in rows)
    rows = fetch(db, "SELECT address FROM address WHERE domain NOT IN (SELECT name FROM domain)")
    yield from (f"{address} is in no domain of ours" for (address,) in rows)
    rows = fetch(
        db,
        "SELECT team, person FROM member WHERE person NOT IN (SELECT account FROM account)"
        " OR team NOT IN (SELECT account FROM account WHERE is_group)",
    )
    yield from (f"account {person} belongs to group {team}, one of which is not there" for team, person in rows)
    rows = fetch(db, "SELECT owner FROM shared EXCEPT SELECT account FROM account")
    yield from (f"account {owner} shares mailboxes, and is not there" for (owner,) in rows)
    rows = fetch(
        db, "SELECT address FROM alias_target WHERE address NOT IN (SELECT address FROM address WHERE account IS NULL)"
    )
    yield from (f"there is a target of {address}, which is no alias" for (address,) in rows)
    for table in ("sign_in", "passkey", "totp", "recovery_code"):
        rows = fetch(db, f"SELECT DISTINCT account FROM {table} EXCEPT SELECT account FROM account")
        yield from (f"there is a {table.replace('_', ' ')} of account {account}, which is not there" for (account,) in rows)
    rows = fetch(db, "SELECT DISTINCT sign_in FROM token EXCEPT SELECT id FROM sign_in")
    yield from (f"there is a token of sign-in {key}, which is not there" for (key,) in rows)
    rows = fetch(db, "SELECT selector, domain FROM domain_key WHERE domain NOT IN (SELECT name FROM domain)")
    yield from (f"there is a key {selector} of {domain}, which is not ours" for selector, domain in rows)
    rows = fetch(db, "SELECT selector, domain FROM domain_key WHERE state NOT IN ('pending', 'active', 'retired')")
    yield from (f"the key {selector} of {domain} is in a state that there is not" for selector, domain in rows)


def _queue(layout: Layout) -> list[str]:
    try:
        return promises.verify(layout.queue, DiskBlobs(layout.queue_files), OwnerLocks(layout.queue_locks))
    except Unavailable as error:
        return [str(error)]
    except apsw.Error as error:
        return [f"its file is damaged: {error}"]


def _account(layout: Layout, account: AccountId) -> list[str]:
    """Of one account; where its file cannot be read at all, that is what is wrong, and the others are looked at still."""
    try:
        db = open_database(layout.mail(account), "mail")
        try:
            return _looked_through(db, account, DiskBlobs(layout.blobs(account)))
        finally:
            db.close()
    except Unavailable as error:
        return [str(error)]
    except apsw.Error as error:
        return [f"its file is damaged: {error}"]


def _looked_through(db: apsw.Connection, account: AccountId, blobs: DiskBlobs) -> list[str]:
    with writing(db, WAIT):
        removing.sweep(_transaction(db, account), blobs)
    with reading(db):
        wrong = broken_promises(db, account, blobs)
        suspects = suspected_files(db, account, blobs)
    with writing(db, WAIT):
        return wrong + confirmed(_transaction(db, account), blobs, suspects)


def _transaction(db: apsw.Connection, account: AccountId) -> Transaction:
    return Transaction(db, account, now=lambda: 0, log_rows=0)


def broken_promises(db: apsw.Connection, account: AccountId, blobs: DiskBlobs) -> list[str]:
    """What is wrong in an account's tables, and in the messages they name."""
    wrong = list(_integrity(db))
    for sentence, query in PROMISES:
        wrong += [sentence.format(*row) for row in fetch(db, query, {"account": account} if ":account" in query else ())]
    for uid, mailbox, kept in fetch(db, "SELECT uid, mailbox, keywords FROM message WHERE keywords <> ''"):
        if kept != joined(kept.split(" ")):
            wrong.append(f"message {uid} of mailbox {mailbox} has its keywords out of order")
    for blob, size, data in db.execute("SELECT blob, size, data FROM content"):
        found = _measured(blobs, BlobId(bytes(blob)), data)
        if found is not None and found != (size, blob):
            wrong.append(f"blob {blob.hex()} is not what its name says")
    return wrong


def _integrity(db: apsw.Connection) -> Iterator[str]:
    yield from (sentence for (sentence,) in fetch(db, "PRAGMA integrity_check") if sentence != "ok")


def _measured(blobs: DiskBlobs, blob: BlobId, data: bytes | None) -> tuple[int, bytes] | None:
    """Size and hash of what is kept; None where it is in a file that is not there."""
    if data is not None:
        return len(data), hashlib.sha256(data).digest()
    try:
        with blobs.mapped(blob) as memory:
            return len(memory), hashlib.sha256(memory).digest()
    except NotFound:
        return None
    except ValueError:  # an empty file cannot be mapped
        return 0, hashlib.sha256().digest()


def suspected_files(db: apsw.Connection, account: AccountId, blobs: DiskBlobs) -> set[BlobId]:
    """Files that nothing names, and names without a file: as far as can be seen while others write."""
    return set(blobs.names()) ^ _named(db, account)


def confirmed(tx: Transaction, blobs: DiskBlobs, suspects: set[BlobId]) -> list[str]:
    """Which of the suspected files are wrong indeed, under the write lock."""
    named = _named(tx.db, tx.account)
    going = {blob for (blob,) in fetch(tx.db, "SELECT blob FROM doomed_file WHERE account = ?", (tx.account,))}
    wrong = []
    for blob in sorted(suspects):
        there = os.path.exists(blobs.path(blob))
        if there and blob not in named and blob not in going:
            wrong.append(f"nothing names the file of blob {blob.hex()}")
        if not there and blob in named:
            wrong.append(f"the file of blob {blob.hex()} is not there")
    return wrong


def _named(db: apsw.Connection, account: AccountId) -> set[BlobId]:
    return {BlobId(blob) for (blob,) in fetch(db, "SELECT blob FROM content WHERE account = ? AND data IS NULL", (account,))}
