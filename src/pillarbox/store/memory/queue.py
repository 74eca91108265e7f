"""Mail on its way out, in memory: `pillarbox.store.api.Queue`."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...clock import Clock
from ...errors import AlreadyExists, NotFound
from ...ids import AccountId
from ..keywords import folded
from ..models import Content
from ..queued import (
    CONVERSATIONS,
    HOUR,
    HOURS,
    OVER,
    PAIR,
    Allowance,
    Claimed,
    Conversation,
    Destination,
    Intervention,
    NewQueued,
    NewRecipient,
    Owner,
    Queued,
    QueuedRecipient,
    QueueFilter,
    Result,
    Spent,
    State,
)


@dataclass(slots=True)
class _Message:
    message: NewQueued
    data: bytes
    recipients: list[QueuedRecipient]
    owners: dict[int, Owner]
    before: dict[int, State]
    """In what state those in hand were taken."""
    conversations: list[Conversation]
    over_at: int | None = None

    def change(self, n: int, **fields: object) -> None:
        self.recipients[n] = replace(self.recipients[n], **fields)  # type: ignore[arg-type]
        if self.recipients[n].state is not State.IN_HAND:
            self.owners.pop(n, None)

    def finish(self, now: int) -> None:
        if self.over_at is None and all(one.state in OVER for one in self.recipients):
            self.over_at = now


class MemoryQueue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: dict[str, _Message] = {}
        self._turns: dict[Destination, int] = {}
        self._served = 0
        self._owners: set[Owner] = set()
        self._next_owner = 1
        self._memory: dict[str, tuple[bytes, int]] = {}
        self._spent: Counter[tuple[AccountId, str, int]] = Counter()

    async def add(self, *messages: NewQueued) -> None:
        self._check(messages)
        for message in messages:
            self._keep(message)

    def _check(self, new: Sequence[NewQueued]) -> None:
        if not all(message.recipients for message in new):
            raise ValueError("a message without recipients would never be over")
        ids = [message.id for message in new]
        if len(set(ids)) < len(ids) or not self._messages.keys().isdisjoint(ids):
            raise AlreadyExists("the queue has a message of that name")

    def _keep(self, new: NewQueued) -> None:
        bare = Content(blob=new.content.blob, size=new.content.size)
        recipients = [_waiting(n, one, new.created_at) for n, one in enumerate(new.recipients)]
        kept = _Message(replace(new, content=bare, recipients=()), _data(new.content), recipients, {}, {}, [])
        self._messages[new.id] = kept

    # Out.

    async def enlist(self) -> Owner:
        owner = Owner(self._next_owner)
        self._next_owner += 1
        self._owners.add(owner)
        return owner

    async def resign(self, owner: Owner) -> None:
        for kept, one in list(self._all()):
            if kept.owners.get(one.n) == owner:
                kept.change(one.n, state=kept.before[one.n])
        self._owners.discard(owner)

    async def recover(self) -> int:
        return 0

    async def claim(
        self, owner: Owner, now: int, most: int, *, destination: Destination | None = None, busy: Sequence[Destination] = ()
    ) -> Sequence[Claimed]:
        due: dict[Destination, dict[str, list[QueuedRecipient]]] = {}
        waiting = [(one.at, place, kept, one) for place, (kept, one) in enumerate(self._all()) if one.state is State.WAITING]
        for at, _, kept, one in sorted(waiting, key=lambda row: row[:2]):
            wanted = one.destination == destination if destination is not None else one.destination not in busy
            if wanted and at <= now:
                due.setdefault(one.destination, {}).setdefault(kept.message.id, []).append(one)
        claimed: list[Claimed] = []
        for name in self._rounds(due, most):
            id = next(iter(due[name]))  # noqa: A001
            claimed.append(self._take(owner, self._messages[id], due[name].pop(id)[:PAIR]))
        return claimed

    def _rounds(self, due: Mapping[Destination, Mapping[str, object]], most: int) -> Iterator[Destination]:
        """Whose turn it is: none has a second one before all others that have anything have had one."""
        for _ in range(most):
            left = [name for name, pairs in due.items() if pairs]
            if not left:
                return
            name = min(left, key=lambda name: self._turns.get(name, 0))
            self._served += 1
            self._turns[name] = self._served
            yield name

    def _take(self, owner: Owner, kept: _Message, recipients: Sequence[QueuedRecipient]) -> Claimed:
        for one in recipients:
            kept.before[one.n] = one.state
            kept.change(one.n, state=State.IN_HAND)
            kept.owners[one.n] = owner
        content = replace(kept.message.content, data=kept.data)
        taken = [kept.recipients[one.n] for one in recipients]
        return Claimed(message=replace(kept.message, content=content), destination=taken[0].destination, recipients=taken)

    async def next_due(self, now: int) -> int | None:
        return min((one.at for _, one in self._all() if one.state is State.WAITING), default=None)

    async def settle(
        self, results: Sequence[Result], *, new: Sequence[NewQueued] = (), conversation: Conversation | None = None
    ) -> None:
        self._check(new)
        in_hand = [(self._messages[one.id], one) for one in results if self._is_in_hand(one)]
        for kept, result in in_hand:
            self._settle(kept, result)
        for message in new if in_hand or not results else ():
            self._keep(message)
        if conversation is not None and conversation.id in self._messages:
            kept = self._messages[conversation.id]
            kept.conversations = [*kept.conversations, conversation][-CONVERSATIONS:]

    def _is_in_hand(self, result: Result) -> bool:
        return result.id in self._messages and result.n in self._messages[result.id].owners

    def _settle(self, kept: _Message, result: Result) -> None:
        one = kept.recipients[result.n]
        silent = not (result.host or result.code or result.said)
        kept.change(
            result.n,
            state=result.state,
            at=result.at,
            attempts=one.attempts + result.counts,
            warned=one.warned or result.warned,
            host=one.host if silent else result.host,
            code=one.code if silent else result.code,
            said=one.said if silent else result.said,
            updated_at=self._now(),
        )
        kept.finish(self._now())

    async def postpone(self, destination: Destination, until: int, host: str, code: str, said: str) -> int:
        found = [
            (kept, one)
            for kept, one in self._all()
            if one.state is State.WAITING
            and one.destination == destination
            and one.at < until
            and (one.code or one.at <= self._now())
        ]
        for kept, one in found:
            kept.change(one.n, at=until, host=host, code=code, said=said, updated_at=self._now())
        return len(found)

    async def hasten(self, destination: Destination, now: int) -> int:
        found = [
            (kept, one)
            for kept, one in self._all()
            if one.state is State.WAITING and one.destination == destination and one.at > now and one.code
        ]
        for kept, one in found:
            kept.change(one.n, at=now, updated_at=now)
        return len(found)

    async def read(self, id: str, first: int = 0, count: int | None = None) -> bytes:  # noqa: A002
        kept = self._messages.get(id)
        if kept is None or kept.over_at is not None:
            raise NotFound("no such message in the queue")
        wire = kept.message.prefix + kept.data[kept.message.skip :]
        return wire[first : None if count is None else max(0, first + count)]

    # By hand.

    async def listed(self, which: QueueFilter) -> Sequence[Queued]:
        found = [kept for kept in self._by_age() if any(_fits(which, kept, one) for one in kept.recipients)]
        return [Queued(message=kept.message, recipients=list(kept.recipients)) for kept in found[: which.most]]

    async def conversations(self, id: str) -> Sequence[Conversation]:  # noqa: A002
        return list(self._messages[id].conversations) if id in self._messages else []

    async def change(self, which: QueueFilter, intervention: Intervention, now: int) -> int:
        states, change = _CHANGES[intervention]
        count = 0
        for kept, recipients in self._fitting(which):
            for one in recipients:
                if one.state in states:
                    kept.change(one.n, **{"updated_at": now, **change(one, now)})
                    count += 1
            kept.finish(now)
        return count

    async def withdraw(self, which: QueueFilter, now: int) -> int:
        every = [one for kept, _ in self._fitting(which) for one in kept.recipients]
        if any(one.attempts or one.state not in (State.WAITING, State.HELD) for one in every):
            return 0
        return await self.change(which, Intervention.DROP, now)

    async def take(self, owner: Owner, which: QueueFilter) -> Sequence[Claimed]:
        taken = []
        for kept, recipients in self._fitting(which):
            by_destination: dict[Destination, list[QueuedRecipient]] = {}
            for one in recipients:
                if one.state in (State.WAITING, State.HELD):
                    by_destination.setdefault(one.destination, []).append(one)
            for name in sorted(by_destination):
                ours = by_destination[name]
                parts = [ours[first : first + PAIR] for first in range(0, len(ours), PAIR)]
                taken += [self._take(owner, kept, part) for part in parts]
        return taken

    def _fitting(self, which: QueueFilter) -> list[tuple[_Message, list[QueuedRecipient]]]:
        """Messages, at most so many, each with the recipients that fit."""
        found = ((kept, [one for one in kept.recipients if _fits(which, kept, one)]) for kept in self._by_age())
        return [(kept, recipients) for kept, recipients in found if recipients][: which.most]

    def _by_age(self) -> list[_Message]:
        return sorted(self._messages.values(), key=lambda kept: kept.message.created_at)

    async def counts(self) -> Mapping[Destination, Mapping[str, int]]:
        found: dict[Destination, dict[str, int]] = {}
        for _, one in self._all():
            if one.state not in OVER:
                by_state = found.setdefault(one.destination, {})
                by_state[one.state.value] = by_state.get(one.state.value, 0) + 1
        return found

    # Housekeeping.

    async def forget(self, before: int) -> int:
        old = [name for name, kept in self._messages.items() if kept.over_at is not None and kept.over_at < before]
        for name in old:
            del self._messages[name]
        self._memory = {name: kept for name, kept in self._memory.items() if kept[1] >= before}
        self._spent = Counter({key: count for key, count in self._spent.items() if key[2] > before // HOUR - HOURS})
        return len(old)

    async def recall(self, name: str, now: int) -> bytes | None:
        value, until = self._memory.get(name, (b"", 0))
        return value if until > now else None

    async def remember(self, name: str, value: bytes, until: int) -> None:
        self._memory[name] = value, until

    async def spend(self, account: AccountId, purpose: str, count: int, allowance: Allowance, now: int) -> bool:
        if not allowance.has_room(await self.spent(account, purpose, now), count):
            return False
        self._spent[account, purpose, now // HOUR] += count
        return True

    async def spent(self, account: AccountId, purpose: str, now: int) -> Spent:
        theirs = {hour: count for (who, what, hour), count in self._spent.items() if (who, what) == (account, purpose)}
        last = now // HOUR
        return Spent(
            sum(count for hour, count in theirs.items() if hour >= last),
            sum(count for hour, count in theirs.items() if hour > last - HOURS),
        )

    async def verify(self) -> Sequence[str]:
        return [
            f"recipient {one.n} of message {kept.message.id} is in the hand of an owner who is gone"
            for kept, one in self._all()
            if (one.state is State.IN_HAND) != (kept.owners.get(one.n) in self._owners)
        ]

    def _all(self) -> Iterator[tuple[_Message, QueuedRecipient]]:
        for kept in self._messages.values():
            for one in kept.recipients:
                yield kept, one

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


_CHANGES: dict[Intervention, tuple[tuple[State, ...], Callable[[QueuedRecipient, int], dict[str, object]]]] = {
    Intervention.RETRY: ((State.WAITING,), lambda one, now: {"at": min(one.at, now)}),
    Intervention.HOLD: ((State.WAITING,), lambda one, now: {"state": State.HELD}),
    Intervention.RELEASE: ((State.HELD,), lambda one, now: {"state": State.WAITING, "at": now}),
    Intervention.DROP: ((State.WAITING, State.HELD), lambda one, now: {"state": State.DROPPED}),
}


def _waiting(n: int, new: NewRecipient, created_at: int) -> QueuedRecipient:
    return QueuedRecipient(
        n=n,
        address=new.address,
        destination=new.destination,
        notify=new.notify,
        orcpt=new.orcpt,
        state=State.WAITING,
        at=max(new.at, created_at),
        attempts=0,
        warned=False,
        host="",
        code="",
        said="",
        updated_at=created_at,
    )


def _fits(which: QueueFilter, kept: _Message, one: QueuedRecipient) -> bool:
    message = kept.message
    return (
        (which.is_named or which.state is not None or one.state not in OVER)
        and (not which.ids or message.id in which.ids)
        and (not which.name or message.id.partition(".")[0] == which.name)
        and (which.state is None or one.state is which.state)
        and _is_of(which.sender, message.sender)
        and _is_of(which.recipient, one.address)
        and which.destination in ("", one.destination)
        and which.account in (None, message.account)
        and (which.older_than is None or message.created_at < which.older_than)
    )


def _is_of(wanted: str, address: str) -> bool:
    """Whether an address is the one wanted, or in the "@domain"; without regard to case."""
    wanted, address = folded(wanted), folded(address)
    return address.endswith(wanted) if wanted.startswith("@") or not wanted else address == wanted


def _data(content: Content) -> bytes:
    if content.data is not None:
        return content.data
    assert content.path is not None
    with open(content.path, "rb") as file:
        return file.read()
