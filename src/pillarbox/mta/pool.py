"""Connections kept for the next message: for some seconds, for whoever has the same to ask of the same hosts."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from .call import Call

GOODBYES: Final = 2.0
"""Seconds that goodbyes may take when all are let go."""


@dataclass(slots=True)
class _Kept:
    call: Call
    timer: asyncio.TimerHandle | None = None


class Pool:
    """Calls by what they are good for. Who takes one owns it."""

    def __init__(self, kept: float, most: int) -> None:
        """`kept`: seconds an idle connection stays; `most` of them at a time."""
        self._kept = kept
        self._most = most
        self._idle: dict[Hashable, list[_Kept]] = {}
        self._count = 0
        self._leaving: set[asyncio.Task[None]] = set()

    def take(self, key: Hashable) -> Call | None:
        """One that is ready; those that are gone by now are let go."""
        while kept := self._idle.get(key):
            call = self._removed(key, kept[-1])
            if call.is_ready:
                return call
            self.dismiss(call)
        return None

    def give(self, key: Hashable, call: Call) -> None:
        """Keep it for a while, if it is good for another message."""
        if not call.is_ready or self._count >= self._most:
            self.dismiss(call)
            return
        item = _Kept(call)
        item.timer = asyncio.get_running_loop().call_later(self._kept, self._expire, key, item)
        self._idle.setdefault(key, []).append(item)
        self._count += 1

    async def close(self) -> None:
        """Let all go."""
        for key, kept in list(self._idle.items()):
            for item in list(kept):
                self.dismiss(self._removed(key, item))
        if self._leaving:
            _, waiting = await asyncio.wait(self._leaving, timeout=GOODBYES)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _removed(self, key: Hashable, item: _Kept) -> Call:
        if item.timer is not None:
            item.timer.cancel()
        kept = self._idle[key]
        kept.remove(item)
        if not kept:
            del self._idle[key]
        self._count -= 1
        return item.call

    def _expire(self, key: Hashable, item: _Kept) -> None:
        self.dismiss(self._removed(key, item))

    def dismiss(self, call: Call) -> None:
        """Say goodbye behind everyone's back."""
        if call.is_over:
            call.abort()
            return
        task = asyncio.get_running_loop().create_task(call.end())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
