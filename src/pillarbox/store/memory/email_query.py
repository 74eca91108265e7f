"""Whether an email matches a filter, and what it is ordered by."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...ids import EmailId
from .. import emails as e
from .. import query as q
from ..keywords import folded
from ..query import Scan
from .search import matches
from .state import Box, Placement

Placed = Sequence[tuple[Box, Placement]]
All = Mapping[EmailId, Placed]


def ordered(emails: All, query: e.EmailQuery, scan: Scan, slept: Mapping[EmailId, int]) -> list[EmailId]:
    """Those that match, in the order asked for; `slept` says until when those sleep, or slept, that were put aside."""
    found = sorted(email for email in emails if _matches(emails, email, query.filter, scan))
    if query.sort and query.sort[0].descending:
        found.reverse()
    for key in reversed(query.sort):
        if key.by == "shown":
            found.sort(key=lambda email: slept.get(email, _email(emails[email]).message.received_at), reverse=key.descending)
        else:
            found.sort(key=lambda email: _key(emails, email, key), reverse=key.descending)
    if not query.collapse:
        return found
    first: dict[int, EmailId] = {}
    for email in found:
        first.setdefault(_email(emails[email]).thread, email)
    return list(first.values())


def _email(placed: Placed) -> Any:
    return placed[0][1].email


def _matches(emails: All, email: EmailId, node: e.Filter, scan: Scan) -> bool:
    placed = emails[email]
    match node:
        case e.AllOf(of):
            return all(_matches(emails, email, one, scan) for one in of)
        case e.AnyOf(of):
            return any(_matches(emails, email, one, scan) for one in of)
        case e.NoneOf(of):
            return not any(_matches(emails, email, one, scan) for one in of)
        case e.InMailbox(mailbox):
            return any(box.id == mailbox for box, _ in placed)
        case e.InOtherThan(mailboxes):
            return any(box.id not in mailboxes for box, _ in placed)
        case e.HasAttachment():
            return bool(_email(placed).message.has_attachment)
        case e.ThreadHas(keyword, every):
            thread = _email(placed).thread
            having = [_has(other, keyword) for other in emails.values() if _email(other).thread == thread]
            return all(having) if every else any(having)
        case q.HasFlag() | q.HasKeyword():
            return _has(placed, node)
        case _:
            return matches(placed[0][1], node, scan)


def _has(placed: Placed, keyword: e.Keyword) -> bool:
    if isinstance(keyword, q.HasFlag):
        return any(one.flags & keyword.flag for _, one in placed)
    return any(folded(keyword.keyword) in folded(one.keywords).split(" ") for _, one in placed)


def _key(emails: All, email: EmailId, key: e.SortKey) -> Any:
    message = _email(emails[email]).message
    match key.by:
        case "received":
            return message.received_at
        case "sent":
            return message.received_at if message.sent_at is None else message.sent_at
        case "size":
            return message.content.size
        case "from":
            return (message.sort_from if message.display_from is None else message.display_from).casefold()
        case "to":
            return (message.sort_to if message.display_to is None else message.display_to).casefold()
        case "subject":
            return message.base_subject.casefold()
    assert key.keyword is not None
    if key.by == "keyword":
        return _has(emails[email], key.keyword)
    thread = _email(emails[email]).thread
    having = [_has(other, key.keyword) for other in emails.values() if _email(other).thread == thread]
    return all(having) if key.by == "all in thread" else any(having)
