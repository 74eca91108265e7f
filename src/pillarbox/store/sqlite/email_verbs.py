"""One account's mail in SQLite, email by email: each verb, and where it runs."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from ...ids import AccountId, BlobId, EmailId, MailboxId, ThreadId
from ..blobs.disk import Incoming
from ..emails import (
    EmailAdded,
    EmailChange,
    EmailColumn,
    EmailCounts,
    EmailQuery,
    IdChanges,
    Moment,
    Outcome,
    Permit,
    Settable,
    Within,
)
from ..models import Added, Flag, NewMessage, Usage
from ..query import Scan
from ..snoozing import Woken
from . import carrying, email_changes, email_counts, email_search, email_writing, emails, snoozing
from .email_changes import Asked, Tell
from .opened import OpenedMail
from .statements import MESSAGES
from .transaction import Transaction

FEW_EMAILS = 200
"""So many are read on the loop, unless they are wanted whole."""
FEW_CHANGES = 10
"""So many are changed on the loop."""


class EmailVerbs(OpenedMail):
    """The part of `pillarbox.store.api.Mail` that is about whole emails."""

    async def emails(self, ids: Sequence[EmailId], columns: Sequence[EmailColumn], within: Within) -> list[tuple[Any, ...]]:
        def work(db: apsw.Connection, account: AccountId) -> list[tuple[Any, ...]]:
            return emails.emails(db, account, ids, columns, within, self._messages)

        if len(ids) <= FEW_EMAILS and "data" not in columns:
            return self._read(work)
        return await self._opened(self.account).scan(work)

    async def emails_of(self, threads: Sequence[ThreadId], within: Within) -> Mapping[ThreadId, Sequence[EmailId]]:
        def work(db: apsw.Connection, account: AccountId) -> dict[ThreadId, list[EmailId]]:
            return emails.emails_of(db, account, threads, within)

        return self._read(work) if len(threads) <= FEW_EMAILS else await self._opened(self.account).scan(work)

    async def email_of(self, blob: BlobId, within: Within) -> EmailId | None:
        return self._read(lambda db, account: emails.email_of(db, account, blob, within))

    async def email_counts(self, within: Within, apart: MailboxId | None = None) -> Mapping[MailboxId, EmailCounts]:
        file = self._opened(self.account)
        if within is None and self._messages == MESSAGES:
            return await file.scan(lambda db, account: file.counts.now(db, account, apart))
        return await file.scan(
            lambda db, account: email_counts.counts(db, account, within, apart, self._messages, file.threads)
        )

    # Changes.

    async def email_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        return await self._told(since, within, lambda db, asked: email_changes.emails(db, asked, most))

    async def thread_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        return await self._told(since, within, lambda db, asked: email_changes.threads(db, asked, most))

    async def mailbox_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        return await self._told(since, within, lambda db, asked: email_changes.mailboxes(db, asked, most))

    async def _told(self, since: Moment, within: Within, tell: Tell) -> IdChanges:
        file = self._opened(self.account)
        asked = Asked(self.account, self._messages, within, since)
        if file.read(lambda db, account: email_changes.is_small(db, asked)):
            return file.read(lambda db, account: tell(db, asked))
        return await file.scan(lambda db, account: tell(db, asked))

    # Queries.

    async def query_emails(self, query: EmailQuery, scan: Scan, within: Within) -> "array[int]":
        file = self._opened(self.account)
        return await file.scan(
            lambda db, account: email_search.Search(
                db, account, self._messages, within, scan, file.blobs, file.index, file.threads, file.orders, file.limits
            ).found(query)
        )

    # Written.

    async def add_email(self, message: NewMessage, mailboxes: Sequence[MailboxId], *, quota: Usage | None = None) -> EmailAdded:
        file = self._opened(self.account)
        inline = file.limits.inline_body

        def work(tx: Transaction, incoming: Incoming | None = None) -> EmailAdded:
            def add(mailbox: MailboxId) -> Added:
                return self._add(tx, mailbox, [message], None, incoming, inline)

            return email_writing.add(tx, add, message, mailboxes, quota)

        if message.content.size > inline:
            return await file.write_received([message.content], work)
        return await file.write(work, small=True)

    async def change_emails(
        self,
        changes: Mapping[EmailId, EmailChange],
        permit: Permit,
        within: Within,
        *,
        settable: Settable,
        saved_at: int,
        quota: Usage | None = None,
    ) -> Outcome:
        file = self._opened(self.account)

        def work(tx: Transaction) -> Outcome:
            changing = email_writing.Changing(tx, self._messages, self._change, within, settable, saved_at, quota)
            return changing.change(changes, permit)

        durable = any(change.moves for change in changes.values())
        outcome = await file.write(work, durable=durable, small=len(changes) <= FEW_CHANGES)
        if durable:
            file.purge_soon()
        return outcome

    async def wake(self, now: int, most: int) -> Woken:
        def work(tx: Transaction) -> Woken:
            due = snoozing.due(tx, now, most)
            changing = email_writing.Changing(tx, self._messages, self._change, None, {}, now, None)
            changing.change({email: EmailChange(wakes=True, remove=(int(Flag.SEEN), ())) for email in due}, lambda step: None)
            return Woken(due, snoozing.next_due(tx.db, tx.account))

        return await self._opened(self.account).write(work, small=most <= FEW_CHANGES)

    async def next_waking(self) -> int | None:
        return self._ask(snoozing.next_due)

    async def carried_email(self, email: EmailId, within: Within) -> NewMessage:
        file = self._opened(self.account)

        def work(db: apsw.Connection, account: AccountId) -> NewMessage:
            mailbox, uid = emails.placed_at(db, account, email, within)
            return carrying.carried(db, account, mailbox, [(uid, uid)], self._messages, file.blobs.path)[0]

        return await file.scan(work)
