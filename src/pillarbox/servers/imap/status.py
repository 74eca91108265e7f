"""A mailbox's counts, for STATUS and for LIST that returns them (RFC 9051 §6.3.11, RFC 5819, RFC 7162 §3.1.7, RFC 8474 §4,
RFC 9208 §4.1.4)."""

from bisect import bisect_left
from collections.abc import Sequence

from ...errors import MailboxNotFound
from ...mail.mailboxes import OpenMailbox
from ...proto.imap import commands, responses
from ...proto.imap.commands import StatusItem
from ...store.models import Flag
from ...store.query import HasFlag
from ...store.ranges import runs
from . import objects
from .session import Ok, Session, handles

Counts = Sequence[tuple[StatusItem, int | str | None]]


@handles(commands.Status)
async def status(session: Session, command: commands.Status) -> Ok:
    """RFC 9051 §6.3.11"""
    box = await session.account.mailboxes.find(command.mailbox)
    if not box.mailbox.selectable:
        raise MailboxNotFound("that mailbox only has others below it")
    session.say(responses.MailboxStatus(box.name, await counts(session, box, command.items)))
    return Ok("STATUS completed")


async def counts(session: Session, box: OpenMailbox, items: Sequence[StatusItem]) -> Counts:
    """What is asked of a mailbox, in the order asked."""
    if StatusItem.HIGHESTMODSEQ in items:
        session.heed_mod_seqs()  # RFC 7162 §3.1
    mailbox = box.mailbox
    recent = await _recent(box) if StatusItem.RECENT in items else 0
    values: dict[StatusItem, int | str | None] = {
        StatusItem.MESSAGES: mailbox.messages,
        StatusItem.RECENT: recent,
        StatusItem.UIDNEXT: mailbox.uidnext,
        StatusItem.UIDVALIDITY: mailbox.uidvalidity,
        StatusItem.UNSEEN: mailbox.unseen,
        StatusItem.DELETED: mailbox.deleted,
        StatusItem.DELETED_STORAGE: await _deleted_size(box) if StatusItem.DELETED_STORAGE in items else 0,
        StatusItem.SIZE: mailbox.size,
        StatusItem.HIGHESTMODSEQ: max(1, mailbox.highest_modseq),
        StatusItem.MAILBOXID: objects.mailbox_id(box),
        StatusItem.APPENDLIMIT: session.office.settings.mail.message_size,
    }
    return [(item, values[item]) for item in items]


async def _deleted_size(box: OpenMailbox) -> int:
    """Bytes that EXPUNGE would free (RFC 9208 §4.1.4)."""
    if not box.mailbox.deleted:
        return 0
    uids = await box.messages.search(box.id, HasFlag(Flag.DELETED))
    return sum(size for (size,) in await box.mail.rows(box.id, runs(uids), ("size",)))


async def _recent(box: OpenMailbox) -> int:
    """Messages no session has been shown as recent (RFC 3501 §2.3.2)."""
    mailbox = box.mailbox
    if mailbox.recent_from >= mailbox.uidnext or not mailbox.messages:
        return 0
    uids = await box.mail.uids(box.id)
    return len(uids) - bisect_left(uids, mailbox.recent_from)
