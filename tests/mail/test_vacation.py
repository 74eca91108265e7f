"""What is answered while somebody is away (RFC 8621 §8, RFC 3834)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from outbound import StillClock
from pillarbox.errors import Unavailable
from pillarbox.limits import Limits, SendingLimits
from pillarbox.mail.delivery import Accepted, Addressed, Envelope
from pillarbox.mail.forwarding import change
from pillarbox.mail.identities import Identity
from pillarbox.mail.office import Office
from pillarbox.mail.spool import Received
from pillarbox.mail.vacation import AGAIN, ID, Response
from pillarbox.message import headers
from pillarbox.message.heading import Heading
from pillarbox.store.models import Account
from pillarbox.store.queued import Queued, QueueFilter
from pillarbox.testing.house import house

ALICE, BOB, ANN = "alice@example.org", "bob@example.org", "ann@example.com"
_names = count(1)
AWAY = Response(is_enabled=True, subject="Away", text="Back soon.\n")


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def office(tmp_path: Path, clock: StillClock) -> AsyncIterator[Office]:
    async with house(tmp_path, clock=clock) as made:
        await leave(made)
        yield made


async def person(office: Office, address: str = ALICE) -> Account:
    found = await office.kept.account(address)
    assert found
    return found


async def leave(office: Office, response: Response = AWAY, address: str = ALICE) -> None:
    await office.vacation.of((await person(office, address)).id).change({ID: response})


async def receive(
    office: Office, *fields: str, sender: str = ANN, to: str = ALICE, special_use: str | None = None, sure: bool = True
) -> list[Queued]:
    """A message comes; what waits to be sent then."""
    given = fields or (f"To: {to}", "Subject: Hello", "Message-ID: <m@x>")
    raw = "".join(f"{field}\r\n" for field in given).encode() + b"\r\nText\r\n"
    envelope = Envelope(sender=sender, accountable=sure, disowned=not sure)
    accepted = Accepted(
        id=f"m{next(_names)}", received=Received.of(raw), skip=0, envelope=envelope, heading=Heading(headers.read(raw))
    )
    reached = await office.directory.resolve(*to.rsplit("@", 1))
    (outcome,) = await office.delivery.deliver(accepted, [Addressed(to, reached)], special_use=special_use)
    assert outcome.error is None
    return [one for one in await office.kept.queue().listed(QueueFilter()) if one.message.kind == "reply"]


async def test_a_sender_is_told_once_a_week(office: Office, clock: StillClock) -> None:
    (answer,) = await receive(office)
    assert [one.address for one in answer.recipients] == [ANN]
    assert (answer.message.sender, answer.message.account, answer.recipients[0].notify) == ("", None, "NEVER")
    clock.move(AGAIN - 1)
    assert len(await receive(office)) == 1
    assert len(await receive(office, sender="ANN@Example.com")) == 1
    assert len(await receive(office, sender="other@example.com")) == 2
    clock.move(1)
    assert len(await receive(office)) == 3


async def test_an_answer_says_what_was_set_in_the_name_of_whom_it_was_written_to(office: Office) -> None:
    await office.accounts.add_alias("al@example.org", [ALICE])
    identities = office.identities(await person(office))
    await identities.begin()
    await identities.collection.change({"I7": Identity(email="al@example.org", name="Al Ä")})
    (answer,) = await receive(office, "To: team@example.com", "CC: AL@example.org", "Subject: Hello", "Message-ID: <m@x>")
    raw = await office.kept.queue().read(answer.message.id)
    header = headers.read(raw)
    heading = Heading(header)
    assert heading.mailboxes(b"from") == (("AL", "example.org"),)
    assert b"=?utf-8?" in (header.first(b"from") or b"")
    assert heading.mailboxes(b"to") == (("ann", "example.com"),)
    assert heading.subject == "Away"
    assert header.first(b"auto-submitted") == b"auto-replied"
    assert header.first(b"in-reply-to") == b"<m@x>"
    assert raw.endswith(b"\r\n\r\nBack soon.\r\n")


async def test_what_was_not_set_is_said_for_them(office: Office) -> None:
    await leave(office, Response(is_enabled=True))
    (answer,) = await receive(office)
    raw = await office.kept.queue().read(answer.message.id)
    assert Heading(headers.read(raw)).subject == "Auto: Hello"
    assert b"I am away" in raw


async def test_whoever_sets_something_else_tells_everybody_again(office: Office) -> None:
    assert len(await receive(office)) == 1
    await leave(office, replace(AWAY, is_enabled=False))
    await leave(office)
    assert len(await receive(office)) == 1, "it says the same"
    await leave(office, replace(AWAY, text="Still away."))
    assert len(await receive(office)) == 2


async def test_it_answers_only_while_it_is_on_and_within_its_dates(office: Office, clock: StillClock) -> None:
    now = clock.seconds
    for response, answers in (
        (replace(AWAY, is_enabled=False), 0),
        (replace(AWAY, from_date=now + 1), 0),
        (replace(AWAY, to_date=now), 0),
        (replace(AWAY, from_date=now, to_date=now + 1), 1),
    ):
        await leave(office, response)
        assert len(await receive(office)) == answers
    clock.move(1)
    assert len(await receive(office, sender="other@example.com")) == 1


@pytest.mark.parametrize("sender", ["", "noreply@example.com", "people-request@example.com", ALICE, "alice+x@example.org"])
async def test_nobody_who_may_be_a_program_or_oneself_is_answered(office: Office, sender: str) -> None:
    assert await receive(office, sender=sender) == []


@pytest.mark.parametrize(
    "field", ["Auto-Submitted: auto-replied", "List-Id: <l.example.com>", "Precedence: bulk", "X-Auto-Response-Suppress: All"]
)
async def test_nothing_that_programs_write_is_answered(office: Office, field: str) -> None:
    assert await receive(office, f"To: {ALICE}", field) == []


async def test_only_what_was_written_to_them_by_name_is_answered(office: Office) -> None:
    await office.accounts.add_alias("both@example.org", [ALICE, BOB])
    assert await receive(office, "To: undisclosed-recipients:;") == []
    assert await receive(office, f"To: {BOB}, ann@example.com, both@example.org") == []
    assert await receive(office, "Subject: x") == []
    many = ", ".join(f"p{number}@example.com" for number in range(200))
    assert await receive(office, f"To: {many}, {ALICE}") == [], "who is one of hundreds is not meant"
    assert len(await receive(office, f"To: {BOB}, Alice <ALICE+news@EXAMPLE.org>")) == 1


async def test_who_may_not_have_written_it_is_not_answered(office: Office) -> None:
    assert await receive(office, sure=False) == []
    assert await receive(office, special_use="\\Junk") == []


async def test_two_people_who_are_away_do_not_answer_each_other_for_ever(office: Office) -> None:
    await leave(office, address=BOB)
    (answer,) = await receive(office, sender=BOB)
    raw = await office.kept.queue().read(answer.message.id)
    lines = raw.split(b"\r\n\r\n")[0].decode().replace("\r\n\t", " ").replace("\r\n ", " ").split("\r\n")
    assert len(await receive(office, *lines, sender="", to=BOB)) == 1
    assert len(await receive(office, *lines, sender=ALICE, to=BOB)) == 1, "even with a sender: it says what it is"


async def test_of_two_workers_at_once_one_answers(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = office.kept.queue()

    async def nothing(*given: object) -> None:
        return None

    monkeypatch.setattr(type(queue), "recall", nothing)
    assert len(await receive(office)) == 1
    assert len(await receive(office)) == 1


async def test_an_answer_that_fails_leaves_the_message_where_it_was_filed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*given: object) -> None:
        raise Unavailable("busy")

    monkeypatch.setattr(type(office.kept.queue()), "recall", fails)
    assert await receive(office) == []

    async def breaks(*given: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(type(office.kept.queue()), "recall", breaks)
    assert await receive(office) == []
    mail = office.kept.mail((await person(office)).id)
    assert (await mail.mailbox("INBOX")).messages == 2


async def test_who_keeps_nothing_of_what_is_sent_on_answers_nothing(office: Office) -> None:
    account = await person(office)
    await change(office.kept, account.id, ["away@example.com"], keeps_copy=False)
    assert await receive(office) == []
    await change(office.kept, account.id, ["away@example.com"], keeps_copy=True)
    assert len(await receive(office)) == 1


async def test_only_a_sender_whose_domain_disowns_it_counts_as_forged(office: Office) -> None:
    raw = f"To: {ALICE}\r\n\r\n".encode()
    for accountable, disowned, answers in ((False, True, 0), (False, False, 1)):
        envelope = Envelope(sender=ANN, accountable=accountable, disowned=disowned)
        accepted = Accepted(
            id=f"m{next(_names)}", received=Received.of(raw), skip=0, envelope=envelope, heading=Heading(headers.read(raw))
        )
        to = [Addressed(ALICE, await office.directory.resolve("alice", "example.org"))]
        await office.delivery.deliver(accepted, to)
        assert len(await office.kept.queue().listed(QueueFilter())) == answers


async def test_only_so_many_are_answered_in_a_day(tmp_path: Path, clock: StillClock) -> None:
    limits = replace(Limits(), sending=SendingLimits(answers_day=2))
    async with house(tmp_path, clock=clock, limits=limits) as office:
        await leave(office)
        for number in range(4):
            await receive(office, sender=f"p{number}@example.com")
        assert len(await receive(office, sender="p0@example.com")) == 2
        clock.move(86_400)
        assert len(await receive(office, sender="p3@example.com")) == 3, "who was not told is told another day"
