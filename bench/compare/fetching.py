"""FETCH of everything, of every message and of every part, asked of both sides."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from bench.compare import structure
from bench.compare.answers import Value, fetched
from bench.compare.differences import Difference, Tally
from bench.compare.parties import Party
from bench.compare.structure import Facts

Read = Callable[[Value], Facts]
Both = tuple[Party, Party]
PAGE = 200
"""Messages a command: answers are held whole."""
LONG = 40
SECTIONS = 60
"""Sections a command."""
FIELDS = b"FROM TO SUBJECT DATE MESSAGE-ID REFERENCES RECEIVED LIST-ID X-MAILER CONTENT-TYPE"


def _whole(value: Value) -> Facts:
    return {"": value}


def _flags(value: Value) -> Facts:
    return {"": sorted(value)}


def _date(value: Value) -> Facts:
    return {"": value.lstrip(b" 0")}


WHOLE: Sequence[tuple[str, Read]] = (
    ("ENVELOPE", structure.envelope),
    ("BODYSTRUCTURE", structure.facts),
    ("BODY", structure.facts),
    ("RFC822.SIZE", _whole),
    ("INTERNALDATE", _date),
    ("FLAGS", _flags),
    ("BODY[]", _whole),
    ("BODY[HEADER]", _whole),
    ("BODY[TEXT]", _whole),
    ("BODY[]<100.400>", _whole),
    ("BODY[TEXT]<5.70>", _whole),
    (f"BODY[HEADER.FIELDS ({FIELDS.decode()})]", _whole),
    ("BODY[HEADER.FIELDS (SUBJECT)]", _whole),
    ("BODY[HEADER.FIELDS (X-NONE)]", _whole),
    (f"BODY[HEADER.FIELDS.NOT ({FIELDS.decode()})]", _whole),
    ("BINARY[]", _whole),
    ("BINARY.SIZE[]", _whole),
)


def compare(both: Both, names: Sequence[str], messages: Sequence[bytes]) -> Iterator[Tally]:
    """Each item on its own, then every section of every part, then every part decoded."""
    parts: dict[int, Facts] = {}
    for item, read in WHOLE:
        tally = Tally(f"FETCH {item if len(item) < LONG else item.partition(' (')[0] + ' …]'}")
        for number, ours, theirs in _asked(both, _pages(len(messages)), [item]):
            mine, other = (
                read(ours[item.partition("<")[0] + _origin(item)]),
                read(theirs[item.partition("<")[0] + _origin(item)]),
            )
            if item == "BODYSTRUCTURE":
                parts[number] = other
            _note(tally, item, names[number - 1], messages[number - 1], mine, other)
        yield tally
    yield from _compare_parts(both, names, messages, parts)


def _origin(item: str) -> str:
    """What the answer to a partial says of where it begins."""
    _, less, partial = item.partition("<")
    return f"<{partial.partition('.')[0]}>" if less else ""


def _compare_parts(both: Both, names: Sequence[str], messages: Sequence[bytes], parts: dict[int, Facts]) -> Iterator[Tally]:
    """Messages with the same sections are asked together."""
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, known in parts.items():
        alike[structure.sections(known)].append(number)
    tallies = {
        kind: Tally(f"FETCH {kind}")
        for kind in ("BODY[n]", "BODY[n.MIME]", "BODY[n.HEADER]", "BODY[n.TEXT]", "BINARY[n]", "BINARY.SIZE[n]")
    }
    for sections, numbers in alike.items():
        items = [f"BODY[{section}]" for section in sections]
        leaves = [section for section in sections if section[-1].isdigit()]
        items += [f"{word}[{leaf}]" for leaf in leaves for word in ("BINARY", "BINARY.SIZE")]
        for first in range(0, len(items), SECTIONS):
            some = items[first : first + SECTIONS]
            for number, ours, theirs in _asked(both, _pages_of(numbers), some):
                for item in some:
                    tally = tallies[_kind(item)]
                    said = {"": ours.get(item)}, {"": theirs.get(item)}
                    _note(tally, item, names[number - 1], messages[number - 1], *said, beside=(ours, theirs))
    yield from tallies.values()


def _kind(item: str) -> str:
    word, _, section = item.rstrip("]").partition("[")
    letters = section.lstrip("0123456789.")
    return f"{word}[n.{letters}]" if letters else f"{word}[n]"


def _note(
    tally: Tally,
    item: str,
    name: str,
    message: bytes,
    ours: Facts,
    theirs: Facts,
    beside: tuple[Facts, Facts] = ({}, {}),
) -> None:
    tally.compared += 1
    for fact in ours.keys() | theirs.keys():
        mine, other = ours.get(fact, ABSENT), theirs.get(fact, ABSENT)
        if mine != other:
            question = b"FETCH (%b)" % _peek(item)
            told = Difference(tally.kind, name, message, question, fact.strip(), mine, other, beside=beside)
            tally.differences.append(told)


ABSENT = "(nothing)"


def _peek(item: str) -> bytes:
    return item.replace("BODY[", "BODY.PEEK[").replace("BINARY[", "BINARY.PEEK[").encode()


def _pages(count: int) -> Iterable[str]:
    return (f"{first}:{min(first + PAGE - 1, count)}" for first in range(1, count + 1, PAGE))


def _pages_of(numbers: Sequence[int]) -> Iterable[str]:
    return (",".join(map(str, numbers[first : first + PAGE])) for first in range(0, len(numbers), PAGE))


def _asked(both: Both, pages: Iterable[str], items: Sequence[str]) -> Iterator[tuple[int, Facts, Facts]]:
    """Each message's number with both answers."""
    wanted = b" ".join(map(_peek, items))
    for page in pages:
        ours, theirs = (_answers(party, page, wanted) for party in both)
        for number in sorted(ours.keys() | theirs.keys()):
            yield number, ours.get(number, {}), theirs.get(number, {})


def _answers(party: Party, page: str, wanted: bytes) -> dict[int, Facts]:
    """By message; where the command is refused, message by message, and item by item."""
    answer = party.tell(b"FETCH %b (%b)" % (page.encode(), wanted))
    if not answer.startswith(b"refused: "):
        return dict(fetched(answer))
    if b"," in page.encode() or b":" in page.encode():
        found: dict[int, Facts] = {}
        for number in _numbers(page):
            found.update(_answers(party, str(number), wanted))
        return found
    one: Facts = {}
    for item in wanted.split(b" ") if b" (" not in wanted else [wanted]:
        answer = party.tell(b"FETCH %b (%b)" % (page.encode(), item))
        if answer.startswith(b"refused: "):
            one[item.decode().replace(".PEEK", "")] = "refused: " + _code(answer)
        else:
            one.update(dict(fetched(answer)).get(int(page), {}))
    return {int(page): one}


def _code(answer: bytes) -> str:
    """The response code of a refusal."""
    return answer.partition(b"[")[2].partition(b"]")[0].decode("latin-1")


def _numbers(page: str) -> Iterator[int]:
    for piece in page.split(","):
        first, _, last = piece.partition(":")
        yield from range(int(first), int(last or first) + 1)


def fact(party: Party, difference: Difference) -> Value:
    """The fact of a difference, of the last message of the mailbox selected."""
    item = difference.question.decode().partition("(")[2].removesuffix(")")
    answer = party.tell(b"FETCH * (%b)" % item.encode())
    values = next((values for _, values in fetched(answer)), None)
    if values is None:
        return answer[:60]
    read = dict(WHOLE).get(item.replace(".PEEK", ""), _whole)
    facts = read(next(value for name, value in values.items() if name != "UID"))
    return next((value for name, value in facts.items() if name.strip() == difference.fact), ABSENT)
