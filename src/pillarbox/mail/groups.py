"""Groups: addresses several people share, with mailboxes that are theirs together. Nobody logs in as a group."""

from collections.abc import Iterable, Sequence

from ..errors import Invalid, NotFound
from ..store import api
from ..store.models import Account
from . import addresses
from .accounts import Accounts


class Groups:
    """What a person who runs the server does to them."""

    def __init__(self, kept: api.Accounts, accounts: Accounts) -> None:
        self._kept = kept
        self._accounts = accounts

    async def everything(self, domain: str | None = None) -> Sequence[Account]:
        """By address."""
        return [account for account in await self._kept.accounts(domain) if account.is_group]

    async def find(self, address: str) -> Account:
        """Raises NotFound, Invalid."""
        found = await self._kept.account(addresses.canonical(address))
        if found is None or not found.is_group:
            raise NotFound("there is no such group")
        return found

    async def members(self, group: Account) -> Sequence[Account]:
        """By address."""
        found = [await self._kept.account_by_id(person) for person in await self._kept.members(group.id)]
        return sorted((person for person in found if person is not None), key=lambda person: person.address)

    async def add(self, address: str, members: Iterable[str]) -> Account:
        """A new group of these people. Raises AlreadyExists, Invalid, NotFound for its domain or one of them."""
        people = [await self._person(member) for member in members]
        made = await self._accounts.add_group(address)
        await self._kept.set_members(made.id, [person.id for person in people])
        return made

    async def change(self, group: Account, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """People come and go. Raises NotFound, Invalid."""
        coming = [(await self._person(member)).id for member in add]
        going = {(await self._person(member)).id for member in remove}
        before = await self._kept.members(group.id)
        if going - set(before):
            raise NotFound("that is no member of the group")
        await self._kept.set_members(group.id, [person for person in (*before, *coming) if person not in going])

    async def remove(self, group: Account) -> None:
        """With all its mail."""
        await self._kept.remove_account(group.id)

    async def _person(self, address: str) -> Account:
        found = await self._kept.account(addresses.canonical(address))
        if found is None:
            raise NotFound(f"there is no account {address}")
        if found.is_group:
            raise Invalid(f"{found.address} is a group, and a group's members are people")
        return found
