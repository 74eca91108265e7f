"""One account's INBOX as a POP3 session sees it: a list made at log-in, that nothing changes until QUIT (RFC 1939 §4 to §6)."""

from array import array
from collections.abc import AsyncIterator, Iterator, Sequence

from pillarbox.errors import MailboxNotFound, NotFound
from pillarbox.ids import BlobId, MailboxId
from pillarbox.limits import KiB
from pillarbox.mail.office import OpenAccount
from pillarbox.store.models import INBOX, Flag, FlagAction, FlagChange, UidRange
from pillarbox.store.ranges import runs

PAGE = 5000
"""Messages asked of the store at a time."""
AHEAD_MESSAGES = 32
AHEAD_BYTES = 256 * KiB
"""How much is read ahead for a client that takes one message after the other."""
PIECE = 256 * KiB
"""How much is read at a time of a message kept outside the database."""


class Maildrop:
    """Messages are numbered from 1. Numbers, sizes and UIDs stay as they were at log-in, whatever others do meanwhile."""

    def __init__(self, opened: OpenAccount, inbox: MailboxId, uids: "array[int]", sizes: "array[int]") -> None:
        self._opened = opened
        self._inbox = inbox
        self._uids = uids
        self._sizes = sizes
        self._ahead: dict[int, tuple[bytes | None, BlobId]] = {}
        self._last_read = 0
        self._all_octets = sum(sizes)
        self.marked: set[int] = set()
        """To be deleted at QUIT."""
        self.octets = self._all_octets
        """Of the messages that are not marked."""
        self.collected: set[int] = set()
        """Handed out whole."""

    @classmethod
    async def open(cls, opened: OpenAccount) -> "Maildrop":
        """INBOX as it is now."""
        inbox = (await opened.mail.mailbox(INBOX)).id
        uids, sizes = array("I"), array("Q")
        known = await opened.mail.uids(inbox)
        for start in range(0, len(known), PAGE):
            page = known[start : start + PAGE]
            for uid, size in await opened.mail.rows(inbox, [(page[0], page[-1])], ("uid", "size")):
                uids.append(uid)
                sizes.append(size)
        return cls(opened, inbox, uids, sizes)

    # What there is.

    @property
    def count(self) -> int:
        """Messages that are not marked."""
        return len(self._uids) - len(self.marked)

    def check(self, number: int) -> None:
        """Raises NotFound for a message that is not there, or marked."""
        if not 1 <= number <= len(self._uids):
            raise NotFound("no such message")
        if number in self.marked:
            raise NotFound("that message is deleted")

    def mark(self, number: int) -> None:
        """To be deleted. Raises NotFound."""
        self.octets -= self.size(number)
        self.marked.add(number)

    def unmark(self) -> None:
        """All of them."""
        self.marked.clear()
        self.octets = self._all_octets

    def size(self, number: int) -> int:
        """Octets. Raises NotFound."""
        self.check(number)
        return self._sizes[number - 1]

    def sizes(self) -> Iterator[list[tuple[int, int]]]:
        """(number, size) of each that is not marked, in pages."""
        for numbers in self._pages():
            yield [(number, self._sizes[number - 1]) for number in numbers if number not in self.marked]

    async def name(self, number: int) -> str:
        """The unique-id of one message. Raises NotFound."""
        self.check(number)
        uid = self._uids[number - 1]
        for (name,) in await self._opened.mail.rows(self._inbox, [(uid, uid)], ("uidl",)):
            return str(name)
        raise _gone()

    async def names(self) -> AsyncIterator[list[tuple[int, str]]]:
        """(number, unique-id) of each that is not marked, in pages; what another session removed is passed over."""
        for numbers in self._pages():
            span = self._span(numbers[0], numbers[-1])
            names = dict(await self._opened.mail.rows(self._inbox, [span], ("uid", "uidl")))
            yield [
                (number, name)
                for number in numbers
                if number not in self.marked and (name := names.get(self._uids[number - 1])) is not None
            ]

    def _pages(self) -> Iterator[Sequence[int]]:
        for start in range(1, len(self._uids) + 1, PAGE):
            yield range(start, min(start + PAGE, len(self._uids) + 1))

    def _span(self, first: int, last: int) -> UidRange:
        return self._uids[first - 1], self._uids[last - 1]

    # What is in them.

    async def read(self, number: int, *, peek: bool = False) -> bytes | AsyncIterator[bytes]:
        """A message, whole, or piece by piece if it is kept outside the database. Raises NotFound.

        `peek`: only its top is wanted, and the rest may be asked for later.
        """
        self.check(number)
        if number not in self._ahead:
            await self._read_ahead(number)
        found = self._ahead.get(number) if peek else self._ahead.pop(number, None)
        if found is None:
            raise _gone()
        self._last_read = number
        data, blob = found
        return self._pieces(blob, self._sizes[number - 1]) if data is None else data

    async def _read_ahead(self, number: int) -> None:
        """Fetch the message, and those behind it if the client is taking them in order."""
        last, room = number, AHEAD_BYTES - self._sizes[number - 1]
        if number == self._last_read + 1:
            while last < len(self._uids) and last - number < AHEAD_MESSAGES and room >= self._sizes[last]:
                room -= self._sizes[last]
                last += 1
        rows = await self._opened.mail.rows(self._inbox, [self._span(number, last)], ("uid", "data", "blob"))
        found = {uid: (data, blob) for uid, data, blob in rows}
        self._ahead = {at: found[uid] for at in range(number, last + 1) if (uid := self._uids[at - 1]) in found}

    async def _pieces(self, blob: BlobId, size: int) -> AsyncIterator[bytes]:
        for start in range(0, size, PIECE):
            yield await self._opened.mail.read(blob, start, min(PIECE, size - start))

    # What becomes of them.

    async def note_seen(self) -> None:
        """Mark as read what was collected, if that is how the owner wants it."""
        if self.collected and self._opened.settings.pop3_marks_seen:
            change = FlagChange(FlagAction.ADD, Flag.SEEN)
            await self._opened.messages.change_flags(self._inbox, self._ranges(self.collected), change)

    async def update(self) -> int:
        """The UPDATE state (RFC 1939 §6): remove what was marked, all or nothing; how many messages.

        What was collected is remembered, so that it can leave when its days are over; it leaves at once where it is given none
        (EXPIRE 0, RFC 2449 §6.7). Raises MailError, and then nothing was removed.
        """
        await self.note_seen()
        going = self.marked | self.collected if self._opened.settings.pop3_expire_days == 0 else self.marked
        if staying := self.collected - going:
            await self._opened.messages.mark_collected(self._inbox, self._ranges(staying))
        if going:
            await self._remove(self._ranges(going))
        return len(going)

    async def _remove(self, ranges: Sequence[UidRange]) -> None:
        messages = self._opened.messages
        if self._opened.settings.pop3_delete == "trash":
            await messages.move(self._inbox, ranges, await self._trash())
        else:
            await messages.expunge(self._inbox, ranges, only_deleted=False)

    async def _trash(self) -> MailboxId:
        """Where deleted mail goes: the mailbox of that use, else the one of that name, made if need be."""
        for mailbox in await self._opened.mail.mailboxes():
            if mailbox.special_use == "\\Trash" and mailbox.selectable:
                return mailbox.id
        try:
            return (await self._opened.mailboxes.find("Trash")).id
        except MailboxNotFound:
            return (await self._opened.mailboxes.create("Trash")).id

    def _ranges(self, numbers: set[int]) -> Sequence[UidRange]:
        return runs(self._uids[number - 1] for number in sorted(numbers))


def _gone() -> NotFound:
    return NotFound("that message is gone: another session removed it")
