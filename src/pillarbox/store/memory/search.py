"""Whether a message matches a search tree."""

from collections.abc import Sequence

from .. import fuzzy
from ..keywords import folded
from ..query import (
    All,
    And,
    Body,
    ChangedSince,
    EmailIs,
    Exact,
    Fuzzy,
    HasFlag,
    HasKeyword,
    Header,
    InUids,
    Larger,
    Needle,
    Not,
    Or,
    Query,
    ReceivedDay,
    ReceivedSince,
    SavedDay,
    Scan,
    SentDay,
    Smaller,
    Text,
    ThreadIs,
)
from .state import Placement

DAY = 86400


def matches(placement: Placement, query: Query, scan: Scan) -> bool:
    message = placement.email.message
    match query:
        case All():
            return True
        case And(of):
            return all(matches(placement, one, scan) for one in of)
        case Or(of):
            return any(matches(placement, one, scan) for one in of)
        case Not(of):
            return not matches(placement, of, scan)
        case HasFlag(flag):
            return bool(placement.flags & flag)
        case HasKeyword(keyword):
            return folded(keyword) in folded(placement.keywords).split(" ")
        case InUids(uids):
            return any(first <= placement.uid <= last for first, last in uids)
        case Larger(size):
            return placement.size > size
        case Smaller(size):
            return placement.size < size
        case ReceivedDay(first, before):
            return _on(message.received_at, message.received_zone, first, before)
        case SentDay(first, before):
            if message.sent_at is None:
                return _on(message.received_at, message.received_zone, first, before)
            return _on(message.sent_at, message.sent_zone, first, before)
        case SavedDay(first, before):
            return _on(placement.saved_at, 0, first, before)
        case ReceivedSince(at):
            return message.received_at >= at
        case ChangedSince(modseq):
            return placement.modseq >= modseq
        case EmailIs(email):
            return placement.email.id == email
        case ThreadIs(thread):
            return placement.email.thread == thread
        case Header() | Body() | Text() | Fuzzy():
            return _contains(placement, query, scan)


def _on(at: int, zone: int, first: int | None, before: int | None) -> bool:
    day = (at + zone * 60) // DAY
    return (first is None or day >= first) and (before is None or day < before)


def _contains(placement: Placement, needle: Needle, scan: Scan) -> bool:
    exact = needle.of if isinstance(needle, Fuzzy) else needle
    if not _is_kept(placement, exact):
        return scan(placement.email.data, needle)
    texts = _texts(placement, exact)
    if isinstance(needle, Fuzzy):
        return bool(texts) and fuzzy.has("\n".join(texts), fuzzy.words(exact.needle))
    return any(exact.needle in text for text in texts)


def relevance(placement: Placement, needles: Sequence[Needle]) -> int:
    """How well it has what is looked for (RFC 6203 §4)."""
    if not needles:
        return fuzzy.BEST
    if not _is_kept(placement, Text("")):
        return fuzzy.UNKNOWN
    exact = [needle.of if isinstance(needle, Fuzzy) else needle for needle in needles]
    texts = ["\n".join(_texts(placement, needle)) for needle in exact]
    return fuzzy.overall([fuzzy.score(text, needle.needle) for text, needle in zip(texts, exact, strict=True)])


def _is_kept(placement: Placement, needle: Exact) -> bool:
    message = placement.email.message
    header, body = message.header_text is not None, message.body_text is not None
    return header if isinstance(needle, Header) else body if isinstance(needle, Body) else header and body


def _texts(placement: Placement, needle: Exact) -> list[str]:
    """The texts that a needle is looked for in, where they are kept."""
    header, body = placement.email.message.header_text or "", placement.email.message.body_text or ""
    match needle:
        case Header(name):
            fields = [line.partition(": ") for line in header.split("\n")]
            return [value for found, _, value in fields if found == name]
        case Body():
            return [body]
        case Text():
            return [header, body]
