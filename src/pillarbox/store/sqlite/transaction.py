"""What one writing verb does to an account: under one modseq, with the rows of the change log that tell of it."""

from collections.abc import Callable, Iterable

import apsw

from ...ids import AccountId, EmailId, MailboxId, ModSeq
from ..changes import Kind
from ..models import UidRange
from . import journal

TRIM_EVERY = 1024


class Transaction:
    """Handed to the function that does the verb's work, between BEGIN and COMMIT, which are its caller's."""

    __slots__ = ("_at", "_entries", "_log_rows", "_next", "account", "db", "now")

    def __init__(self, db: apsw.Connection, account: AccountId, now: Callable[[], int], log_rows: int) -> None:
        self.db = db
        self.account = account
        self.now = now
        self._log_rows = log_rows
        self._at: ModSeq | None = None
        self._next: ModSeq | None = None
        self._entries: list[tuple[Kind, MailboxId | None, int, int]] = []

    @property
    def at(self) -> ModSeq:
        """This verb's modseq, a new one; asked for only by what changes something, and tells of it in the log."""
        self._at = self.next
        return self._at

    @property
    def next(self) -> ModSeq:
        """The same, not taken yet."""
        if self._next is None:
            self._next = ModSeq(journal.modseq(self.db, self.account) + 1)
        return self._next

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to tell of so far."""
        return bool(self._entries)

    def take_emails(self, count: int) -> EmailId:
        """The first of so many new email ids."""
        return EmailId(
            self.db.execute(
                "UPDATE account SET next_email = next_email + ?1 WHERE account = ?2 RETURNING next_email - ?1",
                (count, self.account),
            ).get
        )

    def log(self, kind: Kind, mailbox: MailboxId | None, ranges: Iterable[UidRange] = ((0, 0),)) -> None:
        """Tell of a change; each range becomes a row."""
        self._entries.extend((kind, mailbox, first, last) for first, last in ranges)

    def finish(self) -> None:
        """Write the log's rows; now and then, forget its oldest."""
        if not self._entries:
            assert self._at is None, "a modseq was taken, and nothing told of it"
            return
        at = self.at
        self.db.executemany(
            "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (self.account, at, n, int(kind), mailbox, first, last)
                for n, (kind, mailbox, first, last) in enumerate(self._entries)
            ],
        )
        if at % TRIM_EVERY == 0:
            journal.trim(self.db, self.account, self._log_rows)
