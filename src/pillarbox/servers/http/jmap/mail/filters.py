"""Filters and sorts of emails as the store asks them (RFC 8621 §4.4)."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from pillarbox.message.text import fold
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts
from pillarbox.proto.jmap.mail.filter import EmailCondition
from pillarbox.proto.jmap.mail.sort import Comparator
from pillarbox.store.emails import (
    EVERYTHING,
    AllOf,
    AnyOf,
    EmailQuery,
    Filter,
    HasAttachment,
    InMailbox,
    InOtherThan,
    NoneOf,
    SortKey,
    ThreadHas,
    leaves,
)
from pillarbox.store.query import Body, Header, Larger, ReceivedSince, Smaller, Text

from .flags import wanted

NOTHING: Final = AnyOf(())
NEWEST_FIRST: Final = (SortKey("received", descending=True),)
_SORTS: Final[Mapping[str, Literal["received", "shown", "sent", "size", "from", "to", "subject"]]] = {
    "receivedAt": "received",
    "snoozedUntil": "shown",
    "sentAt": "sent",
    "size": "size",
    "from": "from",
    "to": "to",
    "subject": "subject",
}
_OF_THREADS: Final[Mapping[str, Literal["keyword", "all in thread", "some in thread"]]] = {
    "hasKeyword": "keyword",
    "allInThreadHaveKeyword": "all in thread",
    "someInThreadHaveKeyword": "some in thread",
}
Resolve = Callable[[str], str]
"""What an id that may be that of something made in the same request is."""


def query(
    filter_: Mapping[str, Json] | None, sort: Sequence[Mapping[str, Json]], collapse: bool, resolve: Resolve
) -> EmailQuery:
    """Raises MethodRefused."""
    comparators = sorts.read(sort, sorts.OF_EMAILS)
    keys = tuple(map(_key, comparators)) or NEWEST_FIRST
    return EmailQuery(_filter(filter_, resolve), keys, collapse)


def _filter(given: Mapping[str, Json] | None, resolve: Resolve) -> Filter:
    if given is None:
        return EVERYTHING
    found = filters.read(given, lambda one: condition(filters.email_condition(one), resolve), _join)
    if sum(1 for _ in leaves(found)) > filters.CONDITIONS:
        raise MethodRefused("unsupportedFilter", f"more than {filters.CONDITIONS} things are looked for")
    return found


def _join(operator: str, of: Sequence[Filter]) -> Filter:
    match operator:
        case "AND":
            return AllOf(tuple(of))
        case "OR":
            return AnyOf(tuple(of))
        case _:
            return NoneOf(tuple(of))


def condition(asked: EmailCondition, resolve: Resolve) -> Filter:
    """What one condition asks for, all of it."""
    every = [
        *_of_place(asked, resolve),
        *_of_size_and_time(asked),
        *_of_keywords(asked),
        *(node for what, text in asked.texts for node in _of_text(what, text)),
    ]
    if asked.field is not None:
        every.append(Header(asked.field[0].lower(), fold(asked.field[1])))
    return every[0] if len(every) == 1 else AllOf(tuple(every))


def _of_place(asked: EmailCondition, resolve: Resolve) -> list[Filter]:
    found: list[Filter] = []
    if asked.in_mailbox is not None:
        mailbox = ids.read_mailbox(resolve(asked.in_mailbox))
        found.append(NOTHING if mailbox is None else InMailbox(mailbox))
    if asked.in_other_than is not None:
        others = (ids.read_mailbox(resolve(each)) for each in asked.in_other_than)
        found.append(InOtherThan(frozenset(each for each in others if each is not None)))
    return found


def _of_size_and_time(asked: EmailCondition) -> list[Filter]:
    found: list[Filter] = []
    if asked.after is not None:
        found.append(ReceivedSince(math.ceil(asked.after.timestamp())))
    if asked.before is not None:
        found.append(NoneOf((ReceivedSince(math.ceil(asked.before.timestamp())),)))
    if asked.min_size:
        found.append(Larger(asked.min_size - 1))
    if asked.max_size is not None:
        found.append(Smaller(asked.max_size))
    if asked.has_attachment is not None:
        found.append(HasAttachment() if asked.has_attachment else NoneOf((HasAttachment(),)))
    return found


def _of_keywords(asked: EmailCondition) -> list[Filter]:
    found: list[Filter] = []
    if asked.all_in_thread is not None:
        found.append(ThreadHas(wanted(asked.all_in_thread), all=True))
    if asked.some_in_thread is not None:
        found.append(ThreadHas(wanted(asked.some_in_thread), all=False))
    if asked.none_in_thread is not None:
        found.append(NoneOf((ThreadHas(wanted(asked.none_in_thread), all=False),)))
    if asked.has_keyword is not None:
        found.append(wanted(asked.has_keyword))
    if asked.not_keyword is not None:
        found.append(NoneOf((wanted(asked.not_keyword),)))
    return found


def _of_text(what: str, text: str) -> list[Filter]:
    """Every word has to be there."""
    needles = [fold(word) for word in filters.words(text)]
    match what:
        case "text":
            return [Text(needle) for needle in needles]
        case "body":
            return [Body(needle) for needle in needles]
        case _:
            return [Header(what, needle) for needle in needles]


def _key(asked: Comparator) -> SortKey:
    descending = not asked.is_ascending
    if asked.property in _OF_THREADS:
        return SortKey(_OF_THREADS[asked.property], descending, wanted(asked.keyword))
    return SortKey(_SORTS[asked.property], descending)
