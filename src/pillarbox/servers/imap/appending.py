"""Messages on their way in: each streams to a spool, and all are kept at the end of the command, or none (RFC 3502)."""

from collections.abc import Iterable

from ...errors import MailboxNotFound, TooBig, TooMany
from ...ids import MailboxId
from ...mail.messages import Draft
from ...mail.office import Office, OpenAccount
from ...mail.spool import Received, Spool
from ...proto.imap.events import AppendOffered
from ...store.models import Mailbox
from .errors import no_target
from .flags import parsed


class Appending:
    """The APPEND in hand, if there is one."""

    __slots__ = ("_offers", "_received", "_spools", "mailbox", "tag")

    def __init__(self) -> None:
        self.tag = b""
        self.mailbox: Mailbox | None = None
        self._offers: list[AppendOffered] = []
        self._spools: list[Spool] = []
        self._received: list[Received] = []

    async def offered(self, office: Office, account: OpenAccount, offer: AppendOffered) -> bool:
        """Whether to take it, decided before it is sent. Raises Refused with TRYCREATE, TooBig."""
        if offer.index == 0:
            self.forget()
            self.tag = offer.tag
            self.mailbox = await target(account, offer.mailbox)
        most = office.settings.mail.message_size
        if offer.size > most:
            raise TooBig(f"a message may have {most} bytes")
        self._offers.append(offer)
        self._spools.append(office.spool(most))
        return True

    async def chunk(self, data: bytes, last: bool) -> bool:
        """Some of the message; False: there is nothing to accept."""
        spool = self._spools[-1]
        spool.feed(data)
        if last:
            self._received.append(await spool.finish())
        return False

    def drafts(self) -> list[Draft]:
        """What came in, ready to be kept. The spools live until `forget`."""
        drafts = []
        for offer, received in zip(self._offers, self._received, strict=True):
            bits, keywords = parsed(offer.flags)
            drafts.append(Draft(received, flags=bits, keywords=keywords, received_at=offer.received_at))
        return drafts

    def forget(self) -> None:
        """Drop what came in, kept or not."""
        for spool in self._spools:
            spool.close()
        self.mailbox = None
        self._offers, self._spools, self._received = [], [], []


async def target(account: OpenAccount, name: str) -> Mailbox:
    """The mailbox messages are to go to. Raises Refused with TRYCREATE where there is none."""
    try:
        found = await account.mailboxes.find(name)
    except MailboxNotFound as error:
        raise no_target(error) from None
    if not found.selectable:
        raise no_target(MailboxNotFound("no messages can be put there"))
    return found


async def check_keywords(office: Office, account: OpenAccount, to: MailboxId, words: Iterable[str]) -> None:
    """Raises TooMany where messages with these keywords would give a mailbox more than clients can bear."""
    new = {word.lower() for word in words}
    most = office.limits.imap.keywords
    if new and len(new | {word.lower() for word in await account.mail.keywords(to)}) > most:
        raise TooMany(f"a mailbox may have {most} keywords")
