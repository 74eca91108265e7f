"""One message's whole way, in the order in which it went."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from contract.outgoing import outgoing
from pillarbox.cli.desk import office_at
from pillarbox.cli.output import plain
from pillarbox.cli.trace_ import way
from pillarbox.errors import OperatorError
from pillarbox.store.queued import Conversation, Event

Run = Callable[..., Result]
Ask = Callable[..., Any]
HOST = "mx.there.example [192.0.2.1]:25"
EVENTS = [
    Event(1000.25, "abc", "received", {"message_id": "1@example.org", "sender": "me@example.org"}),
    Event(1000.5, "abc", "queued", {"forward": "1"}),
    Event(1000.75, "abc", "deferred", {"to": "you@there.example", "host": HOST, "code": "4.2.1", "said": "421 later"}),
    Event(2000.5, "abc", "delivered", {"to": "you@there.example", "host": HOST, "code": "2.0.0", "said": "250 ok"}),
]
SPOKEN = [
    Conversation(id="abc", at=1000, host=HOST, text="S: 421 later"),
    Conversation(id="abc", at=2000, host=HOST, text="S: 220 hi\nC: EHLO me"),
]


def note(settings: Path, events: Sequence[Event], spoken: Sequence[Conversation] = ()) -> None:
    async def noted() -> None:
        async with office_at(str(settings)) as office:
            await office.kept.journal().note(events)
            if spoken:
                await office.kept.queue().add(outgoing("abc"))
            for one in spoken:
                await office.kept.queue().settle([], conversation=one)

    asyncio.run(noted())


def test_a_conversation_comes_just_before_what_it_led_to() -> None:
    assert [(step.event, step.at) for step in way(EVENTS, SPOKEN)] == [
        ("received", 1000.25),
        ("queued", 1000.5),
        ("said", 1000.75),
        ("deferred", 1000.75),
        ("said", 2000.5),
        ("delivered", 2000.5),
    ]


def test_a_conversation_that_led_to_nothing_yet_is_shown_all_the_same() -> None:
    (step,) = way([], [Conversation(id="abc", at=3000, host=HOST, text="S: 220 hi")])
    assert (step.at, step.said) == (3000.0, ["S: 220 hi"])


@pytest.mark.parametrize("name", ["abc", "1@example.org", "<1@example.org>"])
def test_the_way_is_found_by_either_name(run: Run, ask: Ask, settings: Path, name: str) -> None:
    note(settings, EVENTS, SPOKEN)
    steps = ask("trace", name)
    assert [step["event"] for step in steps] == ["received", "queued", "said", "deferred", "said", "delivered"]
    assert steps[4]["said"] == ["S: 220 hi", "C: EHLO me"]
    assert steps[0]["at"] == "1970-01-01 00:16:40.250Z"
    text = run("trace", name).stdout
    assert (
        '  abc  deferred    to=you@there.example host="mx.there.example [192.0.2.1]:25" code=4.2.1 said="421 later"\n' in text
    )
    assert "\n    C: EHLO me\n" in text


def test_a_message_that_never_left_has_a_way_too(ask: Ask, settings: Path) -> None:
    note(settings, [EVENTS[0], Event(1000.5, "abc", "filed", {"to": "me@example.org"})])
    assert [step["event"] for step in ask("trace", "abc")] == ["received", "filed"]


def test_several_messages_of_one_message_id_are_told_apart(ask: Ask, settings: Path) -> None:
    note(settings, [*EVENTS, Event(1500.0, "def", "received", {"message_id": "1@example.org"})])
    assert [step["id"] for step in ask("trace", "1@example.org")] == ["abc", "abc", "abc", "def", "abc"]


def test_what_is_not_known_is_said_to_be(run: Run) -> None:
    done = run("trace", "nobody")
    assert isinstance(done.exception, OperatorError)
    assert done.exception.hint


STEERING = "\x1b]0;owned\x07\x9b2J\u202egpj\u2028\ud800"


def test_what_strangers_wrote_steers_no_terminal(settings: Path, run: Run, ask: Ask) -> None:
    wrote = STEERING.removesuffix("\ud800")
    note(
        settings, [Event(1000.25, "abc", "received", {"message_id": f"1{wrote}"})], [replace(SPOKEN[0], text=f"S: 421 {wrote}")]
    )
    shown = run("trace", "abc").output + run("queue", "show", "abc").output
    assert "S: 421 ?]0;owned??2J?gpj?" in shown
    assert not set(STEERING) - set("];0owned2Jgpj") & set(shown)
    assert not set(wrote) & set(run("trace", "abc", "--json").output) - set("];0owned2Jgpj")
    assert ask("trace", "abc")[-1]["facts"] == {"message_id": f"1{wrote}"}
    assert plain(f"a{STEERING}") == "a?]0;owned??2J?gpj??"
