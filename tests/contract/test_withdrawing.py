"""Messages called back from the queue: all of a message or nothing, in every backend."""

from contract.outgoing import came_of, names, outgoing, to
from pillarbox.ids import AccountId
from pillarbox.store.api import Queue
from pillarbox.store.queued import OVER, Intervention, NewQueued, QueueFilter, State

LATER = 5000


def held(name: str, *addresses: str, account: int = 1) -> NewQueued:
    recipients = [to(address, at=LATER) for address in addresses or ("you@there.example", "they@elsewhere.example")]
    return outgoing(name, *recipients, account=AccountId(account))


async def states(queue: Queue, name: str) -> list[State]:
    return [one.state for message in await queue.listed(QueueFilter(name=name)) for one in message.recipients]


async def test_a_name_means_a_message_and_what_it_was_parted_into(queue: Queue) -> None:
    await queue.add(held("abc"), held("abc.1"), held("abc.again"), held("abcd"), held("abc-1"))
    assert {one.message.id for one in await queue.listed(QueueFilter(name="abc"))} == {"abc", "abc.1", "abc.again"}
    assert {one.message.id for one in await queue.listed(QueueFilter(name="abc", account=AccountId(2)))} == set()


async def test_what_nobody_has_tried_is_called_back_as_a_whole(queue: Queue) -> None:
    await queue.add(held("abc"), held("abc.1", "x@there.example"))
    assert await queue.withdraw(QueueFilter(name="abc", account=AccountId(2)), 1500) == 0
    assert await queue.withdraw(QueueFilter(name="abc", account=AccountId(1)), 1500) == 3
    assert await states(queue, "abc") == [State.DROPPED] * 3
    assert all(state in OVER for state in await states(queue, "abc"))
    assert await queue.withdraw(QueueFilter(name="abc"), 1500) == 0
    assert await queue.claim(await queue.enlist(), LATER, 10) == []


async def test_where_one_recipient_is_in_hand_nothing_is_called_back(queue: Queue) -> None:
    await queue.add(held("abc"))
    owner = await queue.enlist()
    claimed = await queue.claim(owner, LATER, 1)
    assert names(claimed) == ["abc"]
    assert await queue.withdraw(QueueFilter(name="abc"), LATER) == 0
    assert sorted(state.value for state in await states(queue, "abc")) == ["in hand", "waiting"]
    await queue.settle(came_of(claimed[0], State.WAITING, at=LATER + 100, code="4.4.1", said="not now"))
    assert await queue.withdraw(QueueFilter(name="abc"), LATER) == 0, "it was tried"
    await queue.resign(owner)


async def test_what_a_person_holds_is_called_back_too(queue: Queue) -> None:
    await queue.add(held("abc"))
    assert await queue.change(QueueFilter(ids=["abc"]), Intervention.HOLD, 1100) == 2
    assert await queue.withdraw(QueueFilter(name="abc"), 1200) == 2
