"""Giving rights away, and asking who has them (RFC 4314 §3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from ..errors import Invalid, NotFound, NotPermitted
from ..ids import AccountId
from ..limits import StoreLimits
from ..store import api
from ..store.models import Account
from . import addresses
from .mailboxes import Mailboxes
from .opened import OpenMailbox
from .rights import ALL, ANONYMOUS, ANYONE, NEGATIVE, NONE, Right, Verb, letters, parsed
from .share_notices import ShareNotices
from .sharing import account_in, identifier, note_shared

Action = Literal["replace", "add", "remove"]


class Grants:
    """What one person does with the rights of mailboxes; mailboxes by the names that person gives them, people by address."""

    def __init__(
        self,
        accounts: api.Accounts,
        viewer: AccountId,
        mailboxes: Mailboxes,
        limits: StoreLimits,
        notices: ShareNotices,
        announce: Callable[[AccountId], None],
    ) -> None:
        self._accounts = accounts
        self._viewer = viewer
        self._notices = notices
        self._mailboxes = mailboxes
        self._limits = limits
        self._announce = announce

    async def of(self, name: str) -> tuple[OpenMailbox, Sequence[tuple[str, Right]]]:
        """Who has which rights, the owner first; whoever has gone is left out. Raises MailboxNotFound, NotPermitted."""
        box = await self._mailboxes.find(name, Verb.ADMINISTER)
        found = [(await self._address(box.owner), ALL)]
        for kept, text in sorted((await self._granted(box)).items()):
            shown = await self._shown(kept)
            if shown is not None:
                found.append((shown, parsed(text)))
        return box, [(shown, rights) for shown, rights in found if shown is not None]

    async def held(self, box: OpenMailbox) -> Mapping[AccountId, Right]:
        """What is granted to people and groups that are here, each by itself, of a mailbox that this person may administer."""
        found: dict[AccountId, Right] = {}
        for kept, text in (await self._granted(box)).items():
            account = account_in(kept)
            if account is not None and await self._address(account) is not None:
                found[account] = parsed(text)
        return found

    async def mine(self, name: str) -> OpenMailbox:
        """The mailbox, with this person's rights. Raises MailboxNotFound."""
        return await self._mailboxes.find(name, Verb.MY_RIGHTS)

    async def possible(self, name: str, who: str) -> tuple[OpenMailbox, Right, Right]:
        """The rights that somebody always has, and those that can be granted, each by itself. Of names that are nobody's, the
        answer is the same as of anybody's. Raises MailboxNotFound, NotPermitted."""
        box = await self._mailboxes.find(name, Verb.ADMINISTER)
        is_owner = await self._kept_as(who) == identifier(box.owner)
        return (box, ALL, NONE) if is_owner else (box, NONE, ALL)

    async def set(self, name: str, who: str, rights: Right, action: Action = "replace") -> None:
        """Grant somebody just these rights, or more, or fewer. Raises MailboxNotFound; NotPermitted, also where the owner would
        have fewer than all; NotFound where there is nobody of that name; TooMany."""
        box = await self._mailboxes.find(name, Verb.ADMINISTER)
        kept = await self._kept_as(who)
        if kept is None:
            raise NotFound("there is nobody of that name here")
        if kept.removeprefix(NEGATIVE) == identifier(box.owner):
            if _is_less(kept, rights, action):
                raise NotPermitted("the owner of a mailbox has every right to it")
            return
        before = parsed((await self._granted(box)).get(kept, ""))
        match action:
            case "add":
                rights = before | rights
            case "remove":
                rights = before & ~rights
        await self._set(box, kept, letters(rights) or None)

    async def remove(self, name: str, who: str) -> None:
        """All that is said of somebody; nothing happens where nothing is. Raises MailboxNotFound, NotPermitted."""
        box = await self._mailboxes.find(name, Verb.ADMINISTER)
        kept = await self._kept_as(who)
        if kept == identifier(box.owner):
            raise NotPermitted("the owner of a mailbox has every right to it")
        if kept is not None:
            await self._set(box, kept, None)

    async def _set(self, box: OpenMailbox, kept: str, text: str | None) -> None:
        """The index of who is shared with is written before a right is given, and after one is taken: it may hold more than
        there is, and never less."""
        for gone in await self._gone(box):
            await box.mail.set_rights(box.id, gone, None)
        before = await self._granted(box)
        if text and not kept.startswith(NEGATIVE):
            await note_shared(self._accounts, box.mail, [kept])
        await box.mail.set_rights(box.id, kept, text)
        await note_shared(self._accounts, box.mail)
        meant, after = await self._meant(kept), await self._granted(box)
        for account in meant:
            await self._notices.tell(account, self._viewer, box, before, after)
        for account in (box.owner, *meant):
            self._announce(account)

    async def _meant(self, kept: str) -> Sequence[AccountId]:
        """Those whom an identifier stands for, who may be watching what they see; not everybody for "anyone"."""
        account = account_in(kept.removeprefix(NEGATIVE))
        if account is None:
            return ()
        return [account, *(await self._accounts.members(account))[: self._limits.announced_members]]

    async def _gone(self, box: OpenMailbox) -> Sequence[str]:
        """Identifiers of those who are no more."""
        return [kept for kept in await self._granted(box) if await self._shown(kept) is None]

    async def _granted(self, box: OpenMailbox) -> Mapping[str, str]:
        return (await box.mail.rights()).get(box.id, {})

    async def _kept_as(self, who: str) -> str | None:
        """An identifier as it is kept; None: nobody's."""
        sign = NEGATIVE if who.startswith(NEGATIVE) else ""
        bare = who.removeprefix(NEGATIVE)
        if bare in (ANYONE, ANONYMOUS):
            return sign + bare
        try:
            account = await self._accounts.account(addresses.canonical(bare))
        except Invalid:
            return None
        return None if account is None else sign + identifier(account.id)

    async def _shown(self, kept: str) -> str | None:
        """A kept identifier as people know it; None: of somebody who has gone."""
        sign = NEGATIVE if kept.startswith(NEGATIVE) else ""
        account = account_in(kept.removeprefix(NEGATIVE))
        if account is None:
            return kept
        address = await self._address(account)
        return None if address is None else sign + address

    async def _address(self, account: AccountId) -> str | None:
        found: Account | None = await self._accounts.account_by_id(account)
        return None if found is None else found.address


def _is_less(kept: str, rights: Right, action: Action) -> bool:
    """Whether the owner would be left with less than everything."""
    if kept.startswith(NEGATIVE):
        return action != "remove" and bool(rights)
    return rights != ALL if action == "replace" else action == "remove" and bool(rights)
