"""A mailbox's counts, for STATUS and for LIST that returns them (RFC 9051 §6.3.11, RFC 5819, RFC 7162 §3.1.7, RFC 8474 §4)."""

from bisect import bisect_left
from collections.abc import Sequence

from ...errors import MailboxNotFound
from ...proto.imap import commands, responses
from ...proto.imap.commands import StatusItem
from ...store.models import Mailbox
from .session import CONDSTORE, Ok, Session, handles

Counts = Sequence[tuple[StatusItem, int | str | None]]


@handles(commands.Status)
async def status(session: Session, command: commands.Status) -> Ok:
    """RFC 9051 §6.3.11"""
    mailbox = await session.account.mailboxes.find(command.mailbox)
    if not mailbox.selectable:
        raise MailboxNotFound("that mailbox only has others below it")
    session.say(responses.MailboxStatus(mailbox.name, await counts(session, mailbox, command.items)))
    return Ok("STATUS completed")


async def counts(session: Session, mailbox: Mailbox, items: Sequence[StatusItem]) -> Counts:
    """What is asked of a mailbox, in the order asked."""
    if StatusItem.HIGHESTMODSEQ in items:
        session.enabled.add(CONDSTORE)  # RFC 7162 §3.1
    recent = await _recent(session, mailbox) if StatusItem.RECENT in items else 0
    values: dict[StatusItem, int | str | None] = {
        StatusItem.MESSAGES: mailbox.messages,
        StatusItem.RECENT: recent,
        StatusItem.UIDNEXT: mailbox.uidnext,
        StatusItem.UIDVALIDITY: mailbox.uidvalidity,
        StatusItem.UNSEEN: mailbox.unseen,
        StatusItem.DELETED: mailbox.deleted,
        StatusItem.SIZE: mailbox.size,
        StatusItem.HIGHESTMODSEQ: max(1, mailbox.highest_modseq),
        StatusItem.MAILBOXID: f"F{mailbox.id}",
        StatusItem.APPENDLIMIT: session.office.settings.mail.message_size,
    }
    return [(item, values[item]) for item in items]


async def _recent(session: Session, mailbox: Mailbox) -> int:
    """Messages no session has been shown as recent (RFC 3501 §2.3.2)."""
    if mailbox.recent_from >= mailbox.uidnext or not mailbox.messages:
        return 0
    uids = await session.account.mail.uids(mailbox.id)
    return len(uids) - bisect_left(uids, mailbox.recent_from)
