"""Several checks side by side: each round asks the next question of all of them together.

What one check needs three rounds for, twenty need three for as well.
"""

from collections.abc import Sequence
from typing import Any

from .questions import Asking, Breath, Question, T, Together


def abreast(askings: Sequence[Asking[T]]) -> Asking[list[T]]:
    """Run all of them to their ends. Returns what each found, in their order; raises what the first to raise raises."""
    found: dict[int, T] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(askings)))
    while answers:
        asked = _advance(askings, answers, found)
        answers = (yield from _ask(asked)) if asked else {}
    return [found[number] for number in range(len(askings))]


def _advance(askings: Sequence[Asking[T]], answers: dict[int, Any], found: dict[int, T]) -> dict[int, Question]:
    """Hand each check its answer; what those that go on ask next."""
    asked: dict[int, Question] = {}
    for number, answer in answers.items():
        try:
            asked[number] = askings[number].send(answer)
        except StopIteration as end:
            found[number] = end.value
    return asked


def _ask(asked: dict[int, Question]) -> Asking[dict[int, Any]]:
    flat = tuple(single for question in asked.values() for single in _singles(question))
    answers = iter((yield Together(flat)) if flat else ())
    if not flat:
        yield Breath()
    answered: dict[int, Any] = {}
    for number, question in asked.items():
        own = tuple(next(answers) for _ in _singles(question))
        answered[number] = own if isinstance(question, Together) else (own[0] if own else None)
    return answered


def _singles(question: Question) -> tuple[Any, ...]:
    match question:
        case Together(questions):
            return questions
        case Breath():
            return ()
    return (question,)
