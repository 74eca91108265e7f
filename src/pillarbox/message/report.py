"""Delivery status notifications, both ways (RFC 3464, RFC 6522; RFC 6533 where addresses are beyond ASCII).

    multipart/report
    ├── text/plain                 what happened, and what to do: `notice`
    ├── message/delivery-status    the same for programs
    └── the message, or its header

Seven bits wherever that is possible, so that it arrives: only a sender whose own address needs SMTPUTF8 gets the
message/global forms, and only a message that had eight bits is returned in eight. Nothing that came from outside begins a line
of a header or a part: words lose their control characters, the boundary is one that nothing within has.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import dates, encoded_words, headers, notice
from pillarbox.message.compose import field
from pillarbox.message.downgrade import needs_binary, quoted_printable
from pillarbox.message.headers import DEFAULT_LIMITS, Header
from pillarbox.message.notice import words
from pillarbox.message.status import ACTIONS, RecipientStatus, Status
from pillarbox.message.structure import Part
from pillarbox.message.text import decoded

STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?!\d)")
"""RFC 3463 §2"""
MESSAGE_ID = re.compile(rb"<[!-;=?-~]{1,500}>")
TYPED = re.compile(r"([A-Za-z0-9-]{1,40})[ \t]*;[ \t]*(.+)", re.DOTALL)
EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
NOT_XTEXT = re.compile(r"[^!-*,-<>-\[\]-~]")
DELIVERY_STATUS = frozenset({"delivery-status", "global-delivery-status"})
LONGEST_STATUS = 1 << 20
"""Bytes looked at of a delivery status that came in: some thousand recipients'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message made here, and what sending it takes."""

    data: bytes
    subject: str
    smtputf8: bool
    eight_bit: bool


def delivery_status(
    status: Status,
    *,
    to: str,
    from_: str,
    at: datetime,
    message_id: str,
    returned: bytes,
    whole: bool,
    limits: MessageLimits = DEFAULT_LIMITS,
) -> Composed:
    """Tell `to`, the sender of the message that begins with the bytes `returned`, what became of it.

    `whole`: the bytes are all of it, and to be returned; where that is not possible in this form its header is. `message_id`
    is the notification's own, without brackets. Raises Invalid where `to` could not stand in a header.
    """
    if not to or any(letter < " " or letter == "\x7f" for letter in to):
        raise Invalid("no address to report to")
    utf8 = not to.isascii()
    about = headers.read(returned, limits=limits)
    subject = notice.subject(status.recipients, encoded_words.decode(about.first(b"subject") or b"")[: notice.LONGEST_SUBJECT])
    parts = (
        _text(notice.text(status.recipients, encoded_words.decode(about.first(b"subject") or b""), from_)),
        _status_part(status, utf8=utf8),
        _returned(returned, about, whole=whole, utf8=utf8, limits=limits),
    )
    boundary = _boundary(message_id, parts)
    data = b"".join(
        (
            field(b"Date", dates.format(at)),
            field(b"From", b"Mail", b"Delivery", b"System", b"<%b>" % from_.encode()),
            field(b"To", b"<%b>" % to.encode()),
            field(b"Subject", *notice.encoded(subject)),
            field(b"Message-ID", b"<%b>" % message_id.encode()),
            *_threading(about),
            b"Auto-Submitted: auto-replied\r\n",
            b"MIME-Version: 1.0\r\n",
            b'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="%b"\r\n' % boundary,
            b"" if all(part.isascii() for part in parts) else b"Content-Transfer-Encoding: 8bit\r\n",
            b"".join(b"\r\n--%b\r\n%b" % (boundary, part) for part in parts),
            b"\r\n--%b--\r\n" % boundary,
        )
    )
    return Composed(data=data, subject=subject, smtputf8=utf8, eight_bit=not data.isascii())


def _threading(about: Header) -> Iterator[bytes]:
    """RFC 5322 §3.6.4: mail programs show the notification beside the message it is about."""
    found = MESSAGE_ID.search(about.first(b"message-id") or b"")
    if found:
        yield field(b"In-Reply-To", found[0])
        yield field(b"References", found[0])


def _boundary(seed: str, parts: Sequence[bytes]) -> bytes:
    """RFC 2046 §5.1.1: what no part has in it. Each try is as good as random to whoever wrote the parts."""
    digest = seed.encode()
    while True:
        digest = hashlib.sha256(digest + b"".join(part[:4096] for part in parts)).digest()
        boundary = b"=_" + digest[:16].hex().encode()
        if not any(boundary in part for part in parts):
            return boundary


def _text(text: str) -> bytes:
    body = text.replace("\n", "\r\n").encode("utf-8", "replace")
    if body.isascii():
        return b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + body
    return b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(
        body
    )


def _status_part(status: Status, *, utf8: bool) -> bytes:
    blocks = b"\r\n".join((_message_fields(status, utf8), *(_recipient_fields(each, utf8) for each in status.recipients)))
    if blocks.isascii():
        return b"Content-Type: message/delivery-status\r\n\r\n" + blocks
    return b"Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + blocks


def _message_fields(status: Status, utf8: bool) -> bytes:
    """RFC 3464 §2.2"""
    return b"".join(
        (
            field(b"Original-Envelope-Id", *_bytes(status.envid[:100], utf8)) if status.envid else b"",
            field(b"Reporting-MTA", b"dns;", *_bytes(status.reporting_mta, utf8)),
            field(b"Arrival-Date", dates.format(status.arrival)) if status.arrival else b"",
        )
    )


def _recipient_fields(each: RecipientStatus, utf8: bool) -> bytes:
    """RFC 3464 §2.3"""
    kind = b"smtp;" if each.remote_mta and notice.REPLY.match(each.diagnostic) else b"x-pillarbox;"
    original = TYPED.fullmatch(each.original)
    return b"".join(
        (
            field(b"Original-Recipient", *_typed(original[1], original[2], utf8)) if original else b"",
            field(b"Final-Recipient", *_typed("rfc822", each.address, utf8)),
            field(b"Action", each.action.encode()),
            field(b"Status", each.status.encode("ascii", "replace") if STATUS.fullmatch(each.status) else b"5.0.0"),
            field(b"Remote-MTA", b"dns;", *_bytes(each.remote_mta, utf8)) if each.remote_mta else b"",
            field(b"Diagnostic-Code", kind, *_bytes(each.diagnostic, utf8)) if each.diagnostic else b"",
            field(b"Last-Attempt-Date", dates.format(each.last_attempt)) if each.last_attempt else b"",
            field(b"Will-Retry-Until", dates.format(each.will_retry_until)) if each.will_retry_until else b"",
        )
    )


def _typed(kind: str, address: str, utf8: bool) -> tuple[bytes, ...]:
    """An address with its type: one beyond ASCII is of type utf-8, its letters spelled out in seven bits (RFC 6533 §3)."""
    if not address.isascii():
        kind = "utf-8"
        if not utf8:
            address = NOT_XTEXT.sub(lambda hit: f"\\x{{{ord(hit[0]):02X}}}", address)
    return (f"{kind.lower()};".encode(), *_bytes(address, utf8))


def _bytes(text: str, utf8: bool) -> tuple[bytes, ...]:
    return tuple(word.encode("utf-8" if utf8 else "ascii", "replace") for word in words(text))


class _Kind(NamedTuple):
    """What the third part is (RFC 6522 §3, RFC 6533 §5, §6)."""

    content_type: bytes
    encoding: bytes


def _returned(original: bytes, about: Header, *, whole: bool, utf8: bool, limits: MessageLimits) -> bytes:
    header = _bounded(original[about.start : about.body_start], limits.returned)
    if whole and not needs_binary(original) and (utf8 or header.isascii()) and len(header) == about.body_start - about.start:
        encoding = b"7bit" if original.isascii() else b"8bit"
        kind = _Kind(b"message/rfc822" if header.isascii() else b"message/global", encoding)
        body = original
    elif header.isascii() and not needs_binary(header):
        kind, body = _Kind(b"text/rfc822-headers", b"7bit"), header
    elif utf8 and not needs_binary(header):
        kind, body = _Kind(b"message/global-headers", b"8bit"), header
    else:
        kind, body = _Kind(b"text/rfc822-headers", b"quoted-printable"), quoted_printable(header)
    return b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n\r\n%b" % (*kind, body)


def _bounded(header: bytes, most: int) -> bytes:
    """Whole lines of it, as many as fit."""
    return header if len(header) <= most else header[: header.rfind(b"\n", 0, most) + 1]


# Reading what others send.


def read_status(data: bytes, root: Part, limits: MessageLimits = DEFAULT_LIMITS) -> Status | None:
    """What a received message says became of others, None where it is no notification; never raises.

    At most `limits.report_recipients` recipients; those without address, action or status are passed over.
    """
    if root.content_type != "multipart/report":
        return None
    for part in root.children:
        if part.type == "message" and part.subtype in DELIVERY_STATUS:
            return _read(decoded(data, part)[:LONGEST_STATUS], limits)
    return None


def _read(text: bytes, limits: MessageLimits) -> Status | None:
    groups = _groups(text, limits)
    first = next(groups, None)
    if first is None:
        return None
    recipients: list[RecipientStatus] = []
    for group in groups:
        if len(recipients) == limits.report_recipients:
            break
        if recipient := _recipient(group):
            recipients.append(recipient)
    return Status(
        reporting_mta=_value(first, b"reporting-mta"),
        recipients=recipients,
        envid=_said(first, b"original-envelope-id"),
        arrival=dates.parse(first.first(b"arrival-date") or b""),
    )


def _groups(text: bytes, limits: MessageLimits) -> Iterator[Header]:
    """Fields up to an empty line, again and again (RFC 3464 §2.1); a line that is no field is passed over."""
    at = 0
    while at < len(text):
        header = headers.read(text, at, limits=limits)
        if header.fields:
            yield header
        end = text.find(b"\n", at) + 1 or len(text)
        at = header.body_start if header.body_start > at else end


def _recipient(group: Header) -> RecipientStatus | None:
    action = ACTIONS.get(_said(group, b"action").split(" ", 1)[0].lower())
    status = STATUS.match(_said(group, b"status"))
    address = _value(group, b"final-recipient")
    if action is None or status is None or not address:
        return None
    return RecipientStatus(
        address=address,
        action=action,
        status=status[1],
        original=_original(_said(group, b"original-recipient")),
        diagnostic=_value(group, b"diagnostic-code"),
        remote_mta=_value(group, b"remote-mta"),
        last_attempt=dates.parse(group.first(b"last-attempt-date") or b""),
        will_retry_until=dates.parse(group.first(b"will-retry-until") or b""),
    )


def _original(said: str) -> str:
    typed = TYPED.fullmatch(said)
    return f"{typed[1].lower()};{typed[2]}" if typed else ""


def _said(group: Header, name: bytes) -> str:
    return notice.plain(encoded_words.decode(group.first(name) or b""))


def _value(group: Header, name: bytes) -> str:
    """What follows the type; letters spelled out are letters again."""
    typed = TYPED.fullmatch(_said(group, name))
    if typed is None:
        return ""
    return EMBEDDED.sub(_letter, typed[2]) if typed[1].lower() == "utf-8" else typed[2]


def _letter(hit: re.Match[str]) -> str:
    code = int(hit[1], 16)
    return chr(code) if 32 < code < 0x110000 and not 0xD800 <= code < 0xE000 else hit[0]
