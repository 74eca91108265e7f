"""What a store does: nothing else of ours need be read to write a backend. One contract suite runs on all.

Each method is one transaction and leaves none open. What it raises is in `pillarbox.errors`: MailboxNotFound where a mailbox is
gone, Unavailable where it would have to wait too long, and what each method names. After a failed write to disk nothing more is
acknowledged: `StoreFailed` goes up and ends the process.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from mmap import mmap
from typing import Any, Protocol

from ..ids import AccountId, BlobId, MailboxId, ModSeq, Uid
from .changes import Change, MailboxChanges
from .models import (
    Account,
    Added,
    Alias,
    Column,
    Copied,
    Credential,
    Domain,
    Expunged,
    FlagChange,
    FlagsChanged,
    Form,
    Mailbox,
    NewMessage,
    Uids,
    Usage,
)
from .query import Needle, Query


class StoreFailed(BaseException):
    """The disk did not keep what it was given; only a restart may find out what it has."""


Scan = Callable[[bytes | mmap, Needle], bool]
"""Whether a message, whole and undecoded (bytes or mmap), contains what is looked for: asked where no decoded text is kept."""


class Mail(Protocol):
    """One account's mail."""

    account: AccountId

    # Mailboxes.

    async def mailboxes(self) -> Sequence[Mailbox]:
        """All of them, by name."""

    async def mailbox(self, name: str) -> Mailbox:
        """Raises MailboxNotFound. A mailbox that is not selectable is found too."""

    async def mailbox_by_id(self, mailbox: MailboxId) -> Mailbox:
        """Raises MailboxNotFound."""

    async def create_mailbox(self, name: str, special_use: str | None = None) -> Mailbox:
        """With the mailboxes above it that are missing. Raises AlreadyExists; a name that was not selectable becomes so."""

    async def rename_mailbox(self, mailbox: MailboxId, name: str) -> Mailbox:
        """With all below it; missing mailboxes above the new name are made. Ids, UIDs and UIDVALIDITY stay. INBOX itself stays,
        and its messages move to a new mailbox (RFC 9051 §6.3.6). Raises AlreadyExists."""

    async def delete_mailbox(self, mailbox: MailboxId) -> None:
        """With its messages. Where there are mailboxes below it, it stays as not selectable. Raises NotPermitted for INBOX."""

    async def set_special_use(self, mailbox: MailboxId, special_use: str | None) -> None: ...

    async def subscriptions(self) -> frozenset[str]:
        """Names, of mailboxes that may no longer be there (RFC 9051 §6.3.7)."""

    async def subscribe(self, name: str, on: bool) -> None: ...

    async def claim_recent(self, mailbox: MailboxId) -> Uid:
        """The UID from which messages are recent to this caller, and to no later one (RFC 3501 §2.3.2)."""

    # Messages, read.

    async def uids(self, mailbox: MailboxId) -> "array[int]":
        """Every UID in it, ascending, as array("I")."""

    async def rows(self, mailbox: MailboxId, uids: Uids, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
        """The named columns, in that order, of the messages in `uids`, by ascending UID. How many, the caller bounds."""

    async def read(self, blob: BlobId, first: int = 0, count: int | None = None) -> bytes:
        """Bytes of a message: only the span asked for is read. Raises NotFound."""

    async def search(self, mailbox: MailboxId, query: Query, scan: Scan) -> "array[int]":
        """UIDs that match, ascending."""

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

    async def add(self, mailbox: MailboxId | str, messages: Sequence[NewMessage], *, quota: Usage | None = None) -> Added:
        """Put new messages into a mailbox, given by its id or its name: all or none. Raises OverQuota where the account's usage
        would pass `quota` (a bound of 0 is none)."""

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

    async def replace_forms(self, forms: Mapping[int, Mapping[Form, bytes]]) -> None:
        """Put newly rendered forms in place of the old ones, by email id."""

    async def verify(self) -> Sequence[str]:
        """Every broken promise of `pillarbox.store`, a sentence each."""


class Accounts(Protocol):
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
    ) -> Account:
        """With its first mailboxes (name, special use), all subscribed. Raises AlreadyExists (an alias counts), and NotFound
        for its domain."""

    async def change_account(self, account: Account) -> None: ...
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

    async def version(self) -> int:
        """Changes whenever anything above does, in whatever process: for caches."""

    def mail(self, account: AccountId) -> Mail:
        """The account's mail; opened when first used."""

    async def secret(self, name: str) -> bytes:
        """32 random bytes of this installation, made when first asked for, the same ever after."""

    def spool(self) -> str:
        """A folder for messages on their way in, on the same file system as the mail."""

    def stale(self, account: AccountId, seen: object) -> tuple[bool, object]:
        """Whether someone may have written the account's mail since the state `seen` (None at first), and the state now.
        Cheap enough to ask every second of thousands of accounts: the net under lost hints."""

    def lock(self, account: AccountId, name: str) -> "Lock":
        """A lock that a process holds until it releases it or dies. Raises InUse."""

    async def close(self) -> None: ...


class Lock(Protocol):
    def release(self) -> None: ...
