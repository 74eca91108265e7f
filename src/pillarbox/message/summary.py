"""All that is known of a message when it arrives: read once, each fact when it is first asked for."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from pillarbox.limits import MessageLimits
from pillarbox.message import addresses, dates, encoded_words, structure, text, threading
from pillarbox.message.addresses import Address
from pillarbox.message.headers import DEFAULT_LIMITS, Buffer, Header
from pillarbox.message.structure import Part
from pillarbox.message.text import SearchText

ADDRESS_BYTES = 1 << 19
"""Bytes of one kind of field in which addresses are looked for."""
_MISSING = object()
T = TypeVar("T")
SIGNATURES = frozenset({"pgp-signature", "pkcs7-signature", "x-pkcs7-signature", "pgp-encrypted"})


def read(data: Buffer, limits: MessageLimits = DEFAULT_LIMITS) -> "Summary":
    """The summary of one message; never raises."""
    return Summary(data, structure.parse(data, limits), limits)


class Summary:
    """One message's tree and header, and what mailboxes sort, thread and search by."""

    def __init__(self, data: Buffer, root: Part, limits: MessageLimits = DEFAULT_LIMITS) -> None:
        self.data = data
        self.root = root
        self.limits = limits
        self._addresses: dict[bytes, list[Address]] = {}
        self._rendered: text.Rendered = {}
        self._made: dict[object, Any] = {}

    def once(self, make: Callable[["Summary"], T]) -> T:
        """What `make` makes of this message, made when it is first asked for: for renderers that share a step."""
        found = self._made.get(make, _MISSING)
        if found is _MISSING:
            found = self._made[make] = make(self)
        return found  # type: ignore[no-any-return]

    @property
    def header(self) -> Header:
        return self.root.header

    @property
    def size(self) -> int:
        """RFC822.SIZE."""
        return len(self.data)

    @cached_property
    def subject(self) -> str:
        """Decoded, in one line; "" where there is none."""
        return encoded_words.decode(self.header.first(b"subject") or b"", limits=self.limits)

    @cached_property
    def base_subject(self) -> str:
        """RFC 5256 §2.1, folded: what SORT compares and threads share."""
        return text.fold(threading.base_subject(self.subject))

    @cached_property
    def sent(self) -> datetime | None:
        """The Date field's time; None where it has none (RFC 5256 §2.2: then the time of arrival counts)."""
        return dates.parse(self.header.first(b"date") or b"")

    @cached_property
    def message_id(self) -> str | None:
        value = self.header.first(b"message-id")
        return threading.message_id(value) if value else None

    @cached_property
    def references(self) -> list[str]:
        """Message-ids this one answers to, oldest first: of References, else the first of In-Reply-To (RFC 5256 §3)."""
        value = self.header.first(b"references")
        found = threading.references(value, self.limits) if value else []
        if found:
            return found
        value = self.header.first(b"in-reply-to")
        return threading.references(value, self.limits)[:1] if value else []

    def addresses(self, name: bytes) -> list[Address]:
        """The addresses of every field of this (lower-case) name, groups included."""
        found = self._addresses.get(name)
        if found is None:
            found = self._addresses[name] = []
            room = ADDRESS_BYTES
            for value in self.header.all(name):
                found += addresses.parse(value[:room], self.limits)
                room = max(room - len(value), 0)
            del found[self.limits.addresses :]
        return found

    def first_mailbox(self, name: bytes) -> str:
        """The local part of a field's first address, or the name of the group that is first: what SORT FROM, TO and CC compare
        (RFC 5256 §3: ENVELOPE's addr-mailbox)."""
        found = self._first_address(name)
        if found is None:
            return ""
        if found.is_mailbox:
            return self._literally(found.mailbox or b"")
        return encoded_words.decode(found.mailbox or b"")[: self.limits.sort_key]

    def display_name(self, name: bytes) -> str:
        """What a field's first address is shown as: its name, else its address; a group by its name (RFC 5957 §3)."""
        found = self._first_address(name)
        if found is None:
            return ""
        if found.name or not found.host:
            return encoded_words.decode(found.name or found.mailbox or b"")[: self.limits.sort_key]
        return self._literally(b"%b@%b" % (found.mailbox or b"", found.host))

    def _literally(self, address: bytes) -> str:
        """In addresses there are no encoded words (RFC 2047 §5)."""
        return address.decode("utf-8", "replace")[: self.limits.sort_key]

    def _first_address(self, name: bytes) -> Address | None:
        return next(iter(self.addresses(name)), None)

    @cached_property
    def preview(self) -> str:
        self.search_text  # noqa: B018 – which finds out how HTML reads
        return text.preview(self.data, self.root, self._rendered)

    @cached_property
    def search_text(self) -> SearchText | None:
        """What SEARCH TEXT and BODY look in; None: too long to keep, decode it again when searched."""
        return text.searchable(self.data, self.root, self.limits, self._rendered)

    @cached_property
    def has_attachment(self) -> bool:
        """Whether something is in it that people would call an attachment."""
        return any(map(_is_attachment, self.root.walk())) if self.root.children else _is_attachment(self.root)


def _is_attachment(part: Part) -> bool:
    if part.children:
        return False
    disposition = part.disposition
    if disposition is not None and disposition[0] == "attachment":
        return part.subtype not in SIGNATURES
    if part.type == "text":
        return part.file_name is not None and part.subtype != "html" and disposition is None
    if part.type in ("multipart", "message"):
        return part.message is not None
    return part.id is None and (disposition is None or disposition[0] != "inline") and part.subtype not in SIGNATURES
