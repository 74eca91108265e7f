"""How much there may be, and how much there is (RFC 9208): one quota root an account, named by its address, for all its
mailboxes, whoever puts something into them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..errors import Invalid, NotFound, NotPermitted
from ..limits import KiB
from ..store import api
from ..store.models import Account, Usage
from . import addresses
from .mailboxes import Mailboxes
from .opened import OpenMailbox
from .preferences import AccountSettings
from .rights import Verb

_MOST_BYTES = 10**18


@dataclass(frozen=True, slots=True)
class Resource:
    used: int
    limit: int | None
    """None: no bound."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota root, and its two resources (RFC 9208 §5.1, §5.2)."""

    root: str
    storage: Resource
    """In KiB: what is used rounded up, the bound down."""
    messages: Resource


class Quotas:
    """What one person may ask and set."""

    def __init__(
        self,
        accounts: api.Accounts,
        account: Account,
        mailboxes: Mailboxes,
        quota_of: Callable[[AccountSettings], Usage | None],
    ) -> None:
        self._accounts = accounts
        self._account = account
        self._mailboxes = mailboxes
        self._quota_of = quota_of

    async def of_mailbox(self, name: str) -> tuple[OpenMailbox, Quota]:
        """The root a mailbox belongs to: its owner's. Raises MailboxNotFound, NotPermitted."""
        box = await self._mailboxes.find(name, Verb.READ)
        owner = await self._accounts.account_by_id(box.owner)
        if owner is None:
            raise NotFound("no such quota root")
        return box, await self._measured(owner)

    async def get(self, root: str) -> Quota:
        """One's own, that of a group of one's own, or with the setting `admin` anybody's. Raises NotFound."""
        owner = await self._owner(root)
        if owner is None or not (await self._is_ones_own(owner) or await self._is_admin()):
            raise NotFound("no such quota root")
        return await self._measured(owner)

    async def set(self, root: str, storage: int | None, messages: int | None) -> Quota:
        """Bound what an account may hold, in KiB and messages; None: no bound. Raises NotPermitted without the setting `admin`,
        NotFound, Invalid; InUse where something else of the account changes just now."""
        if not await self._is_admin():
            raise NotPermitted("you may not change quotas")
        owner = await self._owner(root)
        if owner is None:
            raise NotFound("no such quota root")
        if messages == 0:
            raise Invalid("that no message is kept cannot be asked for")
        if (storage or 0) * KiB >= _MOST_BYTES or (messages or 0) >= _MOST_BYTES:
            raise Invalid("that is more than can be counted")
        size = 0 if storage is None else max(1, storage * KiB)
        settings = {**owner.settings, "quota_bytes": str(size), "quota_messages": str(messages or 0)}
        changed = replace(owner, settings=settings)
        await self._accounts.change_account(changed, expect=owner)
        return await self._measured(changed)

    async def _measured(self, owner: Account) -> Quota:
        used = await self._accounts.mail(owner.id).usage()
        most = self._quota_of(AccountSettings.of(owner)) or Usage(0, 0)
        storage = Resource(-(-used.size // KiB), most.size // KiB if most.size else None)
        return Quota(owner.address, storage, Resource(used.messages, most.messages or None))

    async def _owner(self, root: str) -> Account | None:
        try:
            return await self._accounts.account(addresses.canonical(root))
        except Invalid:
            return None

    async def _is_ones_own(self, owner: Account) -> bool:
        return owner.id == self._account.id or owner in await self._accounts.groups_of(self._account.id)

    async def _is_admin(self) -> bool:
        """As it is set now, not as it was when this person came in."""
        now = await self._accounts.account_by_id(self._account.id)
        return now is not None and now.enabled and AccountSettings.of(now).admin
