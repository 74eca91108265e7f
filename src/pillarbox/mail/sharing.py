"""Other people's mailboxes: who is called what, whose are seen, and with which rights.

Rights are kept with the mailboxes they are for, by identifiers that are never used twice: "#7" is account 7, a person or a
group, so that whoever is given the address of somebody who has gone is given nothing else. Whoever belongs to a group goes by
its identifier too, and owns what the group owns.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import MailboxNotFound
from ..ids import AccountId
from ..store import api
from ..store.models import DELIMITER, INBOX, Account, Mailbox
from .mailbox_names import OTHERS, SHARED, Place
from .messages import Messages
from .opened import OpenMailbox
from .rights import ALL, ANYONE, NEGATIVE, Right, effective

MAILBOXES_A_TURN = 1000
"""Mailboxes listed before anybody else has a turn."""
_NO_SUCH = "no such mailbox"
"""In the very words in which the store says so: nobody learns whether a mailbox is there but not for them (RFC 4314 §6)."""

MessagesOf = Callable[[Account, api.Mail], Messages]
"""The verbs on an owner's mail."""


def identifier(account: AccountId) -> str:
    """What rights of an account, a person's or a group's, are kept by."""
    return f"#{account}"


def account_in(kept: str) -> AccountId | None:
    """The account that a kept identifier (without "-") names; None: it is "anyone" or "anonymous"."""
    number = kept[1:]
    return AccountId(int(number)) if kept.startswith("#") and number.isascii() and number.isdigit() else None


@dataclass(frozen=True, slots=True)
class Household:
    """Somebody's mailboxes, as somebody else sees them."""

    owner: Account
    mail: api.Mail
    rights: Mapping[str, Right]
    """By path; of those that may not be seen, too."""
    beside: Right
    """What there is where no mailbox is."""

    def above(self, path: str) -> Right:
        """The rights in the nearest mailbox above a path."""
        while DELIMITER in path:
            path = path.rpartition(DELIMITER)[0]
            if path in self.rights:
                return self.rights[path]
        return self.beside


class Others:
    """All that one person sees of other people's mailboxes."""

    def __init__(self, kept: api.Accounts, viewer: Account, messages_of: MessagesOf) -> None:
        self._kept = kept
        self._viewer = viewer
        self._messages_of = messages_of

    async def find(self, place: Place) -> OpenMailbox:
        """Whatever rights there are. Raises MailboxNotFound, without a look at mail of owners of whom nothing is shared."""
        identifiers = await self._identifiers()
        owner = (await self._owners(identifiers)).get((place.root, place.address))
        if owner is None or not place.path:
            raise MailboxNotFound(_NO_SUCH)
        mail = self._kept.mail(owner.id, self._viewer.id)
        granted = await mail.rights()
        mailbox = await _looked_up(mail, place.path)
        shown = mailbox or await mail.mailbox(INBOX)
        box = self._opened(owner, mail, shown, _rights(owner, granted.get(shown.id, {}), identifiers))
        if mailbox is None:  # known only when as much has been done as for one that is there: time tells nothing either
            raise MailboxNotFound(_NO_SUCH)
        return box

    async def again(self, box: OpenMailbox) -> OpenMailbox:
        """As it is now, whatever it is called, and whatever rights there are. Raises MailboxNotFound."""
        identifiers = await self._identifiers()
        owner = next((each for each in (await self._owners(identifiers)).values() if each.id == box.owner), None)
        if owner is None:
            raise MailboxNotFound(_NO_SUCH)
        mailbox = await box.mail.mailbox_by_id(box.id)
        granted = (await box.mail.rights()).get(box.id, {})
        return self._opened(owner, box.mail, mailbox, _rights(owner, granted, identifiers))

    async def household(self, place: Place) -> "Household | None":
        """Whose a place is; None where nothing of them is shared."""
        identifiers = await self._identifiers()
        owner = (await self._owners(identifiers)).get((place.root, place.address))
        if owner is None:
            return None
        mail = self._kept.mail(owner.id, self._viewer.id)
        granted = await mail.rights()
        boxes = await mail.mailboxes()
        rights = {box.name: _rights(owner, granted.get(box.id, {}), identifiers) for box in boxes}
        return Household(owner, mail, rights, _rights(owner, {}, identifiers))

    async def everything(self) -> Sequence[OpenMailbox]:
        """All that may be listed, by owner and name."""
        identifiers = await self._identifiers()
        owners = (await self._owners(identifiers)).values()
        return sorted([box for owner in owners for box in await self._of(owner, identifiers)], key=lambda box: box.name)

    async def of(self, owner: AccountId) -> Sequence[OpenMailbox]:
        """All of one owner's that may be listed, by name; none of one of whom nothing is shared."""
        identifiers = await self._identifiers()
        found = [each for each in (await self._owners(identifiers)).values() if each.id == owner]
        return [box for each in found for box in await self._of(each, identifiers)]

    async def _of(self, owner: Account, identifiers: frozenset[str]) -> Sequence[OpenMailbox]:
        mail = self._kept.mail(owner.id, self._viewer.id)
        granted = await mail.rights()
        found = []
        for number, mailbox in enumerate(await mail.mailboxes(), 1):
            rights = _rights(owner, granted.get(mailbox.id, {}), identifiers)
            if Right.LOOKUP in rights:
                found.append(self._opened(owner, mail, mailbox, rights))
            if not number % MAILBOXES_A_TURN:
                await asyncio.sleep(0)
        return found

    async def _identifiers(self) -> frozenset[str]:
        """Those this person goes by."""
        groups = await self._kept.groups_of(self._viewer.id)
        return frozenset((ANYONE, identifier(self._viewer.id), *(identifier(group.id) for group in groups)))

    async def _owners(self, identifiers: frozenset[str]) -> Mapping[tuple[str, str], Account]:
        """Those of whom anything may be shared, by where their mailboxes are seen: one's groups, and who granted anything."""
        found = [*await self._kept.shared_with(identifiers), *await self._kept.groups_of(self._viewer.id)]
        return {(SHARED if owner.is_group else OTHERS, owner.address): owner for owner in found if owner.id != self._viewer.id}

    def _opened(self, owner: Account, mail: api.Mail, mailbox: Mailbox, rights: Right) -> OpenMailbox:
        return OpenMailbox(_name_for(owner, mailbox.name), mailbox, rights, mail, self._messages_of(owner, mail))


async def _looked_up(mail: api.Mail, path: str) -> Mailbox | None:
    try:
        return await mail.mailbox(path)
    except MailboxNotFound:
        return None


def _name_for(owner: Account, path: str) -> str:
    """What others call an owner's mailbox."""
    return DELIMITER.join((SHARED if owner.is_group else OTHERS, owner.address, path))


def _rights(owner: Account, granted: Mapping[str, str], identifiers: frozenset[str]) -> Right:
    if identifier(owner.id) in identifiers:
        return ALL
    return effective(granted, identifiers)


async def note_shared(kept: api.Accounts, mail: api.Mail, more: Sequence[str] = ()) -> None:
    """Write down whom anything of this mail is granted to, and to `more`, so that they find it."""
    granted = (found for rights in (await mail.rights()).values() for found, letters in rights.items() if letters)
    await kept.note_shared(mail.account, [*more, *(one for one in granted if not one.startswith(NEGATIVE))])
