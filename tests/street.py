"""What tests write between two houses (`pillarbox.testing.neighbourhood`), and what they read of the answers."""

import asyncio
import email
import email.policy
import itertools
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from typing import Any, NamedTuple, TypeVar

from pillarbox.store.queued import Event, QueuedRecipient, QueueFilter, State
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.testing.neighbourhood import HERE, House, eventually

T = TypeVar("T")


class Host(NamedTuple):
    domain: str
    address: str


HOSTILE = [Host(f"h{number}.hostile.example", f"127.0.1.{number}") for number in range(1, 41)]
ZONE = """
null.example       MX  0 .
dead.example       MX  10 mx.dead.example
mx.dead.example    A   127.0.0.9
loop.example       MX  10 mx.here.example
later.example      MX  10 mx.later.example
later.example      MX  20 mx.here.example
mx.later.example   A   127.0.0.6
sink.example       MX  10 mx.sink.example
mx.sink.example    A   127.0.0.5
sink.example       TXT "v=spf1 ip4:127.0.0.1 -all"
chunks.example     MX  10 mx.chunks.example
mx.chunks.example  A   127.0.0.8
picky.example      MX  10 mx.picky.example
mx.picky.example   A   127.0.0.7
""" + "\n".join(f"{host.domain} A {host.address}" for host in HOSTILE)
"""Where nobody takes mail, nobody is at home, we are named and know nothing of it, we are second; and hosts of the tests."""
SINK, LATER, PICKY, CHUNKS = "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8"
_numbers = itertools.count(1)


def letter(sender: str, to: str, text: str = "How are you?", *, fields: str = "") -> tuple[str, bytes]:
    """A message nobody has written before: what is in its subject only, and all of it."""
    token = f"letter-{next(_numbers)}-of-many"
    return token, (
        f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: {token}\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
        f"Message-ID: <{token}@{HERE}>\r\n{fields}\r\n{text}\r\n"
    ).encode()


def parsed(raw: bytes) -> EmailMessage:
    """By the standard library."""
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def field(raw: bytes, name: str) -> str:
    """All fields of a name, unfolded."""
    return "\n".join(" ".join(str(value).split()) for value in parsed(raw).get_all(name, []))


def told(house: House, token: str, within: float = 90.0) -> "Notification":
    """What a person is told of the message of that subject."""
    look = lambda: next((one for one in house.mailbox() if _tells_of(one, token)), None)  # noqa: E731
    return Notification(eventually(look, f"a notification of {token}", within))


class Notification:
    """A delivery status notification, taken apart by the standard library (RFC 3464)."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.mail = parsed(raw)
        assert self.mail.get_content_type() == "multipart/report", raw
        parts = list(self.mail.iter_parts())
        self.words = parts[0].get_content()
        blocks: Any = parts[1].get_payload()
        self.message, *self.recipients = blocks
        self.original = parts[2]

    def __getitem__(self, name: str) -> str:
        """A field of its first recipient."""
        return str(self.recipients[0][name])


def _tells_of(raw: bytes, token: str) -> bool:
    return token.encode() in raw and parsed(raw).get_content_type() == "multipart/report"


def queued(house: House, recipient: str) -> list[tuple[str, QueuedRecipient]]:
    """Who of that address has been in the queue: the message's name, and how it stands."""

    async def look() -> list[tuple[str, QueuedRecipient]]:
        kept = SqliteAccounts(house.served.data)
        try:
            found = [one for state in State for one in await kept.queue().listed(QueueFilter(recipient=recipient, state=state))]
        finally:
            await kept.close()
        everyone = {(one.message.id, each.n): each for one in found for each in one.recipients}
        return [(name, each) for (name, _), each in everyone.items() if each.address == recipient]

    return asyncio.run(look())


def waits(house: House, recipient: str, state: State = State.WAITING, *, tried: bool = False) -> tuple[str, QueuedRecipient]:
    """The queued recipient of that address, as soon as it is in that state; and what the message is called."""

    def look() -> tuple[str, QueuedRecipient] | None:
        return next((found for found in queued(house, recipient) if _stands(found[1], state, tried)), None)

    return eventually(look, f"{recipient} {state.value}")


def _stands(recipient: QueuedRecipient, state: State, tried: bool) -> bool:
    return recipient.state is state and (bool(recipient.code) or not tried)


def way(house: House, token: str, until: str = "delivered") -> Sequence[Event]:
    """What happened to the message of that subject, as soon as that has: the journal may lag a second behind."""

    async def events() -> Sequence[Event]:
        kept = SqliteAccounts(house.served.data)
        try:
            return await kept.journal().trace(f"{token}@{HERE}")
        finally:
            await kept.close()

    def look() -> Sequence[Event] | None:
        found = asyncio.run(events())
        return found if any(one.name == until for one in found) else None

    return eventually(look, f"{token} {until}")


def said(house: House, name: str) -> str:
    """Everything said about the message of that name, with any host."""

    async def look() -> str:
        kept = SqliteAccounts(house.served.data)
        try:
            return "\n".join(one.text for one in await kept.queue().conversations(name))
        finally:
            await kept.close()

    return asyncio.run(look())


async def meanwhile(work: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """Something that waits, while servers of the test's own go on."""
    return await asyncio.to_thread(work, *arguments, **named)
