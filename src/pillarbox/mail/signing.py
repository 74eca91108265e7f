"""The signatures of our domains, put on what leaves in their name (RFC 6376 §5)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ..checks import dkim_sign
from ..checks.dkim_sign import SigningKey
from ..clock import Clock
from ..message import headers
from ..message.heading import Heading
from ..store import api
from .directory import BACKUP
from .spool import Buffer

_QUICK = 64 * 1024
"""Bytes of a message that is signed on the loop, in a millisecond."""


class Signing:
    def __init__(self, kept: api.Accounts, clock: Clock) -> None:
        self._kept = kept
        self._clock = clock
        self._keys: dict[str, Sequence[SigningKey]] = {}
        self._version = -1

    async def fields(self, buffer: Buffer, start: int, domain: str) -> bytes:
        """The DKIM-Signature fields, a key each, for the message that begins at byte `start`, by the domain of its From;
        nothing where we have no key of that domain."""
        keys = await self._keys_of(domain)
        if not keys:
            return b""
        now = int(self._clock.now().timestamp())
        if len(buffer) <= _QUICK:
            return dkim_sign.sign_all(buffer, keys, now=now, start=start)
        return await asyncio.to_thread(dkim_sign.sign_all, buffer, keys, now=now, start=start)

    async def fields_of(self, read: Callable[[], Awaitable[bytes]], domain: str) -> bytes:
        """The same for a message that is read only where there is a key. Raises MailError."""
        return await self.fields(await read(), 0, domain) if await self._keys_of(domain) else b""

    async def of(self, message: bytes, domain: str) -> bytes:
        """The same for a message in memory."""
        return await self.fields(message, 0, domain)

    async def signed(self, message: bytes) -> bytes:
        """A whole message of our own with its signatures on top: of its author's domain, or, for a host name, of the nearest
        domain above it that is ours."""
        domain = Heading(headers.read(message)).from_domain
        while domain and not await self._keys_of(domain):
            domain = domain.partition(".")[2]
        return await self.fields(message, 0, domain) + message

    async def _keys_of(self, domain: str) -> Sequence[SigningKey]:
        version = await self._kept.version()
        if version != self._version:
            self._keys.clear()
            self._version = version
        found = self._keys.get(domain)
        if found is None:
            found = self._keys[domain] = await self._read(domain)
        return found

    async def _read(self, domain: str) -> Sequence[SigningKey]:
        kept = await self._kept.domain(domain)
        if kept is None or BACKUP in kept.settings:
            return ()
        return [
            SigningKey.load(key.domain, key.selector, key.private)
            for key in await self._kept.keys(domain)
            if key.state == "active"
        ]
