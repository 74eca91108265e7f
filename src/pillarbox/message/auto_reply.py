"""Which messages a program may answer for a person, and what such an answer looks like (RFC 3834, RFC 8621 §8).

Nobody is answered who is a program, writes to many, or may not have written at all: an answer to an answer goes round for ever,
one to a list annoys everybody on it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import composition, html, threading
from .composition import Group, Part
from .heading import Heading

LONGEST_SUBJECT: Final = 200
"""Characters of the subject answered that stand in the answer's."""
REFERENCES: Final = 20
"""Message-ids of the conversation that an answer names, the last ones (RFC 5322 §3.6.4 wants them all; a few do)."""
PROGRAMS: Final = re.compile(
    r"(?:mailer-daemon|postmaster|listserv|majordomo|mailman|bounces?|(?:no|do[-_.]?not|dont|never)[-_.]?reply.*)\Z"
)
"""Local parts that no person reads (RFC 3834 §2, RFC 5230 §4.6)."""
_OF_LISTS: Final = re.compile(r"owner-|.*-(?:request|owner|bounces?|relay|errors)\Z|bounces?[-+=]")
_ID: Final = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,900}\Z")
_BULK: Final = frozenset((b"bulk", b"list", b"junk", b"auto_reply"))
_SUPPRESSED: Final = frozenset((b"all", b"oof", b"autoreply"))
_LIST_FIELDS: Final = (
    b"list-id", b"list-help", b"list-subscribe", b"list-unsubscribe", b"list-post", b"list-owner", b"list-archive",
)  # fmt: skip
_ADDRESSEES: Final = (b"to", b"cc", b"bcc", b"resent-to", b"resent-cc", b"resent-bcc")
ADDRESSEES: Final = 100
"""So many of those it is addressed to are looked at: who is one among more is not meant personally."""


def is_answerable(heading: Heading, sender: str) -> bool:
    """Whether a person may have written it, to persons; `sender` is the reverse-path."""
    local = sender.rpartition("@")[0].lower()
    if not local or PROGRAMS.match(local) or _OF_LISTS.match(local):
        return False
    header = heading.header
    if any(name in header for name in _LIST_FIELDS):
        return False
    submitted = (header.first(b"auto-submitted") or b"no").partition(b";")[0].strip().lower()
    if submitted != b"no" or (header.first(b"precedence") or b"").strip().lower() in _BULK:
        return False
    suppressed = (header.first(b"x-auto-response-suppress") or b"").lower().split(b",")
    if any(word.strip() in _SUPPRESSED for word in suppressed):
        return False
    return not (header.first(b"content-type") or b"").strip().lower().startswith(b"multipart/report")


def addressees(heading: Heading) -> Iterator[tuple[str, str]]:
    """(local part, domain) of each address it was sent to by name."""
    found = (each for name in _ADDRESSEES for each in heading.mailboxes(name))
    for each, _ in zip(found, range(ADDRESSEES), strict=False):
        yield each


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to say, and in whose name."""

    name: str
    address: str
    subject: str = ""
    """"": as the message answered has it."""
    text: str = ""
    html: str = ""


def compose(answer: Answer, to: str, about: Heading, *, at: datetime, message_id: str) -> bytes:
    """The answer to a message, for its sender (RFC 3834 §3). Raises Invalid where `to` can stand in no header."""
    name, local, domain = answer.name, *_parted(answer.address)
    header = [
        composition.date_field(b"Date", at),
        composition.addresses_field(b"From", [Group(None, [(name, f"{local}@{domain}")])]),
        composition.addresses_field(b"To", [Group(None, [("", to)])]),
        composition.text_field(b"Subject", answer.subject or _subject(about)),
        composition.ids_field(b"Message-ID", [message_id]),
        *_references(about),
        b"Auto-Submitted: auto-replied\r\n",
        b"Precedence: bulk\r\n",
        b"X-Auto-Response-Suppress: All\r\n",
    ]
    return composition.write(_body(answer), header, lambda: _boundary(message_id, answer))


def _parted(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    return local, domain


def _subject(about: Heading) -> str:
    """RFC 3834 §3.1.5"""
    said = " ".join(about.subject.split())[:LONGEST_SUBJECT]
    return f"Auto: {said}" if said else "Automatic reply"


def _references(about: Heading) -> Iterator[bytes]:
    if not _ID.match(about.message_id):
        return
    before = filter(_ID.match, threading.message_ids(about.header.first(b"references") or b""))
    yield composition.ids_field(b"In-Reply-To", [about.message_id])
    yield composition.ids_field(b"References", [*list(before)[-REFERENCES:], about.message_id])


def _body(answer: Answer) -> Part:
    plain = Part("text/plain", text=answer.text or html.text(answer.html))
    if not answer.html:
        return plain
    return Part("multipart/alternative", children=[plain, Part("text/html", text=answer.html)])


def _boundary(message_id: str, answer: Answer) -> str:
    """What neither part has in it."""
    digest = message_id
    while True:
        digest = hashlib.sha256(digest.encode()).hexdigest()
        if digest[:32] not in answer.text and digest[:32] not in answer.html:
            return f"=_{digest[:32]}"
