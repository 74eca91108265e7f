"""A message taken to its next hop: route, connection, attempt; the next host where one will not have it now (RFC 5321 §5.1).

A lane is one conversation after another on one road. It keeps its connection while the next message has the same to ask of it,
and leaves it to the pool when nothing is left to be sent.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..checks.questions import Answers, IPAddress
from ..clock import Clock
from ..limits import SmtpClientLimits
from ..store.api import Queue
from ..store.queued import Claimed, Destination, NewQueued
from .attempt import Stale, attempt
from .call import Call
from .calling import Caller, Unreached
from .hop import Hop, NoRoute, Route, SmartHost
from .letter import Letter
from .pool import Pool
from .road import Road
from .route import Random, RouteOptions, note_name, route
from .tls_counts import TlsCounts
from .transcript import Transcript
from .verdict import Verdict, failed, waiting

HOSTS_A_MESSAGE: Final = 2
"""How many hosts may refuse a message for now before it waits."""

SmartHostOf = Callable[[NewQueued, Destination], Awaitable[SmartHost | None]]
"""The smart host that a message for a destination goes by, or None."""
Signatures = Callable[[NewQueued, Callable[[], Awaitable[bytes]]], Awaitable[bytes]]
"""What a message is signed with as it leaves, by its bytes where it is; for most, which are signed already, nothing."""


class Key(NamedTuple):
    """What a connection is good for."""

    road: str
    require_tls: bool
    tls_optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What came of a pair."""

    verdicts: Sequence[Verdict]
    """One for each of its recipients, in their order."""
    host: str = ""
    text: str = ""
    """What was said."""
    at: int = 0
    """When to try again, where that is not the schedule's to say."""
    unreachable: Verdict | None = None
    """No host took the connection: nothing for this road can go now."""
    reached: bool = False
    """A host spoke to us."""

    @classmethod
    def alike(cls, pair: Claimed, verdict: Verdict, *, at: int = 0) -> "Carried":
        """The same for all recipients, without having asked anyone."""
        return cls(verdicts=[verdict] * len(pair.recipients), at=at)


class Relay:
    """What all lanes share."""

    def __init__(
        self,
        queue: Queue,
        answers: Answers,
        caller: Caller,
        pool: Pool,
        counts: TlsCounts,
        clock: Clock,
        *,
        options: RouteOptions,
        limits: SmtpClientLimits,
        random: Random,
        smart_host_of: SmartHostOf,
        signatures: Signatures | None = None,
    ) -> None:
        self.queue = queue
        self._signatures = signatures
        self.caller = caller
        self.pool = pool
        self.limits = limits
        self._counts = counts
        self._answers = answers
        self._clock = clock
        self._options = options
        self._random = random
        self._smart_host_of = smart_host_of

    def lane(self, road: Road) -> "Lane":
        return Lane(self, road)

    async def road_of(self, pair: Claimed) -> str:
        """The name of the road a pair goes by: a smart host's takes the mail of many destinations."""
        smart_host = await self._smart_host_of(pair.message, pair.destination)
        return pair.destination if smart_host is None else f"{smart_host.host}:{smart_host.port} {_user(smart_host)}".rstrip()

    async def route(self, pair: Claimed) -> Route | NoRoute:
        """Ask the way. What is learned on it is remembered, and counted for TLS reports."""
        message = pair.message
        now = int(self._clock.now().timestamp())
        smart_host = await self._smart_host_of(message, pair.destination)
        name = note_name(pair.destination)
        found = await self._answers.answer(
            route(
                pair.destination,
                now=now,
                random=self._random,
                options=self._options,
                smart_host=smart_host,
                require_tls=message.require_tls,
                tls_optional=message.tls_optional,
                remembered=await self.queue.recall(name, now) if self._options.mta_sts and smart_host is None else None,
            )
        )
        for note in found.notes:
            await self.queue.remember(note.name, note.value, note.until)
        await self._counts.failures(found.failures)
        return found

    async def letter(self, message: NewQueued) -> Letter:
        """A message as it goes over the wire, signed now where it was held until now. Raises MailError."""
        letter = Letter(self.queue, message)
        if self._signatures is None:
            return letter
        signatures = await self._signatures(message, letter.unsigned)
        return Letter(self.queue, message, signatures) if signatures else letter

    async def close(self) -> None:
        await self.pool.close()


class Lane:
    """Takes pairs one after another."""

    def __init__(self, relay: Relay, road: Road) -> None:
        self._relay = relay
        self._road = road
        self._key: Key | None = None
        self._call: Call | None = None

    async def carry(self, pair: Claimed) -> Carried:
        """Take it there. Raises MailError where the queue cannot be read."""
        letter = await self._relay.letter(pair.message)
        key = Key(self._road.name, pair.message.require_tls, pair.message.tls_optional)
        self._have(key)
        while (call := self._call) is not None:
            call.transcript = Transcript(self._relay.limits.transcript)
            before = "a message" if call.messages == 1 else f"{call.messages} messages"
            call.transcript.note(f"{call.host}, connected since {before} before this one: {call.secured}")
            try:
                verdicts = await attempt(call, pair.message, pair.recipients, letter)
            except Stale:
                self.abandon()
                self._have(key)
                continue
            return self._carried(call, verdicts)
        return await self._by_route(pair, letter)

    def leave(self) -> None:
        """The next message is someone else's."""
        if self._call is not None and self._key is not None:
            self._relay.pool.give(self._key, self._call)
            self._let_go()

    def _have(self, key: Key) -> None:
        """A connection that is ready, of ours or of the pool; else none."""
        if self._key != key or (self._call is not None and not self._call.is_ready):
            self.leave()
        self._key = key
        if self._call is None:
            self._hold(self._relay.pool.take(key))

    def _hold(self, call: Call | None) -> None:
        if call is not None:
            self._call = call
            self._road.talking += 1

    def _let_go(self) -> None:
        self._call = None
        self._road.talking -= 1

    def _part(self) -> None:
        """Not the host for the next message."""
        if self._call is not None:
            self._relay.pool.dismiss(self._call)
            self._let_go()

    def abandon(self) -> None:
        """Cut short whatever is under way."""
        if self._call is not None:
            self._call.abort()
            self._let_go()

    async def _by_route(self, pair: Claimed, letter: Letter) -> Carried:
        found = await self._relay.route(pair)
        if isinstance(found, NoRoute):
            return _nowhere(pair, found)
        return await self._along(found, pair, letter)

    async def _along(self, found: Route, pair: Claimed, letter: Letter) -> Carried:
        """Host after host, until one has answered for every recipient."""
        transcript = Transcript(self._relay.limits.transcript)
        for said in found.left_out:
            transcript.note(f"left out: {said}")
        verdicts: dict[int, Verdict] = {}
        left = list(range(len(pair.recipients)))
        spoken, trouble = 0, waiting("4.4.1", "there is no host to try")
        host = ""
        for hop, address in _places(found):
            try:
                call = await self._relay.caller.call(hop, address, transcript)
            except Unreached as why:
                trouble = why.verdict
                continue
            self._part()
            self._hold(call)
            spoken, host = spoken + 1, call.host
            said_now = await attempt(call, pair.message, [pair.recipients[n] for n in left], letter)
            verdicts.update(zip(left, said_now, strict=True))
            left = [n for n in left if verdicts[n].may_go_elsewhere]
            if not left or spoken >= HOSTS_A_MESSAGE:
                break
        for n in left:
            verdicts.setdefault(n, trouble)
        return Carried(
            verdicts=[verdicts[n] for n in range(len(pair.recipients))],
            host=host,
            text=transcript.text(),
            unreachable=None if spoken else trouble,
            reached=spoken > 0,
        )

    def _carried(self, call: Call, verdicts: Sequence[Verdict]) -> Carried:
        return Carried(verdicts=verdicts, host=call.host, text=call.transcript.text(), reached=True)


def _places(found: Route) -> Sequence[tuple[Hop, IPAddress]]:
    return [(hop, address) for hop in found.hops for address in hop.addresses]


def _nowhere(pair: Claimed, found: NoRoute) -> Carried:
    """For good, or because nobody could say: then the same holds for all mail of this road."""
    text = "\n".join(f"* left out: {why}" for why in found.left_out)
    if found.permanent:
        return Carried(verdicts=[failed(found.code, found.said)] * len(pair.recipients), text=text)
    trouble = waiting(found.code, found.said)
    return Carried(verdicts=[trouble] * len(pair.recipients), text=text, unreachable=trouble)


def _user(smart_host: SmartHost) -> str:
    return smart_host.login.user if smart_host.login else ""
