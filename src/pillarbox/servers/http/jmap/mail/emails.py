"""Emails as JSON (RFC 8621 §4.1): from what is kept ready of them where that is enough, else from the message."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pillarbox.ids import BlobId, EmailId, MailboxId, ThreadId
from pillarbox.limits import KiB, MessageLimits
from pillarbox.message import headers, structure, summary
from pillarbox.message.headers import Buffer
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail.dates import utc
from pillarbox.proto.jmap.mail.email import Wanted
from pillarbox.servers.imap import fields as ready
from pillarbox.store.emails import EmailColumn

from ..answers import Object, Room
from ..call import OpenedFor
from . import flags, parts
from .header import Fields, KeptFields, WholeHeader

QUICK: Final = 64 * KiB
"""Bytes of a message that are read on the loop."""
_Show = tuple[tuple[EmailColumn, ...], Callable[..., Json]]
_SHOWN: Final[dict[str, _Show]] = {
    "id": (("email",), lambda email: ids.email_id(EmailId(email))),
    "blobId": (("blob",), lambda blob: ids.blob_id(BlobId(blob))),
    "threadId": (("thread",), lambda thread: ids.thread_id(ThreadId(thread))),
    "mailboxIds": (("mailboxes",), lambda boxes: {ids.mailbox_id(MailboxId(each)): True for each in boxes}),
    "keywords": (("flags", "keywords"), flags.shown),
    "size": (("size",), lambda size: size),
    "receivedAt": (("received_at",), utc),
    "hasAttachment": (("has_attachment",), bool),
    "preview": (("preview",), lambda preview: preview),
    "snoozedUntil": (("snoozed_until",), lambda until: None if until is None else utc(until)),
}
"""Properties that are columns, and how they are shown."""


class Shown:
    """Emails of one account, shown with certain properties."""

    def __init__(self, opened: OpenedFor, wanted: Wanted, limits: MessageLimits, room: Room) -> None:
        self._opened = opened
        self._emails = opened.emails
        self._wanted = wanted
        self._limits = limits
        self._room = room
        self._columns = _columns(wanted)
        self._at = {name: place for place, name in enumerate(self._columns)}
        self._shows = [
            (name, _SHOWN[name][1], [self._at[column] for column in _SHOWN[name][0]])
            for name in wanted.properties
            if name in _SHOWN
        ]
        """Properties that are columns, how they are shown, and where these are in a row."""

    async def get(self, which: Sequence[EmailId]) -> list[Object]:
        """Those that may be seen, in the order asked for; `id` is always there. Raises MethodRefused for too much."""
        rows = await self._emails.get(which, self._columns)
        shown = []
        for row in rows:
            shown.append(await self._shown(row))
            if "data" in self._at:
                self._room.take(shown[-1])
        return shown

    async def _shown(self, row: tuple[Any, ...]) -> Object:
        wanted = self._wanted
        found: Object = {"id": ids.email_id(EmailId(row[0]))}
        for name, show, places in self._shows:
            found[name] = show(*[row[place] for place in places])
        if wanted.needs_body:
            found.update(await self._of_message(row))
        elif wanted.fields or wanted.needs_whole_header:
            found.update(of_header(await self._fields(row), wanted))
        return found

    async def _fields(self, row: tuple[Any, ...]) -> Fields:
        """Those kept ready, or all."""
        block = row[self._at["fields"]] if "fields" in self._at else b""
        if block and block != ready.NOT_READY:
            return KeptFields(block)
        data = await self._read(row, self._limits.header_bytes)
        return WholeHeader(headers.read(data, limits=self._limits))

    async def _of_message(self, row: tuple[Any, ...]) -> Object:
        data, email = await self._read(row), EmailId(row[0])

        def read() -> Object:
            return of_message(data, lambda path: ids.part_id(email, path), self._wanted, self._limits)

        return read() if len(data) <= QUICK else await self._opened.apart(read)

    async def _read(self, row: tuple[Any, ...], count: int | None = None) -> bytes:
        data = row[self._at["data"]] if "data" in self._at else None
        return data if isinstance(data, bytes) else await self._emails.read(EmailId(row[0]), 0, count)


def _columns(wanted: Wanted) -> tuple[EmailColumn, ...]:
    """What has to be asked of the store: the email's number first."""
    found: list[EmailColumn] = ["email"]
    for name in wanted.properties:
        found += _SHOWN[name][0] if name in _SHOWN else ()
    if wanted.needs_body or wanted.needs_whole_header or not ready.Ready.can([each.lower for each in wanted.fields]):
        found.append("data")
    elif wanted.fields:
        found.append("fields")
    return tuple(dict.fromkeys(found))


def of_header(read: Fields, wanted: Wanted) -> Object:
    """The properties that are header fields."""
    found: Object = {each.key: read.value(each) for each in wanted.fields}
    return {**found, "headers": read.all()} if wanted.needs_whole_header else found


def of_message(data: Buffer, blob_of: parts.BlobOf, wanted: Wanted, limits: MessageLimits) -> Object:
    """The properties that are header fields, and those of the body."""
    root = structure.parse(data, limits)
    found = of_header(WholeHeader(root.header), wanted)
    return {**found, **parts.of_body(data, root, blob_of, wanted)} if wanted.needs_body else found


def parsed(data: Buffer, blob_id: str, blob_of: parts.BlobOf, wanted: Wanted, limits: MessageLimits) -> Object:
    """A message that is no email: what only emails have is null (RFC 8621 §4.9)."""
    read = summary.read(data, limits)
    every: dict[str, Callable[[], Json]] = {
        "blobId": lambda: blob_id,
        "size": lambda: len(data),
        "hasAttachment": lambda: read.has_attachment,
        "preview": lambda: read.preview,
    }
    found: Object = {}
    for name in wanted.properties:
        if name in _SHOWN:
            found[name] = every[name]() if name in every else None
    return {**found, **of_message(data, blob_of, wanted, limits)}
