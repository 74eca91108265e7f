"""The queue worked off: what is due is claimed, handed to the roads it goes by, and settled.

One task claims; each conversation is a task, a lane of a road (`mta.road`). A claim asks for every destination but those whose
road has enough in hand, so that nobody's mail waits for another's. A road nobody answers on is closed for a while: what is
claimed for it goes back without an attempt, and the rest is postponed where it lies.

Whatever fails, what is in hand goes back: a pair that raises waits some minutes, what a stopping process holds is given back
when it resigns, and what a dead one held is given back by the others. Only `StoreFailed` ends it all.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

from ..clock import Clock
from ..errors import MailError
from ..store.api import Queue, StoreFailed
from ..store.queued import LOCAL, Claimed, Destination, Owner
from . import schedule
from .letter import Letter
from .relay import Carried, Lane, Relay
from .road import Road
from .settling import BUSY_STORE, Settled, Settling
from .verdict import Verdict, waiting

log = structlog.get_logger(__name__)

BATCH: Final = 64
"""Pairs claimed at a time."""
IN_HAND: Final = 1000
"""Pairs that may be in hand; each may have 64 KiB with it."""
LOOK_AGAIN: Final = 1.0
"""Seconds after which the queue is looked at, hints or not: they may be lost."""
RECOVER: Final = 5.0
"""Seconds between looks for owners that died."""
SURPLUS: Final = 30
"""Seconds that pairs wait that were claimed for a road that has enough, while much is in hand: half of it is for others."""
TURN: Final = 20
"""Pairs a lane works off before it makes way for a road that waits for one."""
AFTER_A_BUG: Final = 300
"""Seconds a pair waits that made us fail."""
KEEPING: Final = 5.0
"""Seconds that a stop waits, beyond its time, for what hosts have said to be on disk."""
NOBODY_THERE: Final = "4.4."
"""How the status of mail begins that no host took (RFC 3463 §3.5): all that a process that begins knows of its road."""
OUR_FAULT: Final = waiting("4.3.0", "an error of ours; it is in our log")
IN_TURN: Final = waiting("4.3.2", "much waits for the same host; in turn")

Deliver = Callable[[Claimed, bytes], Awaitable[Sequence[Verdict]]]
"""Files a message of LOCAL, given whole: what came of each recipient. `at` may be left 0."""


class Runner:
    """Works on the queue until it is cancelled."""

    def __init__(
        self,
        queue: Queue,
        relay: Relay,
        settling: Settling,
        deliver: Deliver,
        clock: Clock,
        *,
        connections: int,
        a_destination: int,
        drain: float,
    ) -> None:
        """`connections` at a time in all, `a_destination` with one; `drain`: seconds to finish in when it is cancelled."""
        self._queue = queue
        self._relay = relay
        self._settling = settling
        self._deliver = deliver
        self._clock = clock
        self._connections = connections
        self._a_destination = a_destination
        self._drain = drain
        self._roads: dict[str, Road] = {}
        self._waiting: OrderedDict[str, Road] = OrderedDict()
        self._lanes: set[asyncio.Task[None]] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        """Those of them that commit what a host has said: a message it took would go twice if they were cut short."""
        self._suspects = 0
        self._in_hand = 0
        self._poked = asyncio.Event()
        self._afresh = False
        self._stopping = False
        self._failure: BaseException | None = None
        self._recovered_at = float("-inf")

    def wake(self, *, afresh: bool = False) -> None:
        """Something was queued; or (`afresh`) a person wants it tried now, whatever is known of hosts that do not answer."""
        self._afresh = self._afresh or afresh
        self._poked.set()

    async def run(self) -> None:
        """Until cancelled. Raises StoreFailed."""
        owner = await self._enlisted()
        try:
            await self._feed(owner)
        except StoreFailed as failure:
            self._failure = failure
            raise
        finally:
            await self._stop(owner)

    # Claiming.

    async def _enlisted(self) -> Owner:
        while True:
            try:
                return await self._queue.enlist()
            except MailError as error:
                log.warning("the queue is busy", problem=str(error))
                await asyncio.sleep(BUSY_STORE)

    async def _feed(self, owner: Owner) -> None:
        while self._failure is None:
            self._poked.clear()
            self._open_roads()
            now = self._now()
            try:
                await self._recover()
                more = await self._take(owner, now)
                rest = 0.0 if more else await self._rest(now)
            except MailError as error:
                log.warning("the queue is busy", problem=str(error))
                rest = BUSY_STORE
            if rest > 0:
                await self._sleep(rest)
        raise self._failure

    async def _take(self, owner: Owner, now: int) -> bool:
        """Claim once, and hand on what was got; whether there may be more."""
        if self._in_hand >= IN_HAND:
            return False
        busy = self._busy()
        pairs = await self._queue.claim(owner, now, BATCH, busy=busy)
        self._in_hand += len(pairs)
        back: list[tuple[Claimed, Verdict, int]] = []
        for pair in pairs:
            try:
                await self._hand(pair, now, back)
            except Exception:
                log.exception("no road is known for a message", id=pair.message.id, destination=pair.destination)
                back.append((pair, OUR_FAULT, now + AFTER_A_BUG))
        if back:
            await self._give_back(back)
        return len(pairs) == BATCH

    def _busy(self) -> Sequence[Destination]:
        full = [road for road in self._roads.values() if road.is_full]
        for road in full:
            road.starved = True
        return list({destination for road in full for destination in road.destinations()})

    async def _rest(self, now: int) -> float:
        """How long nothing will be due, as far as is known."""
        if self._poked.is_set():
            return 0.0
        due = await self._queue.next_due(now)
        return LOOK_AGAIN if due is None or due <= now else min(LOOK_AGAIN, float(due - now))

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._poked.wait()
        except TimeoutError:
            pass

    async def _recover(self) -> None:
        if self._clock.monotonic() - self._recovered_at < RECOVER:
            return
        self._recovered_at = self._clock.monotonic()
        for name in [name for name, road in self._roads.items() if road.is_forgotten(self._now())]:
            del self._roads[name]
        if recovered := await self._queue.recover():
            log.info("took back what a process that died had in hand", recipients=recovered)

    # Roads.

    async def _hand(self, pair: Claimed, now: int, back: list[tuple[Claimed, Verdict, int]]) -> None:
        name = LOCAL if pair.destination == LOCAL else await self._relay.road_of(pair)
        road = self._roads.get(name)
        if road is None:
            road = self._roads[name] = Road(name, self._a_destination)
            road.failures = int(all(one.code.startswith(NOBODY_THERE) for one in pair.recipients))
            if name == LOCAL:
                road.width = road.most
        if (trouble := road.closed(now)) is not None:
            back.append((pair, trouble, road.closed_until))
            return
        if road.is_full and self._in_hand > IN_HAND // 2:
            back.append((pair, IN_TURN, now + SURPLUS))
            return
        road.backlog.append(pair)
        self._staff(road)

    def _staff(self, road: Road) -> None:
        """As many lanes as it may have, or a place among those that wait for one."""
        while road.has_room() and not self._stopping:
            if not self._may_begin(road):
                self._waiting[road.name] = road
                return
            self._begin(road)
        self._waiting.pop(road.name, None)

    def _may_begin(self, road: Road) -> bool:
        """Half of all conversations are for those that are likely to come about."""
        if len(self._lanes) >= self._connections:
            return False
        return not road.is_suspect or self._suspects < max(1, self._connections // 2)

    def _begin(self, road: Road) -> None:
        road.lanes += 1
        suspect = road.is_suspect
        self._suspects += suspect
        lane = asyncio.get_running_loop().create_task(self._lane(road))
        self._lanes.add(lane)
        lane.add_done_callback(lambda lane: self._ended(lane, road, suspect))

    def _ended(self, lane: "asyncio.Task[None]", road: Road, suspect: bool) -> None:
        self._lanes.discard(lane)
        road.lanes -= 1
        self._suspects -= suspect
        if not lane.cancelled() and (failure := lane.exception()) is not None:
            self._failure = self._failure or failure
            self._poked.set()
        self._waiting.pop(road.name, None)
        if road.has_room():
            self._waiting[road.name] = road
        self._serve_waiting()
        self._forget(road)

    def _serve_waiting(self) -> None:
        """A lane for each road that waits for one, in turn, as far as they go."""
        for _ in range(len(self._waiting)):
            if len(self._lanes) >= self._connections:
                return
            name, road = self._waiting.popitem(last=False)
            if road.has_room() and self._may_begin(road):
                self._begin(road)
            if road.has_room():
                self._waiting[name] = road

    def _others_wait(self, road: Road) -> bool:
        return len(self._waiting) > (road.name in self._waiting)

    def _forget(self, road: Road) -> None:
        if road.is_idle and not road.failures and self._roads.get(road.name) is road:
            del self._roads[road.name]

    def _open_roads(self) -> None:
        if self._afresh:
            self._afresh = False
            for road in self._roads.values():
                road.open()

    # A lane.

    async def _lane(self, road: Road) -> None:
        """One conversation after another, of as many pairs as there are."""
        lane = self._relay.lane(road)
        served = 0
        try:
            while road.backlog and not self._stopping and road.lanes <= road.width:
                if served and self._others_wait(road) and (road.lanes > 1 or served >= TURN):
                    break
                pair = road.backlog.popleft()
                if road.starved and road.is_low:
                    road.starved = False
                    self._poked.set()
                served += 1
                await self._work(road, lane, pair)
        except BaseException:
            lane.abandon()
            raise
        lane.leave()

    async def _work(self, road: Road, lane: Lane, pair: Claimed) -> None:
        """One pair, to its end or back to the queue. Raises StoreFailed."""
        now = self._now()
        if (trouble := road.closed(now)) is not None:
            await self._give_back([(pair, trouble, road.closed_until)])
            return
        try:
            carried = await (self._file(pair) if road.name == LOCAL else lane.carry(pair))
        except Exception:
            log.exception("a message could not be worked on", id=pair.message.id, destination=pair.destination)
            lane.abandon()
            carried = Carried.alike(pair, OUR_FAULT, at=now + AFTER_A_BUG)
        if carried.unreachable is not None:
            await self._unreached(road, pair, carried, carried.unreachable)
            return
        is_open_again = carried.reached and road.reached()
        self._staff(road)
        await self._settle(pair, carried)
        if is_open_again:
            await self._reopened(pair.destination)

    async def _file(self, pair: Claimed) -> Carried:
        return Carried(verdicts=await self._deliver(pair, await Letter(self._queue, pair.message).whole()))

    async def _unreached(self, road: Road, pair: Claimed, carried: Carried, trouble: Verdict) -> None:
        """No host would have it: where we talk to one, over another connection, these are too many; else the road is closed."""
        if road.talking:
            road.crowded()
            road.backlog.appendleft(pair)
            return
        now = self._now()
        if road.closed(now) is None:
            road.close(now + schedule.pause(road.failures + 1), trouble)
            log.info("unreachable", road=road.name, said=trouble.said, until=road.closed_until)
        until, backlog = road.closed_until, list(road.backlog)
        road.backlog.clear()
        late = await self._settle(pair, carried, not_before=until)
        if backlog:
            late = await self._give_back([(waiting_pair, trouble, until) for waiting_pair in backlog]) or late
        if not late:  # else there may be more to tell their senders: they are claimed one by one, and go back at once
            for destination in {pair.destination, *(waiting_pair.destination for waiting_pair in backlog)}:
                await self._postpone(destination, until, carried.host, trouble)

    async def _postpone(self, destination: Destination, until: int, host: str, trouble: Verdict) -> None:
        try:
            await self._queue.postpone(destination, until, host, trouble.code, trouble.said)
        except MailError as error:
            log.warning("the queue is busy", problem=str(error))  # they are claimed, and go back at once

    async def _reopened(self, destination: Destination) -> None:
        """Someone is at home again: what waits need not wait its time out."""
        try:
            await self._queue.hasten(destination, self._now())
        except MailError as error:
            log.warning("the queue is busy", problem=str(error))
        self._poked.set()

    async def _settle(self, pair: Claimed, carried: Carried, *, not_before: int = 0) -> bool:
        """Whether its sender has waited long enough to be told."""
        with self._undisturbed():
            return self._left_hand(1, await self._settling.settle(pair, carried, not_before=not_before))

    async def _give_back(self, back: Sequence[tuple[Claimed, Verdict, int]]) -> bool:
        """As `_settle`, of several that were not tried."""
        return self._left_hand(len(back), await self._settling.give_back(back))

    def _left_hand(self, pairs: int, settled: Settled) -> bool:
        if settled.has_more or self._in_hand >= IN_HAND:
            self._poked.set()
        self._in_hand -= pairs
        return settled.is_late

    # The end.

    async def _stop(self, owner: Owner) -> None:
        """What is under way may end within its time; the rest goes back."""
        self._stopping = True
        if self._failure is None:
            await self._lanes_end(self._drain)
            self._cut_short(self._lanes - self._keeping)
            await self._lanes_end(KEEPING)
        lanes = set(self._lanes)
        self._cut_short(lanes)
        await asyncio.gather(*lanes, return_exceptions=True)
        if self._failure is None:
            await self._relay.close()
            try:
                await self._queue.resign(owner)
            except MailError as error:
                log.warning("what was in hand goes back when this process ends", problem=str(error))

    async def _lanes_end(self, within: float) -> None:
        if self._lanes:
            await asyncio.wait(self._lanes, timeout=within)

    @staticmethod
    def _cut_short(lanes: Iterable["asyncio.Task[None]"]) -> None:
        for lane in lanes:
            lane.cancel()

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        lane = asyncio.current_task()
        assert lane is not None
        self._keeping.add(lane)
        try:
            yield
        finally:
            self._keeping.discard(lane)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())
