"""The signing keys of a domain: made, begun to be used, and laid aside, one after another."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from ..checks import keys
from ..clock import Clock
from ..errors import NotFound
from ..store import api
from ..store.models import DomainKey

ALGORITHMS: Final = ("rsa", "ed25519")
"""Both sign: RSA for everyone, Ed25519 for those who know it (RFC 8463)."""


class Keyring:
    """One domain's."""

    def __init__(self, kept: api.Accounts, domain: str, clock: Clock) -> None:
        self._kept = kept
        self._domain = domain
        self._clock = clock

    async def make(self, state: str) -> Sequence[DomainKey]:
        """A new key of each algorithm. Raises NotFound where the domain is not ours."""
        now = self._clock.now()
        made = []
        for algorithm in ALGORITHMS:
            private = await asyncio.to_thread(keys.generate, algorithm)
            selector = await self._free_selector(now.astimezone(UTC), algorithm)
            key = DomainKey(self._domain, selector, algorithm, private, state, int(now.timestamp()))
            await self._kept.add_key(key)
            made.append(key)
        return made

    async def rotate(self) -> Sequence[DomainKey]:
        """New keys, not to be used before their records are published: those that wait already, or else some made now. Raises
        NotFound where the domain is not ours."""
        return await self.pending() or await self.make("pending")

    async def pending(self) -> Sequence[DomainKey]:
        """The keys that wait to be used."""
        return [key for key in await self._kept.keys(self._domain) if key.state == "pending"]

    async def activate(self) -> Sequence[DomainKey]:
        """Sign with the pending keys from now on; those used so far are retired, and their records stay until mail signed with
        them has arrived. Raises NotFound where none is pending."""
        kept = await self._kept.keys(self._domain)
        pending = [key for key in kept if key.state == "pending"]
        if not pending:
            raise NotFound("no key is waiting to be used")
        for key in pending:  # first these: whatever happens in between, something signs
            await self._kept.change_key(replace(key, state="active"))
        for key in kept:
            if key.state == "active":
                await self._kept.change_key(replace(key, state="retired"))
        return pending

    async def forget_retired(self) -> Sequence[DomainKey]:
        """Remove the retired keys; their records may go too."""
        retired = [key for key in await self._kept.keys(self._domain) if key.state == "retired"]
        for key in retired:
            await self._kept.remove_key(key.domain, key.selector)
        return retired

    async def _free_selector(self, now: datetime, algorithm: str) -> str:
        """ "202611r", "202611e", with a number where that month has one already."""
        taken = {key.selector for key in await self._kept.keys(self._domain)}
        stem = f"{now:%Y%m}{algorithm[0]}"
        return next(name for n in range(1000) if (name := f"{stem}{n}" if n else stem) not in taken)
