"""Who is let in without showing a password each time, as a store keeps it: a part of `pillarbox.store.api.Accounts`.

A sign-in is a browser, or a program that its owner has allowed by a page (RFC 6749). What lets in are its tokens, of which only
digests are kept; they are exchanged for others while the sign-in stays what it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from ..ids import AccountId

SignInKind = Literal["browser", "program"]
TokenKind = Literal["cookie", "code", "access", "refresh"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser or a program, in the name of an account. Times are seconds since 1970."""

    account: AccountId
    id: int
    """0: not kept yet; none comes twice."""
    kind: SignInKind
    name: str
    """What a program calls itself; "" for a browser."""
    client: str = ""
    """Which program it is (RFC 6749 §2.2)."""
    protocols: frozenset[str] = frozenset()
    """What it is good for, of a program."""
    created_at: int = 0
    confirmed_at: int = 0
    """When its owner last showed who they are."""
    expires_at: int = 0
    idle: int = 0
    """Seconds after its last use when it is over before that; 0: there are none."""
    last_used_at: int = 0
    last_address: str = ""
    agent: str = ""
    """What it says of itself (RFC 9110 §10.1.5)."""

    def is_over(self, now: float) -> bool:
        return now >= self.ends_at

    @property
    def ends_at(self) -> int:
        """When it is over unless it is used."""
        return min(self.expires_at, self.last_used_at + self.idle) if self.idle else self.expires_at


@dataclass(frozen=True, slots=True)
class Token:
    """What a sign-in is known by: a digest of it, never itself."""

    digest: bytes = field(repr=False)
    kind: TokenKind
    expires_at: int
    bound: bytes = field(default=b"", repr=False)
    """A digest of what has to come with it."""
    is_spent: bool = False
    """Whether it has been exchanged: whoever comes with it again has stolen it, or has been stolen from."""


class Found(NamedTuple):
    """A token that is kept, and whose it is."""

    sign_in: SignIn
    token: Token


class SignIns(Protocol):
    async def sign_ins(self, account: AccountId) -> Sequence[SignIn]:
        """Oldest first, those that are over too. They go with the account."""

    async def sign_in_of(self, digest: bytes) -> Found | None: ...

    async def add_sign_in(self, sign_in: SignIn, tokens: Sequence[Token]) -> SignIn:
        """With an id of its own. Raises NotFound (the account), and TooMany beyond `StoreLimits.sign_ins`."""

    async def spend_token(self, digest: bytes, tokens: Sequence[Token], expires_at: int) -> bool:
        """Put others in the place of a token, which is spent from now on, and let its sign-in last until then. False where it
        is gone or was spent already, and then nothing is done."""

    async def renew_sign_in(self, account: AccountId, id: int, tokens: Sequence[Token], confirmed_at: int) -> None:  # noqa: A002
        """Its owner has shown once more who they are: these tokens are in place of all that it had. Raises NotFound."""

    async def remove_token(self, digest: bytes) -> None:
        """Where it is there."""

    async def remove_sign_in(self, account: AccountId, id: int) -> None:  # noqa: A002
        """With its tokens, and the push subscriptions made by it. Raises NotFound."""

    async def note_sign_in(self, account: AccountId, id: int, at: int, address: str, agent: str) -> None:  # noqa: A002
        """It was used; of one that is gone nothing is noted. `version` stays."""

    async def forget_sign_ins(self, now: int) -> int:
        """Remove those that are over, and tokens that are; how many sign-ins that was."""

    async def take_once(self, digest: bytes, expires_at: int, now: int) -> bool:
        """Whether nobody has come with this before; it is remembered until then."""
