"""Answers to `checks.questions` from real name servers: kept, shared, and bounded in time and number.

    resolver = Resolver(system_servers(), validating=False)
    found = await resolver.answer(check_host(...))

A question is answered from what is kept; else whoever asks it first begins a look-up, and all who ask it meanwhile wait for
that one. A look-up is never cut short when someone stops waiting: what it finds is kept for the next.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from ..checks.questions import (
    NO_NAME,
    TRY_LATER,
    Address,
    Answer,
    Asking,
    Breath,
    Fetch,
    IPAddress,
    Post,
    Question,
    Status,
    Together,
)
from ..errors import OperatorError
from ..limits import DnsLimits
from .dns_cache import Cache
from .dns_messages import Lookup, name_of
from .dns_upstream import NoReply, Upstream
from .dns_wire import BadReply
from .http import Fetcher

log = structlog.get_logger(__name__)
T = TypeVar("T")
Single = Lookup | Fetch

PORT: Final = 53
RESOLV_CONF: Final = Path("/etc/resolv.conf")
TICK: Final = 0.001
"""Seconds that a timer may go off before its time (uvloop counts whole milliseconds): so little left is nothing."""
_NO_FETCHER: Final = replace(TRY_LATER, reason="http: nothing is fetched here")
_OUT_OF_TIME: Final = replace(TRY_LATER, reason="the check took too long")
_TOO_MANY: Final = replace(TRY_LATER, reason="too many questions are waiting")
_CLOSED: Final = replace(TRY_LATER, reason="the resolver is closed")
_TURN: Final = Answer(Status.FOUND)


def system_servers(path: Path = RESOLV_CONF) -> Sequence[tuple[str, int]]:
    """The name servers of this machine, by its resolv.conf; where it names none, one of its own."""
    try:
        lines = path.read_text("utf-8", "replace").split("\n")
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    named = [(line[1], PORT) for line in words if len(line) > 1 and line[0] == "nameserver" and is_address(line[1])]
    return named or [("127.0.0.1", PORT)]


def is_address(text: str) -> bool:
    """Whether it is an address, perhaps with the interface it is at (fe80::1%eth0)."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Resolver:
    """Also `checks.questions.Answers`. Belongs to the loop it is first used in."""

    def __init__(
        self,
        servers: Sequence[tuple[str, int]],
        *,
        validating: bool = False,
        limits: DnsLimits = DnsLimits(),
        fetch: Fetcher | None = None,
    ) -> None:
        """`servers` are resolvers, asked in this order; `validating`: their AD bit is believed. Raises OperatorError."""
        for host, _ in servers:
            if not is_address(host):
                raise OperatorError(f"{host} is no address of a name server", 'dns.servers are like "192.0.2.53:53"')
        self._upstreams = [Upstream(server, limits) for server in servers]
        self._validating = validating
        self._limits = limits
        self._fetcher = fetch
        self._kept: Cache[Single] = Cache(limits)
        self._flights: dict[Single, asyncio.Task[Answer]] = {}
        self._slots = asyncio.Semaphore(limits.outstanding)
        self._closed = False

    @property
    def is_cut_off(self) -> bool:
        """Whether no server answers at all, so that nobody is kept waiting for one."""
        return all(upstream.rests for upstream in self._upstreams)

    async def answer(self, asking: Asking[T]) -> T:
        """Run a check to its end. Raises only what the check raises.

        Its questions may take limits.check together, documents not counted, which have a limit of their own; what it asks
        later is TRY_LATER at once.
        """
        now = asyncio.get_running_loop().time
        by = now() + self._limits.check
        try:
            question: Question = next(asking)
            while True:
                began = now()
                reply = await self._reply(question, by - began)
                if _has_document(question):
                    by += now() - began
                question = asking.send(reply)
        except StopIteration as end:
            found: T = end.value
            return found

    async def ask(self, question: Single) -> Answer:
        """The answer to one question. Raises nothing but CancelledError."""
        return self._settled(question) or await self._within(self._flight(question), None)

    async def ask_at(self, server: IPAddress, question: Lookup, port: int = PORT) -> Answer:
        """What one server says of its own knowledge, as an authority; nothing of it is kept.

        An alias to a name of another zone is NO_DATA, with that name. TRY_LATER also where it is no authority for the name.
        """
        name = name_of(question)
        if name is None:
            return NO_NAME
        upstream = Upstream((str(server), port), self._limits)
        try:
            return await self._look_up([upstream], question, name, recursive=False)
        finally:
            upstream.close()

    async def addresses(self, host: str) -> Sequence[IPAddress]:
        """All addresses of a host, of both kinds; none where there are none, or nobody can say."""
        answers = await asyncio.gather(self.ask(Address(host, 6)), self.ask(Address(host, 4)))
        return [address for answer in answers for address in answer.records]

    async def close(self) -> None:
        """Stop what is under way: whoever waits for it is told TRY_LATER, and whoever asks later."""
        self._closed = True
        for upstream in self._upstreams:
            upstream.close()
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    # A check's questions.

    async def _reply(self, question: Question, left: float) -> Any:
        if isinstance(question, Breath):
            await asyncio.sleep(0)
            return _TURN
        if isinstance(question, Together):
            return await self._replies(question.questions, left)
        if isinstance(question, Post):
            return await self._posted(question)
        if left <= TICK:
            return _OUT_OF_TIME
        within = None if isinstance(question, Fetch) else left
        return self._settled(question) or await self._within(self._flight(question), within)

    async def _posted(self, question: Post) -> Answer:
        """Neither kept nor shared: what is asked twice is handed in twice."""
        if self._closed:
            return _CLOSED
        return _NO_FETCHER if self._fetcher is None else await self._fetcher.fetch(question, self.addresses)

    async def _replies(self, questions: Iterable[Single], left: float) -> tuple[Answer, ...]:
        if left <= TICK:
            return tuple(_OUT_OF_TIME for _ in questions)
        begun = [self._settled(question) or self._flight(question) for question in questions]
        waiting = {flight for flight in begun if isinstance(flight, asyncio.Task)}
        if waiting:
            await asyncio.wait(waiting, timeout=None if any(isinstance(each, Fetch) for each in questions) else left)
        return tuple(_landed(each) if isinstance(each, asyncio.Task) else each for each in begun)

    async def _within(self, flight: asyncio.Task[Answer], within: float | None) -> Answer:
        await asyncio.wait((flight,), timeout=within)
        return _landed(flight)

    # One question.

    def _settled(self, question: Single) -> Answer | None:
        """What can be said at once."""
        kept = self._kept.get(question, asyncio.get_running_loop().time())
        if kept is not None:
            return kept
        if self._closed:
            return _CLOSED
        if isinstance(question, Fetch):
            return None if self._fetcher is not None else _NO_FETCHER
        if name_of(question) is None:
            return NO_NAME
        if len(self._flights) >= self._limits.waiting and question not in self._flights:
            return _TOO_MANY
        if self.is_cut_off:
            silent = ", ".join(upstream.name for upstream in self._upstreams)
            return Answer(Status.TRY_LATER, reason=f"no resolver answers: {silent or 'there is none'}")
        return None

    def _flight(self, question: Single) -> asyncio.Task[Answer]:
        """The look-up that is under way, or a new one."""
        flight = self._flights.get(question)
        if flight is None:
            flight = self._flights[question] = asyncio.ensure_future(self._fly(question))
        return flight

    async def _fly(self, question: Single) -> Answer:
        try:
            if isinstance(question, Fetch):
                assert self._fetcher is not None
                answer = await self._fetcher.fetch(question, self.addresses)
            else:
                answer = await self._resolve(question)
        except Exception as error:
            log.exception("a question could not be answered", question=repr(question))
            answer = Answer(Status.TRY_LATER, reason=f"a fault of ours: {type(error).__name__}")
        finally:
            self._flights.pop(question, None)
        self._kept.keep(question, answer, asyncio.get_running_loop().time())
        return answer

    async def _resolve(self, question: Lookup) -> Answer:
        name = name_of(question)
        if name is None:
            return NO_NAME
        async with self._slots:
            return await self._look_up(self._upstreams, question, name)

    async def _look_up(self, upstreams: Sequence[Upstream], question: Lookup, name: bytes, *, recursive: bool = True) -> Answer:
        """Ask one server after the other; those that were silent, once more."""
        validating = self._validating and recursive
        reason = ""
        for _ in range(self._limits.tries):
            silent = []
            for upstream in upstreams:
                try:
                    if not upstream.rests:
                        return await upstream.look_up(question, name, validating=validating, recursive=recursive)
                except BadReply as error:
                    reason = str(error)
                except NoReply as error:
                    reason = str(error)
                    silent.append(upstream)
            upstreams = silent
        return Answer(Status.TRY_LATER, reason=reason)


def _has_document(question: Question) -> bool:
    if isinstance(question, Together):
        return any(isinstance(each, Fetch) for each in question.questions)
    return isinstance(question, Fetch | Post)


def _landed(flight: asyncio.Task[Answer]) -> Answer:
    if not flight.done():
        return _OUT_OF_TIME
    return _CLOSED if flight.cancelled() else flight.result()
