"""What a store does with whole emails: a part of `pillarbox.store.api.Mail`."""

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ..ids import BlobId, EmailId, MailboxId, ThreadId
from .emails import (
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
from .models import NewMessage, Usage
from .query import Scan


class EmailVerbs(Protocol):
    """Of all these, `within` says which mailboxes count."""

    async def emails(self, ids: Sequence[EmailId], columns: Sequence[EmailColumn], within: Within) -> list[tuple[Any, ...]]:
        """The named columns, in that order, of those that are there, in the order of `ids`. How many, the caller bounds."""

    async def emails_of(self, threads: Sequence[ThreadId], within: Within) -> Mapping[ThreadId, Sequence[EmailId]]:
        """The emails of each thread that has any, by when they were received, then by id."""

    async def email_of(self, blob: BlobId, within: Within) -> EmailId | None:
        """The first email that is this blob, as a whole."""

    async def email_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        """What happened to emails after `since`, of so many at most. Raises ChangesForgotten."""

    async def thread_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        """As `email_changes`; a thread changes when an email comes to it or leaves it."""

    async def mailbox_changes(self, since: Moment, most: int, within: Within) -> IdChanges:
        """As `email_changes`, of the mailboxes themselves and of their `EmailCounts`."""

    async def email_counts(self, within: Within, apart: MailboxId | None = None) -> Mapping[MailboxId, EmailCounts]:
        """Of every mailbox that has any message. What waits to be read in the mailbox `apart` alone makes no thread unread
        elsewhere, nor the other way round: Trash (RFC 8621 §2)."""

    async def query_emails(self, query: EmailQuery, scan: Scan, within: Within) -> "array[int]":
        """All ids that match, in order, as array("q"). Raises TooMany where the filter is too deep."""

    async def add_email(self, message: NewMessage, mailboxes: Sequence[MailboxId], *, quota: Usage | None = None) -> EmailAdded:
        """Put a new email into several mailboxes at once, one at least. Raises MailboxNotFound, OverQuota."""

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
        """Each wholly or not at all, and none in the way of another: why one was not made is in what is returned: NotFound (the
        email), MailboxNotFound (one it should go to), OverQuota, and what `permit` raises."""

    async def carried_email(self, email: EmailId, within: Within) -> NewMessage:
        """As `carried`. Raises NotFound."""
