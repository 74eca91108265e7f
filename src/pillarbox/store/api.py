"""What a store does: nothing but this and what it names need be read to write a backend. One contract suite runs on all.

Each method is one transaction and leaves none open. What it raises is in `pillarbox.errors`: MailboxNotFound where a mailbox is
gone, Unavailable where it would have to wait too long, and what each method names. After a failed write to disk nothing more is
acknowledged: `StoreFailed` goes up and ends the process.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ..ids import AccountId, BlobId, MailboxId, ModSeq, Uid
from .changes import Change, MailboxChanges
from .email_verbs import EmailVerbs
from .factors import Factors
from .models import (
    Account,
    Added,
    Alias,
    AllFlags,
    AppPassword,
    Column,
    Copied,
    Credential,
    Domain,
    DomainKey,
    Expunged,
    FlagChange,
    FlagsChanged,
    Form,
    Mailbox,
    NewMessage,
    Uids,
    Usage,
)
from .push import PushSubscriptions
from .query import Query, Scan
from .queued import (
    Allowance,
    Claimed,
    Conversation,
    Destination,
    DmarcCount,
    Event,
    Intervention,
    NewQueued,
    Owner,
    Queued,
    QueueFilter,
    ReceivedReport,
    Result,
    Spent,
    TlsCount,
)
from .records import Records
from .sign_ins import SignIns
from .snoozing import Alarms, Sleeping


class StoreFailed(BaseException):
    """The disk did not keep what it was given; only a restart may find out what it has."""


class Mail(EmailVerbs, Records, Sleeping, Protocol):
    """One account's mail, as one person sees it.

    Whoever looks sees a \\Seen of their own: it is in what is read of flags, in searches, in the count of what is unseen, and
    in what changes of flags do. All other flags are the same for everybody (RFC 4314 §4, RFC 9051 §2.3.2).
    """

    account: AccountId
    viewer: AccountId
    """Who looks: mostly the account itself."""

    # Mailboxes.

    async def mailboxes(self) -> Sequence[Mailbox]:
        """All of them, by name."""

    async def mailbox(self, name: str) -> Mailbox:
        """Raises MailboxNotFound. A mailbox that is not selectable is found too."""

    async def mailbox_by_id(self, mailbox: MailboxId) -> Mailbox:
        """Raises MailboxNotFound."""

    async def create_mailbox(self, name: str, special_use: str | None = None) -> Mailbox:
        """With the mailboxes above it that are missing. Raises AlreadyExists; a name that was not selectable becomes so."""

    async def rename_mailbox(self, mailbox: MailboxId, name: str, *, with_subscriptions: bool = False) -> Mailbox:
        """With all below it; missing mailboxes above the new name are made. Ids, UIDs and UIDVALIDITY stay. INBOX itself stays,
        and its messages move to a new mailbox (RFC 9051 §6.3.6). `with_subscriptions`: what is subscribed to by its name, or by
        one below it, then is by the new one. Raises AlreadyExists."""

    async def delete_mailbox(self, mailbox: MailboxId, *, spare_messages: bool = False, spare_below: bool = False) -> None:
        """With its messages. Where there are mailboxes below it, it stays as not selectable. Raises NotPermitted for INBOX; and
        NotEmpty where there are messages in it that are not \\Deleted, or mailboxes below it, that are to be spared."""

    async def set_special_use(self, mailbox: MailboxId, special_use: str | None) -> None: ...

    async def set_sort_order(self, mailbox: MailboxId, sort_order: int) -> None:
        """Raises MailboxNotFound."""

    async def rights(self) -> Mapping[MailboxId, Mapping[str, str]]:
        """Of every mailbox that has any: whom what is granted (RFC 4314 §2), letters by identifier, both as they were set."""

    async def set_rights(self, mailbox: MailboxId, identifier: str, rights: str | None) -> None:
        """In place of what the identifier had; None: nothing at all is said of it any more. A new mailbox begins with the
        rights of the one above it. Raises MailboxNotFound, and TooMany beyond `StoreLimits.identifiers`."""

    async def annotations(self, mailbox: MailboxId | None) -> Mapping[str, bytes]:
        """Entries of a mailbox, or (None) of the account itself, by name as it was set: those that everybody sees ("/shared/…")
        and the viewer's own ("/private/…") (RFC 5464 §3)."""

    async def annotate(self, mailbox: MailboxId | None, entries: Mapping[str, bytes | None], most: int) -> None:
        """Set entries, or (None) remove them: all or none; names are compared without case. Raises TooMany where there would be
        more than `most` of one kind (shared, or the viewer's own), MailboxNotFound."""

    async def subscriptions(self) -> frozenset[str]:
        """Names, of mailboxes that may no longer be there (RFC 9051 §6.3.7)."""

    async def subscribe(self, name: str, on: bool) -> None:
        """A mailbox of that name in this account counts as changed."""

    async def resubscribe(self, old: str, new: str) -> None:
        """What is subscribed to by a name of somebody else's mailbox, or by one below it, from now on is by another."""

    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        """The UID from which messages are recent to this caller, and to no later one (RFC 3501 §2.3.2)."""

    # Messages, read.

    async def uids(self, mailbox: MailboxId) -> "array[int]":
        """Every UID in it, ascending, as array("I")."""

    async def flags(self, mailbox: MailboxId) -> AllFlags:
        """The flags and keywords of all of it: cheaper than `rows`."""

    async def rows(self, mailbox: MailboxId, uids: Uids, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
        """The named columns, in that order, of the messages in `uids`, by ascending UID. How many, the caller bounds."""

    async def read(self, blob: BlobId, first: int = 0, count: int | None = None) -> bytes:
        """Bytes of a message: only the span asked for is read. Raises NotFound."""

    async def search(self, mailbox: MailboxId, query: Query, scan: Scan) -> "array[int]":
        """UIDs that match, ascending. The index only says where it is not worth looking: with it, without it, or with half of
        it the answer is the same."""

    async def index(self, most: int) -> int:
        """Put up to so many emails into the search index; how many are still to come. Cheap where none are. The index is a file
        of its own: where it is missing, damaged, or older than what it is an index of, it is begun anew."""

    async def forget_index(self) -> None:
        """Begin the index anew."""

    async def relevancy(self, mailbox: MailboxId, query: Query, uids: Sequence[int]) -> Sequence[int]:
        """How well each of these messages has what the query looks for in texts, 1 to 100 (RFC 6203 §4): the same however often
        it is asked. Messages that are gone have 1."""

    async def changes(self, mailbox: MailboxId, since: ModSeq) -> MailboxChanges:
        """What happened in a mailbox after `since`. Raises ChangesForgotten where the log no longer reaches back."""

    async def log(self, since: ModSeq, most: int) -> Sequence[Change]:
        """The account's change log after `since`, at most so many rows. Raises ChangesForgotten."""

    async def modseq(self) -> ModSeq:
        """The account's highest."""

    async def keywords(self, mailbox: MailboxId) -> frozenset[str]:
        """Those that messages in it have, each once without regard to case (ASCII). Costs little, however many messages."""

    async def usage(self) -> Usage:
        """All emails of the account, each once a placement."""

    # Messages, written.

    async def carried(self, mailbox: MailboxId, uids: Uids) -> Sequence[NewMessage]:
        """Messages, whole, as they can be added to another account's mailbox, by ascending UID: flags as the viewer sees them,
        forms and texts as they are kept. How many, the caller bounds. Large ones are named by path: add them at once."""

    async def add(
        self, mailbox: MailboxId | str, messages: Sequence[NewMessage], *, quota: Usage | None = None, claim: bool = False
    ) -> Added:
        """Put new messages into a mailbox, given by its id or its name: all or none. With `claim` the caller has called
        `claim_recent` right after, before anybody else could. Raises OverQuota where the account's usage would pass `quota` (a
        bound of 0 is none)."""

    async def replace(
        self, mailbox: MailboxId, uid: Uid, to: MailboxId, message: NewMessage, *, quota: Usage | None = None
    ) -> Added:
        """Put a new message into a mailbox and remove another, from this or another mailbox, in one (RFC 8508): what counts for
        the quota is what remains. Raises NotFound where the message is gone, MailboxNotFound, OverQuota."""

    async def change_flags(
        self, mailbox: MailboxId, uids: Uids, change: FlagChange, *, unchanged_since: ModSeq | None = None
    ) -> FlagsChanged:
        """Messages that are gone are passed over (RFC 9051 §6.4.6, RFC 7162 §3.1.3). A message whose flags stay as they were
        keeps its modseq."""

    async def copy(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int, quota: Usage | None = None) -> Copied:
        """Flags, keywords and received date go along (RFC 9051 §6.4.7). Raises OverQuota."""

    async def move(self, mailbox: MailboxId, uids: Uids, to: MailboxId, *, saved_at: int) -> Copied:
        """As copy and expunge in one (RFC 6851); `to` may be the same mailbox, and gives new UIDs."""

    async def expunge(self, mailbox: MailboxId, uids: Uids | None, *, only_deleted: bool = True) -> Expunged:
        """Remove messages: those of `uids` (None: all), that carry \\Deleted unless told otherwise."""

    async def mark_collected(self, mailbox: MailboxId, uids: Uids, at: int) -> None:
        """Remember when POP3 first handed them out; a time once set stays."""

    async def name_shown(self, names: Mapping[int, tuple[str, str]]) -> None:
        """What was missing of whom messages are shown as from and to, by email id."""

    async def replace_forms(self, forms: Mapping[int, Mapping[Form, bytes]]) -> None:
        """Put newly rendered forms in place of the old ones, by email id."""

    async def replace_texts(self, texts: Mapping[int, tuple[str, str] | None]) -> None:
        """Put newly read text for search in place of the old one, by email id: header and body, or None where it is too long to
        be kept."""

    async def verify(self) -> Sequence[str]:
        """Every broken promise of `pillarbox.store`, a sentence each."""


class Accounts(PushSubscriptions, SignIns, Factors, Alarms, Protocol):
    """Who is here, and where their mail is. Names are canonical before they come here."""

    async def domains(self) -> Sequence[Domain]: ...
    async def domain(self, name: str) -> Domain | None: ...
    async def add_domain(self, domain: Domain) -> None:
        """Raises AlreadyExists."""

    async def change_domain(self, domain: Domain) -> None: ...
    async def remove_domain(self, name: str) -> None:
        """Raises NotFound, and NotPermitted while an account or alias of it is left."""

    async def accounts(self, domain: str | None = None) -> Sequence[Account]: ...
    async def account(self, address: str) -> Account | None: ...
    async def account_by_id(self, account: AccountId) -> Account | None: ...
    async def add_account(
        self,
        address: str,
        credentials: Sequence[Credential],
        settings: Mapping[str, str],
        mailboxes: Iterable[tuple[str, str | None]],
        *,
        is_group: bool = False,
    ) -> Account:
        """With its first mailboxes (name, special use), all subscribed. Raises AlreadyExists (an alias counts), and NotFound
        for its domain."""

    async def change_account(self, account: Account, *, expect: Account | None = None) -> None:
        """Raises NotFound, AlreadyExists; InUse where it is not as expected any more."""

    async def remove_account(self, account: AccountId) -> None:
        """With all its mail."""

    async def credentials(self, account: AccountId) -> Sequence[Credential]: ...
    async def set_credentials(self, account: AccountId, credentials: Sequence[Credential]) -> None: ...

    async def aliases(self, domain: str | None = None) -> Sequence[Alias]: ...
    async def alias(self, address: str) -> Alias | None: ...
    async def add_alias(self, alias: Alias) -> None:
        """Raises AlreadyExists (an account counts), NotFound (domain)."""

    async def remove_alias(self, address: str) -> None:
        """Raises NotFound."""

    async def keys(self, domain: str) -> Sequence[DomainKey]:
        """The domain's signing keys, oldest first."""

    async def add_key(self, key: DomainKey) -> None:
        """Raises AlreadyExists (domain and selector), NotFound (domain)."""

    async def change_key(self, key: DomainKey) -> None:
        """Only its state changes. Raises NotFound."""

    async def remove_key(self, domain: str, selector: str) -> None:
        """Raises NotFound."""

    async def version(self) -> int:
        """Changes whenever anything above does, in whatever process: for caches."""

    def mail(self, account: AccountId, viewer: AccountId | None = None) -> Mail:
        """The account's mail, as its owner or another person sees it; opened when first used."""

    # Sharing.

    async def members(self, group: AccountId) -> Sequence[AccountId]:
        """Who belongs to a group."""

    async def groups_of(self, account: AccountId) -> Sequence[Account]:
        """The groups somebody belongs to, by address."""

    async def set_members(self, group: AccountId, members: Iterable[AccountId]) -> None:
        """In place of those there were. Raises NotFound."""

    async def note_shared(self, owner: AccountId, identifiers: Iterable[str]) -> None:
        """All the identifiers that some right of the owner's mailboxes is granted to: an index of what is in their mail, kept
        by whoever changes rights there, so that whoever logs in finds what is shared with them and opens nobody else's mail."""

    async def shared_with(self, identifiers: Iterable[str]) -> Sequence[Account]:
        """Owners of whom one of these identifiers was noted, by address."""

    # Passwords of programs and devices.

    async def app_passwords(self, account: AccountId) -> Sequence[AppPassword]:
        """Oldest first. They outlast `set_credentials`, and are none of `credentials`."""

    async def add_app_password(self, password: AppPassword) -> AppPassword:
        """With an id of its own, which the one given has not, and no other will ever have. Raises NotFound (the account), and
        TooMany beyond `StoreLimits.app_passwords`."""

    async def remove_app_password(self, account: AccountId, id: int) -> None:  # noqa: A002
        """Raises NotFound."""

    async def note_use(self, account: AccountId, id: int, at: int, address: str) -> None:  # noqa: A002
        """An app password was used; of one that is gone nothing is noted. Losing the last of these harms nobody; `version`
        stays."""

    async def secret(self, name: str) -> bytes:
        """32 random bytes of this installation, made when first asked for, the same ever after."""

    def spool(self) -> str:
        """A folder for messages on their way in, on the same file system as the mail."""

    def uploads(self, account: AccountId) -> str:
        """A folder for files that are no messages yet, on the same file system as the mail, made when first used. It goes with
        the account."""

    def stale(self, account: AccountId, seen: object) -> tuple[bool, object]:
        """Whether someone may have written the account's mail since the state `seen` (None at first), and the state now. Right
        after a write, when the next could not be told from it by the clock, it says so more than once."""

    def stirred(self, seen: object) -> tuple[Callable[[AccountId], bool], object]:
        """Of which accounts someone may have begun or ended to write the mail since the state `seen` (None at first: of all of
        them), and the state now. Costs the same however many accounts there are: the net under lost hints."""

    def lock(self, account: AccountId, name: str) -> "Lock":
        """A lock that a process holds until it releases it or dies. Raises InUse."""

    def queue(self) -> "Queue":
        """Mail on its way out; opened when first used."""

    def journal(self) -> "Journal":
        """What happened to mail; opened when first used."""

    async def close(self) -> None: ...


class Queue(Protocol):
    """Mail on its way out, shared by all processes. A promise kept is on disk when a method returns; where several wait, one
    commit may serve them all."""

    async def add(self, *messages: NewQueued) -> None:
        """Keep them, all or none. Raises AlreadyExists where an id is taken."""

    async def enlist(self) -> Owner:
        """Begin to work on the queue; ends with the process, or with `resign`."""

    async def resign(self, owner: Owner) -> None:
        """What it has in hand goes back as it was taken, without an attempt counted: what was claimed is due at once, what was
        HELD is held again."""

    async def recover(self) -> int:
        """Give back, as `resign` does, what owners that died have in hand; how many recipients that was. Cheap where none
        died."""

    async def claim(
        self, owner: Owner, now: int, most: int, *, destination: Destination | None = None, busy: Sequence[Destination] = ()
    ) -> Sequence[Claimed]:
        """Take what is due into one's hands: at most so many (message, destination) pairs, of that destination only where one
        is given, else of none of the `busy` ones. Destinations share: none is taken a second pair of while another has had
        none. Within a destination those due longest come first. At most 100 recipients a pair."""

    async def next_due(self, now: int) -> int | None:
        """When the next recipient that waits is due: in the past if one is now."""

    async def settle(
        self, results: Sequence[Result], *, new: Sequence[NewQueued] = (), conversation: Conversation | None = None
    ) -> None:
        """Commit what came of recipients in hand, what was said, and the messages this gives rise to (bounces): all or nothing.
        A result for a recipient that is not in hand (any more) is passed over: someone took it out. Where that is so of all,
        so are the messages. Raises AlreadyExists."""

    async def postpone(self, destination: Destination, until: int, host: str, code: str, said: str) -> int:
        """Nothing of it can be reached: all its recipients that WAIT and are due before `until` wait until then, no attempt
        counted; how many. Those whose first attempt is still to come (RFC 4865) keep their time."""

    async def hasten(self, destination: Destination, now: int) -> int:
        """It can be reached again: its recipients that WAIT for another attempt than their first are due now; how many."""

    async def read(self, id: str, first: int = 0, count: int | None = None) -> bytes:  # noqa: A002
        """Bytes of the message as they go over the wire. Raises NotFound, also once it is over and its content gone."""

    async def listed(self, which: QueueFilter) -> Sequence[Queued]:
        """By age; each with all its recipients, where one fits. Those that are over come only where `state` or `ids` ask."""

    async def conversations(self, id: str) -> Sequence[Conversation]:  # noqa: A002
        """What is kept of them, oldest first: the last 20, of a message that is over until it is forgotten."""

    async def change(self, which: QueueFilter, intervention: Intervention, now: int) -> int:
        """For every recipient that fits and is not in hand; how many were changed."""

    async def withdraw(self, which: QueueFilter, now: int) -> int:
        """DROP all recipients of the messages that fit, or none: only while none was ever tried, or is in hand. How many were
        dropped."""

    async def take(self, owner: Owner, which: QueueFilter) -> Sequence[Claimed]:
        """As claim, whatever the time: recipients that fit and are WAITING or HELD, for someone to settle by hand."""

    async def counts(self) -> "Mapping[Destination, Mapping[str, int]]":
        """How many recipients a destination has, by State.value; those that are over not counted."""

    async def forget(self, before: int) -> int:
        """Remove messages that were over before that second; how many."""

    async def recall(self, name: str, now: int) -> bytes | None:
        """What was remembered under a name and is not yet stale: MTA-STS policies, indicators."""

    async def remember(self, name: str, value: bytes, until: int) -> None: ...

    async def spend(self, account: AccountId, purpose: str, count: int, allowance: Allowance, now: int) -> bool:
        """Count that an account sends to so many recipients, unless that is more than it may; whether it was counted. Each
        purpose is counted by itself. A power cut may undo it."""

    async def spent(self, account: AccountId, purpose: str, now: int) -> Spent: ...

    async def verify(self) -> Sequence[str]:
        """Every broken promise of the queue, a sentence each: content missing or left over, recipients without a message,
        messages over with content, hands of owners that are gone."""


class Journal(Protocol):
    """What happened to mail, and what is counted for reports. Losing its last second in a crash harms nobody: nothing waits for
    its disk."""

    async def note(self, events: Sequence[Event]) -> None: ...

    async def trace(self, key: str) -> Sequence[Event]:
        """All of the message with this id, or of every message with this Message-ID (without brackets), by time."""

    async def count_dmarc(self, rows: Sequence[DmarcCount]) -> None:
        """Rows alike in all but `count` add up."""

    async def dmarc_counts(self, day: str) -> Sequence[DmarcCount]: ...

    async def count_tls(self, rows: Sequence[TlsCount]) -> None: ...

    async def tls_counts(self, day: str) -> Sequence[TlsCount]: ...

    async def is_reported(self, kind: str, domain: str, day: str) -> bool:
        """Whether our report was sent already."""

    async def reported(self, kind: str, domain: str, day: str) -> None: ...

    async def keep_report(self, report: ReceivedReport) -> bool:
        """False where it was there already."""

    async def received_reports(self, kind: str | None, domain: str | None, since: int) -> Sequence[ReceivedReport]:
        """By the time they begin."""

    async def forget(self, before: int) -> None:
        """Events, counts and reports from before that second."""


class Lock(Protocol):
    def release(self) -> None: ...
