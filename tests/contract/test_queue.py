"""Mail on its way out: the same in every backend."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.letters import content
from contract.outgoing import BODY, came_of, delivered, names, outgoing, to
from pillarbox.errors import AlreadyExists, NotFound
from pillarbox.ids import AccountId
from pillarbox.store.api import Queue
from pillarbox.store.models import Content
from pillarbox.store.queued import (
    HOUR,
    Allowance,
    Conversation,
    Intervention,
    NewQueued,
    Queued,
    QueuedRecipient,
    QueueFilter,
    Result,
    Spent,
    State,
)

NOW = 2000
FULL: dict[str, Any] = {
    "kind": "relay",
    "sender": "",
    "prefix": b"Received: by us\r\n",
    "skip": 16,
    "account": AccountId(7),
    "message_id": "1@example.org",
    "subject": "Grüße \ud800 \x00",
    "from_domain": "example.org",
    "body": "8BITMIME",
    "smtputf8": True,
    "require_tls": True,
    "tls_optional": True,
    "ret": "HDRS",
    "envid": "q1",
    "accountable": False,
}


async def states(queue: Queue, id: str) -> list[State]:  # noqa: A002
    (found,) = await queue.listed(QueueFilter(ids=[id]))
    return [one.state for one in found.recipients]


async def one_listed(queue: Queue, id: str) -> Queued:  # noqa: A002
    (found,) = await queue.listed(QueueFilter(ids=[id]))
    return found


async def one_recipient(queue: Queue, id: str) -> QueuedRecipient:  # noqa: A002
    (found,) = (await one_listed(queue, id)).recipients
    return found


# In.


async def test_what_was_added_is_listed_as_it_was(queue: Queue) -> None:
    first = to("a@there.example", notify="SUCCESS,DELAY", orcpt="rfc822;A@there.example", at=1500)
    new = outgoing("one", first, "b@elsewhere.example", **FULL)
    await queue.add(new)
    found = await one_listed(queue, "one")
    bare = Content(blob=new.content.blob, size=new.content.size)
    assert replace(found.message, subject="") == replace(new, content=bare, recipients=(), subject="")
    assert found.message.subject.startswith("Grüße ")
    waiting = QueuedRecipient(
        n=0,
        address="a@there.example",
        destination="there.example",
        notify="SUCCESS,DELAY",
        orcpt="rfc822;A@there.example",
        state=State.WAITING,
        at=1500,
        attempts=0,
        warned=False,
        host="",
        code="",
        said="",
        updated_at=1000,
    )
    other = replace(waiting, n=1, address="b@elsewhere.example", destination="elsewhere.example", notify="", orcpt="", at=1000)
    assert list(found.recipients) == [waiting, other]


async def test_a_name_is_taken_once(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    with pytest.raises(AlreadyExists):
        await queue.add(outgoing("one", "other@there.example", data=b"other"))
    assert await queue.read("one") == BODY
    assert len(await queue.claim(await queue.enlist(), NOW, 10)) == 1


async def test_one_that_is_refused_takes_no_other_with_it(queue: Queue) -> None:
    await queue.add(outgoing("5"))
    told = await asyncio.gather(*(queue.add(outgoing(str(n))) for n in range(40)), return_exceptions=True)
    assert [n for n, error in enumerate(told) if error is not None] == [5]
    assert isinstance(told[5], AlreadyExists)
    assert sorted(found.message.id for found in await queue.listed(QueueFilter())) == sorted(map(str, range(40)))


async def test_a_message_needs_recipients(queue: Queue) -> None:
    with pytest.raises(ValueError, match="recipients"):
        await queue.add(replace(outgoing("one"), recipients=()))


@pytest.mark.parametrize("size", [200, 5000])
@pytest.mark.parametrize("by_path", [False, True])
async def test_what_goes_over_the_wire_is_the_prefix_and_the_rest_of_the_content(
    queue: Queue, tmp_path: Path, size: int, by_path: bool
) -> None:
    data = bytes(range(100)) * (size // 100)
    given = content(data)
    if by_path:
        (tmp_path / "spooled").write_bytes(data)
        given = replace(given, data=None, path=str(tmp_path / "spooled"))
    await queue.add(replace(outgoing("one", prefix=b"0123456789", skip=50), content=given))
    wire = b"0123456789" + data[50:]
    assert await queue.read("one") == wire
    for first, count in ((0, 5), (0, 15), (5, 5), (5, 10), (10, 20), (15, 20), (size, 100), (size * 2, 5), (20, 0), (7, None)):
        assert await queue.read("one", first, count) == wire[first : None if count is None else first + count], (first, count)
    with pytest.raises(NotFound):
        await queue.read("two")


# Claiming.


async def test_what_is_claimed_comes_with_its_content_and_is_claimed_once(queue: Queue) -> None:
    await queue.add(outgoing("one", "a@there.example", "b@there.example", "c@elsewhere.example"))
    owner = await queue.enlist()
    assert await queue.claim(owner, 999, 10) == []
    claimed = {one.destination: one for one in await queue.claim(owner, 1000, 10)}
    assert sorted(claimed) == ["elsewhere.example", "there.example"]
    assert [one.address for one in claimed["there.example"].recipients] == ["a@there.example", "b@there.example"]
    for pair in claimed.values():
        assert {one.state for one in pair.recipients} == {State.IN_HAND}
        assert pair.message.content == content(BODY)
        assert pair.message.recipients == ()
    assert await queue.claim(owner, 1000, 10) == []
    assert await queue.claim(await queue.enlist(), 9000, 10) == []


async def test_the_content_of_a_large_one_is_read(queue: Queue) -> None:
    await queue.add(outgoing("one", data=b"x" * 5000))
    (claimed,) = await queue.claim(await queue.enlist(), NOW, 10)
    if claimed.message.content.data is None:
        assert await queue.read("one") == b"x" * 5000


async def test_those_due_longest_come_first(queue: Queue) -> None:
    for at in (1500, 1200, 1900, 1300):
        await queue.add(outgoing(str(at), to("you@there.example", at=at)))
    owner = await queue.enlist()
    assert names(await queue.claim(owner, 1500, 2)) == ["1200", "1300"]
    assert names(await queue.claim(owner, 1500, 2)) == ["1500"]
    assert await queue.next_due(1500) == 1900


async def test_destinations_share_whatever_one_has_waiting(queue: Queue) -> None:
    for n in range(60):
        await queue.add(outgoing(f"flood {n}", "you@flooded.example", created_at=100))
    for n in range(3):
        await queue.add(outgoing(f"one {n}", f"you@small{n}.example", created_at=1900))
        await queue.add(outgoing(f"two {n}", f"you@small{n}.example", created_at=1900))
    owner = await queue.enlist()
    first = Counter(one.destination for one in await queue.claim(owner, NOW, 6))
    assert len(first) == 4
    assert sorted(first.values()) == [1, 1, 2, 2]
    second = Counter(one.destination for one in await queue.claim(owner, NOW, 10))
    assert first + second == {"flooded.example": 10, **{f"small{n}.example": 2 for n in range(3)}}


async def test_destinations_take_turns_from_claim_to_claim(queue: Queue) -> None:
    for n in range(10):
        await queue.add(outgoing(f"flood {n}", "you@flooded.example", created_at=100))
    await queue.add(outgoing("small", "you@small.example", created_at=1900))
    await queue.add(outgoing("small too", "you@small.example", created_at=1950))
    owner = await queue.enlist()
    told = [one.destination for _ in range(4) for one in await queue.claim(owner, NOW, 1)]
    assert sorted(told) == ["flooded.example"] * 2 + ["small.example"] * 2


async def test_new_mail_for_a_flooded_destination_takes_no_turn_of_another(queue: Queue) -> None:
    for n in range(5):
        await queue.add(outgoing(f"flood {n}", "you@flooded.example", created_at=100))
        await queue.add(outgoing(f"small {n}", "you@small.example", created_at=NOW))
    owner = await queue.enlist()
    told = []
    for n in range(6):
        told += [one.destination for one in await queue.claim(owner, NOW, 1)]
        await queue.add(outgoing(f"more {n}", "you@flooded.example", created_at=NOW))
    assert Counter(told) == {"flooded.example": 3, "small.example": 3}


async def test_busy_destinations_are_passed_over_and_one_may_be_named(queue: Queue) -> None:
    for name in ("a", "b", "c"):
        await queue.add(outgoing(name, f"you@{name}.example", f"me@{name}.example"))
        await queue.add(outgoing(name * 2, f"you@{name}.example"))
    owner = await queue.enlist()
    assert {one.destination for one in await queue.claim(owner, NOW, 10, busy=["a.example", "c.example"])} == {"b.example"}
    assert names(await queue.claim(owner, NOW, 1, destination="c.example")) == ["c"]
    assert names(await queue.claim(owner, NOW, 5, destination="c.example")) == ["cc"]
    assert await queue.claim(owner, NOW, 5, destination="nowhere.example") == []
    assert names(await queue.claim(owner, NOW, 5, busy=[])) == ["a", "aa"]
    assert await queue.next_due(NOW) is None


async def test_a_pair_has_a_hundred_recipients_at_most(queue: Queue) -> None:
    await queue.add(outgoing("many", *(f"{n}@there.example" for n in range(250))))
    await queue.add(outgoing("after", to("you@there.example", at=1001)))
    owner = await queue.enlist()
    first = await queue.claim(owner, NOW, 2)
    assert [(one.message.id, len(one.recipients)) for one in first] == [("many", 100), ("after", 1)]
    rest = [len((await queue.claim(owner, NOW, 1))[0].recipients) for _ in range(2)]
    assert rest == [100, 50]


async def test_the_next_that_is_due_is_known(queue: Queue) -> None:
    assert await queue.next_due(NOW) is None
    await queue.add(outgoing("late", to("you@there.example", at=5000)))
    assert await queue.next_due(NOW) == 5000
    await queue.add(outgoing("soon", to("you@there.example", at=3000), "me@elsewhere.example"))
    due = await queue.next_due(NOW)
    assert due is not None
    assert due <= NOW
    await queue.claim(await queue.enlist(), NOW, 5)
    assert await queue.next_due(NOW) == 3000


# Settling.


async def test_with_the_last_recipient_the_content_goes_and_what_happened_stays(queue: Queue) -> None:
    for size in (20, 5000):
        name = f"of {size}"
        await queue.add(outgoing(name, "a@there.example", "b@elsewhere.example", data=b"x" * size))
        first, second = await queue.claim(await queue.enlist(), NOW, 5)
        said = Conversation(id=name, at=5, host="mx.there.example", text="S: 250 ok\r\n")
        await queue.settle(delivered(first, host="mx.there.example"), conversation=said)
        assert await queue.read(name) == b"x" * size
        await queue.settle(came_of(second, State.FAILED, host="mx", code="5.1.1", said="nobody"))
        with pytest.raises(NotFound):
            await queue.read(name)
        found = {one.address: one for one in (await one_listed(queue, name)).recipients}
        one, other = found[first.recipients[0].address], found[second.recipients[0].address]
        assert (one.state, one.attempts, one.host, one.code, one.said) == (
            State.DELIVERED,
            1,
            "mx.there.example",
            "2.0.0",
            "thanks",
        )
        assert (other.state, other.attempts, other.code, other.said) == (State.FAILED, 1, "5.1.1", "nobody")
        assert one.updated_at > 1_000_000
        assert await queue.conversations(name) == [said]
    assert await queue.listed(QueueFilter()) == []


async def test_two_messages_with_the_same_large_content_each_keep_it(queue: Queue) -> None:
    data = b"y" * 5000
    await asyncio.gather(*(queue.add(outgoing(name, data=data)) for name in ("one", "two", "three")))
    one, two, _ = await queue.claim(await queue.enlist(), NOW, 5)
    await queue.settle(delivered(one))
    await queue.add(outgoing("four", data=data))
    await queue.settle(delivered(two))
    left = {found.message.id for found in await queue.listed(QueueFilter())}
    assert len(left) == 2
    for name in left:
        assert await queue.read(name) == data


async def test_what_failed_for_now_waits_for_its_time_and_is_counted(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    owner = await queue.enlist()
    (claimed,) = await queue.claim(owner, NOW, 5)
    await queue.settle(came_of(claimed, State.WAITING, at=3000, code="4.4.1", said="no answer", host="mx", warned=True))
    assert await queue.next_due(NOW) == 3000
    assert await queue.claim(owner, 2999, 5) == []
    (claimed,) = await queue.claim(owner, 3000, 5)
    assert claimed.recipients[0].attempts == 1
    await queue.settle(came_of(claimed, State.WAITING, at=3500, counts=False))
    found = await one_recipient(queue, "one")
    assert (found.attempts, found.warned, found.at) == (1, True, 3500)
    assert (found.host, found.code, found.said) == ("mx", "4.4.1", "no answer")


async def test_a_result_for_what_is_in_no_hand_is_passed_over(queue: Queue) -> None:
    await queue.add(outgoing("one", "a@there.example", "b@elsewhere.example"))
    owner = await queue.enlist()
    await queue.settle([Result(id="one", n=0, state=State.FAILED), Result(id="none", n=0, state=State.FAILED)])
    assert await states(queue, "one") == [State.WAITING] * 2
    (first,) = await queue.claim(owner, NOW, 5, destination="there.example")
    await queue.settle(
        [*delivered(first), Result(id="one", n=1, state=State.FAILED), Result(id="one", n=9, state=State.FAILED)]
    )
    await queue.settle(came_of(first, State.WAITING, at=1))
    await queue.settle(came_of(first, State.FAILED))
    assert await states(queue, "one") == [State.DELIVERED, State.WAITING]
    assert names(await queue.claim(owner, NOW, 5)) == ["one"]
    assert await queue.claim(owner, NOW, 5) == []


@pytest.mark.parametrize("size", [20, 5000])
async def test_results_and_the_messages_they_give_rise_to_are_kept_together_or_not_at_all(queue: Queue, size: int) -> None:
    await queue.add(outgoing("one"))
    await queue.add(outgoing("taken"))
    claimed = await queue.claim(await queue.enlist(), NOW, 5)
    (mine,) = [one for one in claimed if one.message.id == "one"]
    bounces = [outgoing(name, "me@example.org", sender="", kind="bounce", data=b"!" * size) for name in ("bounce", "taken")]
    with pytest.raises(AlreadyExists):
        await queue.settle(came_of(mine, State.FAILED), new=bounces)
    assert await states(queue, "one") == [State.IN_HAND]
    assert await queue.listed(QueueFilter(ids=["bounce"])) == []
    await queue.settle(came_of(mine, State.FAILED), new=bounces[:1])
    assert await states(queue, "one") == [State.FAILED]
    assert await queue.read("bounce") == b"!" * size


async def test_the_last_twenty_conversations_are_kept(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    for n in range(25):
        await queue.settle([], conversation=Conversation(id="one", at=n, host="mx", text=f"S: 450 {n} \ud800"))
        await queue.settle([], conversation=Conversation(id="none", at=n, host="mx", text=""))
    assert [one.at for one in await queue.conversations("one")] == list(range(5, 25))
    assert await queue.conversations("none") == []


async def test_many_settle_at_once_and_each_has_its_result(queue: Queue) -> None:
    await asyncio.gather(*(queue.add(outgoing(str(n), f"a@{n % 7}.example")) for n in range(50)))
    claimed = await queue.claim(await queue.enlist(), NOW, 100)
    assert len(claimed) == 50
    await asyncio.gather(*(queue.settle(delivered(one)) for one in claimed))
    assert await queue.counts() == {}
    assert len(await queue.listed(QueueFilter(state=State.DELIVERED))) == 50


# Owners.


async def test_what_someone_who_leaves_has_in_hand_is_due_at_once(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    await queue.add(outgoing("other", "you@elsewhere.example"))
    one, other = await queue.enlist(), await queue.enlist()
    assert one != other
    await queue.claim(one, NOW, 5, destination="there.example")
    await queue.claim(other, NOW, 5)
    await queue.resign(one)
    assert await queue.recover() == 0
    assert await states(queue, "other") == [State.IN_HAND]
    found = await one_recipient(queue, "one")
    assert (found.state, found.at, found.attempts) == (State.WAITING, 1000, 0)
    assert names(await queue.claim(other, NOW, 5)) == ["one"]


async def test_what_was_taken_by_hand_and_not_settled_is_as_it_was(queue: Queue) -> None:
    await queue.add(outgoing("held"))
    await queue.change(QueueFilter(ids=["held"]), Intervention.HOLD, NOW)
    await queue.add(outgoing("late", to("you@there.example", at=5_000_000_000)))
    owner = await queue.enlist()
    assert len(await queue.take(owner, QueueFilter(ids=["held", "late"]))) == 2
    await queue.resign(owner)
    assert await states(queue, "held") == [State.HELD]
    late = await one_recipient(queue, "late")
    assert (late.state, late.at) == (State.WAITING, 5_000_000_000)
    assert await queue.claim(await queue.enlist(), NOW, 5) == []


async def test_what_is_over_gives_rise_to_no_message_a_second_time(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    owner = await queue.enlist()
    (claimed,) = await queue.claim(owner, NOW, 5)
    await queue.resign(owner)
    await queue.settle(came_of(claimed, State.FAILED), new=[outgoing("bounce")])
    assert await states(queue, "one") == [State.WAITING]
    assert await queue.listed(QueueFilter(ids=["bounce"])) == []


async def test_several_messages_are_added_together_or_not_at_all(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    with pytest.raises(AlreadyExists):
        await queue.add(outgoing("two"), outgoing("one"))
    assert await queue.listed(QueueFilter(ids=["two"])) == []
    await queue.add(outgoing("two"), outgoing("three"))
    assert len(await queue.listed(QueueFilter())) == 3


async def test_a_destination_that_is_reached_again_has_all_due_but_what_was_never_tried(queue: Queue) -> None:
    first, later = 5_000_000_000, 6_000_000_000
    await queue.add(outgoing("one"))
    await queue.add(outgoing("late", to("you@there.example", at=first)))
    await queue.add(outgoing("elsewhere", "you@elsewhere.example"))
    assert await queue.postpone("there.example", later, "mx", "4.4.1", "no answer") == 1
    assert await queue.postpone("elsewhere.example", later, "mx", "4.4.1", "no answer") == 1
    assert await queue.hasten("there.example", NOW) == 1
    assert [(await one_recipient(queue, name)).at for name in ("one", "late", "elsewhere")] == [NOW, first, later]
    assert names(await queue.claim(await queue.enlist(), NOW, 5)) == ["one"]


# By hand.

THREE = [
    outgoing("old", "a@there.example", "b@elsewhere.example", created_at=100, account=AccountId(1)),
    outgoing("held", "c@there.example", sender="You@Example.net", created_at=200),
    outgoing("new", to("D@there.example", at=2500), created_at=300, sender="", account=AccountId(2)),
    outgoing("hand", "e@hand.example", created_at=50, sender="me@sub.example.org"),
    outgoing("over", "f@over.example", created_at=10),
]

FILTERS = [
    (QueueFilter(), ["hand", "old", "held", "new"]),
    (QueueFilter(most=2), ["hand", "old"]),
    (QueueFilter(ids=["over", "new", "none"]), ["over", "new"]),
    (QueueFilter(ids=["over", "new"], state=State.WAITING), ["new"]),
    (QueueFilter(sender="you@example.NET"), ["held"]),
    (QueueFilter(sender="@EXAMPLE.org"), ["old"]),
    (QueueFilter(recipient="d@there.example"), ["new"]),
    (QueueFilter(recipient="@there.example"), ["old", "held", "new"]),
    (QueueFilter(recipient="f@over.example"), []),
    (QueueFilter(destination="elsewhere.example"), ["old"]),
    (QueueFilter(destination="elsewhere.example", recipient="a@there.example"), []),
    (QueueFilter(state=State.HELD), ["held"]),
    (QueueFilter(state=State.IN_HAND), ["hand"]),
    (QueueFilter(state=State.DELIVERED), ["over"]),
    (QueueFilter(state=State.DELIVERED, recipient="@there.example"), []),
    (QueueFilter(account=AccountId(2)), ["new"]),
    (QueueFilter(older_than=200), ["hand", "old"]),
]


@pytest.fixture
async def three(queue: Queue) -> Queue:
    """Messages in all states."""
    for new in THREE:
        await queue.add(new)
    await queue.change(QueueFilter(ids=["held"]), Intervention.HOLD, NOW)
    owner = await queue.enlist()
    (over,) = await queue.claim(owner, NOW, 5, destination="over.example")
    await queue.claim(owner, NOW, 5, destination="hand.example")
    await queue.settle(delivered(over))
    return queue


@pytest.mark.parametrize(("which", "expected"), FILTERS)
async def test_what_fits_is_listed_by_age(three: Queue, which: QueueFilter, expected: list[str]) -> None:
    found = await three.listed(which)
    assert [one.message.id for one in found] == expected
    given: dict[str, NewQueued] = {new.id: new for new in THREE}
    assert all(len(one.recipients) == len(given[one.message.id].recipients) for one in found)


INTERVENTIONS = [
    (Intervention.RETRY, {"old": 2, "new": 1}, {"new": (State.WAITING, NOW), "held": (State.HELD, 200)}),
    (Intervention.HOLD, {"old": 2, "new": 1}, {"new": (State.HELD, 2500), "hand": (State.IN_HAND, 50)}),
    (Intervention.RELEASE, {"held": 1}, {"held": (State.WAITING, NOW), "new": (State.WAITING, 2500)}),
    (Intervention.DROP, {"old": 2, "held": 1, "new": 1}, {"held": (State.DROPPED, 200), "hand": (State.IN_HAND, 50)}),
]


@pytest.mark.parametrize(("intervention", "counts", "after"), INTERVENTIONS)
async def test_a_person_changes_what_fits_and_is_in_no_hand(
    three: Queue, intervention: Intervention, counts: dict[str, int], after: dict[str, tuple[State, int]]
) -> None:
    names = ["old", "held", "new", "hand", "over"]
    assert {name: n for name in names if (n := await three.change(QueueFilter(ids=[name]), intervention, NOW))} == counts
    for name, expected in after.items():
        found = await one_recipient(three, name)
        assert (found.state, found.at) == expected
    assert await states(three, "over") == [State.DELIVERED]


async def test_only_recipients_that_fit_are_changed(three: Queue) -> None:
    assert await three.change(QueueFilter(destination="there.example", sender="@example.org"), Intervention.DROP, NOW) == 1
    assert await states(three, "old") == [State.DROPPED, State.WAITING]
    assert await three.read("old") == BODY
    assert await three.change(QueueFilter(ids=["old"]), Intervention.DROP, NOW) == 1
    with pytest.raises(NotFound):
        await three.read("old")


async def test_held_mail_is_not_claimed_until_it_is_released(queue: Queue) -> None:
    await queue.add(outgoing("one"))
    owner = await queue.enlist()
    await queue.change(QueueFilter(), Intervention.HOLD, NOW)
    assert await queue.claim(owner, 9000, 5) == []
    assert await queue.next_due(NOW) is None
    await queue.change(QueueFilter(), Intervention.RELEASE, NOW)
    assert names(await queue.claim(owner, NOW, 5)) == ["one"]


async def test_what_fits_is_taken_whatever_the_time(three: Queue) -> None:
    owner = await three.enlist()
    taken = await three.take(owner, QueueFilter())
    assert [(one.message.id, one.destination) for one in taken] == [
        ("old", "elsewhere.example"),
        ("old", "there.example"),
        ("held", "there.example"),
        ("new", "there.example"),
    ]
    assert await three.take(owner, QueueFilter()) == []
    await three.settle([result for one in taken for result in came_of(one, State.FAILED)])
    assert [one.message.id for one in await three.listed(QueueFilter())] == ["hand"]


async def test_recipients_are_counted_by_destination_and_state(three: Queue) -> None:
    assert await three.counts() == {
        "there.example": {"waiting": 2, "held": 1},
        "elsewhere.example": {"waiting": 1},
        "hand.example": {"in hand": 1},
    }


async def test_a_destination_nobody_can_reach_waits_and_no_attempt_is_counted(queue: Queue) -> None:
    for at in (1100, 1200, 5000):
        await queue.add(outgoing(str(at), to("you@there.example", at=at)))
    await queue.add(outgoing("other", "you@elsewhere.example"))
    owner = await queue.enlist()
    await queue.claim(owner, 1100, 1, destination="there.example")
    assert await queue.postpone("there.example", 4000, "mx", "4.4.1", "no answer") == 1
    assert names(await queue.claim(owner, 3999, 5)) == ["other"]
    assert await queue.next_due(3999) == 4000
    found = await one_recipient(queue, "1200")
    assert (found.at, found.attempts, found.host, found.code, found.said) == (4000, 0, "mx", "4.4.1", "no answer")
    assert (await one_recipient(queue, "5000")).code == ""
    assert names(await queue.claim(owner, 4000, 5)) == ["1200"]


async def test_very_many_are_postponed_and_forgotten(queue: Queue) -> None:
    for n in range(4):
        await queue.add(outgoing(str(n), *(f"{k}@there.example" for k in range(300))))
    assert await queue.postpone("there.example", 4000, "", "", "") == 1200
    assert await queue.next_due(NOW) == 4000
    assert await queue.change(QueueFilter(), Intervention.DROP, NOW) == 1200
    assert await queue.forget(NOW + 1) == 4


# Housekeeping.


async def test_what_was_over_before_is_forgotten(three: Queue) -> None:
    await three.settle([], conversation=Conversation(id="over", at=5, host="mx", text="…"))
    await three.change(QueueFilter(ids=["held"]), Intervention.DROP, NOW)
    assert await three.forget(NOW) == 0
    assert await three.forget(NOW + 1) == 1
    assert await three.listed(QueueFilter(ids=["held"])) == []
    assert await three.forget(5_000_000_000) == 1
    assert await three.conversations("over") == []
    await three.add(outgoing("over"))
    assert len(await three.listed(QueueFilter(ids=["old", "new", "hand", "over"]))) == 4


async def test_what_is_remembered_is_recalled_until_it_is_stale(queue: Queue) -> None:
    assert await queue.recall("sts example.org", 10) is None
    await queue.remember("sts example.org", b"one", 100)
    await queue.remember("sts example.org", b"two", 200)
    assert await queue.recall("sts example.org", 199) == b"two"
    assert await queue.recall("sts example.org", 200) is None
    await queue.forget(300)
    assert await queue.recall("sts example.org", 100) is None


async def test_an_account_sends_to_so_many_an_hour_and_a_day_and_no_more(queue: Queue) -> None:
    one, other, hour = AccountId(1), AccountId(2), 1000 * HOUR
    few = Allowance(hour=3, day=5)
    assert await queue.spend(one, "sent", 3, few, hour)
    assert not await queue.spend(one, "sent", 1, few, hour + HOUR - 1)
    assert await queue.spent(one, "sent", hour) == Spent(3, 3), "what was refused does not count"
    assert await queue.spend(other, "sent", 3, few, hour)
    assert await queue.spend(one, "answered", 3, few, hour)
    assert not await queue.spend(one, "sent", 3, few, hour + HOUR), "the day is full before the hour"
    assert await queue.spend(one, "sent", 2, few, hour + HOUR)
    assert await queue.spent(one, "sent", hour + 2 * HOUR) == Spent(0, 5)
    assert not await queue.spend(one, "sent", 1, few, hour + 23 * HOUR)
    assert await queue.spend(one, "sent", 3, few, hour + 24 * HOUR), "the first hour is no longer of the last 24"
    for free in (Allowance(), Allowance(day=1_000_005)):
        assert await queue.spend(one, "sent", 500_000, free, hour + 24 * HOUR)
    assert await queue.spent(one, "sent", hour + 24 * HOUR) == Spent(1_000_003, 1_000_005)


async def test_what_was_sent_is_forgotten_once_it_bounds_nobody(queue: Queue) -> None:
    one, hour = AccountId(1), 1000 * HOUR
    await queue.spend(one, "sent", 3, Allowance(), hour)
    await queue.forget(hour + 23 * HOUR)
    assert await queue.spent(one, "sent", hour + 23 * HOUR) == Spent(0, 3)
    await queue.forget(hour + 24 * HOUR)
    assert await queue.spent(one, "sent", hour) == Spent()


async def test_many_who_send_at_once_do_not_pass_what_they_may(queue: Queue) -> None:
    done = await asyncio.gather(*(queue.spend(AccountId(1), "sent", 1, Allowance(hour=7), HOUR) for _ in range(20)))
    assert sum(done) == 7
