"""DMARC failure reports, read: what a receiver found wrong with one message in our name (RFC 9991, RFC 6591; RFC 5965).

    multipart/report; report-type=feedback-report
    ├── text/plain                  for people
    ├── message/feedback-report     fields: what failed, and where the message came from
    └── the message, or its header

Of the message itself only its author, subject and Message-ID are kept: the rest is other people's mail. For the same reason
none are sent.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from ..message import addresses, dates, encoded_words, headers
from ..message.headers import Header
from ..message.heading import Heading
from ..message.structure import Part
from ..message.text import decode_chunks
from . import authres
from .authres import Outcome
from .names import ascii_domain, is_domain

CHILDREN = 5
"""Parts looked at; a report has three."""
RESULTS = 5
"""Authentication-Results read of one report."""
LONGEST = 2000
"""Bytes read of one field."""
TEXT = 300
"""Letters kept of it."""
MESSAGES = frozenset({"rfc822", "global"})
HEADERS = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
NUMBER = re.compile(rb"[0-9]{1,9}")
BRACKETED = re.compile(r"<([^<>]*)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One message that failed, or several alike. Texts are "" where the report does not say."""

    source: str
    """The address it came from."""
    count: int
    auth_failure: str
    """What failed: "dmarc", "dkim", "spf", "signature", "bodyhash", "revoked", … (RFC 6591 §3.3)."""
    delivery_result: str
    """What became of it: "delivered", "spam", "policy", "reject" or "other"."""
    alignment: str
    """Which of "dkim" and "spf" were aligned (RFC 9991); "none"."""
    header_from: str
    """The author's address."""
    envelope_from: str
    dkim: str
    """The result, as `checks.authres` has it."""
    dkim_domain: str
    dkim_selector: str
    spf: str
    subject: str
    message_id: str
    arrival: str
    """When: 2026-11-21T12:00:00+00:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report on a failure."""

    id: str
    organisation: str
    """The domain it is from."""
    domain: str
    """The domain it is about."""
    arrived_at: int | None
    failure: Failure


def read(message: bytes, root: Part) -> Report | None:
    """The failure report that a message is; None where it is none, or does not say on which domain. Never raises."""
    if root.content_type != "multipart/report":
        return None
    parts = root.children[:CHILDREN]
    about = next((_fields(message, part) for part in parts if part.content_type == "message/feedback-report"), None)
    if about is None or _word(about, b"feedback-type") != "auth-failure":
        return None
    returned = next(_returned(message, parts), None)
    author = _address(returned, b"from") if returned else ""
    domain = _domain([_word(about, b"reported-domain"), author.rpartition("@")[2], _word(about, b"dkim-domain")])
    if not domain:
        return None
    arrival = dates.parse(_value(about, b"arrival-date") or _value(about, b"received-date"))
    heading = Heading(root.header)
    return Report(
        id=_plain(heading.message_id) or _digest(about),
        organisation=_domain([heading.from_domain]),
        domain=domain,
        arrived_at=int(arrival.timestamp()) if arrival else None,
        failure=_failure(about, returned, author, arrival),
    )


def _failure(about: Header, returned: Header | None, author: str, arrival: datetime | None) -> Failure:
    results = list(_results(about))
    return Failure(
        source=_source(_value(about, b"source-ip")),
        count=_number(_value(about, b"incidents")) or 1,
        auth_failure=_word(about, b"auth-failure"),
        delivery_result=_word(about, b"delivery-result"),
        alignment=_word(about, b"identity-alignment"),
        header_from=author,
        envelope_from=_path(_text(about, b"original-mail-from")),
        dkim=_result_of(results, "dkim"),
        dkim_domain=_word(about, b"dkim-domain"),
        dkim_selector=_word(about, b"dkim-selector"),
        spf=_result_of(results, "spf"),
        subject=_text(returned, b"subject") if returned else "",
        message_id=_plain(Heading(returned).message_id) if returned else "",
        arrival=arrival.astimezone(UTC).isoformat(timespec="seconds") if arrival else "",
    )


# Where things are.


def _fields(message: bytes, part: Part) -> Header:
    return headers.read(next(decode_chunks(message, part), b""))


def _returned(message: bytes, parts: Iterable[Part]) -> Iterator[Header]:
    """The header of the message that is told about, in either of its forms (RFC 5965 §2)."""
    for part in parts:
        if part.message is not None and part.subtype in MESSAGES:
            yield part.message.header
        elif part.content_type in HEADERS:
            yield _fields(message, part)


def _results(about: Header) -> Iterator[Outcome]:
    for value in about.all(authres.NAME.lower())[:RESULTS]:
        found = authres.parse(value)
        yield from found.outcomes if found else ()


def _result_of(results: Iterable[Outcome], method: str) -> str:
    return next((_plain(one.result) for one in results if one.method == method), "")


# What they say.


def _value(header: Header, name: bytes) -> bytes:
    return (header.first(name) or b"")[:LONGEST]


def _text(header: Header, name: bytes) -> str:
    return _plain(encoded_words.decode(_value(header, name)))


def _word(header: Header, name: bytes) -> str:
    return _text(header, name).lower()


def _plain(text: str) -> str:
    """As it may be shown: on one line, without what a terminal acts upon, and not too much of it."""
    return "".join(char if char.isprintable() else " " for char in text[:TEXT]).strip()


def _address(header: Header, name: bytes) -> str:
    found = addresses.one(_value(header, name))
    if found is None:
        return ""
    local, host = ((part or b"").decode("utf-8", "replace") for part in (found.mailbox, found.host))
    return _plain(f"{local}@{host.lower()}")


def _path(text: str) -> str:
    """An address, with or without angle brackets."""
    found = BRACKETED.search(text)
    return found[1] if found else text


def _domain(names: Iterable[str]) -> str:
    """The first of them that is one."""
    return next((name for name in map(ascii_domain, names) if name and is_domain(name)), "")


def _source(text: bytes) -> str:
    try:
        return str(ip_address(text.decode("ascii", "replace").strip("[] ")))
    except ValueError:
        return ""


def _number(text: bytes) -> int:
    return int(text) if NUMBER.fullmatch(text) else 0


def _digest(about: Header) -> str:
    """What a report without a name is known by."""
    return hashlib.sha256(about.data[: about.body_start]).hexdigest()[:32]
