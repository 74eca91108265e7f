"""Message disposition notifications, "read receipts", both ways (RFC 8098; RFC 6533 §5 where addresses are beyond ASCII).

multipart/report
├── text/plain                           what happened, for people
├── message/disposition-notification     the same for programs
└── the message's header, where that was asked for
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message import addresses, compose, composition, encoded_words, headers
from pillarbox.message.composition import Group
from pillarbox.message.headers import DEFAULT_LIMITS, Header
from pillarbox.message.heading import Heading
from pillarbox.message.notice import plain, words
from pillarbox.message.report import EMBEDDED, NOT_XTEXT
from pillarbox.message.structure import Part
from pillarbox.message.text import decoded, text_of

ACTION_MODES: Final = ("manual-action", "automatic-action")
SENDING_MODES: Final = ("mdn-sent-manually", "mdn-sent-automatically")
TYPES: Final = ("deleted", "dispatched", "displayed", "processed")
_DISPOSITION: Final = re.compile(r"\s*([a-z-]{1,40})\s*/\s*([a-z-]{1,40})\s*;\s*([a-z-]{1,40})\s*(?:/.*)?\Z", re.IGNORECASE)
_KINDS: Final = frozenset(("disposition-notification", "global-disposition-notification"))
_EXTENSION: Final = re.compile(r"[!-9;-~]{1,100}\Z")
_KNOWN: Final = frozenset(
    ("reporting-ua", "mdn-gateway", "original-recipient", "final-recipient", "original-message-id", "disposition", "error")
)
LONGEST: Final = 1 << 16
"""Bytes looked at of a notification that came in."""
EXTENSIONS: Final = 50
REQUEST: Final = b"disposition-notification-to"


@dataclass(frozen=True, slots=True)
class Disposition:
    """RFC 8098 §3.2.6"""

    action_mode: str
    sending_mode: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What became of a message where it was read. Recipients are typed: "rfc822; name@example.org"."""

    disposition: Disposition
    final_recipient: str = ""
    original_recipient: str = ""
    original_message_id: str = ""
    """With its brackets."""
    reporting_ua: str = ""
    gateway: str = ""
    errors: Sequence[str] = ()
    extensions: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    text: str = ""
    has_original: bool = False


def requested_by(heading: Heading) -> list[str]:
    """Who wants to be told that a message was read (RFC 8098 §2.1); nobody, where that is no address."""
    return [f"{local}@{domain}" for local, domain in heading.mailboxes(REQUEST) if local and domain]


def check_extensions(extensions: Mapping[str, str]) -> None:
    """Raises Invalid for names that are none, or are those of fields we write."""
    if len(extensions) > EXTENSIONS or not all(_EXTENSION.match(name) for name in extensions):
        raise Invalid("an extension field has a name that no field has")
    if any(name.lower() in _KNOWN for name in extensions):
        raise Invalid("an extension field has the name of another field")


# Written.


def written(
    notification: Notification, *, name: str, sender: str, to: Sequence[str], about: Header, at: datetime, message_id: str
) -> bytes:
    """A notification as a message from `sender` to `to`, about the message of that header. Raises Invalid."""
    check_extensions(notification.extensions)
    parts = [
        composition.Part("text/plain", text=notification.text or "Your message was displayed.\n"),
        composition.Part("message/disposition-notification", content=_fields(notification)),
    ]
    if notification.has_original:
        raw = bytes(about.data[about.start : about.body_start])
        parts.append(composition.Part("text/rfc822-headers", content=raw))
    subject = notification.subject or f"Read: {encoded_words.decode(about.first(b'subject') or b'')}".strip()
    header = [
        composition.date_field(b"Date", at),
        composition.addresses_field(b"From", [Group(None, [(name, sender)])]),
        composition.addresses_field(b"To", [Group(None, [("", each) for each in to])]),
        composition.text_field(b"Subject", subject),
        composition.ids_field(b"Message-ID", [message_id]),
        *_reference(notification.original_message_id),
        *([b"Auto-Submitted: auto-replied\r\n"] if notification.disposition.sending_mode == SENDING_MODES[1] else []),
    ]
    root = composition.Part("multipart/report", [("report-type", "disposition-notification")], children=parts)
    return composition.write(root, header, lambda: f"=_{hashlib.sha256(message_id.encode()).hexdigest()[:32]}")


def _reference(message_id: str) -> Iterator[bytes]:
    if bare := message_id.strip().removeprefix("<").removesuffix(">"):
        try:
            line = composition.ids_field(b"References", [bare])
        except Invalid:
            return
        yield composition.ids_field(b"In-Reply-To", [bare])
        yield line


def _fields(one: Notification) -> bytes:
    mode = one.disposition
    disposition = f"{mode.action_mode}/{mode.sending_mode}; {mode.type}"
    given = {
        "Reporting-UA": one.reporting_ua,
        "Original-Recipient": _typed(one.original_recipient),
        "Final-Recipient": _typed(one.final_recipient),
        "Original-Message-ID": one.original_message_id,
        "Disposition": disposition,
        **one.extensions,
    }
    return b"".join(
        compose.field(name.encode(), *(word.encode("ascii", "replace") for word in words(value)))
        for name, value in given.items()
        if value
    )


def _typed(recipient: str) -> str:
    """One beyond ASCII is of type utf-8, its letters spelled out (RFC 6533 §3)."""
    if recipient.isascii():
        return recipient
    address = recipient.partition(";")[2].strip() or recipient
    return "utf-8; " + NOT_XTEXT.sub(lambda hit: f"\\x{{{ord(hit[0]):02X}}}", address)


# Read.


def read(data: bytes, root: Part, limits: MessageLimits = DEFAULT_LIMITS) -> Notification | None:
    """What a message says became of another where it was read, None where it is no notification; never raises."""
    if root.content_type != "multipart/report":
        return None
    for place, part in enumerate(root.children):
        if part.type == "message" and part.subtype in _KINDS:
            told = headers.read(decoded(data, part)[:LONGEST], limits=limits)
            return _read(data, root, told, has_original=place + 1 < len(root.children))
    return None


def _read(data: bytes, root: Part, told: Header, *, has_original: bool) -> Notification | None:
    found = _DISPOSITION.match(_said(told, b"disposition"))
    if found is None:
        return None
    action, sending, kind = (each.lower() for each in found.groups())
    if action not in ACTION_MODES or sending not in SENDING_MODES or kind not in TYPES:
        return None
    extensions = {
        field_.name.decode("ascii", "replace"): plain(encoded_words.decode(told.value(field_)))
        for field_ in told.fields[: EXTENSIONS + len(_KNOWN)]
        if field_.name.decode("ascii", "replace") not in _KNOWN
    }
    first = root.children[0]
    return Notification(
        disposition=Disposition(action, sending, kind),
        final_recipient=_letters(_said(told, b"final-recipient")),
        original_recipient=_letters(_said(told, b"original-recipient")),
        original_message_id=_said(told, b"original-message-id"),
        reporting_ua=_said(told, b"reporting-ua"),
        gateway=_said(told, b"mdn-gateway"),
        errors=[plain(encoded_words.decode(value)) for value in told.all(b"error")[:EXTENSIONS]],
        extensions=extensions,
        subject=encoded_words.decode(root.header.first(b"subject") or b""),
        text=text_of(data, first) if first.type == "text" else "",
        has_original=has_original,
    )


def _said(told: Header, name: bytes) -> str:
    return plain(encoded_words.decode(told.first(name) or b""))


def _letters(typed: str) -> str:
    """Letters spelled out are letters again."""
    if not typed.lower().startswith("utf-8"):
        return typed
    return EMBEDDED.sub(lambda hit: chr(code) if 32 < (code := int(hit[1], 16)) < 0xD800 else hit[0], typed)


def address_of(recipient: str) -> str:
    """Of a typed one ("rfc822; name@example.org"), the address."""
    found = addresses.one(recipient.partition(";")[2].encode()) if ";" in recipient else None
    return f"{(found.mailbox or b'').decode()}@{(found.host or b'').decode()}" if found else ""
