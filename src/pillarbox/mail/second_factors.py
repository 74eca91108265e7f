"""What people show beside their password: codes of an app (TOTP, RFC 6238), and recovery codes for when that is lost.

An account that has a code app or a passkey is guarded: its own password alone lets in nowhere. Programs have passwords of their
own (`app_passwords`), or are allowed by a page (`programs`).
"""

import asyncio
import base64
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..clock import Clock
from ..errors import AlreadyExists, AuthenticationFailed, NotFound
from ..ids import AccountId
from ..limits import SignInLimits
from ..store import api
from ..store.factors import Totp
from ..store.models import Account
from .throttle import Throttle

PERIOD: Final = 30
"""RFC 6238 §5.2: seconds a step."""
WINDOW: Final = 1
"""Steps by which a clock may be off, to either side (RFC 6238 §5.2)."""
_RECOVERY = 16


class TooManyCodes(Exception):
    """So many wrong ones that none is looked at for a while."""

    seconds: Final = 900


@dataclass(frozen=True, slots=True)
class Begun:
    """What a code app is given."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    """The same, as it is drawn in squares."""


class SecondFactors:
    def __init__(self, kept: api.Accounts, clock: Clock, throttle: Throttle, limits: SignInLimits) -> None:
        self._kept = kept
        self._clock = clock
        self._throttle = throttle
        self._limits = limits
        self._key: bytes | None = None

    async def are_asked(self, account: AccountId) -> bool:
        """Whether the account's own password alone is not enough."""
        totp = await self._kept.totp(account)
        return bool((totp is not None and totp.is_confirmed) or await self._kept.passkeys(account))

    async def methods(self, account: AccountId) -> Sequence[str]:
        """What may be shown beside the password."""
        totp = await self._kept.totp(account)
        has = {
            "totp": totp is not None and totp.is_confirmed,
            "passkey": bool(await self._kept.passkeys(account)),
            "recovery": bool(await self._kept.recovery_codes(account)),
        }
        return [name for name, is_there in has.items() if is_there]

    # Code apps.

    async def begin(self, account: Account, issuer: str) -> Begun:
        """A new secret, which counts for nothing before a code of it has been shown. Raises AlreadyExists, NotFound."""
        await asyncio.to_thread(_load)
        import pyotp

        secret = pyotp.random_base32(32)
        if not await self._kept.begin_totp(account.id, Totp(secret, created_at=self._now())):
            raise AlreadyExists("there is a code app already")
        return Begun(secret, pyotp.TOTP(secret, interval=PERIOD).provisioning_uri(name=account.address, issuer_name=issuer))

    async def confirm(self, account: Account, code: str) -> Sequence[str]:
        """The secret counts from now on; recovery codes, where there are none yet. Raises NotFound where nothing was begun,
        AuthenticationFailed, TooManyCodes."""
        kept = await self._kept.totp(account.id)
        if kept is None or kept.is_confirmed:
            raise NotFound("no code app has been begun")
        self._count(account)
        step = await self._step_of(kept, code)
        # another secret may have been begun meanwhile, of which no code has been shown
        if step is None or not await self._kept.confirm_totp(account.id, kept.secret, step):
            raise AuthenticationFailed("that is not the code")
        self.succeeded(account)
        return await self.first_recovery_codes(account)

    async def remove(self, account: Account) -> None:
        """The code app. Raises NotFound."""
        if await self._kept.totp(account.id) is None:
            raise NotFound("there is no code app")
        await self._kept.set_totp(account.id, None)
        await self.settle(account)

    async def settle(self, account: Account) -> None:
        """After one was removed: where none is left there is nothing to recover from."""
        if not await self.are_asked(account.id) and await self._kept.recovery_codes(account.id):
            await self._kept.set_recovery_codes(account.id, ())

    async def takes_code(self, account: Account, code: str) -> bool:
        """Whether this is a code of now, that was not shown before (RFC 6238 §5.2). Raises TooManyCodes."""
        self._count(account)
        kept = await self._kept.totp(account.id)
        step = await self._step_of(kept, code) if kept is not None and kept.is_confirmed else None
        return step is not None and await self._kept.take_step(account.id, step)

    async def _step_of(self, kept: Totp, code: str) -> int | None:
        """Whose code that is; None: of none that is near."""
        await asyncio.to_thread(_load)
        import pyotp

        given = code.strip().replace(" ", "").encode("utf-8", "surrogatepass")
        app, now = pyotp.TOTP(kept.secret, interval=PERIOD), self._now() // PERIOD
        found = None
        for step in range(now - WINDOW, now + WINDOW + 1):
            if hmac.compare_digest(app.generate_otp(step).encode("ascii"), given):
                found = step
        return found

    # Recovery codes.

    async def first_recovery_codes(self, account: Account) -> Sequence[str]:
        """New ones where there are none; shown once."""
        codes = self._made()
        return codes if await self._kept.add_recovery_codes(account.id, await self._digests(account, codes)) else []

    async def new_recovery_codes(self, account: Account) -> Sequence[str]:
        """In place of those there were; shown once."""
        codes = self._made()
        await self._kept.set_recovery_codes(account.id, await self._digests(account, codes))
        return codes

    async def recovery_codes_left(self, account: Account) -> int:
        return len(await self._kept.recovery_codes(account.id))

    async def takes_recovery_code(self, account: Account, code: str) -> bool:
        """Whether it is one that is left; it is not, afterwards. Raises TooManyCodes."""
        self._count(account)
        return len(code) <= 2 * _RECOVERY + 8 and await self._kept.take_recovery_code(
            account.id, await self._digest(account, code)
        )

    def _made(self) -> Sequence[str]:
        return [_grouped(secrets.token_bytes(10)) for _ in range(self._limits.recovery_codes)]

    async def _digests(self, account: Account, codes: Sequence[str]) -> Sequence[bytes]:
        return [await self._digest(account, code) for code in codes]

    async def _digest(self, account: Account, code: str) -> bytes:
        if self._key is None:
            self._key = await self._kept.secret("recovery-code")
        plain = code.replace("-", "").replace(" ", "").lower()
        return hmac.digest(self._key, f"{account.id}:{plain}".encode("utf-8", "surrogatepass"), "sha256")

    # A million codes are soon tried by who has the password: they get ten in a quarter of an hour, over all processes.

    def _count(self, account: Account) -> None:
        """Before it is looked at: a thousand that come at a time are a thousand. Raises TooManyCodes."""
        if self._throttle.failures(_counted(account)) >= self._limits.wrong_codes:
            raise TooManyCodes
        self._throttle.failed(_counted(account), "")

    def succeeded(self, account: Account) -> None:
        """The account's owner is here: what was wrong is forgiven."""
        if self._throttle.failures(_counted(account)):
            self._throttle.succeeded(_counted(account), "")

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _load() -> None:
    """In a thread: it takes a while, the first time."""
    import pyotp  # noqa: F401


def _counted(account: Account) -> str:
    """A name that no account has."""
    return f"{account.address} code"


def _grouped(random: bytes) -> str:
    whole = base64.b32encode(random).decode("ascii").lower()[:_RECOVERY]
    return "-".join(whole[start : start + 4] for start in range(0, len(whole), 4))
