"""COPY and MOVE (RFC 9051 §6.4.7, §6.4.8, RFC 4315 §3, RFC 6851)."""

from itertools import pairwise

from ...errors import MailboxNotFound
from ...ids import MailboxId
from ...proto.imap import codes, commands
from ...proto.imap.codes import Code
from ...proto.imap.responses import Status, Untagged
from ...proto.imap.sequence import compact
from ...store.models import Copied, Uids
from .appending import check_keywords, target
from .expunge import highest
from .session import Ok, Selected, Session, handles


@handles(commands.Copy)
async def copy(session: Session, command: commands.Copy) -> Ok:
    """All or none are copied, and the OK says to where."""
    selected = session.mailbox
    uids = selected.view.uid_ranges(session.places(command.messages, command.uid))
    to = await target(session.account, command.mailbox)
    if not uids:
        return Ok("COPY completed")
    try:
        await _check_keywords(session, selected, uids, to.id)
        done = await session.account.messages.copy(selected.id, uids, to.id)
    except MailboxNotFound:
        await target(session.account, command.mailbox)  # unless it is this one that has gone, the one selected has
        raise
    return Ok("COPY completed", _code(done) if done.sources else None)


@handles(commands.Move)
async def move(session: Session, command: commands.Move) -> Ok:
    """Where to is said first, and that the messages are gone from here after it (RFC 6851 §4.3)."""
    selected = session.writable
    uids = selected.view.uid_ranges(session.places(command.messages, command.uid))
    to = await target(session.account, command.mailbox)
    if not uids:
        return Ok("MOVE completed")
    try:
        await _check_keywords(session, selected, uids, to.id)
        done = await session.account.messages.move(selected.id, uids, to.id)
    except MailboxNotFound:
        await target(session.account, command.mailbox)  # unless it is this one that has gone, the one selected has
        raise
    if not done.sources:
        return Ok("MOVE completed")
    session.say(Untagged(Status.OK, "moved", _code(done)))
    return Ok("MOVE completed", await highest(session))


async def _check_keywords(session: Session, selected: Selected, uids: Uids, to: MailboxId) -> None:
    """Raises TooMany: what is copied brings its keywords along."""
    mail = session.account.mail
    if to != selected.id and await mail.keywords(selected.id):
        words = {word for (kept,) in await mail.rows(selected.id, uids, ("keywords",)) for word in kept.split()}
        await check_keywords(session.office, session.account, to, words)


def _code(done: Copied) -> Code:
    """COPYUID: both sets in the same order; where destinations don't ascend they are told one by one."""
    destinations = list(done.destinations)
    ascend = all(one < other for one, other in pairwise(destinations))
    told = compact(destinations) if ascend else b",".join(b"%d" % uid for uid in destinations)
    return codes.copy_uid(done.uidvalidity, compact(done.sources), told)
