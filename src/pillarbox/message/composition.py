"""Messages written from their parts: fields encoded and folded, bodies in the encoding that suits them (RFC 5322, RFC 2045 to
2047, RFC 2231, RFC 6532).

Only what is given as raw is taken as it is; all else is made so that every parser reads back what was given.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pillarbox.errors import Invalid
from pillarbox.message import addresses, dates
from pillarbox.message.parameters import unquoted

LINE: Final = 78
"""RFC 5322 §2.1.1: letters a line should not exceed."""
LONGEST_LINE: Final = 998
"""RFC 5322 §2.1.1: letters a line must not exceed."""
ENCODED_BYTES: Final = 42
"""Bytes of UTF-8 in one encoded word, which then has 75 letters at most in either encoding's usual case (RFC 2047 §2)."""
PARAMETER: Final = 60
"""Letters of one section of a parameter's value (RFC 2231 §3)."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_NAME: Final = re.compile(rb"[!-9;-~]{1,900}\Z")
_MESSAGE_ID: Final = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,900}\Z")
_URL: Final = re.compile(r"[^\s<>,\x00-\x1f\x7f]{1,900}\Z")
_TOKEN: Final = re.compile(r"[!#$&+\-.0-9A-Z^_`a-z{|}~]+\Z")
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\Z")
_SPECIAL: Final = re.compile(r"[][<>()@,;:\\\"\s]")
_ODD: Final = re.compile(r"^ | $|  |=\?|[^\x20-\x7e]")
_FOLDED: Final = re.compile(r"\r?\n(?=[ \t]+[^ \t\r\n])")
_FROM: Final = re.compile(rb"^From ", re.MULTILINE)
_LINE_ENDS: Final = re.compile(r"\r\n|\r|\n")


# Fields.


def raw_field(name: bytes, value: str) -> bytes:
    """A value as it stands after the colon, folded by whoever wrote it. Raises Invalid where it would end the field."""
    unfolded = _FOLDED.sub("", value)
    if _CONTROLS.search(unfolded.replace("\t", "")) or any(len(line) > LONGEST_LINE for line in value.split("\n")):
        raise Invalid("a raw field has control characters, or lines that are too long")
    return _named(name) + b":" + _LINE_ENDS.sub("\r\n", value).encode("utf-8", "replace") + b"\r\n"


def text_field(name: bytes, text: str) -> bytes:
    """Unstructured text, in encoded words where it needs them; line ends become spaces."""
    text = _LINE_ENDS.sub(" ", text).replace("\0", "")
    if not _ODD.search(text) and all(len(word) <= LINE * 10 for word in text.split(" ")):
        return _folded(name, text.encode("ascii").split(b" "))
    return _folded(name, list(_encoded_words(text)))


@dataclass(frozen=True, slots=True)
class Group:
    """Addresses, each a name ("" for none) and an address; under a name of their own, or (None) not."""

    name: str | None
    members: Sequence[tuple[str, str]]


def addresses_field(name: bytes, groups: Sequence[Group]) -> bytes:
    """Raises Invalid for what cannot be an address. One without a domain may stand: a draft need not be finished."""
    items: list[bytes] = []
    for group in groups:
        members = [_mailbox(each, address) for each, address in group.members]
        if group.name is None:
            items += members
        else:
            items.append(_phrase(group.name) + b": " + b", ".join(members) + b";")
    return _folded(name, [word for item in b",\0".join(items).split(b"\0") for word in item.split(b" ")])


def ids_field(name: bytes, ids: Sequence[str]) -> bytes:
    """Message-ids, without their brackets. Raises Invalid."""
    if not all(map(_MESSAGE_ID.match, ids)):
        raise Invalid("that is no message-id")
    return _folded(name, [f"<{each}>".encode() for each in ids])


def urls_field(name: bytes, urls: Sequence[str]) -> bytes:
    """Raises Invalid."""
    if not all(map(_URL.match, urls)):
        raise Invalid("that is no URL")
    return _folded(name, [f"<{each}>{',' if place < len(urls) else ''}".encode() for place, each in enumerate(urls, 1)])


def date_field(name: bytes, at: datetime) -> bytes:
    return _folded(name, [dates.format(at)])


def parameters_field(name: bytes, main: str, parameters: Sequence[tuple[str, str]]) -> bytes:
    """A value with parameters, as Content-Type has them (RFC 2045 §5.1), in sections and with a charset where they need it
    (RFC 2231). Raises Invalid."""
    words = [main]
    for key, value in parameters:
        if _CONTROLS.search(value):
            raise Invalid("a parameter has control characters")
        words[-1] += ";"
        words += _parameter(key, value)
    return _folded(name, [word.encode() for word in words])


def _named(name: bytes) -> bytes:
    if not _NAME.match(name):
        raise Invalid("that is no name of a header field")
    return name


def _folded(name: bytes, words: Sequence[bytes]) -> bytes:
    """Words with one space between, in lines that are no longer than need be; no line is white space alone."""
    lines: list[bytes] = []
    line = _named(name) + b":"
    for word in words:
        if word and len(line) + 1 + len(word) > LINE and (lines or not line.endswith(b":")) and line.strip():
            lines.append(line)
            line = b" " + word
        else:
            line += b" " + word
    return b"\r\n".join([*lines, line]) + b"\r\n"


def _encoded_words(text: str) -> Iterator[bytes]:
    """A text in encoded words: readable where most of it is ASCII, else base64; none cuts a character in two."""
    readable = sum(letter.isascii() for letter in text) * 3 > len(text) * 2
    chunk, room = b"", ENCODED_BYTES
    for letter in text:
        octets = letter.encode("utf-8", "replace")
        cost = len(_quoted(octets)) if readable else len(octets)
        if room < cost:
            yield _encoded_word(chunk, readable)
            chunk, room = b"", ENCODED_BYTES
        chunk, room = chunk + octets, room - cost
    yield _encoded_word(chunk, readable)


def _encoded_word(chunk: bytes, readable: bool) -> bytes:
    return b"=?utf-8?Q?%b?=" % _quoted(chunk) if readable else b"=?utf-8?B?%b?=" % base64.b64encode(chunk)


def _quoted(octets: bytes) -> bytes:
    return b"".join(
        b"_" if octet == 32 else bytes((octet,)) if chr(octet).isascii() and chr(octet).isalnum() else b"=%02X" % octet
        for octet in octets
    )


def _mailbox(name: str, address: str) -> bytes:
    local, sign, host = address.rpartition("@")
    if not sign:
        local, host = host, ""
    elif not host:
        raise Invalid("that is no address")
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        local = unquoted(local[1:-1].encode("utf-8", "replace")).decode("utf-8")
    elif _SPECIAL.search(local):
        raise Invalid("that is no address")
    if host:
        return addresses.format(name, local, host, utf8=not address.isascii())
    if not addresses.ATOM.fullmatch(local):
        raise Invalid("that is no address")
    written = local.encode("utf-8", "replace")
    return b"%b <%b>" % (_phrase(name), written) if name else written


def _phrase(name: str) -> bytes:
    """A display name: as `addresses.format` writes it."""
    return addresses.format(name, "x", "x").removesuffix(b" <x@x>") if name else b'""'


def _parameter(key: str, value: str) -> list[str]:
    if value.isascii() and len(value) <= PARAMETER:
        return [f"{key}={value}" if _TOKEN.match(value) else f'{key}="{_escaped(value)}"']
    coded = ["".join(f"%{octet:02X}" for octet in letter.encode("utf-8", "replace")) for letter in value]
    letters = [
        letter if _TOKEN.match(letter) and letter not in "'%*" else code for letter, code in zip(value, coded, strict=True)
    ]
    sections = [""]
    for letter in letters:
        if len(sections[-1]) + len(letter) > PARAMETER:
            sections.append("")
        sections[-1] += letter
    sections[0] = "utf-8''" + sections[0]
    if len(sections) == 1:
        return [f"{key}*={sections[0]}"]
    last = len(sections) - 1
    return [f"{key}*{place}*={each}{';' if place < last else ''}" for place, each in enumerate(sections)]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


# Parts.


@dataclass(slots=True)
class Part:
    """One part: parts within it, or text, or bytes."""

    type: str
    """"text/plain", in lower case."""
    parameters: Sequence[tuple[str, str]] = ()
    """Of Content-Type, but for charset (of text) and boundary."""
    fields: list[bytes] = field(default_factory=list)
    """Besides Content-Type and Content-Transfer-Encoding, whole; one that is Content-Type stands in place of ours."""
    children: "Sequence[Part] | None" = None
    text: str | None = None
    content: bytes = b""
    """Where there is no text: as it is, already in the charset its parameters name."""


def write(root: Part, header: Sequence[bytes], boundary: Callable[[], str]) -> bytes:
    """The message: header fields, whole, and the parts. `boundary` makes names that are in no body. Raises Invalid."""
    written: list[bytes] = [*header, b"MIME-Version: 1.0\r\n"]
    waiting: list[Part | bytes] = [root]
    while waiting:
        part = waiting.pop()
        if isinstance(part, bytes):
            written.append(part)
        elif part.children is None:
            written += _leaf(part)
        else:
            mark = boundary()
            written += [*_described(part, [("boundary", mark)]), b"\r\n"]
            inside: list[Part | bytes] = []
            for child in part.children:
                inside += [b"--%b\r\n" % mark.encode(), child, b"\r\n"]
            waiting += reversed([*inside, b"--%b--\r\n" % mark.encode()])
    return b"".join(written)


def is_type(name: str) -> bool:
    """Whether it is the name of a media type, in lower case (RFC 6838 §4.2)."""
    return _TYPE.match(name) is not None


def _leaf(part: Part) -> Sequence[bytes]:
    if part.text is not None:
        encoding, body = text_body(part.text)
        more = [("charset", "us-ascii" if part.text.isascii() else "utf-8")]  # RFC 2046 §4.1.2: the least that will do
    else:
        encoding, body = _body(part.type, part.content)
        more = []
    return [*_described(part, more), b"Content-Transfer-Encoding: %b\r\n\r\n" % encoding, body]


def _described(part: Part, more: Sequence[tuple[str, str]]) -> Sequence[bytes]:
    if not is_type(part.type):
        raise Invalid("that is no media type")
    if any(each.lower().startswith(b"content-type:") for each in part.fields):
        if part.children is not None:
            raise Invalid("the server writes the Content-Type of a multipart")
        return part.fields
    return [parameters_field(b"Content-Type", part.type, [*part.parameters, *more]), *part.fields]


def text_body(text: str) -> tuple[bytes, bytes]:
    """An encoding's name, and the text in UTF-8 with CRLF in that encoding: as it is where it may go anywhere so, else as is
    shortest (RFC 2045 §6)."""
    data = _LINE_ENDS.sub("\r\n", text).encode("utf-8", "replace")
    if _is_plain(data):
        return b"7bit", data
    unsafe = len(data.translate(None, _PRINTABLE))
    if unsafe * 6 > len(data):
        return b"base64", base64_body(data)
    quoted = binascii.b2a_qp(data + b"\r\n", istext=True)[:-2]
    return b"quoted-printable", _FROM.sub(b"=46rom ", quoted)


_PRINTABLE: Final = bytes((9, 10, 13, *range(32, 127)))


def _body(kind: str, content: bytes) -> tuple[bytes, bytes]:
    """Bytes that must arrive as they are; a message within may not be encoded (RFC 2046 §5.2.1)."""
    if kind in ("message/rfc822", "message/global"):
        return (b"7bit" if _is_plain(content) else b"8bit"), content
    if kind.startswith(("text/", "message/")) and _is_plain(content):
        return b"7bit", content
    return b"base64", base64_body(content)


def _is_plain(data: bytes) -> bool:
    """Whether it arrives as it is wherever it goes: ASCII in lines that end as they should and are not too long; none of them
    begins with what mbox files quote."""
    if not data.isascii() or b"\0" in data or data.startswith(b"From ") or b"\nFrom " in data:
        return False
    lines = data.split(b"\r\n")
    return all(len(line) <= LONGEST_LINE and b"\n" not in line and b"\r" not in line for line in lines)


def base64_body(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
