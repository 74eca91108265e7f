"""What name servers have answered, for as long as it may be kept."""

from collections import OrderedDict
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

from ..checks.questions import Answer, Status
from ..limits import DnsLimits

Key = TypeVar("Key")


class _Entry(NamedTuple):
    until: float
    answer: Answer


class Cache(Generic[Key]):
    """Answers by question; of too many the one that was not asked for longest goes."""

    def __init__(self, limits: DnsLimits) -> None:
        self._limits = limits
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, question: Key, now: float) -> Answer | None:
        """The answer, its `ttl` what is left of it."""
        entry = self._entries.get(question)
        if entry is None:
            return None
        if entry.until <= now:
            del self._entries[question]
            return None
        self._entries.move_to_end(question)
        left = int(entry.until - now)
        if left < entry.answer.ttl:
            entry = self._entries[question] = _Entry(entry.until, replace(entry.answer, ttl=left))
        return entry.answer

    def keep(self, question: Key, answer: Answer, now: float) -> None:
        """For its time to live; a failure too, briefly (RFC 9520 §3.2)."""
        seconds = self._limits.failure_ttl if answer.status is Status.TRY_LATER else answer.ttl
        if seconds <= 0:
            return
        self._entries[question] = _Entry(now + seconds, answer)
        if len(self._entries) > self._limits.cached:
            self._entries.popitem(last=False)
