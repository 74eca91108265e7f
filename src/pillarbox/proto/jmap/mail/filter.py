"""Filters: operators around conditions, and the conditions of emails and mailboxes (RFC 8620 §5.5; RFC 8621 §2.3, §4.4.1)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.ijson import encode

from . import dates, keywords

T = TypeVar("T")
OPERATORS: Final = ("AND", "OR", "NOT")
CONDITIONS: Final = JmapLimits().conditions
"""Operators and conditions of one filter."""
BYTES: Final = JmapLimits().filter_bytes
"""Of one filter's conditions, as JSON: they are kept with what was found."""
WORDS: Final = JmapLimits().words
"""Words looked for by one condition; those after them are not."""


@dataclass(slots=True)
class _Open:
    """An operator whose conditions are being read."""

    operator: str
    left: list[Json]
    """From the last to the first."""


def read(value: Mapping[str, Json], condition: Callable[[Mapping[str, Json]], T], join: Callable[[str, Sequence[T]], T]) -> T:
    """A filter made into something else, from its conditions up. Raises MethodRefused; nothing here calls itself."""
    made: list[list[T]] = [[]]
    stack = [_Open("AND", [dict(value)])]
    room, bytes_left = CONDITIONS, BYTES
    while True:
        here = stack[-1]
        if here.left:
            room -= 1
            if room < 0:
                raise MethodRefused("unsupportedFilter", f"more than {CONDITIONS} conditions")
            node = here.left.pop()
            if not isinstance(node, dict):
                raise MethodRefused("invalidArguments", "a filter is an object")
            if "operator" in node:
                stack.append(_opened(node))
                made.append([])
                continue
            bytes_left -= len(encode(node))
            if bytes_left < 0:
                raise MethodRefused("unsupportedFilter", f"conditions of more than {BYTES} bytes")
            made[-1].append(condition(node))
            continue
        found = made.pop()
        stack.pop()
        if not made:
            return found[0]
        made[-1].append(join(here.operator, found))


def as_test(
    value: Mapping[str, Json] | None, condition: Callable[[Mapping[str, Json]], Callable[[T], bool]]
) -> Callable[[T], bool]:
    """A filter as a test; everything passes where there is none. Raises MethodRefused."""
    return read(value, condition, _join) if value is not None else lambda one: True


def _join(operator: str, of: Sequence[Callable[[T], bool]]) -> Callable[[T], bool]:
    match operator:
        case "AND":
            return lambda one: all(test(one) for test in of)
        case "OR":
            return lambda one: any(test(one) for test in of)
        case _:
            return lambda one: not any(test(one) for test in of)


def _opened(node: Mapping[str, Json]) -> _Open:
    operator, conditions = node.get("operator"), node.get("conditions")
    if operator not in OPERATORS or not isinstance(conditions, list) or len(node) != 2:
        raise MethodRefused("invalidArguments", "an operator is AND, OR or NOT, with a list of conditions")
    return _Open(str(operator), conditions[::-1])


_TOKEN: Final = re.compile(r"""\s*+(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|(\S++))""", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def words(text: str) -> Sequence[str]:
    """What a text looks for: words and, in quotes of either kind, phrases; each has to be there (RFC 8621 §4.4.1). A backslash
    in quotes takes what comes after it as it is; a quote that has no other is a letter like any."""
    found: list[str] = []
    for token in islice(_TOKEN.finditer(text), 2 * WORDS):
        double, single, word = token.groups()
        phrase = word if word is not None else _ESCAPED.sub(r"\1", single if double is None else double)
        if piece := " ".join(phrase.split()):
            found.append(piece)
    return found[:WORDS]


@dataclass(frozen=True, slots=True)
class EmailCondition:
    """What an email has to be, all of it (RFC 8621 §4.4.1)."""

    in_mailbox: str | None = None
    in_other_than: frozenset[str] | None = None
    before: datetime | None = None
    after: datetime | None = None
    min_size: int | None = None
    max_size: int | None = None
    all_in_thread: str | None = None
    some_in_thread: str | None = None
    none_in_thread: str | None = None
    has_keyword: str | None = None
    not_keyword: str | None = None
    has_attachment: bool | None = None
    texts: Sequence[tuple[str, str]] = ()
    """(what to look in: text, from, to, cc, bcc, subject or body; what to look for)."""
    field: tuple[str, str] | None = None
    """(a header field's name, what it contains; "": anything)."""


TEXTS: Final = ("text", "from", "to", "cc", "bcc", "subject", "body")
EMAIL_CONDITIONS: Final = (
    "inMailbox", "inMailboxOtherThan", "before", "after", "minSize", "maxSize", "allInThreadHaveKeyword",
    "someInThreadHaveKeyword", "noneInThreadHaveKeyword", "hasKeyword", "notKeyword", "hasAttachment", *TEXTS, "header",
)  # fmt: skip
MAILBOX_CONDITIONS: Final = ("parentId", "name", "role", "hasAnyRole", "isSubscribed")


def email_condition(given: Mapping[str, Json]) -> EmailCondition:
    """Raises MethodRefused: "unsupportedFilter" for what nobody knows; null is no condition's value (RFC 8621 §4.4.1): whoever
    asks for what is in no mailbox is not told of everything."""
    arguments = Arguments(given)
    nothing = next((name for name in EMAIL_CONDITIONS if given.get(name, "") is None), None)
    if nothing is not None:
        raise MethodRefused("invalidArguments", f"{nothing!r} is null")
    others = arguments.ids("inMailboxOtherThan")
    texts = [(name, text) for name in TEXTS if (text := arguments.optional_text(name)) is not None]
    found = EmailCondition(
        in_mailbox=arguments.optional_id("inMailbox"),
        in_other_than=None if others is None else frozenset(others),
        before=date(arguments, "before"),
        after=date(arguments, "after"),
        min_size=arguments.optional_number("minSize"),
        max_size=arguments.optional_number("maxSize"),
        all_in_thread=_keyword(arguments, "allInThreadHaveKeyword"),
        some_in_thread=_keyword(arguments, "someInThreadHaveKeyword"),
        none_in_thread=_keyword(arguments, "noneInThreadHaveKeyword"),
        has_keyword=_keyword(arguments, "hasKeyword"),
        not_keyword=_keyword(arguments, "notKeyword"),
        has_attachment=_optional_flag(arguments, "hasAttachment"),
        texts=texts,
        field=_field(arguments.strings("header")),
    )
    finish(arguments)
    return found


@dataclass(frozen=True, slots=True)
class MailboxCondition:
    """What a mailbox has to be (RFC 8621 §2.3)."""

    given: frozenset[str] = field(default_factory=frozenset)
    """Which of these are asked for: null asks for something too."""
    parent: str | None = None
    name: str = ""
    role: str | None = None
    has_any_role: bool = False
    is_subscribed: bool = False


def mailbox_condition(given: Mapping[str, Json]) -> MailboxCondition:
    """Raises MethodRefused."""
    arguments = Arguments(given)
    found = MailboxCondition(
        frozenset(name for name, value in given.items() if value is not None or name in ("parentId", "role")),
        arguments.optional_id("parentId"),
        arguments.text("name", ""),
        arguments.optional_text("role"),
        arguments.flag("hasAnyRole"),
        arguments.flag("isSubscribed"),
    )
    finish(arguments)
    return found


def finish(arguments: Arguments) -> None:
    """Raises MethodRefused where a condition says what nobody knows."""
    try:
        arguments.finish()
    except MethodRefused as refused:
        raise MethodRefused("unsupportedFilter", refused.description) from None


def date(arguments: Arguments, name: str) -> datetime | None:
    """A UTCDate of a condition. Raises MethodRefused."""
    text = arguments.optional_text(name)
    found = dates.read(text, is_utc=True)
    if text is not None and found is None:
        raise MethodRefused("invalidArguments", f"{name!r} is no UTCDate")
    return found


def _keyword(arguments: Arguments, name: str) -> str | None:
    text = arguments.optional_text(name)
    if text is not None and not keywords.is_keyword(text):
        raise MethodRefused("invalidArguments", f"{name!r} is no keyword")
    return None if text is None else text.lower()


def _optional_flag(arguments: Arguments, name: str) -> bool | None:
    return None if arguments.anything(name) is None else arguments.flag(name)


def _field(said: list[str] | None) -> tuple[str, str] | None:
    if said is None:
        return None
    if not 1 <= len(said) <= 2 or not said[0]:
        raise MethodRefused("invalidArguments", "'header' is the name of a field and, perhaps, a text")
    return said[0], said[1] if len(said) == 2 else ""
