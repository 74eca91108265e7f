"""SearchSnippet/get (RFC 8621 §5.1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.ids import EmailId
from pillarbox.message import html, structure, text
from pillarbox.message.text import fold
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused
from pillarbox.proto.jmap.mail import filter as filters

from ..answers import Object
from ..call import Call, MethodRow, OpenedFor
from ..capabilities import MAIL
from ..mail import snippets
from ..mail.emails import QUICK

PARTS: Final = 10
"""Texts of one email that are looked through."""
LETTERS: Final = 1 << 20
"""Letters of each."""


@dataclass(frozen=True, slots=True)
class _Sought:
    """What a filter looks for, folded."""

    in_subject: tuple[str, ...] = ()
    in_body: tuple[str, ...] = ()


async def get(call: Call, arguments: Arguments) -> Object:
    """RFC 8621 §5.1."""
    account, filter_, names = arguments.id("accountId"), arguments.object("filter"), arguments.ids("emailIds")
    arguments.finish()
    if names is None:
        raise MethodRefused("invalidArguments", "'emailIds' is missing")
    if len(names) > call.limits.get_objects:
        raise MethodRefused("requestTooLarge", f"more than {call.limits.get_objects} ids")
    opened = await call.account(account)
    sought = _sought(filter_)
    numbers = {name: ids.read_email(call.resolve_id(name)) for name in names}
    rows = await opened.emails.get(
        [each for each in numbers.values() if each is not None], ("email", "subject", "size", "data")
    )
    by_number = {row[0]: row for row in rows}
    listed: list[Json] = []
    for name, number in numbers.items():
        if number in by_number:
            _, subject, size, data = by_number[number]
            preview = await _preview(opened, EmailId(number), size, data, sought.in_body) if sought.in_body and number else None
            listed.append({"emailId": name, "subject": snippets.marked(subject, sought.in_subject), "preview": preview})
    missing: Json = [name for name, number in numbers.items() if number not in by_number]
    return {"accountId": account, "list": listed, "notFound": missing or None}


async def _preview(opened: OpenedFor, email: EmailId, size: int, data: bytes | None, words: Sequence[str]) -> str | None:
    whole = await opened.emails.read(email) if data is None else data

    def find() -> str | None:
        found = (snippets.around(each, words) for each in _texts(whole))
        return next((each for each in found if each is not None), None)

    return find() if size <= QUICK else await opened.apart(find)


def _texts(data: bytes) -> Iterator[str]:
    """What people read in a message, each text in one line."""
    room = PARTS
    for part in structure.parse(data).walk():
        if part.type == "text" and room:
            room -= 1
            source = text.text_of(data, part, guess=False)[:LETTERS]
            yield html.text(source) if part.subtype == "html" else " ".join(source.split())


def _sought(filter_: Mapping[str, Json] | None) -> _Sought:
    found = _Sought() if filter_ is None else filters.read(filter_, _of_condition, _join)
    return _Sought(found.in_subject[: filters.WORDS], found.in_body[: filters.WORDS])  # as many as one condition has


def _of_condition(given: Mapping[str, Json]) -> _Sought:
    texts = filters.email_condition(given).texts
    words = [(what, fold(word)) for what, said in texts for word in filters.words(said)]
    return _Sought(
        tuple(word for what, word in words if what in ("text", "subject")),
        tuple(word for what, word in words if what in ("text", "body")),
    )


def _join(operator: str, of: Sequence[_Sought]) -> _Sought:
    """What must not be there is not looked for."""
    if operator == "NOT":
        return _Sought()
    return _Sought(tuple(word for each in of for word in each.in_subject), tuple(word for each in of for word in each.in_body))


METHODS: Mapping[str, MethodRow] = {"SearchSnippet/get": MethodRow(MAIL, get)}
