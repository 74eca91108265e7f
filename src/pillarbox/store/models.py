"""What is kept, as values. Nothing here understands a message or a protocol."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Literal

from ..ids import AccountId, BlobId, EmailId, MailboxId, ModSeq, Uid


class Flag(IntFlag):
    """The flags every message has or has not (RFC 9051 §2.3.2); other keywords are words."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


INBOX = "INBOX"
DELIMITER = "/"

UidRange = tuple[int, int]
"""(first, last), both in it, first <= last."""
Uids = Sequence[UidRange]
"""Ascending, disjoint ranges."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox and its counts, which always equal a recount."""

    id: MailboxId
    name: str
    """The whole path, `/` between levels; "INBOX" in capitals."""
    uidvalidity: int
    uidnext: Uid
    highest_modseq: ModSeq
    """The modseq of the last change to a message in it, or of its making; never goes back."""
    modseq: ModSeq
    """Of the last change to the mailbox itself: made, renamed, its role or rights changed."""
    special_use: str | None
    """"\\Sent" and so on (RFC 6154 §2), as given."""
    selectable: bool
    """False where only mailboxes below it are left."""
    messages: int
    unseen: int
    deleted: int
    """Messages that carry \\Deleted."""
    size: int
    """The sum of the messages' sizes in bytes."""
    recent_from: Uid
    """Messages from this UID on have not been shown to any session as recent (RFC 3501 §2.3.2)."""
    sort_order: int = 0
    """Where it stands among its like, smaller first (RFC 8621 §2)."""


Form = Literal["envelope", "body", "structure", "fields", "parts"]
FORMS: tuple[Form, ...] = ("envelope", "body", "structure", "fields", "parts")
"""What a listing needs, rendered once at delivery: names of blobs, which the store keeps and does not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Where a new message's bytes are: in memory, or in a file already written, that the store may take over by linking."""

    blob: BlobId
    size: int
    data: bytes | None = field(default=None, repr=False)
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of mail that is not theirs."""

    viewer: AccountId
    mailboxes: Sequence[MailboxId]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """All that is kept of a message, worked out before it is. Times are seconds since 1970, zones minutes east of UTC."""

    content: Content
    received_at: int
    received_zone: int = 0
    saved_at: int
    flags: int = 0
    keywords: Sequence[str] = ()
    """In the spelling given; compared without case (ASCII)."""
    sent_at: int | None = None
    sent_zone: int = 0
    message_id: str = ""
    references: Sequence[str] = ()
    """Message-ids this one refers to, In-Reply-To included: with `base_subject` they decide its thread (RFC 8621 §3)."""
    base_subject: str = ""
    subject: str = ""
    sort_from: str = ""
    sort_to: str = ""
    sort_cc: str = ""
    display_from: str | None = None
    """Whom it is shown as from, as it is shown; None: nobody knows yet."""
    display_to: str | None = None
    preview: str = ""
    has_attachment: bool = False
    is_delivered: bool = False
    """Whether it came by a door of ours, so that what the fields on top of it say of its coming is ours. Of what programs or
    people put into a mailbox that is not known, whatever stands in it."""
    forms: Mapping[Form, bytes] = field(default_factory=dict)
    header_text: str | None = None
    """Every header field decoded and folded for search, a line a field: "name: value\\n"; None: too long to be kept."""
    body_text: str | None = None
    """The decoded text of the body, folded for search; None: too long to be kept."""
    uidl: str | None = None
    """POP3's unique-id where one was brought along (import); else the store makes one of the blob's name."""
    sight: Sight | None = None
    """Of whoever puts it there, where that is not the owner: it joins no thread of which they see nothing, for whoever may
    choose its message-ids would learn from its thread what is in the mail they do not see."""


Column = Literal[
    "uid", "flags", "keywords", "modseq", "saved_at", "collected_at", "uidl",
    "email", "thread", "blob", "size", "received_at", "received_zone", "sent_at", "sent_zone", "preview", "has_attachment",
    "message_id", "refs", "subject", "base_subject", "sort_from", "sort_to", "sort_cc", "display_from", "display_to",
    "envelope", "body", "structure", "fields", "parts", "data", "is_delivered",
]  # fmt: skip
"""What `Mail.rows` can return of a message:

uid int · flags int (Flag) · keywords str (space between, sorted) · modseq int · saved_at int · collected_at int|None ·
uidl str · email int · thread int · blob bytes · size int · received_at int · received_zone int · sent_at int|None ·
sent_zone int · preview str · has_attachment bool · message_id str · refs str (a line each) · subject, base_subject, sort_from,
sort_to, sort_cc str · display_from, display_to str|None (None: kept before anybody asked) ·
envelope, body, structure, fields, parts bytes (the forms; b"" where
none was given) ·
data bytes|None (the whole message, None when it is kept outside the database: read it with `Mail.read`) · is_delivered int
"""


class FlagAction(IntFlag):
    REPLACE = 0
    ADD = 1
    REMOVE = 2


@dataclass(frozen=True, slots=True)
class FlagChange:
    action: FlagAction
    flags: int = 0
    keywords: Sequence[str] = ()
    quiet: bool = False
    """Whether nobody wants to know how each message is then: of many, that is half of the work."""


@dataclass(frozen=True, slots=True)
class Added:
    """Messages put into a mailbox, in the order given."""

    uidvalidity: int
    uids: Sequence[Uid]
    emails: Sequence[EmailId]
    modseq: ModSeq
    before: ModSeq
    """The mailbox's highest, before."""
    recent_from: Uid
    """As `Mailbox.recent_from` was before."""


FlagRow = tuple[int, int, str, int]
"""(uid, flags, keywords, modseq)"""


@dataclass(frozen=True, slots=True)
class AllFlags:
    """Those of every message of a mailbox, by ascending UID."""

    uids: "array[int]"
    flags: bytes
    """A byte each: `Flag`s."""
    keywords: Sequence[tuple[int, str]]
    """Of the few that have any: at which place, and which."""


@dataclass(frozen=True, slots=True)
class FlagsChanged:
    """What a change of flags did."""

    rows: Sequence[FlagRow]
    """Every message of the selection that was not refused, as it is now (changed or not), by ascending UID."""
    refused: Sequence[Uid]
    """Those changed since `unchanged_since`, left alone."""
    modseq: ModSeq
    """The mailbox's, now."""
    changed: bool
    """Whether anything is other than before; then `modseq` is this change's own."""
    untold: int = 0
    """How many more messages there are than `rows` tells of, the change having been `quiet`."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Messages put into another mailbox: sources and destinations pairwise, by ascending source UID."""

    uidvalidity: int
    sources: Sequence[Uid]
    destinations: Sequence[Uid]
    modseq: ModSeq


@dataclass(frozen=True, slots=True)
class Expunged:
    uids: Sequence[Uid]
    modseq: ModSeq


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    """Lower case; U-labels as A-labels (IDNA)."""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DomainKey:
    """A key that a domain's mail is signed with (RFC 6376 §3)."""

    domain: str
    selector: str
    algorithm: str
    """"rsa" or "ed25519"."""
    private: bytes = field(repr=False)
    """PKCS #8, DER."""
    state: str
    """"pending": its record may not be published yet; "active": signs; "retired": signs no more, its record stays a while."""
    created_at: int


@dataclass(frozen=True, slots=True)
class Account:
    id: AccountId
    address: str
    """Canonical: local part folded, domain lower case, as log-in name and as address."""
    settings: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True
    is_group: bool = False
    """Several people's: it owns mailboxes and receives mail, and nobody logs in as it."""


@dataclass(frozen=True, slots=True)
class Alias:
    address: str
    """"name@domain", or "@domain" for all that is not otherwise known there."""
    targets: Sequence[str]


@dataclass(frozen=True, slots=True)
class Credential:
    """A verifier, never a password."""

    kind: str
    """"argon2" or "scram-sha-256"."""
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AppPassword:
    """A password of one program or device, made by us: long and random, so that one fast digest of it is verifier enough."""

    account: AccountId
    id: int
    """Of the account's; 0: not kept yet."""
    label: str
    """What its owner calls the device."""
    digest: str = field(repr=False)
    protocols: frozenset[str] = frozenset()
    """"imap", "pop3", "smtp", …; empty: all."""
    created_at: int = 0
    last_used_at: int | None = None
    last_address: str | None = None
    scram: str = field(default="", repr=False)
    """Its keys for SCRAM-SHA-256, as those in a Credential; empty: none."""

    def is_for(self, protocol: str) -> bool:
        return not self.protocols or protocol in self.protocols


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """Where a program wants to be told that something has changed (RFC 8620 §7.2)."""

    account: AccountId
    id: int
    """0: not kept yet."""
    app_password: int | None
    """Which one the program was logged in with, if with any: it goes when that goes."""
    device: str
    url: str = field(repr=False)
    public_key: str = field(default="", repr=False)
    """What is sent is encrypted to it and the secret, both in URL-safe base64 (RFC 8291); empty: it is not."""
    secret: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    """What is sent there first, and has to come back."""
    is_asked: bool = False
    """Whether it has been sent."""
    is_verified: bool = False
    """Whether it has come back."""
    expires_at: int = 0
    types: frozenset[str] | None = None
    """None: all."""
    sign_in: int | None = None
    """Of the browser or program, if it was signed in: it goes when that goes."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much there is, or as a quota how much there may be: 0 is no bound then."""

    messages: int
    size: int

    def has_room(self, used: "Usage", messages: int, size: int) -> bool:
        """Whether within this quota so much more may come to what is used."""
        fit = not self.messages or used.messages + messages <= self.messages
        return fit and (not self.size or used.size + size <= self.size)
