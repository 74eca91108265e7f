"""Pictures in mail that lie on other servers, brought to a reader so that those servers learn nothing of them: no address, no
cookie, no referrer, not when or how often somebody reads, as browsers keep what they have been brought.

    /picture?u=https://…&a=7&e=1795478400&s=…

A view of a message has such an address for each picture that its reader wants to see. It is signed for that account until a
day's end, so that nobody can have anything fetched that is in no mail of theirs; whoever has it needs no log-in: what it leads
to is a stranger's picture, and nothing else can be made of it. Where it leads is judged by `net.outside`, at every step.
"""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pillarbox.checks.questions import Answer, Asking, Fetch, Fetched, Status
from pillarbox.ids import AccountId
from pillarbox.mail.office import Office
from pillarbox.message import rasters

from .jmap.turns import Turns

PATH: Final = "/picture"
DAY: Final = 86400
_SECRET: Final = "pictures"
_LETTERS: Final = 32
"""Of a signature, in base64: 192 bits."""
_HARMLESS: Final = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "content-disposition": "inline",
}
_KEPT: Final = f"private, max-age={DAY}, immutable"
_FAILED: Final = "private, max-age=300"
"""What could not be had is not asked for again at once."""


class Signer:
    """Makes addresses of pictures for one account."""

    def __init__(self, key: bytes, account: AccountId, now: float) -> None:
        self._key = key
        self._account = account
        self._until = (int(now) // DAY + 2) * DAY  # the same all day long, for browsers to know it again

    @classmethod
    async def of(cls, office: Office, account: AccountId) -> "Signer":
        return cls(await office.kept.secret(_SECRET), account, office.clock.now().timestamp())

    def url(self, picture: str) -> str:
        """Where it is to be had from us until tomorrow's end."""
        signature = _signature(self._key, picture, self._account, self._until)
        return f"{PATH}?{urlencode({'u': picture, 'a': self._account, 'e': self._until, 's': signature})}"


def _signature(key: bytes, picture: str, account: int, until: int) -> str:
    said = hmac.digest(key, f"{account} {until} {picture}".encode("utf-8", "replace"), hashlib.sha256)
    return base64.urlsafe_b64encode(said).decode()[:_LETTERS]


def routes(office: Office) -> Iterator[BaseRoute]:
    brought = _Brought(office)

    async def picture(request: Request) -> Response:
        return await brought.answer(request)

    yield Route(PATH, picture)


class _Brought:
    """Pictures on their way, so many at a time."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._limits = office.limits.webmail
        self._slots = asyncio.Semaphore(self._limits.pictures)
        self._turns = Turns(self._limits.pictures_an_account)
        self._waiting: dict[int, int] = {}

    async def answer(self, request: Request) -> Response:
        """Raises HTTPException: 403 for what we have not signed, 404 where there is no picture."""
        url, account = await self._signed(request)
        if self._office.answers is None:
            raise HTTPException(503, "nothing is fetched here")
        async with self._turn(account):
            found = await self._fetch(url)
        kind = None if found is None or found.status != 200 else rasters.type_of(found.body)
        if found is None or kind is None:
            return Response("there is no picture\n", 404, {"cache-control": _FAILED}, "text/plain")
        return Response(found.body, 200, {**_HARMLESS, "cache-control": _KEPT}, kind)

    async def _signed(self, request: Request) -> tuple[str, int]:
        """What is to be fetched, and for whom."""
        asked = request.query_params
        url, account, until = asked.get("u", ""), _number(asked.get("a", "")), _number(asked.get("e", ""))
        expected = _signature(await self._office.kept.secret(_SECRET), url, account, until)
        if not hmac.compare_digest(expected.encode(), asked.get("s", "").encode("utf-8", "replace")):
            raise HTTPException(403, "that is no address of ours")
        if until <= self._office.clock.now().timestamp():
            raise HTTPException(403, "that address has expired; open the message again")
        owner = await self._office.kept.account_by_id(AccountId(account))
        if owner is None or not owner.enabled:
            raise HTTPException(403, "that account is closed")
        return url, account

    @asynccontextmanager
    async def _turn(self, account: int) -> AsyncIterator[None]:
        """One account's pictures do not keep all others waiting. Raises HTTPException."""
        if self._waiting.get(account, 0) >= self._limits.pictures_waiting:
            raise HTTPException(429, "too many pictures at once", {"retry-after": "5"})
        self._waiting[account] = self._waiting.get(account, 0) + 1
        try:
            async with self._turns.of(AccountId(account)), self._slots:
                yield
        finally:
            self._waiting[account] -= 1
            if not self._waiting[account]:
                del self._waiting[account]

    async def _fetch(self, url: str) -> Fetched | None:
        assert self._office.answers is not None
        question = Fetch(url, self._limits.picture, plain=True, redirects=self._limits.picture_redirects)
        try:
            async with asyncio.timeout(self._limits.picture_time):
                answer = await self._office.answers.answer(_asking(question))
        except TimeoutError:
            return None
        if answer.status is not Status.FOUND:
            return None
        found: Fetched = answer.records[0]
        return found


def _asking(question: Fetch) -> Asking[Answer]:
    answer: Answer = yield question
    return answer


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
