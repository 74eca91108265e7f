"""Connections kept, roads that widen and close, transcripts, and what a verdict comes to."""

import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest

from hosts import Sink, sink, unused_port
from outbound import QUICK, StillClock, message
from pillarbox.limits import Limits, SmtpClientLimits
from pillarbox.mta import verdict
from pillarbox.mta.call import Call
from pillarbox.mta.calling import Caller, Unreached
from pillarbox.mta.hop import Hop, Level, Requirement
from pillarbox.mta.outcome import EXPIRED, Attempted, is_late, result_of
from pillarbox.mta.pool import Pool
from pillarbox.mta.road import Road
from pillarbox.mta.tls_counts import TlsCounts
from pillarbox.mta.transcript import Transcript
from pillarbox.mta.verdict import Verdict, failed, waiting
from pillarbox.net.client_tls import ClientTls
from pillarbox.proto.smtp.replies import Reply
from pillarbox.store.memory.journal import MemoryJournal
from pillarbox.store.queued import Claimed, QueuedRecipient, State

LOOPBACK = ip_address("127.0.0.1")
KEPT, MOST = 5.0, 10


async def called(port: int, pool: Pool, limits: SmtpClientLimits = QUICK) -> Call:
    clock = StillClock()
    caller = Caller(
        ClientTls(),
        clock,
        "mx.ours.test",
        limits=Limits(client=limits),
        sources=[],
        counts=TlsCounts(MemoryJournal(), clock, wanted=True),
        dismiss=pool.dismiss,
    )
    hop = Hop("mx.one.test", (LOOPBACK,), port, Requirement(Level.NONE))
    return await caller.call(hop, LOOPBACK, Transcript(1000))


async def gone(host: Sink) -> None:
    async with asyncio.timeout(60):
        while host.now:
            await asyncio.sleep(0.002)


async def test_a_connection_given_is_taken_again_by_whoever_asks_the_same() -> None:
    pool = Pool(KEPT, MOST)
    async with sink() as host:
        call = await called(host.port, pool)
        pool.give("one", call)
        assert pool.take("two") is None
        assert pool.take("one") is call
        assert pool.take("one") is None
        pool.give("one", call)
        await pool.close()
        await gone(host)


async def test_a_connection_that_ended_while_it_was_kept_is_not_taken() -> None:
    pool = Pool(KEPT, MOST)
    async with sink() as host:
        call = await called(host.port, pool)
        pool.give("one", call)
        call.stream.eof_received()
        assert pool.take("one") is None
        await pool.close()


async def test_a_connection_that_spoke_unasked_is_not_taken() -> None:
    pool = Pool(KEPT, MOST)
    async with sink() as host:
        call = await called(host.port, pool)
        pool.give("one", call)
        call.stream.data_received(b"421 4.4.2 idle\r\n")
        assert pool.take("one") is None
        await pool.close()


async def test_a_connection_is_kept_for_its_time_and_no_longer() -> None:
    pool = Pool(0.01, MOST)
    async with sink() as host:
        pool.give("one", await called(host.port, pool))
        await gone(host)
        assert pool.take("one") is None
        await pool.close()


async def test_no_more_are_kept_than_may_be() -> None:
    pool = Pool(KEPT, 1)
    async with sink() as host:
        first, second = await called(host.port, pool), await called(host.port, pool)
        pool.give("one", first)
        pool.give("one", second)
        assert pool.take("one") is first
        assert pool.take("one") is None
        pool.dismiss(first)
        await pool.close()
        await gone(host)


async def test_a_connection_after_its_last_message_is_not_kept() -> None:
    pool = Pool(KEPT, MOST)
    async with sink() as host:
        call = await called(host.port, pool, replace(QUICK, messages=1))
        call.transacted()
        pool.give("one", call)
        assert pool.take("one") is None
        await pool.close()
        await gone(host)


async def test_where_nobody_is_there_is_nothing_to_keep() -> None:
    with pytest.raises(Unreached) as caught:
        await called(unused_port(), Pool(KEPT, MOST))
    assert caught.value.verdict.code == "4.4.1"
    assert "connection refused" in caught.value.verdict.said


# Roads.


def pair(n: int) -> Claimed:
    return Claimed(message=message(f"m{n}", "b@one.test"), destination="one.test", recipients=[recipient()])


def recipient(**fields: object) -> QueuedRecipient:
    usual = {
        "n": 0, "address": "b@one.test", "destination": "one.test", "notify": "", "orcpt": "", "state": State.IN_HAND, "at": 0,
        "attempts": 0, "warned": False, "host": "", "code": "", "said": "", "updated_at": 0,
    }  # fmt: skip
    return QueuedRecipient(**{**usual, **fields})  # type: ignore[arg-type]


def test_a_road_begins_narrow_and_widens_while_messages_are_taken() -> None:
    road = Road("one.test", 5)
    widths = [road.width]
    for _ in range(4):
        road.reached()
        widths.append(road.width)
    assert widths == [1, 2, 4, 5, 5]


def test_a_road_is_full_by_its_width() -> None:
    road = Road("one.test", 8)
    for n in range(4):
        assert not road.is_full
        road.backlog.append(pair(n))
    assert road.is_full
    road.reached()
    assert not road.is_full


def test_a_closed_road_says_why_until_its_time_and_then_may_be_tried() -> None:
    road = Road("one.test", 8)
    road.reached()
    why = waiting("4.4.1", "nobody")
    road.close(100, why)
    assert (road.closed(99), road.closed(100)) == (why, None)
    assert (road.width, road.is_suspect, road.failures) == (1, True, 1)
    assert road.reached()
    assert not road.is_suspect
    assert not road.reached()


def test_a_closed_road_that_nobody_uses_is_forgotten_after_a_day() -> None:
    road = Road("one.test", 8)
    road.close(100, waiting("4.4.1", "nobody"))
    assert [road.is_forgotten(100 + 86399), road.is_forgotten(100 + 86400)] == [False, True]
    road.backlog.append(pair(1))
    assert not road.is_forgotten(100 + 86400)


def test_a_crowded_road_is_as_wide_as_there_are_conversations() -> None:
    road = Road("one.test", 8)
    road.width, road.talking = 8, 3
    road.crowded()
    assert road.width == 3


# Transcripts.


def test_a_transcript_says_who_said_what_a_line_each_however_it_came() -> None:
    said = Transcript(1000)
    said.note("mx.one.test")
    for piece in (b"250-a\r\n25", b"0 b\r", b"\n"):
        said.received(piece)
    said.sent(b"MAIL FROM:<>\r\nDATA\r\n")
    assert said.text() == "* mx.one.test\nS: 250-a\nS: 250 b\nC: MAIL FROM:<>\nC: DATA"


@pytest.mark.parametrize("hostile", ["250 a\nC: QUIT\r\n", "250 a\rC: QUIT\r\n", "250 \x1b[2J\r\n", "250 a\u2028C: x\r\n"])
def test_nothing_a_host_says_can_look_like_a_line_of_ours(hostile: str) -> None:
    said = Transcript(1000)
    said.received(hostile.encode())
    assert len(said.text().splitlines()) == 1
    assert said.text().startswith("S: 250 ")
    assert said.text().isprintable()


def test_a_note_may_have_a_line_end_and_stays_ours() -> None:
    said = Transcript(1000)
    said.note("one\r\ntwo")
    assert said.text() == "* one\n* two"


def test_no_password_is_in_a_transcript() -> None:
    said = Transcript(1000)
    said.hides = True
    said.sent(b"AUTH PLAIN c2VjcmV0\r\n")
    said.sent(b"250secret=\r\n")
    said.received(b"334 c2VjcmV0\r\n")
    said.received(b"c2VjcmV0\r\n")
    said.received(b"535 5.7.8 no\r\n")
    assert "c2VjcmV0" not in said.text()
    assert "secret" not in said.text()
    assert said.text().endswith("S: 535 5.7.8 no")


@pytest.mark.parametrize("piece", [1, 7, 100, 5000])
def test_a_transcript_keeps_its_begin_and_its_end(piece: int) -> None:
    said = Transcript(200)
    said.note("the begin")
    for _ in range(0, 5000, piece):
        said.received(b"x" * piece)
    said.note("the end")
    text = said.text()
    assert text.startswith("* the begin")
    assert text.endswith("* the end")
    assert "* the middle is left out" in text
    assert len(text) < 900


# Verdicts, and what they come to.


@pytest.mark.parametrize(
    ("reply", "state", "code"),
    [
        (Reply(250, "", "ok"), State.DELIVERED, "2.0.0"),
        (Reply(250, "2.1.5", "ok"), State.DELIVERED, "2.1.5"),
        (Reply(450, "", "no"), State.WAITING, "4.0.0"),
        (Reply(550, "", "no"), State.FAILED, "5.0.0"),
        (Reply(550, "5.1.1", "no"), State.FAILED, "5.1.1"),
        (Reply(354, "", "what?"), State.WAITING, "4.0.0"),
    ],
)
def test_the_first_digit_of_a_reply_decides(reply: Reply, state: State, code: str) -> None:
    found = verdict.of(reply)
    assert (found.state, found.code) == (state, code)


@pytest.mark.parametrize(
    ("reply", "is_full"),
    [
        (Reply(452, "", "x"), True),
        (Reply(452, "4.5.3", "x"), True),
        (Reply(452, "4.2.2", "mailbox full"), False),
        (Reply(552, "", "x"), True),
        (Reply(552, "5.2.2", "mailbox full"), False),
        (Reply(550, "", "x"), False),
    ],
)
def test_too_many_recipients_is_told_from_a_full_mailbox(reply: Reply, is_full: bool) -> None:
    assert verdict.of_recipient(reply).is_full is is_full


def test_what_is_said_is_one_line_and_bounded() -> None:
    said = verdict.said(Reply(550, "5.1.1", "no", ("one", "x" * 5000)))
    assert said.startswith("550 5.1.1 no one x")
    assert len(said) == 1000


NOW, DAY = 1_000_000, 86400


def attempted(**fields: object) -> Attempted:
    return Attempted(**{"now": NOW, "warn_after": 4 * 3600, "jitter": 0.5, **fields})  # type: ignore[arg-type]


LATER = waiting("4.2.0", "450 4.2.0 later")


@pytest.mark.parametrize(
    ("found", "circumstances", "age", "left", "state", "at", "code"),
    [
        (Verdict(State.DELIVERED, "2.0.0", "ok"), {}, 0, DAY, State.DELIVERED, 0, "2.0.0"),
        (failed("5.1.1", "no"), {}, 0, DAY, State.FAILED, 0, "5.1.1"),
        (LATER, {}, 0, DAY, State.WAITING, NOW + 300, "4.2.0"),
        (LATER, {"at": NOW + 7}, 0, DAY, State.WAITING, NOW + 7, "4.2.0"),
        (LATER, {"not_before": NOW + 3600}, 0, DAY, State.WAITING, NOW + 3600, "4.2.0"),
        (LATER, {"not_before": NOW + 3600}, 0, 60, State.WAITING, NOW + 60, "4.2.0"),
        (LATER, {}, DAY, 0, State.FAILED, 0, EXPIRED),
        (replace(LATER, is_full=True), {}, 0, DAY, State.WAITING, NOW, "4.2.0"),
        (replace(LATER, greylisted=True), {}, 0, DAY, State.WAITING, NOW + 60, "4.2.0"),
    ],
)
def test_what_a_verdict_comes_to(
    found: Verdict, circumstances: dict[str, object], age: int, left: int, state: State, at: int, code: str
) -> None:
    about = replace(message("m", "b@one.test"), created_at=NOW - age, expires_at=NOW + left)
    result = result_of(about, recipient(), found, attempted(**circumstances))
    assert (result.state, result.at, result.code) == (state, at, code)
    assert is_late(recipient(), result) is (code == EXPIRED)


@pytest.mark.parametrize(("since", "lasts", "is_warned"), [(0, DAY, False), (5 * 3600, DAY, True), (5 * 3600, 0, True)])
def test_a_wait_begins_with_the_release(since: int, lasts: int, is_warned: bool) -> None:
    """RFC 4865: a month before it was nobody's fault."""
    began = NOW - since
    about = replace(message("m", "b@one.test"), created_at=began - 30 * DAY, expires_at=began + DAY)
    result = result_of(about, recipient(), LATER, attempted(lasts=lasts))
    assert result.warned is is_warned
    over = result_of(replace(about, expires_at=NOW), recipient(), LATER, attempted(lasts=lasts))
    assert over.said.startswith("given up after 24 hours" if lasts else "given up after 30 days")


@pytest.mark.parametrize(("age", "warned", "late"), [(3600, False, False), (4 * 3600, False, True), (DAY, True, False)])
def test_a_warning_is_due_once(age: int, warned: bool, late: bool) -> None:
    about = replace(message("m", "b@one.test"), created_at=NOW - age, expires_at=NOW + DAY)
    one = recipient(warned=warned)
    result = result_of(about, one, LATER, attempted())
    assert is_late(one, result) is late
    assert result.warned is (late or warned)
