"""Sign-ins and what people show beside a password: each verb of the store, and where it runs."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import apsw

from ...ids import AccountId
from ...limits import StoreLimits
from ..factors import Passkey, Totp
from ..sign_ins import Found, SignIn, Token
from . import factors, sign_ins

K = TypeVar("K")
T = TypeVar("T")


class SignInVerbs:
    """The parts of `pillarbox.store.api.Accounts` named `SignIns` and `Factors`."""

    _limits: StoreLimits

    def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        raise NotImplementedError

    def _look_up(self, work: Callable[[apsw.Connection, K], T], key: K) -> T:
        raise NotImplementedError

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        raise NotImplementedError

    # Sign-ins.

    async def sign_ins(self, account: AccountId) -> Sequence[SignIn]:
        return self._look_up(sign_ins.sign_ins, account)

    async def sign_in_of(self, digest: bytes) -> Found | None:
        return self._look_up(sign_ins.sign_in_of, digest)

    async def add_sign_in(self, sign_in: SignIn, tokens: Sequence[Token]) -> SignIn:
        return await self._write(lambda db: sign_ins.add(db, sign_in, tokens, self._limits.sign_ins))

    async def spend_token(self, digest: bytes, tokens: Sequence[Token], expires_at: int) -> bool:
        return await self._write(lambda db: sign_ins.spend(db, digest, tokens, expires_at))

    async def renew_sign_in(self, account: AccountId, id: int, tokens: Sequence[Token], confirmed_at: int) -> None:  # noqa: A002
        await self._write(lambda db: sign_ins.renew(db, account, id, tokens, confirmed_at))

    async def remove_token(self, digest: bytes) -> None:
        await self._write(lambda db: sign_ins.remove_token(db, digest))

    async def remove_sign_in(self, account: AccountId, id: int) -> None:  # noqa: A002
        await self._write(lambda db: sign_ins.remove(db, account, id))

    async def note_sign_in(self, account: AccountId, id: int, at: int, address: str, agent: str) -> None:  # noqa: A002
        await self._write(lambda db: sign_ins.note(db, account, id, at, address, agent))

    async def forget_sign_ins(self, now: int) -> int:
        return await self._write(lambda db: sign_ins.forget(db, now))

    async def take_once(self, digest: bytes, expires_at: int, now: int) -> bool:
        return await self._write(lambda db: sign_ins.take_once(db, digest, expires_at, now))

    # Passkeys, codes.

    async def passkeys(self, account: AccountId) -> Sequence[Passkey]:
        return self._look_up(factors.passkeys, account)

    async def passkey(self, credential: bytes) -> Passkey | None:
        return self._read(lambda db: factors.passkey(db, credential))

    async def add_passkey(self, passkey: Passkey) -> Passkey:
        return await self._write(lambda db: factors.add_passkey(db, passkey, self._limits.passkeys))

    async def rename_passkey(self, account: AccountId, id: int, label: str) -> None:  # noqa: A002
        await self._write(lambda db: factors.rename_passkey(db, account, id, label))

    async def remove_passkey(self, account: AccountId, id: int) -> None:  # noqa: A002
        await self._write(lambda db: factors.remove_passkey(db, account, id))

    async def count_passkey(self, account: AccountId, id: int, counter: int, at: int) -> bool:  # noqa: A002
        return await self._write(lambda db: factors.count_passkey(db, account, id, counter, at))

    async def totp(self, account: AccountId) -> Totp | None:
        return self._look_up(factors.totp, account)

    async def set_totp(self, account: AccountId, totp: Totp | None) -> None:
        await self._write(lambda db: factors.set_totp(db, account, totp))

    async def begin_totp(self, account: AccountId, totp: Totp) -> bool:
        return await self._write(lambda db: factors.begin_totp(db, account, totp))

    async def confirm_totp(self, account: AccountId, secret: str, step: int) -> bool:
        return await self._write(lambda db: factors.confirm_totp(db, account, secret, step))

    async def take_step(self, account: AccountId, step: int) -> bool:
        return await self._write(lambda db: factors.take_step(db, account, step))

    async def recovery_codes(self, account: AccountId) -> Collection[bytes]:
        return self._look_up(factors.recovery_codes, account)

    async def set_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> None:
        await self._write(lambda db: factors.set_recovery_codes(db, account, digests))

    async def add_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> bool:
        return await self._write(lambda db: factors.add_recovery_codes(db, account, digests))

    async def take_recovery_code(self, account: AccountId, digest: bytes) -> bool:
        return await self._write(lambda db: factors.take_recovery_code(db, account, digest))
