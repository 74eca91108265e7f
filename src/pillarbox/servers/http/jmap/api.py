"""A request from JSON to JSON, however it came (RFC 8620 §3.3 to §3.7).

Calls are made one after another, as the RFC wants, and each answer is encoded at once: what has no JSON is that call's
misfortune and no other's. Whatever a method raises that nobody foresaw is logged, and answered as `serverFail`.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import structlog

from pillarbox.errors import MailError
from pillarbox.ids import AccountId
from pillarbox.limits import KiB
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import ijson, invocation
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, RequestRefused, refusal_of
from pillarbox.proto.jmap.invocation import Invocation, Request
from pillarbox.proto.jmap.references import References

from . import capabilities
from .call import Call, MethodRow
from .methods import TABLE
from .session import Sessions

log = structlog.get_logger(__name__)

_IN_A_THREAD = 64 * KiB
"""Requests from this size on are read in a thread, so that others need not wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request."""

    data: bytes
    is_secret: bool
    """Whether there may be in it what must not even be guessed at by its length."""


class Api:
    """One a worker."""

    def __init__(self, office: Office, sessions: Sessions, methods: Mapping[str, MethodRow] = TABLE) -> None:
        self.office = office
        self.sessions = sessions
        self._methods = methods
        self._limits = office.limits.jmap
        self._under_way: Counter[AccountId] = Counter()

    async def answer(self, entry: Entry, data: bytes) -> "Answer":
        """Of one request, by HTTP. Raises RequestRefused."""
        with self.turn(entry.account.id):
            request = await self.read(data)
            return Answer(ijson.encode(await self.run(entry, request)), is_secret=any(map(self._lets_in, request.calls)))

    def _lets_in(self, call: Invocation) -> bool:
        """Whether what lets people in may be in its answer."""
        row = self._methods.get(call.name)
        return row is not None and row.capability == capabilities.PEOPLE

    async def read(self, data: bytes) -> Request:
        """Raises RequestRefused."""
        if len(data) < _IN_A_THREAD:
            request = invocation.parse(data, self._limits)
        else:
            request = await asyncio.to_thread(invocation.parse, data, self._limits)
        invocation.check_using(request, capabilities.KNOWN)
        return request

    @contextmanager
    def turn(self, account: AccountId) -> Iterator[None]:
        """While a request of theirs is under way. Raises RequestRefused where there are too many."""
        if self._under_way[account] >= self._limits.requests:
            raise RequestRefused("limit", "too many requests at a time", limit="maxConcurrentRequests")
        self._under_way[account] += 1
        try:
            yield
        finally:
            self._under_way[account] -= 1
            if not self._under_way[account]:
                del self._under_way[account]

    async def run(self, entry: Entry, request: Request) -> dict[str, object]:
        """The response, as JSON has it; what is long in it is encoded already."""
        created = dict(request.created_ids or {})
        call = Call(self.office, entry, request.using, created, self._limits)
        answers = _Answers(References(self._limits.request), self._limits.response)
        for asked in request.calls:
            await self._make(call, asked, answers)
        response: dict[str, object] = {"methodResponses": answers.encoded, "sessionState": await self.sessions.state(entry)}
        return response if request.created_ids is None else {**response, "createdIds": created}

    async def _make(self, call: Call, asked: Invocation, answers: "_Answers") -> None:
        """A call, and those that follow from it."""
        answers.add(await self._made(call, asked, answers))
        implied = call.more
        call.more = []
        for one in implied:
            answers.add(await self._made(call, Invocation(one.name, one.arguments, asked.call_id), answers))

    async def _made(self, call: Call, asked: Invocation, answers: "_Answers") -> Invocation:
        try:
            row = self._methods.get(asked.name)
            if row is None or row.capability not in call.using:
                raise MethodRefused("unknownMethod")
            if answers.room <= 0:
                raise MethodRefused("requestTooLarge", "the answers so far are as much as one response holds")
            arguments = answers.references.resolve(asked.arguments)
            answer = await row.function(call, Arguments(arguments))
            return Invocation(asked.name, call.by_id(answer) if asked.name.endswith("/set") else answer, asked.call_id)
        except MethodRefused as refused:
            return _error(refused, asked)
        except MailError as error:
            return _error(refusal_of(error), asked)
        except Exception:
            log.exception("method failed", method=asked.name)
            return _error(MethodRefused("serverFail", "something went wrong here, and has been noted"), asked)


def _error(refused: MethodRefused, asked: Invocation) -> Invocation:
    return Invocation("error", refused.to_json(), asked.call_id)


@dataclass(slots=True)
class _Answers:
    """Those given so far."""

    references: References
    room: int
    """Bytes that are left for more."""
    encoded: list[msgspec.Raw] = field(default_factory=list)

    def add(self, answer: Invocation) -> None:
        try:
            data = ijson.encode(_triple(answer))
        except (ValueError, TypeError):
            log.exception("an answer has no JSON", method=answer.name)
            answer = _error(MethodRefused("serverFail", "something went wrong here, and has been noted"), answer)
            data = ijson.encode(_triple(answer))
        self.room -= len(data)
        self.references.done.append(answer)
        self.encoded.append(msgspec.Raw(data))


def _triple(answer: Invocation) -> list[Json]:
    return [answer.name, answer.arguments, answer.call_id]
