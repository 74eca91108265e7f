"""Whether a message matches a search tree."""

from ..api import Scan
from ..keywords import folded
from ..query import (
    All,
    And,
    Body,
    ChangedSince,
    EmailIs,
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
        case Header() | Body() | Text():
            return _contains(placement, query, scan)


def _on(at: int, zone: int, first: int | None, before: int | None) -> bool:
    day = (at + zone * 60) // DAY
    return (first is None or day >= first) and (before is None or day < before)


def _contains(placement: Placement, needle: Needle, scan: Scan) -> bool:
    header, body = placement.email.message.header_text, placement.email.message.body_text
    match needle:
        case Header(name, wanted):
            if header is None:
                return scan(placement.email.data, needle)
            fields = [line.partition(": ") for line in header.split("\n")]
            return any(found == name and wanted in value for found, _, value in fields)
        case Body(wanted):
            return scan(placement.email.data, needle) if body is None else wanted in body
        case Text(wanted):
            if header is None or body is None:
                return scan(placement.email.data, needle)
            return wanted in header or wanted in body
