"""SORT and THREAD (RFC 5256, RFC 5957): the same order, and the same trees."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from bench.compare.answers import Value, lines
from bench.compare.causes import cause
from bench.compare.differences import Difference, Tally
from bench.compare.parties import Party

Both = tuple[Party, Party]
KEYS = ("ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO")
DISPLAY = ("DISPLAYFROM", "DISPLAYTO")
TOGETHER = (
    "SUBJECT DATE", "SUBJECT REVERSE DATE", "REVERSE SUBJECT FROM", "FROM TO CC", "REVERSE FROM REVERSE SIZE", "TO ARRIVAL",
    "REVERSE ARRIVAL SIZE", "CC REVERSE SUBJECT DATE",
)  # fmt: skip
AMONG = ("ALL", "UNSEEN", "SUBJECT spam", "1:500 LARGER 4000", "SUBJECT nobodywrotethis")
ALGORITHMS = ("ORDEREDSUBJECT", "REFERENCES", "REFS")


def compare(both: Both, names: Sequence[str], messages: Sequence[bytes]) -> Iterator[Tally]:
    """What either side cannot do is skipped, and said."""
    keys = [*KEYS, *(f"REVERSE {key}" for key in KEYS), *TOGETHER]
    yield _sorted(both, names, messages, "SORT", keys)
    yield _sorted(both, names, messages, "SORT=DISPLAY", [*DISPLAY, *(f"REVERSE {key}" for key in DISPLAY)])
    for algorithm in ALGORITHMS:
        yield _threaded(both, names, messages, algorithm)


def lacking(both: Both, capability: str) -> str:
    """Who has not this capability; "" where both have."""
    without = [
        who for who, party in zip(("Pillarbox", "Dovecot"), both, strict=True) if capability.encode() not in party.capabilities
    ]
    return f"{capability} is missing in {' and '.join(without)}" if without else ""


def _sorted(both: Both, names: Sequence[str], messages: Sequence[bytes], capability: str, keys: Sequence[str]) -> Tally:
    tally = Tally(capability, unit="queries", skipped=lacking(both, capability))
    for key in () if tally.skipped else keys:
        for among in AMONG:
            question = f"SORT ({key}) UTF-8 {among}".encode()
            ours, theirs = (_order(party, question) for party in both)
            tally.compared += 1
            if ours != theirs:
                by_number = {}
                for number in {*ours, *theirs}:
                    about = capability, names[number - 1], messages[number - 1], question, key.lower()
                    by_number[number] = Difference(*about, _place(ours, number), _place(theirs, number))
                tally.differences += _displaced(by_number, ours, theirs)
    return tally


def _displaced(told: dict[int, Difference], ours: Sequence[int], theirs: Sequence[int]) -> list[Difference]:
    """Those that stand elsewhere; what has a cause is left out first, so that it is not taken for the others' moving."""
    caused = {number for number, each in told.items() if cause(each)}
    rest = _moved(*([number for number in order if number not in caused] for order in (ours, theirs)))
    return [told[number] for number in sorted({*rest, *caused.intersection(_moved(ours, theirs))})]


def _order(party: Party, question: bytes) -> list[int]:
    return [int(word) for values in lines(party.ask(question)) if values[0] == b"SORT" for word in values[1:]]


def _place(order: Sequence[int], number: int) -> int | None:
    return order.index(number) if number in order else None


def _moved(ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
    """The fewest messages without which both orders are the same."""
    place = {number: at for at, number in enumerate(theirs)}
    common = [number for number in ours if number in place]
    return sorted({*ours, *theirs} - _longest_rising(common, place))


def _longest_rising(numbers: Sequence[int], place: dict[int, int]) -> set[int]:
    """The most numbers that stand in rising places, by patience sorting."""
    ends: list[int] = []
    last: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, place[number])
        before[number] = last[at - 1] if at else None
        ends[at : at + 1] = [place[number]]
        last[at : at + 1] = [number]
    found: set[int] = set()
    here = last[-1] if last else None
    while here is not None:
        found.add(here)
        here = before[here]
    return found


def _threaded(both: Both, names: Sequence[str], messages: Sequence[bytes], algorithm: str) -> Tally:
    kind = f"THREAD={algorithm}"
    tally = Tally(kind, unit="queries", skipped=lacking(both, kind))
    for among in () if tally.skipped else AMONG:
        question = f"THREAD {algorithm} UTF-8 {among}".encode()
        ours, theirs = (_threads(party, question) for party in both)
        tally.compared += 1
        for number in sorted(ours.keys() | theirs.keys()):
            if ours.get(number) != theirs.get(number):
                told = (ours.get(number), theirs.get(number))
                tally.differences.append(Difference(kind, names[number - 1], messages[number - 1], question, "parent", *told))
        for number in _moved(list(ours), list(theirs)) if ours == theirs else ():
            places = (_place(list(ours), number), _place(list(theirs), number))
            tally.differences.append(Difference(kind, names[number - 1], messages[number - 1], question, "order", *places))
    return tally


def _threads(party: Party, question: bytes) -> dict[int, int]:
    """Each message's parent, in the order they are told: 0 for none, and for the children of nobody less their eldest."""
    found: dict[int, int] = {}
    for values in lines(party.ask(question)):
        if values[0] == b"THREAD":
            ahead: list[tuple[Value, int]] = [(thread, 0) for thread in reversed(values[1:])]
            while ahead:
                thread, parent = ahead.pop()
                branches: list[tuple[Value, int]] = []
                for member in thread:
                    if isinstance(member, list):
                        branches.append((member, parent))
                    else:
                        found[int(member)] = parent
                        parent = int(member)
                if branches and not parent:  # a thread without a root: it goes by the eldest in it
                    eldest = _first(thread)
                    branches = [(member, -eldest) for member, _ in branches]
                ahead += reversed(branches)
    return found


def _first(thread: Value) -> int:
    while isinstance(thread, list):
        thread = thread[0]
    return int(thread)
