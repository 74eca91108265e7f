"""Header fields in the forms JMAP has of them (RFC 8621 §4.1.2); never raises, whatever the bytes."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from pillarbox.message import addresses, dates, encoded_words, headers, threading
from pillarbox.message.addresses import Address
from pillarbox.message.headers import Header
from pillarbox.message.summary import ADDRESS_BYTES
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail.dates import dated
from pillarbox.proto.jmap.mail.fields import FieldProperty, Form
from pillarbox.servers.imap import fields as ready

NORMALIZED: Final = 512
"""Letters brought into NFC together: sorting a run of combining marks takes time by its square."""
_CONTROLS: Final = dict.fromkeys((*range(9), *range(10, 32), 127))
_URL: Final = re.compile(r"<([^<>]*+)>")
_SPACES: Final = re.compile(r"[ \t\r\n]++")


class Fields:
    """One header, or those fields of it that were kept ready."""

    def all(self) -> list[Json]:
        """`headers`: every field, as it is."""
        raise NotImplementedError

    def values(self, name: bytes) -> Sequence[bytes]:
        """Of the fields of this (lower-case) name, with their folds, in order."""
        raise NotImplementedError

    def last(self, name: bytes) -> bytes | None:
        """The last of them, if there is any."""
        return next(reversed(self.values(name)), None)

    def value(self, wanted: FieldProperty) -> Json:
        """A property's value: of the last field of that name, or of all of them (RFC 8621 §4.1.3)."""
        read = READERS[wanted.form]
        if wanted.all:
            return [read(value) for value in self.values(wanted.lower)]
        last = self.last(wanted.lower)
        return None if last is None else read(last)


class WholeHeader(Fields):
    """A header at hand."""

    __slots__ = ("_header",)

    def __init__(self, header: Header) -> None:
        self._header = header

    def all(self) -> list[Json]:
        data = self._header.data
        return [
            {
                "name": _characters(data[each.start : each.value_start - 1].rstrip(b" \t")),
                "value": _characters(_without_end(data[each.value_start : each.end])),
            }
            for each in self._header.fields
        ]

    def values(self, name: bytes) -> Sequence[bytes]:
        header = self._header
        found = (each for each in header.fields if each.name == name) if name in header else ()
        return [_without_end(header.data[each.value_start : each.end]) for each in found]


class KeptFields(Fields):
    """The usual fields of a message, as they were kept ready: nothing is read of it but what is asked for."""

    __slots__ = ("_lines", "_shape")

    def __init__(self, block: bytes) -> None:
        self._shape, *self._lines = block.split(b"\0")

    def values(self, name: bytes) -> Sequence[bytes]:
        number = ready.NUMBERS[name][0]
        return [_value(line) for kind, line in zip(self._shape, self._lines, strict=True) if kind == number]

    def last(self, name: bytes) -> bytes | None:
        place = self._shape.rfind(ready.NUMBERS[name])
        return None if place < 0 else _value(self._lines[place])


def _value(line: bytes) -> bytes:
    return _without_end(line.partition(b":")[2])


def _without_end(value: bytes) -> bytes:
    return value[:-2] if value.endswith(b"\r\n") else value.removesuffix(b"\n")


def _characters(value: bytes) -> str:
    """Any NUL is dropped (RFC 8621 §4.1.2.1)."""
    return value.decode("utf-8", "replace").replace("\0", "")


def _raw(value: bytes) -> Json:
    return _characters(value)


def _text(value: bytes) -> Json:
    return _clean(encoded_words.decode(value)).strip(" ")


def _clean(text: str) -> str:
    """Without control characters, and in NFC: a bounded piece at a time."""
    if text.isascii() and text.isprintable():
        return text
    text = text.translate(_CONTROLS)
    pieces = (text[at : at + NORMALIZED] for at in range(0, len(text), NORMALIZED))
    return "".join(unicodedata.normalize("NFC", piece) for piece in pieces)


def _addresses(value: bytes) -> Json:
    return [_address(one) for one in addresses.parse(headers.unfold(value)[:ADDRESS_BYTES]) if one.is_mailbox]


def _grouped(value: bytes) -> Json:
    """Groups, and what stands between them as groups without a name."""
    found: list[Json] = []
    for name, members in _groups(addresses.parse(headers.unfold(value)[:ADDRESS_BYTES])):
        if name is not None or members:
            found.append({"name": name, "addresses": members})
    return found


def _groups(listed: Sequence[Address]) -> Iterator[tuple[str | None, list[Json]]]:
    name: str | None = None
    members: list[Json] = []
    for one in listed:
        if one.is_mailbox:
            members.append(_address(one))
        else:  # one begins, or ends
            yield name, members
            name = None if one.mailbox is None else _name(one.mailbox) or ""
            members = []
    yield name, members


def _address(one: Address) -> Json:
    """An EmailAddress. In an address there are no encoded words (RFC 2047 §5)."""
    local, host = _characters(one.mailbox or b""), _characters(one.host or b"")
    if host and not addresses.ATOM.fullmatch(local):
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return {"name": _name(one.name or b"") or None, "email": _clean(f"{local}@{host}" if host else local)}


def _name(phrase: bytes) -> str:
    return _clean(encoded_words.decode(phrase)).strip() if phrase else ""


def _message_ids(value: bytes) -> Json:
    return [*threading.message_ids(headers.unfold(value))] or None


def _date(value: bytes) -> Json:
    found = dates.parse(headers.unfold(value))
    return None if found is None else dated(found)


def _urls(value: bytes) -> Json:
    return [_SPACES.sub("", found) for found in _URL.findall(_characters(headers.unfold(value)))] or None


READERS: Final[Mapping[Form, Callable[[bytes], Json]]] = {
    Form.RAW: _raw,
    Form.TEXT: _text,
    Form.ADDRESSES: _addresses,
    Form.GROUPED: _grouped,
    Form.MESSAGE_IDS: _message_ids,
    Form.DATE: _date,
    Form.URLS: _urls,
}
