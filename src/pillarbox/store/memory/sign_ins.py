"""Sign-ins and what people show beside a password, in memory: those parts of `pillarbox.store.api.Accounts`."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from ...errors import AlreadyExists, NotFound, TooMany
from ...ids import AccountId
from ...limits import StoreLimits
from ..factors import Passkey, Totp
from ..models import Account
from ..sign_ins import Found, SignIn, Token


class MemorySignIns:
    _accounts: dict[AccountId, Account]
    _limits: StoreLimits
    _version: int

    def __init__(self) -> None:
        self._sign_ins: dict[int, SignIn] = {}
        self._next_sign_in = 1
        self._tokens: dict[bytes, tuple[int, Token]] = {}
        self._once: dict[bytes, int] = {}
        self._passkeys: dict[int, Passkey] = {}
        self._next_passkey = 1
        self._totps: dict[AccountId, Totp] = {}
        self._recovery_codes: dict[AccountId, frozenset[bytes]] = {}

    async def sign_ins(self, account: AccountId) -> Sequence[SignIn]:
        return [kept for kept in self._sign_ins.values() if kept.account == account]

    async def sign_in_of(self, digest: bytes) -> Found | None:
        key, token = self._tokens.get(digest, (0, None))
        return None if token is None else Found(self._sign_ins[key], token)

    async def add_sign_in(self, sign_in: SignIn, tokens: Sequence[Token]) -> SignIn:
        self._check_account(sign_in.account)
        if len(await self.sign_ins(sign_in.account)) >= self._limits.sign_ins:
            raise TooMany("the account is signed in at too many places")
        kept = replace(sign_in, id=self._next_sign_in)
        self._sign_ins[kept.id] = kept
        self._next_sign_in += 1
        self._add_tokens(kept.id, tokens)
        self._version += 1
        return kept

    async def spend_token(self, digest: bytes, tokens: Sequence[Token], expires_at: int) -> bool:
        key, token = self._tokens.get(digest, (0, None))
        if token is None or token.is_spent:
            return False
        self._tokens[digest] = key, replace(token, is_spent=True)
        self._sign_ins[key] = replace(self._sign_ins[key], expires_at=expires_at)
        self._add_tokens(key, tokens)
        self._version += 1
        return True

    async def renew_sign_in(self, account: AccountId, id: int, tokens: Sequence[Token], confirmed_at: int) -> None:  # noqa: A002
        self._sign_ins[id] = replace(self._sign_in(account, id), confirmed_at=confirmed_at)
        self._forget_tokens({id})
        self._add_tokens(id, tokens)
        self._version += 1

    async def remove_token(self, digest: bytes) -> None:
        if self._tokens.pop(digest, None) is not None:
            self._version += 1

    async def remove_sign_in(self, account: AccountId, id: int) -> None:  # noqa: A002
        self._end({self._sign_in(account, id).id})
        self._version += 1

    async def note_sign_in(self, account: AccountId, id: int, at: int, address: str, agent: str) -> None:  # noqa: A002
        kept = self._sign_ins.get(id)
        if kept is not None and kept.account == account:
            self._sign_ins[id] = replace(kept, last_used_at=at, last_address=address, agent=agent)

    async def forget_sign_ins(self, now: int) -> int:
        over = {key for key, kept in self._sign_ins.items() if kept.is_over(now)}
        self._end(over)
        self._tokens = {digest: kept for digest, kept in self._tokens.items() if kept[1].expires_at > now}
        self._once = {digest: until for digest, until in self._once.items() if until > now}
        self._version += bool(over)
        return len(over)

    async def take_once(self, digest: bytes, expires_at: int, now: int) -> bool:
        if self._once.get(digest, now) > now:
            return False
        self._once[digest] = expires_at
        return True

    def _sign_in(self, account: AccountId, key: int) -> SignIn:
        kept = self._sign_ins.get(key)
        if kept is None or kept.account != account:
            raise NotFound("no such sign-in")
        return kept

    def _add_tokens(self, key: int, tokens: Sequence[Token]) -> None:
        self._tokens.update({token.digest: (key, token) for token in tokens})

    def _forget_tokens(self, keys: Collection[int]) -> None:
        self._tokens = {digest: kept for digest, kept in self._tokens.items() if kept[0] not in keys}

    def _end(self, keys: Collection[int]) -> None:
        for key in keys:
            del self._sign_ins[key]
        self._forget_tokens(keys)
        self._forget_pushes(keys)

    def _forget_pushes(self, sign_ins: Collection[int]) -> None:
        raise NotImplementedError

    def _check_account(self, account: AccountId) -> None:
        if account not in self._accounts:
            raise NotFound("no such account")

    def _forget_person(self, account: AccountId) -> None:
        """All of an account that goes."""
        self._end({key for key, kept in self._sign_ins.items() if kept.account == account})
        self._passkeys = {key: kept for key, kept in self._passkeys.items() if kept.account != account}
        self._totps.pop(account, None)
        self._recovery_codes.pop(account, None)

    # Passkeys, codes.

    async def passkeys(self, account: AccountId) -> Sequence[Passkey]:
        return [kept for kept in self._passkeys.values() if kept.account == account]

    async def passkey(self, credential: bytes) -> Passkey | None:
        return next((kept for kept in self._passkeys.values() if kept.credential == credential), None)

    async def add_passkey(self, passkey: Passkey) -> Passkey:
        self._check_account(passkey.account)
        if await self.passkey(passkey.credential) is not None:
            raise AlreadyExists("that passkey is known already")
        if len(await self.passkeys(passkey.account)) >= self._limits.passkeys:
            raise TooMany("the account has too many passkeys")
        kept = replace(passkey, id=self._next_passkey, last_used_at=None)
        self._passkeys[kept.id] = kept
        self._next_passkey += 1
        self._version += 1
        return kept

    async def rename_passkey(self, account: AccountId, id: int, label: str) -> None:  # noqa: A002
        self._passkeys[id] = replace(self._passkey(account, id), label=label)
        self._version += 1

    async def remove_passkey(self, account: AccountId, id: int) -> None:  # noqa: A002
        del self._passkeys[self._passkey(account, id).id]
        self._version += 1

    async def count_passkey(self, account: AccountId, id: int, counter: int, at: int) -> bool:  # noqa: A002
        kept = self._passkeys.get(id)
        if kept is None or kept.account != account or not (kept.counter < counter or kept.counter == counter == 0):
            return False
        self._passkeys[id] = replace(kept, counter=counter, last_used_at=at)
        return True

    def _passkey(self, account: AccountId, key: int) -> Passkey:
        kept = self._passkeys.get(key)
        if kept is None or kept.account != account:
            raise NotFound("no such passkey")
        return kept

    async def totp(self, account: AccountId) -> Totp | None:
        return self._totps.get(account)

    async def set_totp(self, account: AccountId, totp: Totp | None) -> None:
        self._check_account(account)
        if totp is None:
            self._totps.pop(account, None)
        else:
            self._totps[account] = totp
        self._version += 1

    async def begin_totp(self, account: AccountId, totp: Totp) -> bool:
        kept = self._totps.get(account)
        if kept is not None and kept.is_confirmed:
            return False
        await self.set_totp(account, totp)
        return True

    async def confirm_totp(self, account: AccountId, secret: str, step: int) -> bool:
        kept = self._totps.get(account)
        if kept is None or kept.is_confirmed or kept.secret != secret:
            return False
        self._totps[account] = replace(kept, is_confirmed=True, last_step=step)
        self._version += 1
        return True

    async def take_step(self, account: AccountId, step: int) -> bool:
        kept = self._totps.get(account)
        if kept is None or kept.last_step >= step:
            return False
        self._totps[account] = replace(kept, last_step=step)
        return True

    async def recovery_codes(self, account: AccountId) -> Collection[bytes]:
        return self._recovery_codes.get(account, frozenset())

    async def set_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> None:
        self._check_account(account)
        self._recovery_codes[account] = frozenset(digests)
        self._version += 1

    async def add_recovery_codes(self, account: AccountId, digests: Collection[bytes]) -> bool:
        if self._recovery_codes.get(account):
            return False
        await self.set_recovery_codes(account, digests)
        return True

    async def take_recovery_code(self, account: AccountId, digest: bytes) -> bool:
        kept = self._recovery_codes.get(account, frozenset())
        if digest not in kept:
            return False
        self._recovery_codes[account] = kept - {digest}
        self._version += 1
        return True
