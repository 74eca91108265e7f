"""Answers straight from the servers of a zone, so that whoever has just published a record need not wait for caches."""

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeVar

from ..checks.questions import Address, Answer, Asking, Breath, Fetch, IPAddress, Ns, Ptr, Question, Status, Together
from .dns import PORT, Resolver

T = TypeVar("T")
SERVERS: Final = 6
"""Addresses of a zone's servers that are tried."""
LABELS: Final = 20
"""Names above a name at which a zone may begin."""


class Authoritative:
    """Also `checks.questions.Answers`. Where a zone's own servers say nothing of use, the resolver is asked.

    A server that could not answer once is not asked again: many names in a row do not wait for it.
    """

    def __init__(self, resolver: Resolver, port: int = PORT) -> None:
        self._resolver = resolver
        self._port = port
        self._servers: dict[str, list[IPAddress]] = {}
        self._mute: set[IPAddress] = set()

    async def answer(self, asking: Asking[T]) -> T:
        """Run a check to its end. Raises only what the check raises."""
        try:
            question = next(asking)
            while True:
                question = asking.send(await self._reply(question))
        except StopIteration as end:
            found: T = end.value
            return found

    async def _reply(self, question: Question) -> Any:
        if isinstance(question, Together):
            return tuple([await self._ask(one) for one in question.questions])
        return await self._ask(question)

    async def _ask(self, question: Any) -> Answer:
        if isinstance(question, Breath | Fetch | Ptr):
            return await self._of_resolver(question)
        for server in await self._servers_of(question.name):
            if server in self._mute:
                continue
            answer = await self._resolver.ask_at(server, question, self._port)
            if answer.status is Status.TRY_LATER:
                self._mute.add(server)
            elif answer.is_absent and answer.name:
                break  # an alias leads out of the zone
            else:
                return answer
        return await self._of_resolver(question)

    async def _servers_of(self, name: str) -> Sequence[IPAddress]:
        """The addresses of the servers of the zone that a name is in; none where they cannot be found."""
        labels = name.split(".")[-LABELS:]
        for start in range(len(labels) - 1):
            zone = ".".join(labels[start:])
            if zone not in self._servers:
                self._servers[zone] = await self._addresses_of(zone)
            if self._servers[zone]:
                return self._servers[zone]
        return ()

    async def _addresses_of(self, zone: str) -> list[IPAddress]:
        found: list[IPAddress] = []
        for host in (await self._of_resolver(Ns(zone))).records:
            found += (await self._of_resolver(Address(host, 4))).records
            found += (await self._of_resolver(Address(host, 6))).records
        return list(dict.fromkeys(found))[:SERVERS]

    async def _of_resolver(self, question: Any) -> Answer:
        return await self._resolver.answer(_single(question))


def _single(question: Question) -> Generator[Question, Any, Answer]:
    answer: Answer = yield question
    return answer
