"""How many emails and threads mailboxes have, each counted once.

To count afresh is to look at every message. Of an account's owner, who is told at every change, the counts are kept in memory,
and after a change only the threads it touched are counted anew: what they came to before goes, what they come to now is added.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import apsw

from ...errors import ChangesForgotten
from ...ids import AccountId, EmailId, MailboxId, ModSeq
from ..emails import READ_FLAGS, EmailCounts, Moment, Within, merged_flags
from . import email_changes, journal
from .email_changes import Asked
from .emails import binding, counted, numbers, placements
from .statements import MESSAGES, fetch, listed
from .thread_map import ThreadMap

Held = Mapping[MailboxId, Sequence[int]]
"""The emails of each mailbox, some perhaps more than once."""
Counts = dict[MailboxId, EmailCounts]
MANY: Final = 2000
"""Where more emails have changed, or are in their threads, all is counted afresh."""
_NOWHERE, _SEVERAL = 0, -1
"""In place of the mailbox that an email is in."""


def counts(
    db: apsw.Connection, account: AccountId, within: Within, apart: MailboxId | None, messages: str, threads: ThreadMap
) -> dict[MailboxId, EmailCounts]:
    """As `Mail.email_counts`, afresh; `messages` is the table of messages as the viewer sees them."""
    held = _held(db, account, within)
    unread = _unread(db, account, within, messages, held)
    return _counted(held, unread, threads.now(db, account), apart)


def _counted(
    held: Held, unread: frozenset[int], thread_of: "array[int]", apart: MailboxId | None
) -> dict[MailboxId, EmailCounts]:
    of = thread_of.__getitem__
    elsewhere = frozenset[int]().union(*(unread.intersection(emails) for box, emails in held.items() if box != apart))
    waiting = frozenset(map(of, elsewhere))
    waiting_apart = frozenset(map(of, unread.intersection(held.get(apart, ())))) if apart is not None else frozenset()
    found: Counts = {}
    for mailbox, emails in held.items():
        here, threads = frozenset(emails), frozenset(map(of, emails))
        left = threads & (waiting_apart if mailbox == apart else waiting)
        found[mailbox] = EmailCounts(len(here), len(here & unread), len(threads), len(left))
    return found


def _held(db: apsw.Connection, account: AccountId, within: Within) -> dict[MailboxId, list[int]]:
    rows = fetch(
        db,
        f"SELECT m.mailbox, group_concat(m.email) FROM message m WHERE m.account = ? AND {counted(within)} GROUP BY m.mailbox",
        (account, *binding(within)),
    )
    return {MailboxId(mailbox): listed(emails) for mailbox, emails in rows}


def _unread(db: apsw.Connection, account: AccountId, within: Within, messages: str, held: Held) -> frozenset[int]:
    """Emails that wait to be read: none of whose messages is, or is a draft."""

    def having(condition: str) -> frozenset[int]:
        statement = f"SELECT group_concat(m.email) FROM {messages} m WHERE m.account = ? AND {condition} AND {counted(within)}"
        return frozenset(listed(db.execute(statement, (account, *binding(within))).get))

    unread = having(f"NOT m.flags & {READ_FLAGS}")
    if unread and len(frozenset[int]().union(*held.values())) < sum(map(len, held.values())):
        unread -= having(f"m.flags & {READ_FLAGS}")  # some are in several mailboxes, and may be read in another
    return unread


def _in_several(held: Held) -> dict[int, set[MailboxId]]:
    """The mailboxes of each email that is in more than one."""
    once, again = set[int](), set[int]()
    for emails in held.values():
        again.update(once.intersection(emails))
        once.update(emails)
    found: dict[int, set[MailboxId]] = {email: set() for email in again}
    for mailbox, emails in held.items() if again else ():
        for email in again.intersection(emails):
            found[email].add(mailbox)
    return found


class _Seen(NamedTuple):
    """An email."""

    email: int
    mailboxes: tuple[MailboxId, ...]
    is_unread: bool


class KeptCounts:
    """One account's, as its owner has them; used by one thread at a time."""

    def __init__(self, threads: ThreadMap) -> None:
        self._threads = threads
        self._modseq: ModSeq | None = None
        """At which they were right; None: never."""
        self._apart: MailboxId | None = None
        self._counts: dict[MailboxId, EmailCounts] = {}
        self._home = array("q")
        """By email: the mailbox it is in, or _NOWHERE, or _SEVERAL."""
        self._homes: dict[int, tuple[MailboxId, ...]] = {}
        """Of those that are in several."""
        self._unread = bytearray()
        """By email."""

    def now(self, db: apsw.Connection, account: AccountId, apart: MailboxId | None) -> dict[MailboxId, EmailCounts]:
        """As `counts` would find them."""
        modseq = journal.modseq(db, account)
        since, self._modseq = self._modseq, None  # whatever is raised from here on leaves nothing half done behind
        if since is None or apart != self._apart or not self._caught_up(db, account, since, modseq):
            self._count(db, account, apart)
        self._modseq, self._apart = modseq, apart
        return {mailbox: found for mailbox, found in self._counts.items() if found.emails}

    def _count(self, db: apsw.Connection, account: AccountId, apart: MailboxId | None) -> None:
        held = _held(db, account, None)
        unread = _unread(db, account, None, MESSAGES, held)
        thread_of = self._threads.now(db, account)
        self._counts = _counted(held, unread, thread_of, apart)
        self._home, self._homes = array("q", bytes(8 * len(thread_of))), {}
        self._unread = bytearray(len(thread_of))
        several = _in_several(held)
        for mailbox, emails in held.items():
            for email in emails:
                self._home[email] = mailbox
        for email, mailboxes in several.items():
            self._put(email, mailboxes)
        for email in unread:
            self._unread[email] = 1

    def _caught_up(self, db: apsw.Connection, account: AccountId, since: ModSeq, modseq: ModSeq) -> bool:
        """Whether what has changed since was little enough to be counted by itself."""
        if since == modseq:
            return True
        try:
            told = email_changes.emails(db, Asked(account, MESSAGES, None, Moment(since)), MANY)
        except ChangesForgotten:
            return False
        thread_of = self._threads.now(db, account)
        touched = {email for email in (*told.created, *told.updated, *told.destroyed) if email < len(thread_of)}
        if told.more:
            return False
        self._home.extend(array("q", bytes(8 * (len(thread_of) - len(self._home)))))
        self._unread.extend(bytes(len(thread_of) - len(self._unread)))
        threads = {thread_of[email] for email in touched}
        statement = "SELECT e.id FROM carray(?) t CROSS JOIN email e ON e.account = ? AND e.thread = t.value"
        members = touched | {email for (email,) in fetch(db, statement, (numbers(threads), account))}
        if len(members) > MANY:
            return False
        self._add(self._seen(members), thread_of, -1)
        self._learn(db, account, members)
        self._add(self._seen(members), thread_of, 1)
        return True

    def _learn(self, db: apsw.Connection, account: AccountId, emails: Iterable[int]) -> None:
        placed = placements(db, account, [EmailId(email) for email in emails], None, MESSAGES)
        for email in emails:
            several = placed.get(EmailId(email), [])
            self._put(email, {one.mailbox for one in several})
            self._unread[email] = bool(several) and not merged_flags(several) & READ_FLAGS

    def _seen(self, emails: Iterable[int]) -> list[_Seen]:
        return [_Seen(email, self._of(email), bool(self._unread[email])) for email in emails]

    def _add(self, emails: Iterable[_Seen], thread_of: "array[int]", sign: int) -> None:
        """Add, or take away, whole threads."""
        threads: dict[int, list[_Seen]] = {}
        for one in emails:
            threads.setdefault(thread_of[one.email], []).append(one)
        for several in threads.values():
            here = [(mailbox, one.is_unread) for one in several for mailbox in one.mailboxes]
            waiting_apart = any(is_unread and mailbox == self._apart for mailbox, is_unread in here)
            waiting = any(is_unread and mailbox != self._apart for mailbox, is_unread in here)
            for mailbox in {mailbox for mailbox, _ in here}:
                unread = [is_unread for box, is_unread in here if box == mailbox]
                is_left = waiting_apart if mailbox == self._apart else waiting
                now = self._counts.get(mailbox, EmailCounts())
                self._counts[mailbox] = EmailCounts(
                    now.emails + sign * len(unread),
                    now.unread_emails + sign * sum(unread),
                    now.threads + sign,
                    now.unread_threads + sign * is_left,
                )

    def _of(self, email: int) -> tuple[MailboxId, ...]:
        """The mailboxes it is in."""
        home = self._home[email]
        if home == _NOWHERE:
            return ()
        return self._homes[email] if home == _SEVERAL else (MailboxId(home),)

    def _put(self, email: int, mailboxes: set[MailboxId]) -> None:
        if self._home[email] == _SEVERAL:
            del self._homes[email]
        if len(mailboxes) > 1:
            self._homes[email] = tuple(mailboxes)
        self._home[email] = _SEVERAL if len(mailboxes) > 1 else next(iter(mailboxes), _NOWHERE)
