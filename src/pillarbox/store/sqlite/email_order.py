"""Emails put in order, of what SQLite can read fastest."""

from array import array
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from ...ids import MailboxId
from .. import emails as e
from . import snoozing
from .emails import binding, counted, numbers, placed
from .statements import listed

if TYPE_CHECKING:
    from .email_search import Ids, Search, Those

_TIMES: Final = {
    "received": "m.received_at",
    "sent": "coalesce(e.sent_at, e.received_at)",
}
_OTHERS: Final = {
    "size": "m.size",
    "from": "folded(coalesce(e.display_from, e.sort_from))",
    "to": "folded(coalesce(e.display_to, e.sort_to))",
    "subject": "e.base_subject",  # folded when it was kept
}
_HAS_KEYWORD: Final = "m.email IN (SELECT value FROM carray(?))"
SHARE: Final = 16
"""Where the emails are less than such a part of all, they are looked up one by one."""


def ordered(search: "Search", query: e.EmailQuery, box: MailboxId | None, matching: "Those") -> "array[int]":
    """The emails that match, in one mailbox or (None) wherever they count, in the order asked for."""
    emails: Iterable[int]
    if any(key.by in _OTHERS for key in query.sort):
        emails = _sorted_in_sql(_Read(search, box, matching), query.sort)
    elif matching.but and search.within is None and (times := _only_times(search, query.sort)):
        everything = _Read(search, box, replace(matching, ids=frozenset()))
        whole = search.orders.of(
            search.db, search.account, (box, times), lambda: array("q", _sorted_here(everything, query.sort))
        )
        emails = [one for one in whole if one not in matching.ids] if matching.ids else whole
    else:
        emails = _sorted_here(_Read(search, box, matching), query.sort)
    return array("q", _first_of_threads(emails, search.thread_of) if query.collapse else emails)


def _first_of_threads(emails: Iterable[int], thread_of: "array[int]") -> Iterable[int]:
    first: dict[int, int] = {}
    for email in emails:
        first.setdefault(thread_of[email], email)
    return first.values()


def _sorted_here(read: "_Read", sort: Sequence[e.SortKey]) -> list[int]:
    """By times, in which order they mostly come: Python sees that, SQLite does not."""
    times = {key.by: _time(read.search, key) for key in sort if key.keyword is None}
    emails, *columns = read.columns("m.email", *times.values())
    values = {name: dict(zip(emails, column, strict=True)) for name, column in zip(times, columns, strict=True)}
    each_once = next(iter(values.values())) if values else dict.fromkeys(emails)
    found = sorted(read.only_matching(each_once.keys()), reverse=_is_descending(sort))
    for key in reversed(sort):
        of = values[key.by].__getitem__ if key.keyword is None else _having(read.search, key).__contains__
        found.sort(key=of, reverse=key.descending)
    return found


def _only_times(search: "Search", sort: Sequence[e.SortKey]) -> tuple[tuple[str, bool], ...]:
    """What they are put in order by, where nothing but a coming or going of emails alters that order; else ()."""
    times = [(_time(search, key), key.descending) for key in sort if key.keyword is None]
    return tuple(times) if len(times) == len(sort) and all(text in _TIMES.values() for text, _ in times) else ()


def _sorted_in_sql(read: "_Read", sort: Sequence[e.SortKey]) -> list[int]:
    """What has to be moved about is, while other threads of ours run."""
    parts, bindings = [], []
    for key in sort:
        if key.keyword is not None:
            bindings.append(numbers(_having(read.search, key)))
        text = _HAS_KEYWORD if key.keyword is not None else _OTHERS.get(key.by) or _time(read.search, key)
        parts.append(f"{text} DESC" if key.descending else text)
    parts.append("m.email DESC" if _is_descending(sort) else "m.email")
    read.search.db.create_scalar_function("folded", _folded, 1, deterministic=True)
    found = dict.fromkeys(read.in_order(", ".join(parts), bindings))
    matching = read.only_matching(found.keys())
    return list(found) if len(matching) == len(found) else [one for one in found if one in matching]


def _having(search: "Search", key: e.SortKey) -> "Ids":
    """The emails that a key which is no value tells apart."""
    assert key.keyword is not None
    return search.with_keyword(key.keyword, None if key.by == "keyword" else key.by == "all in thread")


def _time(search: "Search", key: e.SortKey) -> str:
    """By when it came to be looked at: what was never put aside, as most never is, costs nothing more."""
    if key.by == "shown":
        return snoozing.SHOWN_AT if snoozing.any_kept(search.db, search.account) else _TIMES["received"]
    return _TIMES[key.by]


def _is_descending(sort: Sequence[e.SortKey]) -> bool:
    """Where keys tell two not apart, their ids do, the way the first key goes."""
    return bool(sort) and sort[0].descending


class _Read:
    """The messages `m`, and their emails `e`, of the emails that match: with others among them where that costs less. An email
    that is in several mailboxes comes as often."""

    def __init__(self, search: "Search", box: MailboxId | None, matching: "Those") -> None:
        self.search = search
        self._matching = matching
        self._source, self._bound = "message m", list[Any]()
        if not matching.but and len(matching.ids) * SHARE <= search.placed:
            self._source = f"carray(?) c{placed('message', 'c.value')}"
            self._bound = [numbers(matching.ids), search.account]
        self._condition = f"m.account = ? AND {counted(search.within)}"
        self._bound += [search.account, *binding(search.within)]
        if box is not None:
            self._condition += " AND m.mailbox = ?"
            self._bound.append(box)

    def only_matching(self, emails: "AbstractSet[int]") -> "AbstractSet[int]":
        ids = self._matching.ids
        if self._matching.but:
            return emails - ids if ids else emails
        return emails & ids

    def columns(self, *of: str) -> list[list[int]]:
        """Numbers of each message."""
        listing = ", ".join(f"group_concat({one})" for one in of)
        row = self.search.db.execute(f"SELECT {listing} {self._from(listing)}", self._bound).get
        return [listed(text) for text in (row if len(of) > 1 else (row,))]

    def in_order(self, keys: str, bindings: Sequence[Any]) -> list[int]:
        # an inner query, since an aggregate's own ORDER BY costs three times as much
        statement = f"SELECT group_concat(email) FROM (SELECT m.email {self._from(keys)} ORDER BY {keys})"
        return listed(self.search.db.execute(statement, (*self._bound, *bindings)).get)

    def _from(self, what: str) -> str:
        join = " CROSS JOIN email e ON e.id = m.email" if "e." in what else ""
        return f"FROM {self._source}{join} WHERE {self._condition}"


def _folded(*texts: Any) -> str:
    return str(texts[0]).casefold()
