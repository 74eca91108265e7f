"""Bringing mail in from files. It may be broken off and begun again: what is there already is not brought twice."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime

from ..errors import MailboxNotFound, MailError, OverQuota, TooBig
from ..ids import MailboxId
from ..message import dates, headers
from ..store.models import Mailbox
from . import mailboxes
from .messages import Draft
from .office import Office, OpenAccount
from .sources import Item
from .spool import Received

_AT_ONCE = 100
_BYTES_AT_ONCE = 8 * 1024 * 1024
_ROWS = 1000
_BARE_LF = re.compile(rb"(?<!\r)\n")


@dataclass(slots=True)
class Report:
    """How an import went."""

    added: int = 0
    present: int = 0
    """Messages that were in the mailbox already, byte for byte."""
    failed: list[str] = field(default_factory=list)
    """A sentence each."""


async def import_mail(
    office: Office, opened: OpenAccount, items: Iterable[Item], done: Callable[[int], None] = lambda count: None
) -> Report:
    """Put `items` into their mailboxes, missing ones made; lines that end in a bare LF end in CRLF after it.

    Raises OverQuota; what was added before it stays.
    """
    importer = _Importer(office, opened, done)
    with importer.batch:
        for item in items:
            await importer.take(item)
        await importer.flush()
    return importer.report


class _Importer:
    def __init__(self, office: Office, opened: OpenAccount, done: Callable[[int], None]) -> None:
        self._office = office
        self._opened = opened
        self._done = done
        self._present: dict[MailboxId, Counter[bytes]] = {}
        self._mailboxes: dict[str, Mailbox] = {}
        self._into: Mailbox | None = None
        self._drafts: list[Draft] = []
        self._bytes = 0
        self.batch = ExitStack()
        self.report = Report()

    async def take(self, item: Item) -> None:
        try:
            mailbox = await self._mailbox(item.mailbox)
            if self._into != mailbox or len(self._drafts) >= _AT_ONCE or self._bytes > _BYTES_AT_ONCE:
                await self.flush()
            self._into = mailbox
            received = await self._receive(item)
        except OverQuota:
            raise
        except (MailError, OSError) as error:
            self.report.failed.append(f"{item.place}: {error}")
            self._done(1)
            return
        if self._take_present(mailbox.id, received.content.blob):
            self.report.present += 1
            self._done(1)
            return
        at = item.received_at or _dated(received)
        self._drafts.append(Draft(received, item.flags, item.keywords, at, item.uidl))

    async def flush(self) -> None:
        """Keep what is in hand, in one transaction."""
        if self._into is not None and self._drafts:
            await self._opened.messages.append(self._into.id, self._drafts)
            self.report.added += len(self._drafts)
            self._done(len(self._drafts))
        self._drafts.clear()
        self._bytes = 0
        self.batch.close()

    async def _receive(self, item: Item) -> Received:
        limit = self._office.settings.mail.message_size
        if item.size > limit:
            raise TooBig("larger than a message may be ([mail] message_size)")
        spool = self.batch.enter_context(self._office.spool(limit))
        spool.feed(_BARE_LF.sub(b"\r\n", item.read()))
        self._bytes += spool.size
        return await spool.finish()

    async def _mailbox(self, name: str) -> Mailbox:
        name = mailboxes.canonical(name)
        found = self._mailboxes.get(name)
        if found is None:
            found = self._mailboxes[name] = await self._find_or_make(name)
            self._present[found.id] = await self._blobs(found)
        return found

    async def _find_or_make(self, name: str) -> Mailbox:
        try:
            found = (await self._opened.mailboxes.find(name)).mailbox
        except MailboxNotFound:
            found = None
        if found is not None and found.selectable:
            return found
        made = (await self._opened.mailboxes.create(name)).mailbox
        await self._opened.mailboxes.subscribe(name, True)
        return made

    async def _blobs(self, mailbox: Mailbox) -> Counter[bytes]:
        uids = await self._opened.mail.uids(mailbox.id)
        found: Counter[bytes] = Counter()
        for start in range(0, len(uids), _ROWS):
            some = uids[start : start + _ROWS]
            found.update(blob for (blob,) in await self._opened.mail.rows(mailbox.id, [(some[0], some[-1])], ("blob",)))
        return found

    def _take_present(self, mailbox: MailboxId, blob: bytes) -> bool:
        """Whether there is one more of these than was met so far: a mailbox that holds two of a message is met two."""
        there = self._present[mailbox]
        if there[blob] <= 0:
            return False
        there[blob] -= 1
        return True


def _dated(received: Received) -> datetime | None:
    """When a message of unknown history came: its topmost Received, or its Date."""
    header = headers.read(received.buffer)
    stamps = (header.first(b"received") or b"").rpartition(b";")[2], header.first(b"date") or b""
    return next((at for stamp in stamps if stamp and (at := dates.parse(stamp)) is not None), None)
