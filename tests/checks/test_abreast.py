from typing import Any

from pillarbox.checks.abreast import abreast
from pillarbox.checks.questions import Address, Answer, Asking, Breath, Mx, Question, Status, Together, Txt
from pillarbox.testing.fake_dns import Zone

ZONE = """
    a.example  A    192.0.2.1
    b.example  A    192.0.2.2
    b.example  TXT  "b"
    c.example  MX   10 a.example
"""


def one(question: Question) -> Asking[Any]:
    return (yield question)


def two(first: Question, second: Question) -> Asking[Any]:
    return (yield first), (yield second)


def nothing() -> Asking[Any]:
    return "nothing asked"
    yield Breath()


def breather() -> Asking[Any]:
    yield Breath()
    return "breathed"


def test_each_check_gets_the_answers_to_its_own_questions() -> None:
    zone = Zone(ZONE)
    found = zone.run(
        abreast(
            [
                two(Address("a.example", 4), Mx("c.example")),
                nothing(),
                one(Together((Address("b.example", 4), Txt("b.example")))),
                breather(),
                one(Txt("nowhere.example")),
            ]
        )
    )
    first, second = found[0]
    assert (str(first.records[0]), second.records[0].host) == ("192.0.2.1", "a.example")
    assert found[1] == "nothing asked"
    assert [str(answer.records[0]) for answer in found[2]] == ["192.0.2.2", "b'b'"]
    assert found[3] == "breathed"
    assert found[4] == Answer(Status.NO_NAME, ttl=300)


def test_all_are_asked_in_one_round() -> None:
    rounds = []
    asking = abreast([one(Txt(f"{number}.example")) for number in range(20)])
    question = next(asking)
    while True:
        rounds.append(question)
        assert isinstance(question, Together)
        try:
            question = asking.send(tuple(Answer(Status.NO_NAME) for _ in question.questions))
        except StopIteration:
            break
    assert [len(question.questions) for question in rounds if isinstance(question, Together)] == [20]


def test_no_checks_are_over_at_once() -> None:
    assert Zone().run(abreast([])) == []


def test_those_that_only_breathe_may_do_so() -> None:
    assert Zone().run(abreast([breather(), breather()])) == ["breathed", "breathed"]
