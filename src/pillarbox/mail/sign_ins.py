"""Browsers that are signed in, and what they and programs have in common: tokens of 256 random bits, kept as digests, shown to
their owner in one list, and ended one by one."""

import asyncio
import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from ..clock import Clock
from ..errors import MailError, NotFound, TooMany
from ..ids import AccountId
from ..limits import SignInLimits
from ..store import api
from ..store.models import Account
from ..store.sign_ins import Found, SignIn, SignInKind, Token, TokenKind

log = structlog.get_logger(__name__)

NOTED_EVERY: Final = 60
"""Seconds in which the use of one is written down once at most."""
_PREFIXES: Final[dict[TokenKind, str]] = {"cookie": "pbs_", "code": "pbc_", "access": "pba_", "refresh": "pbr_"}
"""So that one found in a log or a repository is known for what it is; nothing of other servers' begins like this."""
_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def made(kind: TokenKind) -> str:
    return _PREFIXES[kind] + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii").rstrip("=")


def is_token(kind: TokenKind, text: str) -> bool:
    """Whether it has the form of one of ours."""
    prefix = _PREFIXES[kind]
    return text.startswith(prefix) and _RANDOM.match(text, len(prefix)) is not None


def digest(text: str) -> bytes:
    """As it is kept. Nobody guesses 256 random bits: one fast digest will do."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


class SignIns:
    """Beginning, finding and ending them, over what the store keeps."""

    def __init__(self, kept: api.Accounts, clock: Clock, limits: SignInLimits) -> None:
        self._kept = kept
        self._clock = clock
        self._limits = limits
        self._noting: dict[int, asyncio.Task[None]] = {}

    def now(self) -> int:
        return int(self._clock.now().timestamp())

    async def begin(self, account: Account, address: str, agent: str, *, stays: bool = True) -> tuple[SignIn, str]:
        """A browser, in which somebody has just shown that the account is theirs, and what its cookie says. It `stays`, or is
        over within hours. Raises NotFound."""
        now, limits = self.now(), self._limits
        lasts, idle = (limits.lasts, limits.idle) if stays else (limits.brief_lasts, limits.brief_idle)
        new = SignIn(
            account.id, 0, "browser", "", created_at=now, confirmed_at=now, expires_at=now + lasts, idle=idle,
            last_used_at=now, last_address=address, agent=agent[: limits.agent],
        )  # fmt: skip
        cookie = made("cookie")
        return await self.add(new, Token(digest(cookie), "cookie", new.expires_at)), cookie

    async def add(self, new: SignIn, token: Token) -> SignIn:
        """Raises NotFound. Where there are too many, the one that was used least lately makes room: of its kind, if there is
        any, so that programs keep nobody out of a browser."""
        while True:  # others may take the room that is made
            try:
                return await self._kept.add_sign_in(new, [token])
            except TooMany:
                kept = await self._kept.sign_ins(new.account)
                alike = [each for each in kept if each.kind == new.kind]
                await self.drop(min(alike or kept, key=lambda each: each.last_used_at))

    async def renew(self, sign_in: SignIn) -> tuple[SignIn, str]:
        """Its owner has just shown once more who they are: another cookie, and the old one is good for nothing. Raises
        NotFound."""
        now, cookie = self.now(), made("cookie")
        token = Token(digest(cookie), "cookie", sign_in.expires_at)
        await self._kept.renew_sign_in(sign_in.account, sign_in.id, [token], now)
        return replace(sign_in, confirmed_at=now), cookie

    async def of_cookie(self, cookie: str) -> SignIn | None:
        found = await self.found("cookie", cookie)
        return found.sign_in if found and self.is_good(found) else None

    async def found(self, kind: TokenKind, text: str) -> Found | None:
        """What a token is of, though it may be spent, or over."""
        if not is_token(kind, text):
            return None
        found = await self._kept.sign_in_of(digest(text))
        return found if found is not None and found.token.kind == kind else None

    def is_good(self, found: Found) -> bool:
        """Whether it lets in."""
        now = self.now()
        return not found.token.is_spent and now < found.token.expires_at and not found.sign_in.is_over(now)

    async def of(self, account: Account) -> Sequence[SignIn]:
        """An account's, oldest first, without those that are over."""
        now = self.now()
        return [each for each in await self._kept.sign_ins(account.id) if not each.is_over(now)]

    async def end(self, account: AccountId, key: int) -> None:
        """From now on it lets nobody in, and who came by it is put out. Raises NotFound."""
        await self._kept.remove_sign_in(account, key)

    async def drop(self, sign_in: SignIn) -> bool:
        """The same, where nobody else has ended it meanwhile; whether that was so."""
        try:
            await self.end(sign_in.account, sign_in.id)
        except NotFound:
            return False
        return True

    async def end_all(self, account: AccountId, kind: SignInKind, *, but: int | None = None) -> int:
        """All of a kind but one; how many that were."""
        ended = [each for each in await self._kept.sign_ins(account) if each.kind == kind and each.id != but]
        return sum([await self.drop(each) for each in ended])

    def used(self, sign_in: SignIn, address: str, agent: str) -> None:
        """Note when, from where and by what it was used last, behind the back of who waits for an answer."""
        now = self.now()
        if sign_in.id in self._noting or abs(now - sign_in.last_used_at) < NOTED_EVERY:
            return
        self._noting[sign_in.id] = task = asyncio.ensure_future(self._note(sign_in, now, address, agent[: self._limits.agent]))
        task.add_done_callback(lambda _: self._noting.pop(sign_in.id, None))

    async def close(self) -> None:
        """What is being noted is kept."""
        await asyncio.gather(*self._noting.values(), return_exceptions=True)

    async def _note(self, sign_in: SignIn, now: int, address: str, agent: str) -> None:
        try:
            await self._kept.note_sign_in(sign_in.account, sign_in.id, now, address, agent)
        except MailError as error:
            log.debug("the use of a sign-in is not noted", account=sign_in.account, problem=str(error))
