"""Threads as RFC 5256 §4 makes them, written as THREAD writes them with places from 1."""

import random
from collections.abc import Sequence

import pytest

from pace import within
from pillarbox.limits import MessageLimits
from pillarbox.message import threads
from pillarbox.message.threads import CLOSE, OPEN, Member


def shown(marks: Sequence[int]) -> str:
    text = " ".join({OPEN: "(", CLOSE: ")"}.get(mark) or str(mark + 1) for mark in marks)
    return text.replace("( ", "(").replace(" )", ")").replace(") (", ")(")


def members(text: str) -> list[Member]:
    """A line a message: id, references with commas between (or -), date, subject with Re: where it is a reply."""
    found = []
    for line in text.strip().split("\n"):
        name, refs, date, *words = line.split()
        subject = " ".join(words)
        is_reply = subject.startswith("Re:")
        base = subject.removeprefix("Re:").strip()
        found.append(Member(name.strip("-"), refs.split(",") if refs != "-" else (), int(date), base, is_reply))
    return found


REFERENCES = {
    "a reply is below what it answers": ("a - 1 x\nb a 2 Re: x", "(1 2)"),
    "a single child follows without parentheses": ("a - 1 x\nb a 2 y\nc a,b 3 z", "(1 2 3)"),
    "several children have their own": ("a - 1 x\nb a 2 y\nc a 3 z", "(1 (2)(3))"),
    "the standard's second example": (
        "3 - 1 -\n6 3 2 -\n4 6 3 -\n23 4 4 -\n44 6 5 -\n7 44 6 -\n96 7 7 -",
        "(1 2 (3 4)(5 6 7))",
    ),
    "children of one that is not there are side by side": ("b a 1 x\nc a 2 y", "((1)(2))"),
    "an only child of one that is not there takes its place": ("c a,b 1 x", "(1)"),
    "below the root those that are not there vanish": ("a - 1 x\nc a,b 2 y\nd a,b 3 z", "(1 (2)(3))"),
    "siblings are sorted by date": ("a - 1 x\nb a 9 y\nc a 5 z", "(1 (3)(2))"),
    "of one date the mailbox's order counts": ("a - 1 x\nb a 5 y\nc a 5 z", "(1 (2)(3))"),
    "threads are sorted by date": ("a - 9 x\nb - 5 y\nc - 7 z", "(2)(3)(1)"),
    "a dummy is sorted by its first child": ("b a 9 x\nc a 3 y\nd - 5 z", "((2)(1))(3)"),
    "what comes before its parent is put below it all the same": ("b a 2 x\na - 1 y", "(2 1)"),
    "a message is a child of the last it refers to, whatever others said": (
        "c a,b 3 x\nb d 2 y\nd - 1 z\na - 0 w",
        "(4)(3 2 1)",
    ),
    "one without references is no child, whatever others said": ("c a,b 3 x\nb - 2 y\na - 1 z", "(3)(2 1)"),
    "a loop is not closed": ("a b 1 x\nb a 2 y", "(2 1)"),
    "nobody is his own parent": ("a a 1 x\nb b,b 2 y", "(1)(2)"),
    "of two with one id the first has it": ("a - 1 x\na - 2 y\nb a 3 z", "(1 3)(2)"),
    "those without an id are themselves": ("- - 1 x\n- - 2 y", "(1)(2)"),
    "one subject is one thread, a reply below": ("a - 1 x\nb - 2 Re: x", "(1 2)"),
    "a reply that comes first goes below too": ("a - 1 Re: x\nb - 2 x", "(2 1)"),
    "two of one subject that answer nothing are side by side": ("a - 1 x\nb - 2 x", "((1)(2))"),
    "two replies to nothing are side by side": ("a - 1 Re: x\nb - 2 Re: x", "((1)(2))"),
    "more of that subject join them": ("a - 1 x\nb - 2 x\nc - 3 Re: x\nd - 4 x", "((1)(2)(3)(4))"),
    "a subject's dummy takes others in": ("b a 1 x\nc a 2 y\nd - 9 x", "((1)(2)(3))"),
    "a dummy stands for its subject even when it comes later": ("d - 1 x\nb a 2 x\nc a 3 y", "((1)(2)(3))"),
    "two dummies of one subject become one": ("b a 1 x\nc a 4 y\ne d 2 Re: x\nf d 3 z", "((1)(3)(4)(2))"),
    "without a subject nothing is put together": ("a - 1\nb - 2", "(1)(2)"),
    "subjects count for whole threads only": ("a - 1 x\nb a 2 y\nc - 3 y", "(1 2)(3)"),
    "a reply is sorted among the children": ("a - 5 x\nb a 9 Re: x\nc - 7 Re: x", "(1 (3)(2))"),
    "a thread moved by its subject is sorted anew": ("a - 5 Re: x\nb - 9 x\nc - 7 y", "(3)(2 1)"),
}


@pytest.mark.parametrize("case", REFERENCES)
def test_references(case: str) -> None:
    text, wanted = REFERENCES[case]
    assert shown(threads.by_references(members(text))) == wanted


def test_references_only_ignores_subjects_and_puts_what_is_latest_last() -> None:
    text = "a - 1 x\nb - 2 Re: x\nc a 9 y\ne d 3 z\nf d 4 w"
    assert shown(threads.by_references_alone(members(text))) == "(2)((4)(5))(1 3)"


def columns(given: Sequence[Member]) -> tuple[list[str], list[int]]:
    return [member.subject for member in given], [member.date for member in given]


def test_an_ordered_subject_thread_is_its_first_message_and_the_others_below() -> None:
    text = "a - 5 x\nb - 1 y\nc - 3 x\nd - 2 z\ne - 4 x\nf - 6 z"
    assert shown(threads.ordered_subject(*columns(members(text)))) == "(2)(4 6)(3 (5)(1))"


def test_of_nothing_there_are_no_threads() -> None:
    assert not threads.by_references([])
    assert not threads.by_references_alone([])
    assert not threads.ordered_subject([], [])


def plain_forest(given: Sequence[Member]) -> str:
    """The same as REFERENCES without subjects, as plainly as the standard says it, in any time."""
    parent: dict[object, object] = {}
    owner: dict[object, int] = {}

    def ancestors(node: object) -> list[object]:
        found = []
        while node is not None:
            found.append(node)
            node = parent.get(node)
        return found

    for place, member in enumerate(given):
        before: object = None
        for name in member.references:
            parent.setdefault(name, None)
            if before is not None and parent[name] is None and name not in ancestors(before):
                parent[name] = before
            before = name
        node: object = member.message_id
        if not node or node in owner:
            node = ("own", place)
        owner[node] = place
        parent[node] = None
        if before is not None and node not in ancestors(before):
            parent[node] = before
    kids: dict[object, list[object]] = {}
    roots = [node for node, above in parent.items() if above is None]
    for node, above in parent.items():
        if above is not None:
            kids.setdefault(above, []).append(node)

    def pruned(node: object, is_root: bool) -> list[tuple[int | None, list]]:  # type: ignore[type-arg]
        below = [each for kid in kids.get(node, ()) for each in pruned(kid, False)]
        if node in owner:
            return [(owner[node], below)]
        return [(None, below)] if is_root and len(below) > 1 else below

    def date(tree: tuple[int | None, list]) -> tuple[int, int]:  # type: ignore[type-arg]
        place = tree[0] if tree[0] is not None else sorted(tree[1], key=date)[0][0]
        assert place is not None
        return given[place].date, place

    def written(tree: tuple[int | None, list]) -> str:  # type: ignore[type-arg]
        place, below = tree
        below = sorted(below, key=date)
        rest = written(below[0]) if len(below) == 1 else "".join(f"({written(each)})" for each in below)
        return " ".join(part for part in ("" if place is None else str(place + 1), rest) if part)

    trees = [tree for root in roots for tree in pruned(root, True)]
    return "".join(f"({written(tree)})" for tree in sorted(trees, key=date))


@pytest.mark.parametrize("seed", range(60))
def test_it_is_what_the_plain_reading_of_the_standard_gives(seed: int) -> None:
    draw = random.Random(seed)
    names = [f"m{number}" for number in range(draw.randint(1, 12))]
    given = [
        Member(draw.choice([*names, ""]), [draw.choice(names) for _ in range(draw.randint(0, 4))], draw.randint(0, 5))
        for _ in range(draw.randint(1, 14))
    ]
    assert shown(threads.by_references(given)) == plain_forest(given)


DEEP = 10_000


def test_a_deep_chain_is_flat_however_it_comes() -> None:
    chain = [Member(f"m{number}", [f"m{number - 1}"] if number else (), number) for number in range(DEEP)]
    wanted = f"({' '.join(map(str, range(1, DEEP + 1)))})"
    assert shown(threads.by_references(chain)) == wanted
    assert shown(threads.by_references(chain[::-1])) == f"({' '.join(map(str, range(DEEP, 0, -1)))})"
    random.Random(1).shuffle(chain)
    assert shown(threads.by_references(chain)).count("(") == 1


def hostile(kind: str) -> list[Member]:
    count = 100_000
    match kind:
        case "torn":
            return [Member(f"m{number}", _torn(number, count), number % 60) for number in range(count)]
        case "cycles":
            return [Member(f"m{number}", [f"m{(number * 7919 + 1) % count}"], 0) for number in range(count)]
        case "relinked":
            return [Member(f"m{number}", [f"m{number + 2}", f"m{number + 1}"], 0) for number in range(count)]
    deep = [Member(f"m{number}", [f"m{number - 1}"] if number % DEEP else (), number) for number in range(count)]
    if kind == "loops":
        return [*deep[:DEEP], *(Member(f"x{number}", [f"m{DEEP - 1}", "m0"], 0) for number in range(count - DEEP))]
    return deep if kind == "deep" else deep[::-1]


def _torn(number: int, count: int) -> Sequence[str]:
    """Chains that are taken apart and put together again."""
    match number % 4:
        case 0:
            return [f"m{number - 4}"]
        case 1:
            return [f"m{number + 4}", f"m{number - 4}"]
        case 2:
            return [f"m{number * factor % count}" for factor in (3571, 104729, 7, 611953, 15485863)]
        case _:
            return ["a", "b", "a", f"m{number * 7919 % count}"]


@pytest.mark.parametrize("kind", ["torn", "deep", "backwards", "cycles", "loops", "relinked"])
def test_a_hundred_thousand_messages_take_no_time_worth_speaking_of(kind: str) -> None:
    given = hostile(kind)
    with within(4):
        marks = threads.by_references(given)
    assert sum(mark >= 0 for mark in marks) == len(given)


def test_there_is_an_end_to_the_steps_gone_in_search_of_loops() -> None:
    chain = [Member(f"m{number}", [f"m{number - 1}"] if number else (), number) for number in range(1000)]
    late = [Member("x", ["m999", "m0"], 2000), Member("kid", ["mother"], 2001), Member("mother", ["m0"], 2002)]
    for steps, wanted in ((MessageLimits().thread_steps, "(1001)(1003 1002))"), (0, "(1001))(1003 1002)")):
        assert shown(threads.by_references([*chain, *late], MessageLimits(thread_steps=steps))).endswith(wanted)
