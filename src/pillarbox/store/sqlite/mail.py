"""One account's mail in SQLite: each verb, and where it runs."""

from array import array
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import apsw

from ...ids import AccountId, BlobId, MailboxId, ModSeq, Uid
from ..blobs.disk import Incoming
from ..changes import Change, MailboxChanges
from ..models import (
    Added,
    AllFlags,
    Column,
    Copied,
    Expunged,
    FlagChange,
    FlagsChanged,
    Form,
    Mailbox,
    NewMessage,
    Uids,
    Usage,
)
from ..query import Query, Scan, wanted
from ..ranges import span
from . import (
    adding,
    annotating,
    arranging,
    carrying,
    flags,
    grants,
    journal,
    listing,
    mailboxes,
    placing,
    relevance,
    removing,
    search_index,
    searching,
    verify,
)
from .email_verbs import EmailVerbs
from .record_verbs import RecordVerbs
from .transaction import Transaction

T = TypeVar("T")

SMALL_CHANGE = 100
"""Messages that are changed on the loop, a few microseconds each."""
SMALL_ADD = 256 * 1024
"""Bytes of messages that are added on the loop."""
SMALL_READ = 256 * 1024
"""Bytes that are read on the loop."""
SMALL_LISTING = {
    "data": 500,
    "envelope": 3000,
    "body": 3000,
    "structure": 3000,
    "fields": 3000,
    "parts": 3000,
    "message_id": 2000,
    "subject": 2000,
    "sort_from": 2000,
}
"""Rows that are listed on the loop, by their heaviest column; of all others, more."""
SMALL_NARROW_LISTING = 10_000
FEW_KEYWORDS = 500
"""So many combinations of keywords are gone through on the loop; more in a thread."""
FEW_MAILBOXES = 500
"""So many are made of their rows on the loop; more in a thread."""


class SqliteMail(EmailVerbs, RecordVerbs):
    """`pillarbox.store.api.Mail`."""

    # Mailboxes.

    async def mailboxes(self) -> Sequence[Mailbox]:
        file = self._opened(self.account)
        rows = file.ask(mailboxes.rows)
        return mailboxes.made(rows) if len(rows) <= FEW_MAILBOXES else await file.apart(partial(mailboxes.made, rows))

    async def mailbox(self, name: str) -> Mailbox:
        return self._ask(lambda db, account: mailboxes.by_name(db, account, name))

    async def mailbox_by_id(self, mailbox: MailboxId) -> Mailbox:
        return self._ask(lambda db, account: mailboxes.by_id(db, account, mailbox))

    async def create_mailbox(self, name: str, special_use: str | None = None) -> Mailbox:
        return await self._write(lambda tx: arranging.create(tx, name, special_use), small=True)

    async def rename_mailbox(self, mailbox: MailboxId, name: str, *, with_subscriptions: bool = False) -> Mailbox:
        return await self._write(lambda tx: arranging.rename(tx, mailbox, name, with_subscriptions=with_subscriptions))

    async def delete_mailbox(self, mailbox: MailboxId, *, spare_messages: bool = False, spare_below: bool = False) -> None:
        file = self._opened(self.account)
        await file.write(lambda tx: arranging.delete(tx, mailbox, spare_messages=spare_messages, spare_below=spare_below))
        file.purge_soon()

    async def set_special_use(self, mailbox: MailboxId, special_use: str | None) -> None:
        await self._write(lambda tx: arranging.set_special_use(tx, mailbox, special_use), small=True)

    async def set_sort_order(self, mailbox: MailboxId, sort_order: int) -> None:
        await self._write(lambda tx: arranging.set_sort_order(tx, mailbox, sort_order), small=True)

    async def rights(self) -> Mapping[MailboxId, Mapping[str, str]]:
        return self._ask(grants.rights)

    async def set_rights(self, mailbox: MailboxId, identifier: str, rights: str | None) -> None:
        file = self._opened(self.account)
        most = file.limits.identifiers
        await file.write(lambda tx: arranging.set_rights(tx, mailbox, identifier, rights, most), small=True)

    async def annotations(self, mailbox: MailboxId | None) -> Mapping[str, bytes]:
        return self._read(lambda db, account: annotating.annotations(db, account, self.viewer, mailbox))

    async def annotate(self, mailbox: MailboxId | None, entries: Mapping[str, bytes | None], most: int) -> None:
        most_bytes = self._opened(self.account).limits.annotation_bytes
        await self._write(lambda tx: arranging.annotate(tx, self.viewer, mailbox, entries, most, most_bytes), small=True)

    async def subscriptions(self) -> frozenset[str]:
        return self._ask(mailboxes.subscriptions)

    async def subscribe(self, name: str, on: bool) -> None:
        await self._write(lambda tx: arranging.subscribe(tx, name, on), durable=False, small=True)

    async def resubscribe(self, old: str, new: str) -> None:
        await self._write(lambda tx: arranging.resubscribe(tx, old, new), durable=False)

    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        found = self._ask(lambda db, account: mailboxes.by_id(db, account, mailbox))
        if found.recent_from == found.uidnext:
            return found.recent_from
        return await self._write(lambda tx: arranging.claim_recent(tx, mailbox), durable=False, small=True)

    # Messages, read.

    async def uids(self, mailbox: MailboxId) -> "array[int]":
        return self._read(lambda db, account: listing.uids(db, account, mailbox))

    async def flags(self, mailbox: MailboxId) -> AllFlags:
        def work(db: apsw.Connection, account: AccountId) -> AllFlags:
            return listing.flags(db, account, mailbox, self._messages)

        is_small = (await self.mailbox_by_id(mailbox)).messages <= SMALL_NARROW_LISTING
        return self._read(work) if is_small else await self._opened(self.account).scan(work)

    async def rows(self, mailbox: MailboxId, uids: Uids, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
        def work(db: apsw.Connection, account: AccountId) -> list[tuple[Any, ...]]:
            return listing.rows(db, account, mailbox, uids, columns, self._messages)

        file = self._opened(self.account)
        small = min((SMALL_LISTING.get(column, SMALL_NARROW_LISTING) for column in columns), default=SMALL_NARROW_LISTING)
        if len(uids) == 1 and span(uids) <= small:
            return file.ask(work)
        if span(uids) <= small or (await self.mailbox_by_id(mailbox)).messages <= small:
            return file.read(work)
        return await file.scan(work)

    async def read(self, blob: BlobId, first: int = 0, count: int | None = None) -> bytes:
        file = self._opened(self.account)
        data = file.ask(lambda db, account: listing.inline(db, account, blob, first, count))
        if data is not None:
            return data
        if count is not None and count <= SMALL_READ:
            return file.blobs.read(blob, first, count)
        return await file.apart(lambda: file.blobs.read(blob, first, count))

    async def search(self, mailbox: MailboxId, query: Query, scan: Scan) -> "array[int]":
        file = self._opened(self.account)
        plan = searching.plan(query, scan, file.blobs, file.limits, self._messages)
        if plan.light and (await self.mailbox_by_id(mailbox)).messages * plan.weight <= SMALL_NARROW_LISTING:
            return file.read(lambda db, account: searching.search(db, account, mailbox, plan))
        if not plan.needles:
            return await file.scan(lambda db, account: searching.search(db, account, mailbox, plan))
        return await file.scan(
            lambda db, account: searching.search_narrowed(db, account, mailbox, file.index, query, plan, file.limits)
        )

    async def index(self, most: int) -> int:
        file = self._opened(self.account)
        if file.index.is_done(file.ask(search_index.state_of)):
            return 0
        return await file.tend_index(lambda index: index.add(file.path, file.account, most))

    async def forget_index(self) -> None:
        await self._opened(self.account).tend_index(lambda index: index.forget())

    async def relevancy(self, mailbox: MailboxId, query: Query, uids: Sequence[int]) -> Sequence[int]:
        needles = wanted(query)
        return await self._opened(self.account).scan(
            lambda db, account: relevance.relevancy(db, account, mailbox, needles, uids)
        )

    async def changes(self, mailbox: MailboxId, since: ModSeq) -> MailboxChanges:
        return self._read(lambda db, account: journal.changes(db, account, mailbox, since, self._messages))

    async def log(self, since: ModSeq, most: int) -> Sequence[Change]:
        return self._read(lambda db, account: journal.log(db, account, since, most))

    async def modseq(self) -> ModSeq:
        return self._ask(journal.modseq)

    async def keywords(self, mailbox: MailboxId) -> frozenset[str]:
        found = self._ask(lambda db, account: mailboxes.keywords(db, account, mailbox, FEW_KEYWORDS))
        if found is None:
            scan = self._opened(self.account).scan
            found = await scan(lambda db, account: mailboxes.keywords(db, account, mailbox)) or frozenset()
        return found

    async def usage(self) -> Usage:
        return self._ask(mailboxes.usage)

    # Messages, written.

    async def carried(self, mailbox: MailboxId, uids: Uids) -> Sequence[NewMessage]:
        file = self._opened(self.account)
        return await file.scan(
            lambda db, account: carrying.carried(db, account, mailbox, uids, self._messages, file.blobs.path)
        )

    async def add(
        self, mailbox: MailboxId | str, messages: Sequence[NewMessage], *, quota: Usage | None = None, claim: bool = False
    ) -> Added:
        file = self._opened(self.account)
        inline = file.limits.inline_body

        def work(tx: Transaction, incoming: Incoming | None = None) -> Added:
            return self._add(tx, mailbox, messages, quota, incoming, inline, claim=claim)

        large = [message.content for message in messages if message.content.size > inline]
        if not large:
            return await file.write(work, small=sum(message.content.size for message in messages) <= SMALL_ADD)
        return await file.write_received(large, work)

    async def replace(
        self, mailbox: MailboxId, uid: Uid, to: MailboxId, message: NewMessage, *, quota: Usage | None = None
    ) -> Added:
        file = self._opened(self.account)
        inline = file.limits.inline_body

        def work(tx: Transaction, incoming: Incoming | None = None) -> Added:
            room = adding.room_without(tx, mailbox, uid, quota)
            added = self._add(tx, to, [message], room, incoming, inline)  # first, so that it finds the thread of the old one
            removing.expunge(tx, mailbox, [(uid, uid)], only_deleted=False)
            return added

        large = message.content.size > inline
        done = await (file.write_received([message.content], work) if large else file.write(work, small=True))
        file.purge_soon()
        return done

    async def change_flags(
        self, mailbox: MailboxId, uids: Uids, change: FlagChange, *, unchanged_since: ModSeq | None = None
    ) -> FlagsChanged:
        return await self._write(
            lambda tx: self._change(tx, mailbox, uids, change, unchanged_since), durable=False, small=span(uids) <= SMALL_CHANGE
        )

    async def copy(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int, quota: Usage | None = None) -> Copied:
        return await self._write(
            lambda tx: placing.copy(tx, mailbox, uids, to, saved_at=saved_at, quota=quota), small=span(uids) <= SMALL_CHANGE
        )

    async def move(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int) -> Copied:
        return await self._write(
            lambda tx: placing.move(tx, mailbox, uids, to, saved_at=saved_at), small=span(uids) <= SMALL_CHANGE
        )

    async def expunge(self, mailbox: MailboxId, uids: Uids | None, *, only_deleted: bool = True) -> Expunged:
        file = self._opened(self.account)
        small = uids is not None and span(uids) <= SMALL_CHANGE
        done = await file.write(lambda tx: removing.expunge(tx, mailbox, uids, only_deleted=only_deleted), small=small)
        if done.uids:
            file.purge_soon()
        return done

    async def mark_collected(self, mailbox: MailboxId, uids: Uids, at: int) -> None:
        await self._write(
            lambda tx: flags.mark_collected(tx, mailbox, uids, at), durable=False, small=span(uids) <= SMALL_CHANGE
        )

    async def name_shown(self, names: Mapping[int, tuple[str, str]]) -> None:
        await self._write(lambda tx: adding.name_shown(tx, names), durable=False)

    async def replace_forms(self, forms: Mapping[int, Mapping[Form, bytes]]) -> None:
        await self._write(lambda tx: adding.replace_forms(tx, forms))

    async def replace_texts(self, texts: Mapping[int, tuple[str, str] | None]) -> None:
        await self._write(lambda tx: adding.replace_texts(tx, texts))

    async def verify(self) -> Sequence[str]:
        file = self._opened(self.account)

        def look(db: apsw.Connection, account: AccountId) -> tuple[list[str], set[BlobId]]:
            return verify.broken_promises(db, account, file.blobs), verify.suspected_files(db, account, file.blobs)

        await file.write(lambda tx: removing.sweep(tx, file.blobs))
        wrong, suspects = await file.scan(look)
        return wrong + await file.write(lambda tx: verify.confirmed(tx, file.blobs, suspects))
