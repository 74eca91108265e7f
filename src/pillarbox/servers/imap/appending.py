"""Messages on their way in: each streams to a spool, and all are kept at the end of the command, or none (RFC 3502)."""

from collections.abc import Iterable

from ...errors import MailboxNotFound, TooBig, TooMany
from ...ids import Uid
from ...mail.mailboxes import OpenMailbox
from ...mail.messages import Draft
from ...mail.office import Office, OpenAccount
from ...mail.rights import Verb
from ...mail.spool import Received, Spool
from ...proto.imap.events import AppendOffered
from .errors import no_target
from .flags import parsed


class Appending:
    """The APPEND or REPLACE in hand, if there is one."""

    __slots__ = ("_begun", "_received", "_spools", "box", "brought", "replaced", "tag")

    def __init__(self) -> None:
        self.tag = b""
        self.box: OpenMailbox | None = None
        self.replaced = Uid(0)
        """What is to go, of the mailbox selected; 0: nothing."""
        self.brought = 0
        """Bytes that came from messages here (RFC 4469)."""
        self._begun: list[AppendOffered] = []
        self._spools: list[Spool] = []
        self._received: list[Received] = []

    def begin(self, tag: bytes, box: OpenMailbox) -> None:
        """A command to put messages into a mailbox; what was left of another is forgotten."""
        self.forget()
        self.tag, self.box = tag, box

    async def take(self, office: Office, offer: AppendOffered) -> Spool:
        """Where what is on offer is to go: a new message, or the one it is a part of. Raises TooBig."""
        most = office.settings.mail.message_size
        if offer.begins:
            await self._finish()
            self._begun.append(offer)
            self._spools.append(office.spool(most))
        spool = self._spools[-1]
        if spool.size + offer.size > most:
            raise TooBig(f"a message may have {most} bytes")
        return spool

    def feed(self, data: bytes) -> None:
        """Some of the message."""
        self._spools[-1].feed(data)

    async def drafts(self) -> list[Draft]:
        """What came in, ready to be kept. The spools live until `forget`."""
        await self._finish()
        drafts = []
        for offer, received in zip(self._begun, self._received, strict=True):
            bits, keywords = parsed(offer.flags)
            drafts.append(Draft(received, flags=bits, keywords=keywords, received_at=offer.received_at))
        return drafts

    async def _finish(self) -> None:
        """The last message has come in whole."""
        if len(self._received) < len(self._spools):
            self._received.append(await self._spools[-1].finish())

    def forget(self) -> None:
        """Drop what came in, kept or not."""
        for spool in self._spools:
            spool.close()
        self.box = None
        self.replaced, self.brought = Uid(0), 0
        self._begun, self._spools, self._received = [], [], []


async def target(account: OpenAccount, name: str) -> OpenMailbox:
    """The mailbox messages are to go to. Raises NotPermitted, and Refused with TRYCREATE where there is none."""
    try:
        found = await account.mailboxes.find(name, Verb.INSERT)
    except MailboxNotFound as error:
        raise no_target(error) from None
    if not found.mailbox.selectable:
        raise no_target(MailboxNotFound("no messages can be put there"))
    return found


async def still(account: OpenAccount, box: OpenMailbox) -> OpenMailbox:
    """Somebody else's mailbox when all has come in: that may have taken long, and rights go. Raises NotPermitted,
    MailboxNotFound."""
    return box if box.is_own else await account.mailboxes.again(box, Verb.INSERT)


async def check_keywords(office: Office, to: OpenMailbox, words: Iterable[str]) -> None:
    """Raises TooMany where messages with these keywords would give a mailbox more than clients can bear."""
    new = {word.lower() for word in words}
    most = office.limits.imap.keywords
    if new and len(new | {word.lower() for word in await to.mail.keywords(to.id)}) > most:
        raise TooMany(f"a mailbox may have {most} keywords")
