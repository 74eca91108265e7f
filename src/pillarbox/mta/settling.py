"""What came of recipients, made lasting: their state and next attempt, who is told, the log and the journal.

All of a pair is one commit, the notification to its sender with it: so nothing is both delivered and returned, and nobody is
told twice. A store that is busy is asked until it takes it, for what was delivered must not be delivered again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import structlog

from ..clock import Clock
from ..errors import Invalid, MailError, NotFound
from ..ids import AccountId, new_token
from ..mail.spool import Received
from ..store.api import Journal, Queue
from ..store.queued import (
    LOCAL,
    Claimed,
    Conversation,
    Destination,
    Event,
    NewQueued,
    NewRecipient,
    QueuedRecipient,
    QueueFilter,
    Result,
    State,
)
from .bounce import Bounces, Fate, fate_of, is_due
from .letter import Letter
from .outcome import Attempted, is_late, result_of
from .relay import Carried
from .verdict import Verdict

log = structlog.get_logger(__name__)

BUSY_STORE: Final = 1.0
"""Seconds until a store that was busy is asked again."""
UNTOLD: Final = 300
"""Seconds that a recipient waits whose fate could not be told."""
NAMED: Final = {State.DELIVERED: "delivered", State.FAILED: "failed", State.WAITING: "deferred"}

Signed = Callable[[bytes], Awaitable[bytes]]
"""A message of ours, with its signatures on top."""


Moved = Callable[[AccountId, str], Awaitable[None]]
"""Told whose message, by its id, something has become of."""
KeptBy = Callable[[NewQueued], Awaitable[str]]
"""The address of the mailbox that is to have a message which was sent on from there and nobody takes; "" where none is."""
DestinationOf = Callable[[str], Awaitable[Destination]]
"""By what an address is grouped in the queue. Raises Invalid."""


class Settled(NamedTuple):
    """What a commit means for the rest of the queue."""

    is_late: bool
    """Something had waited long enough for its sender to be told: the same may hold for what waits behind it."""
    has_more: bool
    """The queue has got a message by it."""


class Settling:
    def __init__(
        self,
        queue: Queue,
        journal: Journal,
        bounces: Bounces,
        clock: Clock,
        *,
        destination_of: DestinationOf,
        warn_after: int,
        jitter: Callable[[], float],
        lasts: int = 0,
        signed: Signed | None = None,
        moved: Moved | None = None,
        kept_by: KeptBy | None = None,
    ) -> None:
        """`jitter`: a number from 0 up to 1. `lasts`: seconds that a message is tried for; 0: that is not known."""
        self._queue = queue
        self._journal = journal
        self._bounces = bounces
        self._clock = clock
        self._destination_of = destination_of
        self._warn_after = warn_after
        self._jitter = jitter
        self._lasts = lasts
        self._signed = signed
        self._moved = moved
        self._kept_by = kept_by
        self._log = log.bind()  # once, not with every line

    async def settle(self, pair: Claimed, carried: Carried, *, not_before: int = 0) -> Settled:
        """Commit what came of a pair. Raises StoreFailed."""
        attempted = self._attempted(host=carried.host, at=carried.at, not_before=not_before)
        results, told = await self._told(pair, carried.verdicts, attempted)
        said = None
        if carried.text:
            said = Conversation(id=pair.message.id, at=attempted.now, host=carried.host, text=carried.text)
        await self._commit(results, told, said)
        await self._note(pair, results)
        await self._tell(pair)
        return Settled(any(map(is_late, pair.recipients, results)), bool(told))

    async def give_back(self, back: Sequence[tuple[Claimed, Verdict, int]]) -> Settled:
        """Commit that pairs wait, each until its second, without an attempt: unless one has waited too long. As `settle`."""
        results: list[Result] = []
        told: list[NewQueued] = []
        late: list[tuple[Claimed, Sequence[Result]]] = []
        for pair, why, until in back:
            verdicts = [why] * len(pair.recipients)
            attempted = self._attempted(at=until, not_before=until, counts=False)
            these, notification = await self._told(pair, verdicts, attempted)
            results += these
            told += notification
            if any(map(is_late, pair.recipients, these)):
                late.append((pair, these))
        await self._commit(results, told, None)
        for pair, told_of in late:
            await self._note(pair, told_of)
        return Settled(bool(late), bool(told))

    def _attempted(self, *, host: str = "", at: int = 0, not_before: int = 0, counts: bool = True) -> Attempted:
        return Attempted(
            now=int(self._clock.now().timestamp()),
            warn_after=self._warn_after,
            jitter=self._jitter(),
            lasts=self._lasts,
            host=host,
            at=at,
            not_before=not_before,
            counts=counts,
        )

    # Who is told.

    async def _told(
        self, pair: Claimed, verdicts: Sequence[Verdict], attempted: Attempted
    ) -> tuple[Sequence[Result], list[NewQueued]]:
        """What to keep, and what its sender is told. Where that cannot be written now, nothing but a delivery is final."""
        results = _results(pair, verdicts, attempted)
        try:
            notification = await self._notification(pair, verdicts, results, attempted.now)
            return results, notification or await self._back(pair, results, attempted.now)
        except Exception:
            log.exception("a sender cannot be told what became of a message", id=pair.message.id)
            return [_untold(result, attempted.now + UNTOLD) for result in results], []

    async def _notification(
        self, pair: Claimed, verdicts: Sequence[Verdict], results: Sequence[Result], now: int
    ) -> list[NewQueued]:
        """What its sender is told, if anything: at most one message, as the queue takes it."""
        fates = self._fates(pair, verdicts, results)
        if not fates:
            return []
        needed = self._bounces.bytes_needed(pair.message, fates)
        if not needed:
            return []
        try:
            destination = await self._destination_of(pair.message.sender)
        except Invalid as error:
            log.warning("a notification has nowhere to go", id=pair.message.id, problem=str(error))
            return []
        original = await self._original(pair, needed)
        notification = self._bounces.compose(pair.message, fates, original, now=now, id=new_token(10), destination=destination)
        return [await self._with_signature(notification)] if notification else []

    def _fates(self, pair: Claimed, verdicts: Sequence[Verdict], results: Sequence[Result]) -> list[Fate]:
        found = []
        for recipient, verdict, result in zip(pair.recipients, verdicts, results, strict=True):
            told = fate_of(
                recipient,
                result.state,
                result.code,
                result.said,
                result.host,
                relayed=verdict.relayed,
                expanded=verdict.expanded,
                warned=result.warned and not recipient.warned,
            )
            if told is not None and is_due(pair.message, told):
                found.append(told)
        return found

    async def _back(self, pair: Claimed, results: Sequence[Result], now: int) -> list[NewQueued]:
        """What was sent on, has reached nobody, and of which nobody can be told (its sender may be forged): it goes to the
        mailbox that it was sent on from, once."""
        failed = [result.n for result in results if result.state is State.FAILED]
        message = pair.message
        if self._kept_by is None or message.kind != "forward" or not failed:
            return []
        address = await self._kept_by(message)
        if not address or await self._has_ended(pair, results):
            return []
        data = await Letter(self._queue, message).whole()
        recipient = NewRecipient(address=address, destination=LOCAL, notify="NEVER", at=now)
        return [
            replace(
                message,
                id=f"{message.id}.back{failed[0]}",
                kind="delivery",
                recipients=[recipient],
                content=Received.of(data).content,
                prefix=b"",
                skip=0,
                created_at=now,
                expires_at=now + message.expires_at - message.created_at,
            )
        ]

    async def _has_ended(self, pair: Claimed, results: Sequence[Result]) -> bool:
        """Whether somebody has the message already: a recipient, or the mailbox, since another one failed."""
        if any(result.state is State.DELIVERED for result in results):
            return True
        here = {result.n for result in results}
        found = await self._queue.listed(QueueFilter(ids=[pair.message.id]))
        others = [one for queued in found for one in queued.recipients if one.n not in here]
        return any(one.state in (State.DELIVERED, State.FAILED) for one in others)

    async def _original(self, pair: Claimed, count: int) -> bytes:
        letter = Letter(self._queue, pair.message)
        if letter.at_hand is not None:
            return letter.at_hand[:count]
        try:
            return await self._queue.read(pair.message.id, 0, count)
        except NotFound:
            return b""

    async def _with_signature(self, notification: NewQueued) -> NewQueued:
        data = notification.content.data
        if self._signed is None or data is None:
            return notification
        try:
            signed = await self._signed(data)
        except MailError as error:
            log.warning("a notification goes unsigned", problem=str(error))
            return notification
        return replace(notification, prefix=signed[: len(signed) - len(data)])

    # Keeping it.

    async def _commit(self, results: Sequence[Result], told: Sequence[NewQueued], said: Conversation | None) -> None:
        while True:
            try:
                await self._queue.settle(results, new=told, conversation=said)
                return
            except MailError as error:
                log.warning("the queue is busy", problem=str(error))
                await asyncio.sleep(BUSY_STORE)

    async def _tell(self, pair: Claimed) -> None:
        """Whoever submitted it may be watching."""
        if self._moved is None or pair.message.account is None:
            return
        try:
            await self._moved(pair.message.account, pair.message.id)
        except Exception:
            log.exception("what became of a message could not be told", id=pair.message.id)

    async def _note(self, pair: Claimed, results: Sequence[Result]) -> None:
        at = self._clock.now().timestamp()
        facts = [_facts(recipient, result) for recipient, result in zip(pair.recipients, results, strict=True)]
        events = [Event(at, result.id, NAMED[result.state], known) for result, known in zip(results, facts, strict=True)]
        await self._journal.note(events)
        for event, result in zip(events, results, strict=True):
            tell = self._log.debug if result.state is State.WAITING else self._log.info
            tell(event.name, id=event.id, **event.facts)


def _results(pair: Claimed, verdicts: Sequence[Verdict], attempted: Attempted) -> list[Result]:
    return [
        result_of(pair.message, recipient, verdict, attempted)
        for recipient, verdict in zip(pair.recipients, verdicts, strict=True)
    ]


def _untold(result: Result, at: int) -> Result:
    """The same, where nobody could be told: a delivery stays one, all else is asked again later."""
    if result.state is State.DELIVERED:
        return result
    return replace(result, state=State.WAITING, at=max(result.at, at), warned=False)


def _facts(recipient: QueuedRecipient, result: Result) -> dict[str, str]:
    return {"to": recipient.address, "host": result.host, "code": result.code, "said": result.said}
