"""Whom somebody writes as: names, addresses and signatures (RFC 8621 §6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..errors import InUse, Invalid, NotPermitted
from ..ids import AccountId, new_token
from ..store import api
from ..store.models import Account
from ..store.records import RecordKind
from . import addresses
from .collection import Collection
from .directory import Directory

OWN: Final = "I0"
"""The id of the first one, of the account's own address: it stays."""
_PREFIX: Final = "I"
_TOKEN_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Named:
    """An address, and whose it is said to be."""

    email: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    email: str
    name: str = ""
    reply_to: Sequence[Named] | None = None
    bcc: Sequence[Named] | None = None
    text_signature: str = ""
    html_signature: str = ""


class Identities:
    """One account's. The first ones are made when first asked for: of its address, and of each alias that leads to it alone."""

    def __init__(
        self,
        kept: api.Accounts,
        account: Account,
        directory: Directory,
        announce: Callable[[AccountId], None],
    ) -> None:
        self._kept = kept
        self._account = account
        self._directory = directory
        self.collection = Collection(kept.mail(account.id), RecordKind.IDENTITY, Identity, announce)

    async def all(self) -> Mapping[str, Identity]:
        """By id, the account's own first."""
        await self.begin()
        return await self.collection.all()

    async def get(self, name: str) -> Identity | None:
        await self.begin()
        return await self.collection.get(name)

    async def begin(self) -> None:
        """Make the first ones, where there never were any."""
        if await self.collection.state() != "0":
            return
        first = {OWN: Identity(email=self._account.address)}
        for alias in await self._kept.aliases():
            if list(alias.targets) == [self._account.address] and not alias.address.startswith("@"):
                first[self.new_id()] = Identity(email=alias.address)
        try:
            await self.collection.change(first, expect="0")
        except InUse:
            return  # somebody else has made them meanwhile

    async def check(self, identity: Identity) -> None:
        """Raises NotPermitted for an address that is not theirs to write from, Invalid for what is none."""
        local, at, domain = identity.email.rpartition("@")
        if not at:
            raise Invalid("an address looks like name@example.org")
        addresses.split(identity.email)
        if not await self._directory.may_send_as(self._account, local, domain):
            raise NotPermitted("that address is not yours to write from")

    @staticmethod
    def new_id() -> str:
        return _PREFIX + new_token(_TOKEN_BYTES)

    @staticmethod
    def may_delete(name: str) -> bool:
        return name != OWN
