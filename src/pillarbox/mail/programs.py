"""Programs that people allow to read and write their mail without being told a password: what OAuth 2 (RFC 6749) stands on.

A program is a sign-in. Its owner's consent makes a code, good once and for a minute, and bound to whoever asked for it; the
code is exchanged for an access and a refresh token, a refresh token for the next two. Whoever shows a code or a refresh token
that has been exchanged before has stolen it or was stolen from: nobody can tell which, so that is the end of the program's
sign-in (RFC 9700 §4.14.2).
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field

import structlog

from ..ids import AccountId
from ..limits import SignInLimits
from ..store import api
from ..store.models import Account
from ..store.sign_ins import Found, SignIn, Token, TokenKind
from .sign_ins import SignIns, digest, made

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """What a program is handed."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: int
    """For which the access token is good."""
    protocols: frozenset[str]


class NotGood(Exception):
    """A code or a refresh token is none, not any more, or not this program's."""


class TooMuch(Exception):
    """More is asked for than was granted."""


class Programs:
    def __init__(self, kept: api.Accounts, sign_ins: SignIns, limits: SignInLimits) -> None:
        self._kept = kept
        self._sign_ins = sign_ins
        self._limits = limits

    async def allow(
        self, account: Account, client: str, name: str, protocols: Collection[str], bound: str, address: str, agent: str
    ) -> str:
        """The code that `client`, which calls itself `name`, may exchange if it comes with what is `bound` to it. Raises
        NotFound."""
        now, code = self._sign_ins.now(), made("code")
        until = now + self._limits.code
        new = SignIn(
            account.id, 0, "program", name, client, frozenset(protocols), created_at=now, confirmed_at=now, expires_at=until,
            last_used_at=now, last_address=address, agent=agent[: self._limits.agent],
        )  # fmt: skip
        await self._sign_ins.add(new, Token(digest(code), "code", until, digest(bound)))
        return code

    async def redeem(self, code: str, bound: str) -> Issued:
        """RFC 6749 §4.1.3. Raises NotGood."""
        found = await self._unspent("code", code)
        if not hmac.compare_digest(found.token.bound, digest(bound)):
            # somebody has the code who is not the one that asked for it
            await self._end(found.sign_in, "a code came from somebody else")
        return await self._exchanged(found)

    async def refresh(self, token: str, client: str, wanted: Collection[str] = ()) -> Issued:
        """RFC 6749 §6. Raises NotGood, and TooMuch where the program wants protocols that it was not allowed."""
        found = await self._unspent("refresh", token)
        if found.sign_in.client != client:
            raise NotGood
        if not found.sign_in.protocols.issuperset(wanted):
            raise TooMuch
        return await self._exchanged(found)

    async def of_access(self, token: str, protocol: str) -> Found | None:
        """Whose access token this is, if it is good there."""
        found = await self._sign_ins.found("access", token)
        if found is None or not self._sign_ins.is_good(found) or protocol not in found.sign_in.protocols:
            return None
        return found

    async def revoke(self, token: str, client: str) -> None:
        """RFC 7009 §2.1: a refresh token takes the whole sign-in with it, an access token goes alone. Of one that is none of
        the client's nothing becomes, nor is it said."""
        if (found := await self._sign_ins.found("refresh", token)) is not None and found.sign_in.client == client:
            await self._sign_ins.drop(found.sign_in)
        elif (found := await self._sign_ins.found("access", token)) is not None and found.sign_in.client == client:
            await self._kept.remove_token(found.token.digest)

    async def _unspent(self, kind: TokenKind, text: str) -> Found:
        found = await self._sign_ins.found(kind, text)
        if found is None:
            raise NotGood
        if found.token.is_spent:
            await self._end(found.sign_in, f"a {kind} token came a second time")
        if not self._sign_ins.is_good(found) or not await self._is_welcome(found.sign_in.account):
            raise NotGood
        return found

    async def _exchanged(self, found: Found) -> Issued:
        now = self._sign_ins.now()
        access, refresh = made("access"), made("refresh")
        until = now + self._limits.refresh
        tokens = [
            Token(digest(access), "access", now + self._limits.access),
            Token(digest(refresh), "refresh", until),
        ]
        if not await self._kept.spend_token(found.token.digest, tokens, until):
            await self._end(found.sign_in, f"a {found.token.kind} token came twice at a time")
        return Issued(access, refresh, self._limits.access, found.sign_in.protocols)

    async def _end(self, sign_in: SignIn, why: str) -> None:
        """Raises NotGood, always."""
        log.warning("a program's sign-in is ended", account=sign_in.account, program=sign_in.name, reason=why)
        await self._sign_ins.drop(sign_in)
        raise NotGood

    async def _is_welcome(self, account: AccountId) -> bool:
        found = await self._kept.account_by_id(account)
        return found is not None and found.enabled and not found.is_group
