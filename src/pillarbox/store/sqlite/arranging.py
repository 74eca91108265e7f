"""Mailboxes made, renamed, deleted: the functions run within the transaction they are handed."""

from collections.abc import Iterable, Mapping

from ...errors import AlreadyExists, NotEmpty, NotPermitted
from ...ids import AccountId, MailboxId, Uid
from ..changes import Kind
from ..models import DELIMITER, INBOX, Mailbox
from . import annotating, grants, mailboxes, placing, removing
from .statements import fetch
from .transaction import Transaction

MAX_UIDVALIDITY = 0xFFFFFFFF


def create(tx: Transaction, name: str, special_use: str | None) -> Mailbox:
    """As `Mail.create_mailbox`."""
    found = tx.db.execute("SELECT id, selectable FROM mailbox WHERE account = ? AND name = ?", (tx.account, name)).get
    if found is None:
        _make_above(tx, name)
        _make(tx, name, special_use)
    elif found[1]:
        raise AlreadyExists("the mailbox already exists")
    else:
        tx.db.execute(
            "UPDATE mailbox SET selectable = 1, special_use = ? WHERE account = ? AND id = ?",
            (special_use, tx.account, found[0]),
        )
        grants.inherit(tx, found[0], _parent(name))
        _changed(tx, found[0])
    return mailboxes.by_name(tx.db, tx.account, name)


def create_first(tx: Transaction, wanted: Iterable[tuple[str, str | None]]) -> None:
    """The mailboxes of a new account, subscribed."""
    for name, special_use in wanted:
        subscribe(tx, name, True)
        create(tx, name, special_use)


def set_special_use(tx: Transaction, mailbox: MailboxId, special_use: str | None) -> None:
    """As `Mail.set_special_use`."""
    if mailboxes.by_id(tx.db, tx.account, mailbox).special_use == special_use:
        return
    tx.db.execute("UPDATE mailbox SET special_use = ? WHERE account = ? AND id = ?", (special_use, tx.account, mailbox))
    _changed(tx, mailbox)


def set_sort_order(tx: Transaction, mailbox: MailboxId, sort_order: int) -> None:
    """As `Mail.set_sort_order`."""
    if mailboxes.by_id(tx.db, tx.account, mailbox).sort_order == sort_order:
        return
    tx.db.execute("UPDATE mailbox SET sort_order = ? WHERE account = ? AND id = ?", (sort_order, tx.account, mailbox))
    _changed(tx, mailbox)


def set_rights(tx: Transaction, mailbox: MailboxId, identifier: str, rights: str | None, most: int) -> None:
    """As `Mail.set_rights`; at most so many identifiers."""
    mailboxes.by_id(tx.db, tx.account, mailbox)
    if grants.grant(tx, mailbox, identifier, rights, most):
        _changed(tx, mailbox)


def annotate(
    tx: Transaction,
    viewer: AccountId,
    mailbox: MailboxId | None,
    entries: Mapping[str, bytes | None],
    most: int,
    most_bytes: int,
) -> None:
    """As `Mail.annotate`."""
    if mailbox is not None:
        mailboxes.by_id(tx.db, tx.account, mailbox)
    if annotating.annotate(tx, viewer, mailbox, entries, most, most_bytes):
        if mailbox is None:
            tx.log(Kind.ACCOUNT_CHANGED, None)
        else:
            _changed(tx, mailbox)


def rename(tx: Transaction, mailbox: MailboxId, name: str, *, with_subscriptions: bool) -> Mailbox:
    """As `Mail.rename_mailbox`."""
    old = mailboxes.by_id(tx.db, tx.account, mailbox)
    if mailboxes.exists(tx.db, tx.account, name):
        raise AlreadyExists("the mailbox already exists")
    if old.name == INBOX:
        return _rename_inbox(tx, old, name)
    if name.startswith(old.name + DELIMITER):
        raise NotPermitted("a mailbox cannot be moved below itself")
    moving = [(old.id, old.name), *mailboxes.below(tx.db, tx.account, old.name)]
    targets = [(found, name + path[len(old.name) :]) for found, path in moving]
    if any(mailboxes.exists(tx.db, tx.account, target) for _, target in targets):
        raise AlreadyExists("a mailbox below it already exists")
    _make_above(tx, name)
    for found, target in targets:
        tx.db.execute("UPDATE mailbox SET name = ? WHERE account = ? AND id = ?", (target, tx.account, found))
        _changed(tx, found)
    if with_subscriptions:
        resubscribe(tx, old.name, name)
    _drop_above(tx, old.name)
    return mailboxes.by_id(tx.db, tx.account, mailbox)


def _rename_inbox(tx: Transaction, inbox: Mailbox, name: str) -> Mailbox:
    """INBOX stays, its messages move (RFC 9051 §6.3.6)."""
    _make_above(tx, name)
    made = _make(tx, name, None)
    placing.move(tx, inbox.id, [(1, max(1, inbox.uidnext - 1))], made, saved_at=None)
    return mailboxes.by_id(tx.db, tx.account, made)


def delete(tx: Transaction, mailbox: MailboxId, *, spare_messages: bool, spare_below: bool) -> None:
    """As `Mail.delete_mailbox`."""
    old = mailboxes.by_id(tx.db, tx.account, mailbox)
    if old.name == INBOX:
        raise NotPermitted("INBOX cannot be deleted")
    kept = bool(mailboxes.below(tx.db, tx.account, old.name))
    if (spare_messages and old.messages > old.deleted) or (spare_below and kept):
        raise NotEmpty("there is something in it")
    if kept and not old.selectable:
        raise NotPermitted("there are mailboxes below it")
    removing.expunge(tx, mailbox, None, only_deleted=False)
    grants.forget(tx, mailbox)
    annotating.forget(tx, mailbox)
    if kept:
        tx.db.execute(
            "UPDATE mailbox SET selectable = 0, special_use = NULL WHERE account = ? AND id = ?", (tx.account, mailbox)
        )
        _changed(tx, mailbox)
    else:
        _drop(tx, mailbox)
        _drop_above(tx, old.name)


def claim_recent(tx: Transaction, mailbox: MailboxId) -> Uid:
    """As `Mail.claim_recent`."""
    found = mailboxes.by_id(tx.db, tx.account, mailbox)
    if found.recent_from != found.uidnext:
        tx.db.execute("UPDATE mailbox SET recent_from = uidnext WHERE account = ? AND id = ?", (tx.account, mailbox))
    return found.recent_from


def subscribe(tx: Transaction, name: str, on: bool) -> None:
    """As `Mail.subscribe`."""
    if on:
        tx.db.execute("INSERT OR IGNORE INTO subscription VALUES (?, ?)", (tx.account, name))
    else:
        tx.db.execute("DELETE FROM subscription WHERE account = ? AND name = ?", (tx.account, name))
    if tx.db.changes():
        for (found,) in fetch(tx.db, "SELECT id FROM mailbox WHERE account = ? AND name = ?", (tx.account, name)):
            _changed(tx, found)


def resubscribe(tx: Transaction, old: str, new: str) -> None:
    """As `Mail.resubscribe`."""
    tx.db.execute(
        "UPDATE OR REPLACE subscription SET name = ?1 || substr(name, ?2)"
        " WHERE account = ?3 AND (name = ?4 OR (name > ?5 AND name < ?6))",
        (new, len(old) + 1, tx.account, old, old + DELIMITER, old + chr(ord(DELIMITER) + 1)),
    )


def _make(tx: Transaction, name: str, special_use: str | None) -> MailboxId:
    """A new mailbox; those above it must be there. Its UIDVALIDITY is above every one given before."""
    made, uidvalidity = tx.db.execute(
        "UPDATE account SET next_mailbox = next_mailbox + 1, next_uidvalidity = max(next_uidvalidity, ?) + 1"
        " WHERE account = ? RETURNING next_mailbox - 1, next_uidvalidity - 1",
        (tx.now(), tx.account),
    ).get
    if uidvalidity > MAX_UIDVALIDITY:
        raise NotPermitted("no more mailboxes can be made")
    tx.db.execute(
        "INSERT INTO mailbox (account, id, name, uidvalidity, highest_modseq, created, modseq, special_use)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (tx.account, made, name, uidvalidity, tx.at, tx.at, tx.at, special_use),
    )
    grants.inherit(tx, made, _parent(name))
    tx.log(Kind.MAILBOX_CREATED, made)
    return MailboxId(made)


def _make_above(tx: Transaction, name: str) -> None:
    missing: list[str] = []
    for parent in reversed(list(mailboxes.above(name))):
        if mailboxes.exists(tx.db, tx.account, parent):  # and so is all above it
            break
        missing.append(parent)
    for parent in reversed(missing):
        _make(tx, parent, None)


def _parent(name: str) -> str:
    return name.rpartition(DELIMITER)[0]


def _changed(tx: Transaction, mailbox: MailboxId) -> None:
    tx.db.execute("UPDATE mailbox SET modseq = ? WHERE account = ? AND id = ?", (tx.at, tx.account, mailbox))
    tx.log(Kind.MAILBOX_CHANGED, mailbox)


def _drop(tx: Transaction, mailbox: MailboxId) -> None:
    """An empty mailbox goes for good."""
    grants.forget(tx, mailbox)
    annotating.forget(tx, mailbox)
    tx.db.execute("DELETE FROM mailbox WHERE account = ? AND id = ?", (tx.account, mailbox))
    tx.log(Kind.MAILBOX_DELETED, mailbox)


def _drop_above(tx: Transaction, name: str) -> None:
    """The mailboxes above a name that were left only for what was below them."""
    for parent in reversed(list(mailboxes.above(name))):
        found = tx.db.execute("SELECT id, selectable FROM mailbox WHERE account = ? AND name = ?", (tx.account, parent)).get
        if found is None or found[1] or mailboxes.below(tx.db, tx.account, parent):
            return
        _drop(tx, found[0])
