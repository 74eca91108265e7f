"""What is kept of mail on its way out, and of what happened to mail: as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

from ..ids import AccountId
from .models import Content

Destination = str
"""What a recipient is grouped by: the domain in A-labels, or an address literal with its brackets; LOCAL for our own."""
LOCAL: Destination = "@local"
"""No host is asked: `mail.delivery` files it. No domain can be called that."""
Owner = NewType("Owner", int)
"""A process that works on the queue."""


class State(Enum):
    WAITING = "waiting"
    IN_HAND = "in hand"
    """An owner has claimed it."""
    HELD = "held"
    """Until someone releases it."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """For good; its sender has been told, where there is someone to tell."""
    DROPPED = "dropped"
    """Taken out by hand, nobody told."""


PAIR = 100
"""Recipients of one message claimed for one destination at a time: as many as any server takes (RFC 5321 §4.5.3.1.8)."""
CONVERSATIONS = 20
"""So many are kept of a message, the last ones."""
OVER = frozenset({State.DELIVERED, State.FAILED, State.DROPPED})
HOUR = 3600
HOURS = 24
"""For which is remembered how much an account has sent."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Recipients that an account has sent to: in this hour of the clock, and in the last 24, this one among them."""

    hour: int = 0
    day: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """Recipients that an account may send to: in an hour of the clock, and in 24 of them. 0: as many as it likes."""

    hour: int = 0
    day: int = 0

    def has_room(self, spent: Spent, count: int) -> bool:
        """Whether it may send to so many more."""
        return not (self.hour and spent.hour + count > self.hour) and not (self.day and spent.day + count > self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecipient:
    address: str
    """As RCPT is to have it, without brackets."""
    destination: Destination
    notify: str = ""
    """"NEVER", or "SUCCESS,FAILURE,DELAY" or some of them; "": what is usual (RFC 3461 §4.1)."""
    orcpt: str = ""
    """"rfc822;…" as xtext decoded; "": none was given."""
    at: int = 0
    """Not before (RFC 4865, or a release time of ours)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQueued:
    """A message to be sent. What goes over the wire is `prefix` and then the content from byte `skip` on."""

    id: str
    """What the log and our Received field call it: one name all the way. Unique; a second `add` of it is refused."""
    kind: str
    """"submission", "forward", "relay", "delivery" (local copies that could not be filed at once), "bounce", "report", "reply"
    (a program's, for somebody who is away)."""
    sender: str
    """The reverse-path; "" is null."""
    recipients: Sequence[NewRecipient]
    content: Content
    prefix: bytes = b""
    skip: int = 0
    created_at: int
    expires_at: int
    """When to give up."""
    account: AccountId | None = None
    """Who submitted it."""
    message_id: str = ""
    subject: str = ""
    from_domain: str = ""
    """Of the From field: by it a smart host is chosen, and signed."""
    body: str = "7BIT"
    """BODY of MAIL (RFC 6152 §3, RFC 3030 §3)."""
    smtputf8: bool = False
    require_tls: bool = False
    """RFC 8689 §2."""
    tls_optional: bool = False
    """The message has "TLS-Required: No" (RFC 8689 §5)."""
    ret: str = ""
    envid: str = ""
    accountable: bool = True
    """Whether its sender is who it says: else no bounce is sent, for it would reach someone who has nothing to do with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRecipient:
    """One recipient, as it stands."""

    n: int
    """From 0, within its message."""
    address: str
    destination: Destination
    notify: str
    orcpt: str
    state: State
    at: int
    """When it is tried next."""
    attempts: int
    warned: bool
    """The sender has been told of the delay."""
    host: str
    """Whom we spoke to last."""
    code: str
    """What it said: the enhanced status ("4.4.1"); "" before the first attempt."""
    said: str
    """And its words, or ours."""
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A message in the queue, and all its recipients."""

    message: NewQueued
    """Its `content` has neither data nor path: `Queue.read` reads it. `recipients` is empty: see below."""
    recipients: Sequence[QueuedRecipient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Recipients of one message for one destination, now in hand."""

    message: NewQueued
    """As in `Queued`, but with `content.data` where it is kept beside its metadata."""
    destination: Destination
    recipients: Sequence[QueuedRecipient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one recipient."""

    id: str
    n: int
    state: State
    """DELIVERED, FAILED, or WAITING until `at`."""
    at: int = 0
    host: str = ""
    code: str = ""
    said: str = ""
    warned: bool = False
    """The sender is told of the delay along with this; once true it stays so."""
    counts: bool = True
    """Whether this was an attempt: not where the destination was never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said with one host about one message, for whoever asks why."""

    id: str
    at: int
    host: str
    """"mx.example.org [192.0.2.1]:25"."""
    text: str
    """A line each, "C: " or "S: " before it, "*" before what is ours to explain; no secrets, bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilter:
    """What to list or change. Everything given must fit; "" and None fit all."""

    ids: Sequence[str] = ()
    name: str = ""
    """What a message was called when it came in: its id, and the ids of those that it was parted into ("name.1")."""
    sender: str = ""
    """An address, or "@domain"."""
    recipient: str = ""
    """An address, or "@domain"."""
    destination: Destination = ""
    state: State | None = None
    account: AccountId | None = None
    older_than: int | None = None
    """Created before that second."""
    most: int = 1000

    @property
    def is_named(self) -> bool:
        """Whether it says which messages are meant, be they over."""
        return bool(self.ids or self.name)


class Intervention(Enum):
    """What a person may do to what is queued."""

    RETRY = "retry"
    """Try now, WAITING only."""
    HOLD = "hold"
    RELEASE = "release"
    """HELD to WAITING, due now."""
    DROP = "drop"
    """WAITING or HELD to DROPPED."""


# What happened: the journal.


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one message, for `pillarbox trace`."""

    at: float
    """Seconds since 1970."""
    id: str
    """What the log and our Received field call the message."""
    name: str
    """"received", "checked", "filed", "queued", "attempted", "delivered", "deferred", "bounced", …"""
    facts: Mapping[str, str] = field(default_factory=dict)
    """"message_id" among those of the first event: by it a message is found too."""


@dataclass(frozen=True, slots=True)
class DmarcCount:
    """How many messages had the same outcome: a row of an aggregate report (RFC 9990)."""

    day: str
    """"2026-11-21", UTC."""
    policy_domain: str
    """Where the policy record was found."""
    policy: str
    """The record as published."""
    source: str
    """The client's address."""
    disposition: str
    """"none", "quarantine" or "reject"."""
    dkim: str
    """"pass" or "fail": aligned."""
    spf: str
    header_from: str
    envelope_from: str
    auth: str
    """JSON: all results, as the report has them (auth_results and reasons)."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class TlsCount:
    """How many sessions with one host had the same outcome: a row of a TLS report (RFC 8460)."""

    day: str
    policy_domain: str
    policy_type: str
    """"tlsa", "sts" or "no-policy-found"."""
    policy: str
    """JSON list of the policy's strings."""
    mx: str
    result: str
    """"" for success, else RFC 8460 §4.3's word."""
    receiving_ip: str = ""
    sending_ip: str = ""
    detail: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class ReceivedReport:
    """A report of others about a domain of ours."""

    kind: str
    """"dmarc", "dmarc-failure" or "tls"."""
    id: str
    """The reporter's; with `kind`, `domain` and `organisation` it is kept once."""
    organisation: str
    domain: str
    begins_at: int
    ends_at: int
    received_at: int
    rows: str
    """JSON, as `pillarbox.mta.reports` writes it."""
