"""What people show beside a password, or in its place, as a store keeps it: a part of `pillarbox.store.api.Accounts`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..ids import AccountId


@dataclass(frozen=True, slots=True)
class Passkey:
    """A public key of an authenticator's (Web Authentication Level 3 §4, "public key credential source")."""

    account: AccountId
    id: int
    """0: not kept yet; none comes twice."""
    label: str
    """What its owner calls it."""
    host: str
    """The relying party's id: under which name of ours it is good."""
    credential: bytes = field(repr=False)
    """Its own id, of all authenticators there are."""
    public_key: bytes = field(repr=False)
    """COSE (RFC 9052 §7)."""
    counter: int = 0
    created_at: int = 0
    last_used_at: int | None = None


@dataclass(frozen=True, slots=True)
class Totp:
    """A secret shared with an app that shows codes (RFC 6238)."""

    secret: str = field(repr=False)
    """Base 32."""
    is_confirmed: bool = False
    """Whether a code of it has been shown: before that it counts for nothing."""
    last_step: int = 0
    """The step of the last code that was taken: none up to it is taken any more."""
    created_at: int = 0


class Factors(Protocol):
    """They go with the account."""

    async def passkeys(self, account: AccountId) -> Sequence[Passkey]:
        """Oldest first."""

    async def passkey(self, credential: bytes) -> Passkey | None: ...

    async def add_passkey(self, passkey: Passkey) -> Passkey:
        """With an id of its own. Raises NotFound (the account), AlreadyExists (somebody has it), and TooMany beyond
        `StoreLimits.passkeys`."""

    async def rename_passkey(self, account: AccountId, id: int, label: str) -> None:  # noqa: A002
        """Raises NotFound."""

    async def remove_passkey(self, account: AccountId, id: int) -> None:  # noqa: A002
        """Raises NotFound."""

    async def count_passkey(self, account: AccountId, id: int, counter: int, at: int) -> bool:  # noqa: A002
        """It was used, and said so often; False, and nothing noted, where that is not more than before (both may be 0)."""

    async def totp(self, account: AccountId) -> Totp | None: ...

    async def set_totp(self, account: AccountId, totp: Totp | None) -> None:
        """In place of what there was. Raises NotFound (the account)."""

    async def begin_totp(self, account: AccountId, totp: Totp) -> bool:
        """In place of one that counts for nothing yet, or of none; False, and nothing done, where there is one that counts.
        Raises NotFound (the account)."""

    async def confirm_totp(self, account: AccountId, secret: str, step: int) -> bool:
        """From now on the one with this secret counts, and the code of that step is taken. False where that is not the one that
        waits for it."""

    async def take_step(self, account: AccountId, step: int) -> bool:
        """Take the code of a step. False where that one, or a later one, was taken before."""

    async def recovery_codes(self, account: AccountId) -> Collection[bytes]:
        """Digests of those that are left."""

    async def set_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> None:
        """In place of those there were. Raises NotFound (the account)."""

    async def add_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> bool:
        """Where there are none; False, and nothing done, where there are. Raises NotFound (the account)."""

    async def take_recovery_code(self, account: AccountId, digest: bytes) -> bool:
        """False where there is none such (any more)."""
