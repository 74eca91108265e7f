"""From a message that came in to all that is kept of it: read once, at delivery."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..limits import MessageLimits
from ..message import structure, summary, text
from ..store import fuzzy
from ..store.models import Form, NewMessage
from ..store.query import Body, Fuzzy, Header, Needle, Text
from .spool import Buffer, Received

Render = Callable[[Buffer, summary.Summary], bytes]
Forms = Mapping[Form, Render]
"""How each protocol wants a message rendered for its listings; the protocol's server fills it in."""

_QUICK = 64 * 1024  # bytes that are read on the loop, in a few milliseconds


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a message is from and to, as they are written (`Summary.first_mailbox`, `Summary.display_name`)."""

    sender: str
    to: str
    cc: str
    display_from: str
    display_to: str


class Reading:
    def __init__(self, forms: Forms, limits: MessageLimits) -> None:
        self._forms = forms
        self._limits = limits

    async def new_message(
        self,
        received: Received,
        *,
        received_at: datetime,
        saved_at: datetime,
        flags: int = 0,
        keywords: Sequence[str] = (),
        uidl: str | None = None,
        is_delivered: bool = False,
    ) -> NewMessage:
        """Everything the store keeps of a message. A large one is read in a thread."""
        if received.content.size <= _QUICK:
            read, forms = self._read(received.buffer)
        else:
            read, forms = await asyncio.to_thread(self._read, received.buffer)
        found = read.search_text
        return NewMessage(
            content=received.content,
            received_at=int(received_at.timestamp()),
            received_zone=_minutes(received_at),
            saved_at=int(saved_at.timestamp()),
            flags=flags,
            keywords=keywords,
            sent_at=int(read.sent.timestamp()) if read.sent else None,
            sent_zone=_minutes(read.sent) if read.sent else 0,
            message_id=read.message_id or "",
            references=read.references,
            base_subject=read.base_subject,
            subject=read.subject,
            sort_from=text.fold(read.first_mailbox(b"from")),
            sort_to=text.fold(read.first_mailbox(b"to")),
            sort_cc=text.fold(read.first_mailbox(b"cc")),
            display_from=read.display_name(b"from"),
            display_to=read.display_name(b"to"),
            preview=read.preview,
            has_attachment=read.has_attachment,
            is_delivered=is_delivered,
            forms=forms,
            header_text=found.header if found else None,
            body_text=found.body if found else None,
            uidl=uidl,
        )

    async def names(self, buffer: Buffer) -> Names:
        """Of a message read again. A large one is read in a thread."""
        return self._names(buffer) if len(buffer) <= _QUICK else await asyncio.to_thread(self._names, buffer)

    def _names(self, buffer: Buffer) -> Names:
        read = summary.read(buffer, self._limits)
        sender, to, cc = map(read.first_mailbox, (b"from", b"to", b"cc"))
        return Names(sender, to, cc, read.display_name(b"from"), read.display_name(b"to"))

    def forms(self, buffer: Buffer) -> Mapping[Form, bytes]:
        """The forms alone, rendered again."""
        return self._read(buffer)[1]

    def again(self, buffer: Buffer) -> tuple[Mapping[Form, bytes], tuple[str, str] | None]:
        """The forms and the text for search, worked out again."""
        read, forms = self._read(buffer)
        found = read.search_text
        return forms, (found.header, found.body) if found else None

    def contains(self, buffer: Buffer, needle: Needle, form: Callable[[str], str] = text.fold) -> bool:
        """Whether a message contains what is looked for: the slow way, for those whose text is not kept. `form` makes of a text
        what is compared; the needle is in that form already."""
        if isinstance(needle, Fuzzy):
            return all(self.contains(buffer, word, lambda found: fuzzy.plain(form(found))) for word in fuzzy.split(needle.of))
        root = structure.parse(buffer, self._limits)
        match needle:
            case Header(name, wanted):
                return any(wanted in form(found) for found in text.field_texts(root.header, name.encode(), self._limits))
            case Body(wanted):
                return text.search_body(buffer, root, wanted, self._limits, form)
            case Text(wanted):
                return text.search_header(root, wanted, self._limits, form) or text.search_body(
                    buffer, root, wanted, self._limits, form
                )

    def _read(self, buffer: Buffer) -> tuple[summary.Summary, Mapping[Form, bytes]]:
        read = summary.read(buffer, self._limits)
        read.search_text, read.preview  # noqa: B018 – worked out here, where a large message is read in a thread
        return read, {name: render(buffer, read) for name, render in self._forms.items()}


def _minutes(moment: datetime) -> int:
    """How far east of UTC a time was written."""
    zone = moment.utcoffset()
    return int(zone.total_seconds()) // 60 if zone else 0
