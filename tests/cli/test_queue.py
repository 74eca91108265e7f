"""Mail on its way out, from the command line: listed, shown, changed and returned."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from contract.outgoing import outgoing, to
from pillarbox.cli.desk import office_at
from pillarbox.errors import MailError, OperatorError
from pillarbox.mail.office import Office
from pillarbox.net.hints import Hints
from pillarbox.store.queued import Conversation, NewQueued, Queued, QueueFilter, State

Run = Callable[..., Result]
Ask = Callable[..., Any]
NOW = int(datetime.now(UTC).timestamp())
LATER = NOW + 3600
HELLO = b"From: me@example.org\r\nSubject: hello\r\n\r\nhello\r\n"


def in_office(settings: Path, do: Callable[[Office], Coroutine[Any, Any, Any]]) -> Any:
    async def done() -> Any:
        async with office_at(str(settings)) as office:
            return await do(office)

    return asyncio.run(done())


def waiting(name: str, *addresses: str, **other: Any) -> NewQueued:
    """A message that is tried in an hour."""
    usual = {"created_at": NOW - 7200, "expires_at": NOW + 86400, "data": HELLO, "subject": "hello", "message_id": f"{name}@x"}
    return outgoing(name, *(to(address, at=LATER) for address in addresses), **{**usual, **other})


@pytest.fixture
def queued(run: Run, settings: Path) -> Path:
    """Three messages, one of them a bounce; the settings."""
    run("domain", "add", "example.org", "--no-keys")
    run("account", "add", "me@example.org", "--generate")

    async def add(office: Office) -> None:
        await office.kept.queue().add(waiting("one", "ann@there.example", "bob@else.example"))
        await office.kept.queue().add(waiting("two", "cid@there.example", sender="you@example.org", created_at=NOW))
        await office.kept.queue().add(waiting("three", "dan@there.example", sender="", kind="bounce"))

    in_office(settings, add)
    return settings


def rows(ask: Ask, *words: str) -> list[tuple[str, str, str]]:
    return [(row["id"], row["recipient"], row["state"]) for row in ask("queue", "list", *words)]


def all_of(settings: Path) -> list[Queued]:
    async def listed(office: Office) -> list[Queued]:
        found = [await office.kept.queue().listed(QueueFilter(state=state)) for state in State]
        return [one for some in found for one in some]

    found: list[Queued] = in_office(settings, listed)
    return found


def test_what_waits_is_listed_a_line_a_recipient(ask: Ask, queued: Path) -> None:
    assert sorted(rows(ask)) == [
        ("one", "ann@there.example", "waiting"),
        ("one", "bob@else.example", "waiting"),
        ("three", "dan@there.example", "waiting"),
        ("two", "cid@there.example", "waiting"),
    ]
    bounce = next(row for row in ask("queue", "list") if row["id"] == "three")
    assert bounce["sender"] == "<>"
    assert datetime.fromisoformat(bounce["next"]) == datetime.fromtimestamp(LATER, UTC)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["one"], {"one"}),
        (["one", "three"], {"one", "three"}),
        (["--sender", "ME@example.org"], {"one"}),
        (["--sender", "@example.org"], {"one", "two"}),
        (["--recipient", "@else.example"], {"one"}),
        (["--recipient", "dan@there.example"], {"three"}),
        (["--destination", "there.example"], {"one", "two", "three"}),
        (["--state", "held"], set()),
        (["--state", "waiting", "--older-than", "1"], {"one", "three"}),
        (["--older-than", "3"], set()),
        (["nobody"], set()),
    ],
)
def test_filters_say_which(ask: Ask, queued: Path, words: list[str], found: set[str]) -> None:
    assert {name for name, _, _ in rows(ask, *words)} == found


def test_the_list_for_people_has_all_and_says_where_it_ends(run: Run, queued: Path) -> None:
    text = run("queue", "list").stdout
    assert all(name in text for name in ("ann@there.example", "bob@else.example", "<>"))
    done = run("queue", "list", "--most", "1")
    assert len(done.stdout.splitlines()) == 3
    assert "1 messages; for more of them say --most" in done.stderr


def test_a_long_list_has_its_columns_under_each_other(run: Run, settings: Path) -> None:
    async def add(office: Office) -> None:
        await asyncio.gather(*(office.kept.queue().add(waiting(f"m{n}", f"who{n}@there.example")) for n in range(300)))

    in_office(settings, add)
    first, *others = run("queue", "list").stdout.splitlines()
    assert len(others) == 300
    at = first.index("state")
    assert {line[at : at + 8] for line in others} == {"waiting "}


def test_one_message_is_shown_with_what_was_said(run: Run, ask: Ask, queued: Path) -> None:
    async def speak(office: Office) -> None:
        said = Conversation(id="one", at=NOW, host="mx.there.example [192.0.2.1]:25", text="S: 220 hi\nC: EHLO me\nS: 421 no")
        await office.kept.queue().settle([], conversation=said)

    in_office(queued, speak)
    shown = ask("queue", "show", "one")
    assert (shown["subject"], shown["size"], shown["message-id"]) == ("hello", len(HELLO), "one@x")
    assert [one["recipient"] for one in shown["recipients"]] == ["ann@there.example", "bob@else.example"]
    assert shown["conversations"][0]["text"] == ["S: 220 hi", "C: EHLO me", "S: 421 no"]
    text = run("queue", "show", "one").stdout
    assert "mx.there.example [192.0.2.1]:25\n  S: 220 hi\n  C: EHLO me\n" in text


def test_the_message_itself_is_printed_as_it_goes_over_the_wire(run: Run, queued: Path) -> None:
    assert run("queue", "show", "one", "--message").stdout_bytes == HELLO


def test_mail_is_held_and_released_and_tried_now(run: Run, ask: Ask, queued: Path) -> None:
    assert "hold: 1 recipient\n" in run("queue", "hold", "--recipient", "ann@there.example").stderr
    assert ("one", "ann@there.example", "held") in rows(ask)
    assert "release: 1 recipient\n" in run("queue", "release", "one").stderr
    assert "retry: 3 recipients\n" in run("queue", "retry", "--destination", "there.example").stderr
    due = {row["recipient"]: datetime.fromisoformat(row["next"]).timestamp() < LATER for row in ask("queue", "list")}
    assert due == {
        "ann@there.example": True,
        "bob@else.example": False,
        "cid@there.example": True,
        "dan@there.example": True,
    }


def test_what_is_dropped_is_gone_and_nobody_is_told(run: Run, ask: Ask, queued: Path) -> None:
    assert run("queue", "drop", "one").exit_code == 0
    assert {name for name, _, _ in rows(ask)} == {"two", "three"}
    assert {state for _, _, state in rows(ask, "one")} == {"dropped"}
    assert len(all_of(queued)) == 3


def test_a_running_server_is_told_to_try_at_once(run: Run, queued: Path) -> None:
    heard: list[str] = []

    async def listen() -> None:
        run_folder = queued.parent / "data" / "run"
        hints = Hints(run_folder, lambda account: None, queue_changed=lambda: heard.append("queue"))
        await asyncio.to_thread(run, "queue", "retry", "one")
        while not heard:
            await asyncio.sleep(0.001)
        hints.close()

    asyncio.run(asyncio.wait_for(listen(), 60))


def test_what_is_returned_reaches_its_sender_and_is_over(run: Run, ask: Ask, queued: Path) -> None:
    assert "bounce: 2 recipients\n" in run("queue", "bounce", "one").stderr
    assert {row["state"]: row["said"] for row in ask("queue", "list", "one")} == {"failed": "returned by the postmaster"}
    (told,) = [one for one in all_of(queued) if one.message.kind == "bounce" and one.message.id != "three"]
    assert [(one.address, one.destination) for one in told.recipients] == [("me@example.org", "@local")]
    assert told.message.sender == ""
    text = run("queue", "show", told.message.id, "--message").stdout
    assert "ann@there.example" in text
    assert "bob@else.example" in text
    assert "returned by the postmaster" in text
    assert "failed" in {step["event"] for step in ask("trace", "one")}


def test_all_that_fits_is_returned_however_much_it_is(
    run: Run, ask: Ask, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pillarbox.cli.queue_changes.AT_ONCE", 2)
    run("domain", "add", "example.org", "--no-keys")

    async def add(office: Office) -> None:
        for n in range(5):
            await office.kept.queue().add(waiting(f"m{n}", "ann@there.example", "bob@else.example"))

    in_office(settings, add)
    assert "bounce: 5 recipients\n" in run("queue", "bounce", "--destination", "there.example").stderr
    assert {address for _, address, _ in rows(ask, "--state", "waiting")} == {"bob@else.example", "me@example.org"}


@pytest.mark.parametrize("other", [{"sender": ""}, {"accountable": False}])
def test_who_may_be_forged_is_told_nothing(run: Run, settings: Path, other: dict[str, Any]) -> None:
    in_office(settings, lambda office: office.kept.queue().add(waiting("it", "ann@there.example", **other)))
    assert run("queue", "bounce", "it").exit_code == 0
    assert [one.message.id for one in all_of(settings)] == ["it"]


def test_a_notification_is_signed_where_there_are_keys(run: Run, settings: Path) -> None:
    settings.write_text(settings.read_text().replace("mail.example.org", "example.org"))
    run("domain", "add", "example.org")
    in_office(settings, lambda office: office.kept.queue().add(waiting("it", "ann@there.example")))
    run("queue", "bounce", "it")
    (told,) = [one for one in all_of(settings) if one.message.kind == "bounce"]
    assert told.message.prefix.count(b"DKIM-Signature:") == 2


@pytest.mark.parametrize("name", ["retry", "hold", "release", "drop", "bounce"])
def test_naming_nothing_does_not_mean_all(run: Run, ask: Ask, queued: Path, name: str) -> None:
    before = rows(ask)
    done = run("queue", name)
    assert isinstance(done.exception, OperatorError)
    assert rows(ask) == before


@pytest.mark.parametrize(
    "words", [["retry", "nobody"], ["release", "one"], ["drop", "--sender", "nobody@example.org"], ["bounce", "nobody"]]
)
def test_where_nothing_fits_it_is_said(run: Run, queued: Path, words: list[str]) -> None:
    assert isinstance(run("queue", *words).exception, OperatorError | MailError)


def test_what_is_being_sent_is_not_taken_away(run: Run, queued: Path) -> None:
    async def hold_on(office: Office) -> Any:
        queue = office.kept.queue()
        await queue.take(await queue.enlist(), QueueFilter(ids=["two"]))
        return await asyncio.to_thread(run, "queue", "drop", "two")

    done = in_office(queued, hold_on)
    assert isinstance(done.exception, OperatorError)
    assert "being sent" in done.exception.problem


def test_a_message_that_is_not_there_is_said_to_be(run: Run, queued: Path) -> None:
    assert isinstance(run("queue", "show", "nobody").exception, OperatorError)
    assert isinstance(run("queue", "show", "nobody", "--message").exception, OperatorError)
    assert json.loads(run("queue", "list", "nobody", "--json").stdout) == []


def test_only_recipients_that_fit_are_listed(run: Run, ask: Ask, queued: Path) -> None:
    run("queue", "drop", "--recipient", "ann@there.example")
    assert ("one", "ann@there.example", "dropped") not in rows(ask)
    assert rows(ask, "--state", "dropped") == [("one", "ann@there.example", "dropped")]
    assert rows(ask, "--recipient", "@ELSE.example") == [("one", "bob@else.example", "waiting")]
    assert len(rows(ask, "one")) == 2
