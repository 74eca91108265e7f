"""COPY and MOVE (RFC 9051 §6.4.7, §6.4.8, RFC 4315 §3, RFC 6851).

By number, all of the messages are copied or moved, or none: where one is gone, and the client has not been told of it yet, that
is said (RFC 5530 §3). By UID, those that are there.
"""

from itertools import pairwise

from ...errors import MailboxNotFound
from ...mail import permitted
from ...mail.mailboxes import OpenMailbox
from ...proto.imap import codes, commands
from ...proto.imap.codes import Code
from ...proto.imap.responses import Status, Untagged
from ...proto.imap.sequence import SavedResult, compact
from ...store.models import Copied, Uids
from .appending import check_keywords, target
from .bounds import bounded, check_saving, with_limit
from .errors import Refused
from .expunge import highest
from .news import tell
from .session import Ok, Selected, Session, handles
from .view import Places, count


@handles(commands.Copy)
async def copy(session: Session, command: commands.Copy) -> Ok:
    """All or none are copied, and the OK says to where."""
    selected = session.mailbox
    places = session.places(command.messages, command.uid)
    check_saving(session, count(places))
    to = await target(session.account, command.mailbox)
    await _check_there(session, command, places)
    uids = selected.view.uid_ranges(places)
    if not uids:
        return Ok("COPY completed")
    try:
        await _check_keywords(session, selected, uids, to)
        done = await permitted.copy(selected.box, uids, to)
    except MailboxNotFound:
        await target(session.account, command.mailbox)  # unless it is this one that has gone, the one selected has
        raise
    session.made(to, done.destinations)
    return Ok("COPY completed", _code(done) if done.sources else None)


@handles(commands.Move)
async def move(session: Session, command: commands.Move) -> Ok:
    """Where to is said first, and that the messages are gone from here after it (RFC 6851 §4.3)."""
    selected = session.writable
    places, limit = bounded(session, session.places(command.messages, command.uid))
    to = await target(session.account, command.mailbox)
    await _check_there(session, command, places)
    uids = selected.view.uid_ranges(places)
    if not uids:
        return Ok("MOVE completed")
    try:
        await _check_keywords(session, selected, uids, to)
        done = await permitted.move(selected.box, uids, to)
    except MailboxNotFound:
        await target(session.account, command.mailbox)  # unless it is this one that has gone, the one selected has
        raise
    if not done.sources:
        return Ok("MOVE completed", limit)
    session.made(to, done.destinations)
    session.say(Untagged(Status.OK, "moved", _code(done)))
    return Ok("MOVE completed", with_limit(session, await highest(session), limit))


async def _check_there(session: Session, command: commands.Copy | commands.Move, places: Places) -> None:
    """Raises Refused: EXPUNGEISSUED, where a number means a message that is gone; of `$` such are no part (RFC 5182 §2.1)."""
    if command.uid or isinstance(command.messages, SavedResult):
        return
    await tell(session, may_expunge=False)
    selected = session.mailbox
    view = selected.view
    if view.gone and not selected.is_gone and any(map(view.is_gone, view.uids_at(places))):
        raise Refused("some of the messages no longer exist", codes.EXPUNGE_ISSUED)


async def _check_keywords(session: Session, selected: Selected, uids: Uids, to: OpenMailbox) -> None:
    """Raises TooMany: what is copied brings its keywords along."""
    box = selected.box
    if (to.owner, to.id) != (box.owner, box.id) and await box.mail.keywords(box.id):
        words = {word for (kept,) in await box.mail.rows(box.id, uids, ("keywords",)) for word in kept.split()}
        await check_keywords(session.office, to, words)


def _code(done: Copied) -> Code:
    """COPYUID: both sets in the same order; where destinations don't ascend they are told one by one."""
    destinations = list(done.destinations)
    ascend = all(one < other for one, other in pairwise(destinations))
    told = compact(destinations) if ascend else b",".join(b"%d" % uid for uid in destinations)
    return codes.copy_uid(done.uidvalidity, compact(done.sources), told)
