"""Notes on mailboxes and on the server (RFC 5464): entries below /private, one's own, and below /shared, everybody's."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..errors import Invalid, NotPermitted, TooBig
from ..ids import AccountId
from ..limits import ImapLimits
from ..store import api
from .mailboxes import Mailboxes
from .opened import OpenMailbox
from .rights import Verb, permit

PRIVATE: Final = "/private/"
SHARED: Final = "/shared/"
SPECIAL_USE: Final = "/private/specialuse"
"""The mailbox's own attribute under another name (RFC 6154 §4)."""
ADMIN: Final = "/shared/admin"
"""Of the server: whom to turn to (RFC 5464 §6.2.1)."""


def check_entry(name: str, most: int) -> None:
    """Raises Invalid for what is no entry's name (RFC 5464 §3.1), or longer than that."""
    if not name.lower().startswith((PRIVATE, SHARED)) or name.endswith("/") or "//" in name:
        raise Invalid("an annotation's name is below /private or /shared, and has no empty part")
    if len(name) > most or any(not " " <= char <= "~" or char in "*%" for char in name):
        raise Invalid("that name is too long for an annotation, or has a character that none may have")


def selected(kept: Mapping[str, bytes], names: Iterable[str], depth: int | None) -> Mapping[str, bytes]:
    """The entries of these names, and as many levels below each as `depth` says (None: all) (RFC 5464 §4.2.2)."""
    wanted = [name.lower() for name in names]
    return {name: value for name, value in kept.items() if any(_is_in(name.lower(), one, depth) for one in wanted)}


def _is_in(name: str, above: str, depth: int | None) -> bool:
    if name == above:
        return True
    return name.startswith(f"{above}/") and (depth is None or name.count("/", len(above)) <= depth)


class Annotations:
    """What one person reads and writes; mailboxes by the names that person gives them, the server as ""."""

    def __init__(
        self,
        kept: api.Mail,
        mailboxes: Mailboxes,
        admin: str,
        limits: ImapLimits,
        announce: Callable[[AccountId], None],
    ) -> None:
        self._kept = kept
        self._mailboxes = mailboxes
        self._admin = admin
        self._limits = limits
        self._announce = announce

    async def get(self, name: str) -> tuple[OpenMailbox | None, Mapping[str, bytes]]:
        """All there are. Raises MailboxNotFound, NotPermitted."""
        if not name:
            return None, {**await self._kept.annotations(None), ADMIN: self._admin.encode()}
        box = await self._mailboxes.find(name, Verb.READ_ANNOTATIONS)
        return box, await self.of(box)

    async def of(self, box: OpenMailbox) -> Mapping[str, bytes]:
        """All there are of a mailbox that one may read them of."""
        kept = dict(await box.mail.annotations(box.id))
        if box.is_own and box.mailbox.special_use:
            kept[SPECIAL_USE] = box.mailbox.special_use.encode()
        return kept

    async def set(self, name: str, entries: Mapping[str, bytes | None]) -> OpenMailbox | None:
        """Set them, or (None) remove them, all or none. Raises Invalid, TooBig, TooMany, MailboxNotFound, and NotPermitted for
        what is not this person's to say: of the server all that is everybody's."""
        box = await self._mailboxes.find(name, Verb.READ_ANNOTATIONS) if name else None
        for entry, value in entries.items():
            check_entry(entry, self._limits.annotation_name)
            if value is not None and len(value) > self._limits.annotation:
                raise TooBig(f"an annotation may have {self._limits.annotation} bytes")
        if any(entry.lower().startswith(SHARED) for entry in entries):
            if box is None:
                raise NotPermitted("what the server says to everybody is in its settings")
            permit(box.rights, Verb.WRITE_ANNOTATIONS)
        uses = {entry: value for entry, value in entries.items() if entry.lower() == SPECIAL_USE}
        use = await self._checked_use(box, list(uses.values())[-1]) if box is not None and uses else None
        others = {entry: value for entry, value in entries.items() if box is None or entry not in uses}
        mail = self._kept if box is None else box.mail
        await mail.annotate(None if box is None else box.id, others, self._limits.annotations)
        if box is not None and uses:
            await box.mail.set_special_use(box.id, use)
        self._announce(mail.account)
        return box

    async def _checked_use(self, box: OpenMailbox, value: bytes | None) -> str | None:
        """What a mailbox is to be for. Raises NotPermitted."""
        if not box.is_own:
            raise NotPermitted("what a mailbox is for, its owner says")
        if not value:
            return None
        use = value.decode("ascii", "replace")
        if use != box.mailbox.special_use:
            await self._mailboxes.check_special_use(use)
        return use
