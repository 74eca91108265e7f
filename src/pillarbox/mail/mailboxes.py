"""The tree of mailboxes: what a name may be, and making, renaming, deleting, subscribing."""

import unicodedata
from collections.abc import Callable

from ..errors import Invalid, NotPermitted
from ..limits import ImapLimits
from ..store import api
from ..store.models import DELIMITER, INBOX, Mailbox

_FORBIDDEN = "*%"
SPECIAL_USES = ("\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash", "\\Important")
"""RFC 6154 §2 and RFC 8457 §3; \\All is not ours to give, as it would hold every message twice."""


def canonical(name: str) -> str:
    """A mailbox's name as kept: NFC, INBOX in capitals wherever it is the first level, no delimiter at the end."""
    name = name.removesuffix(DELIMITER)
    if not name.isascii():
        name = unicodedata.normalize("NFC", name[:4096])
    first, delimiter, rest = name.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else name


def check(name: str) -> str:
    """The canonical name of a mailbox that may be made. Raises Invalid."""
    name = canonical(name)
    if not name or len(name.encode("utf-8", "surrogatepass")) > ImapLimits().mailbox_name:
        raise Invalid("that name is empty or too long for a mailbox")
    if any(not level for level in name.split(DELIMITER)):
        raise Invalid("a mailbox's name has no empty level")
    if any(char in _FORBIDDEN or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in name):
        raise Invalid("that name has a character no mailbox may have")
    return name


class Mailboxes:
    """One account's; names as people give them."""

    def __init__(self, kept: api.Mail, announce: Callable[[], None]) -> None:
        self._kept = kept
        self._announce = announce

    async def find(self, name: str) -> Mailbox:
        """Raises MailboxNotFound."""
        return await self._kept.mailbox(canonical(name))

    async def create(self, name: str, special_use: str | None = None) -> Mailbox:
        """Raises Invalid, AlreadyExists, and NotPermitted for a special use that cannot be given or is taken."""
        if special_use is not None:
            await self._check_free(special_use)
        made = await self._kept.create_mailbox(check(name), special_use)
        self._announce()
        return made

    async def rename(self, name: str, to: str) -> Mailbox:
        """Raises MailboxNotFound, AlreadyExists, Invalid; NotPermitted to put a mailbox below itself."""
        new, old = check(to), await self.find(name)
        if new.startswith(old.name + DELIMITER) and old.name != INBOX:
            raise NotPermitted("a mailbox cannot go below itself")
        renamed = await self._kept.rename_mailbox(old.id, new)
        self._announce()
        return renamed

    async def delete(self, name: str) -> None:
        """Raises MailboxNotFound, NotPermitted."""
        await self._kept.delete_mailbox((await self.find(name)).id)
        self._announce()

    async def subscribe(self, name: str, on: bool) -> None:
        """A name may be subscribed to that is no mailbox (any more). Raises Invalid."""
        await self._kept.subscribe(check(name) if on else canonical(name), on)
        self._announce()

    async def _check_free(self, special_use: str) -> None:
        if special_use not in SPECIAL_USES:
            raise NotPermitted("that special use cannot be given to a mailbox")
        if any(mailbox.special_use == special_use for mailbox in await self._kept.mailboxes()):
            raise NotPermitted("another mailbox has that special use")
