"""Who somebody may give rights to, and how they are named: people and groups, as one of them sees them (RFC 9670 §2).

Everybody sees the others of their domain, their groups, and whose mailboxes they see. Whoever else is here is found by who
knows the whole address, as by IMAP's SETACL, and is in no list.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from ..errors import Invalid
from ..ids import AccountId
from ..store import api
from ..store.models import Account
from . import addresses
from .rights import ANYONE
from .sharing import identifier

SECRET = "principals"
_PROOF_BYTES = 9


class Principals:
    """As one person sees them."""

    def __init__(self, kept: api.Accounts, viewer: Account) -> None:
        self._kept = kept
        self._viewer = viewer

    async def listed(self) -> Sequence[Account]:
        """All that this person sees without asking for them by name, by address."""
        groups = await self._kept.groups_of(self._viewer.id)
        identifiers = [ANYONE, identifier(self._viewer.id), *(identifier(group.id) for group in groups)]
        domain = self._viewer.address.rpartition("@")[2]
        found = [*await self._kept.accounts(domain), *groups, *await self._kept.shared_with(identifiers)]
        there = {each.id: each for each in found if each.enabled or each.id == self._viewer.id}
        return sorted(there.values(), key=lambda each: each.address)

    async def called(self, address: str) -> Account | None:
        """Whoever has this address, wherever; no alias has any rights."""
        try:
            found = await self._kept.account(addresses.canonical(address))
        except Invalid:
            return None
        return found if found is not None and found.enabled else None

    async def of(self, account: AccountId) -> Account | None:
        """For who was told of them."""
        return await self._kept.account_by_id(account)

    async def proof(self, account: AccountId) -> str:
        """What goes with the number of an account where it is told to anybody: who has not been told cannot guess it."""
        digest = hmac.digest(await self._kept.secret(SECRET), str(account).encode("ascii"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_PROOF_BYTES]).decode("ascii")

    async def state(self) -> str:
        """What changes whenever anything of any of them does."""
        return str(await self._kept.version())
