"""Log-in without a password being sent: what a client's proof is tried against (SCRAM, RFC 5802).

SCRAM names salt and iterations before the client shows which of an account's passwords it has: so all of them, its own and
its app passwords, share these, and the proof is tried against each. Whoever is not here, or has no keys, gets a salt made of
the name and a secret of the installation, the same at every asking; the first keys of an account are made by that very salt, so
that nothing changes to a stranger's eye when an account is made, barred or removed.
"""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from ..ids import AccountId
from ..store import api
from ..store.models import Account, AppPassword
from .app_passwords import NOBODY
from .passwords import Salting, ScramKeys, scram_of, scram_read
from .preferences import AccountSettings

FEWEST_ITERATIONS: Final = 4096
"""RFC 7677 §4; said of whoever is not here where the settings want none."""
TRIED: Final = 8
"""Keys that a proof is tried against at least, and always a power of two: the time must not tell how many there are."""


class Key(NamedTuple):
    """One way in."""

    keys: ScramKeys
    app_password: AppPassword | None
    """Whose these are; None: the account's own password's."""


class Asked(NamedTuple):
    """What an exchange needs."""

    salt: bytes
    iterations: int
    pairs: Sequence[tuple[bytes, bytes]]
    """StoredKey and ServerKey of each password that is good, among others that fit none."""


class Proofs:
    """The keys of accounts, over what the store keeps. `iterations` of new ones; 0: none are made. `are_guarded`: accounts of
    which the own password alone is not enough."""

    def __init__(
        self, kept: api.Accounts, iterations: Callable[[], int], are_guarded: Callable[[AccountId], Awaitable[bool]]
    ) -> None:
        self._kept = kept
        self._iterations = iterations
        self._are_guarded = are_guarded
        self._secret: bytes | None = None

    async def asked(self, name: str, account: Account | None, protocol: str) -> Asked:
        """For an account, or (None) for whoever is not here."""
        kept = await self._kept_keys(account)
        salting = _shared(kept) or await self._unshared(name)
        pairs = [(each.keys.stored_key, each.keys.server_key) for each in await self._good(kept, account, protocol)]
        made_up = await self._made_up("stored", name), await self._made_up("server", name)
        return Asked(*salting, pairs + [made_up] * (_rounded(len(pairs)) - len(pairs)))

    async def behind(self, stored_key: bytes, account: Account, protocol: str) -> Key | None:
        """Whose key that is, if it lets somebody in there at this moment."""
        good = await self._good(await self._kept_keys(account), account, protocol)
        return next((key for key in good if key.keys.stored_key == stored_key), None)

    async def for_app_password(self, account: Account) -> Salting | None:
        """By what to make the keys of one more; None: make none."""
        if not self._iterations():
            return None
        return _shared(await self._kept_keys(account)) or await self._unshared(account.address)

    async def for_own_password(self, name: str, account: Account | None = None) -> Salting | None:
        """By what to make the keys of an account's own password (None: of an account to be); None: make none.

        The salt stays, for the app passwords; the iterations are those wanted now where there are no such to keep.
        """
        if not self._iterations():
            return None
        kept = await self._kept_keys(account)
        salting = _shared(kept) or await self._unshared(name)
        return salting if any(key.app_password for key in kept) else salting._replace(iterations=self._iterations())

    async def _kept_keys(self, account: Account | None) -> list[Key]:
        """All of an account, its own first."""
        owner = account.id if account else NOBODY
        own = scram_of(await self._kept.credentials(owner))
        others = [Key(keys, each) for each in await self._kept.app_passwords(owner) if (keys := scram_read(each.scram))]
        return [Key(own, None), *others] if own else others

    async def _good(self, kept: Sequence[Key], account: Account | None, protocol: str) -> list[Key]:
        """Those that let somebody in there."""
        is_guarded = await self._are_guarded(account.id if account else NOBODY)
        if account is None or not account.enabled or account.is_group:
            return []
        salting, own = _shared(kept), takes_password(account, protocol) and not is_guarded
        return [
            key for key in kept if key.keys[:2] == salting and (key.app_password.is_for(protocol) if key.app_password else own)
        ]

    async def _unshared(self, name: str) -> Salting:
        """Where there is no key yet."""
        return Salting((await self._made_up("salt", name))[:16], self._iterations() or FEWEST_ITERATIONS)

    async def _made_up(self, part: str, name: str) -> bytes:
        if self._secret is None:
            self._secret = await self._kept.secret("scram")
        return hmac.digest(self._secret, f"{part}:{name}".encode(), "sha256")


def _shared(kept: Sequence[Key]) -> Salting | None:
    return kept[0].keys.salting if kept else None


def takes_password(account: Account, protocol: str) -> bool:
    """Whether the account's own password may be used there."""
    where = AccountSettings.of(account).password_protocols
    return where is None or protocol in where


def _rounded(count: int) -> int:
    return max(TRIED, 1 << (count - 1).bit_length())
