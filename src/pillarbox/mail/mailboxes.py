"""The tree of mailboxes one person sees: finding, making, renaming, deleting, subscribing."""

import asyncio
from collections.abc import Callable, Sequence

from ..errors import NotPermitted
from ..ids import AccountId
from ..store import api
from ..store.models import DELIMITER, INBOX, Mailbox
from .mailbox_names import Place, canonical, check, is_below_others, place_of
from .messages import Messages
from .opened import OpenMailbox
from .rights import ALL, Verb, may, permit
from .sharing import MAILBOXES_A_TURN, Household, Others, note_shared

__all__ = ["SPECIAL_USES", "Mailboxes", "OpenMailbox", "canonical", "check"]

SPECIAL_USES = ("\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash", "\\Important")
"""RFC 6154 §2 and RFC 8457 §3; \\All is not ours to give, as it would hold every message twice."""
_NOT_THERE = "you have no right to make a mailbox there"


class Mailboxes:
    """Those one person sees, their own and other people's; names as that person gives them."""

    def __init__(
        self,
        accounts: api.Accounts,
        kept: api.Mail,
        messages: Messages,
        others: Others,
        announce: Callable[[AccountId], None],
    ) -> None:
        self._accounts = accounts
        self._kept = kept
        self._messages = messages
        self._others = others
        self._announce = announce

    async def find(self, name: str, verb: Verb = Verb.READ) -> OpenMailbox:
        """One that may be used for this. Raises NotPermitted; MailboxNotFound also for one that may not even be known of."""
        name = canonical(name)
        place = place_of(name)
        if place is None:
            return self._own(await self._kept.mailbox(name))
        box = await self._others.find(place)
        permit(box.rights, verb)
        return box

    async def again(self, box: OpenMailbox, verb: Verb = Verb.READ) -> OpenMailbox:
        """One that was found before, as it is now, whatever it is called. Raises as `find`."""
        if box.is_own:
            return self._own(await box.mail.mailbox_by_id(box.id))
        found = await self._others.again(box)
        permit(found.rights, verb)
        return found

    async def everything(self) -> Sequence[OpenMailbox]:
        """All that this person may know of, by name: their own, then others'."""
        return [*await self.own(), *await self._others.everything()]

    async def own(self) -> Sequence[OpenMailbox]:
        """All that are this person's own, by name."""
        found = []
        for number, mailbox in enumerate(await self._kept.mailboxes(), 1):
            found.append(self._own(mailbox))
            if not number % MAILBOXES_A_TURN:
                await asyncio.sleep(0)
        return found

    async def create(self, name: str, special_use: str | None = None) -> OpenMailbox:
        """Raises Invalid, AlreadyExists; NotPermitted for a special use that cannot be given or is taken, and where one may
        make no mailbox, whether anything is there or not."""
        name = check(name)
        place = place_of(name)
        if place is not None and special_use is None:
            home = await self._home(place)
            made = await home.mail.create_mailbox(place.path)
            self._announce(home.owner.id)
            return await self._others.find(Place(place.root, place.address, made.name))
        if is_below_others(name):
            raise NotPermitted(_NOT_THERE)
        if special_use is not None:
            await self.check_special_use(special_use)
        own = await self._kept.create_mailbox(name, special_use)
        self._announce(self._kept.account)
        return self._own(own)

    async def _home(self, place: Place) -> Household:
        """Where somebody else's mailbox is to be made. Raises NotPermitted."""
        home = await self._others.household(place)
        if home is None or not place.path or not may(home.above(place.path), Verb.CREATE):
            raise NotPermitted(_NOT_THERE)
        return home

    async def rename(self, name: str, to: str, *, with_subscriptions: bool = False) -> OpenMailbox:
        """With all below it; `with_subscriptions`: whatever of that this person is subscribed to stays subscribed to. Raises
        MailboxNotFound, AlreadyExists, Invalid; NotPermitted to put a mailbox below itself, or to another owner."""
        new, box = check(to), await self.find(name, Verb.DELETE)
        place = place_of(new)
        if box.is_own:
            if is_below_others(new):
                raise NotPermitted(_NOT_THERE)
            path = new
        else:
            home = await self._home(place) if place is not None else None
            if place is None or home is None or home.owner.id != box.owner:
                raise NotPermitted(_NOT_THERE)
            path = place.path
        if path.startswith(box.mailbox.name + DELIMITER) and box.mailbox.name != INBOX:
            raise NotPermitted("a mailbox cannot go below itself")
        renamed = await box.mail.rename_mailbox(box.id, path, with_subscriptions=with_subscriptions and box.is_own)
        self._announce(box.owner)
        if place is None:
            return self._own(renamed)
        if with_subscriptions:
            await self._kept.resubscribe(box.name, _spelled(new))
            self._announce(self._kept.account)
        return await self._others.find(Place(place.root, place.address, path))

    async def delete(self, name: str, *, spare_messages: bool = False, spare_below: bool = False) -> None:
        """Raises MailboxNotFound, NotPermitted; NotEmpty where there is in it what is to be spared."""
        box = await self.find(name, Verb.DELETE)
        was_shared = box.id in await box.mail.rights()
        await box.mail.delete_mailbox(box.id, spare_messages=spare_messages, spare_below=spare_below)
        if was_shared:
            await note_shared(self._accounts, box.mail)
        self._announce(box.owner)

    async def subscribe(self, name: str, on: bool) -> None:
        """A name may be subscribed to that is no mailbox (any more), or somebody else's. Raises Invalid."""
        await self._kept.subscribe(_spelled(check(name) if on else canonical(name)), on)
        self._announce(self._kept.account)

    async def set_special_use(self, name: str, special_use: str | None) -> None:
        """What one's own mailbox is for. Raises MailboxNotFound, NotPermitted."""
        box = await self._find_own(name)
        if special_use is not None and special_use != box.mailbox.special_use:
            await self.check_special_use(special_use)
        await self._kept.set_special_use(box.id, special_use)
        self._announce(self._kept.account)

    async def set_sort_order(self, name: str, sort_order: int) -> None:
        """Where one's own mailbox stands among its like. Raises MailboxNotFound, NotPermitted."""
        box = await self._find_own(name)
        await self._kept.set_sort_order(box.id, sort_order)
        self._announce(self._kept.account)

    async def _find_own(self, name: str) -> OpenMailbox:
        box = await self.find(name)
        if not box.is_own:
            raise NotPermitted("that is for its owner to say")
        return box

    def _own(self, mailbox: Mailbox) -> OpenMailbox:
        return OpenMailbox(mailbox.name, mailbox, ALL, self._kept, self._messages)

    async def check_special_use(self, special_use: str) -> None:
        """Raises NotPermitted where none of one's mailboxes may be given it."""
        if special_use not in SPECIAL_USES:
            raise NotPermitted("that special use cannot be given to a mailbox")
        if any(mailbox.special_use == special_use for mailbox in await self._kept.mailboxes()):
            raise NotPermitted("another mailbox has that special use")


def _spelled(name: str) -> str:
    """A name of somebody else's mailbox in its one spelling."""
    place = place_of(name)
    if place is None or not place.address:
        return name
    return DELIMITER.join(part for part in (place.root, place.address, place.path) if part)
