"""EXPUNGE, UID EXPUNGE and CLOSE's (RFC 9051 §6.4.3, §6.4.9, RFC 4315, RFC 7162 §3.2.7)."""

from ...mail import permitted
from ...mail.rights import Verb, permit
from ...proto.imap import codes, commands
from ...proto.imap.codes import Code
from ...store.models import Flag
from ...store.query import And, HasFlag, InUids
from .bounds import bounded, with_limit
from .news import tell
from .session import Ok, Session, handles
from .view import Places


@handles(commands.Expunge)
async def expunge(session: Session, command: commands.Expunge) -> Ok:
    """What goes is told as what others did: by `news`, before the end of the command."""
    selected = session.writable
    permit(selected.box.rights, Verb.EXPUNGE)
    uids, limit = None, None
    if command.messages is not None:
        places, limit = await _deletable(session, session.places(command.messages, by_uid=True))
        uids = selected.view.uid_ranges(places)
        if not uids:
            return Ok("EXPUNGE completed")
    done = await permitted.expunge(selected.box, uids)
    return Ok("EXPUNGE completed", with_limit(session, await highest(session) if done.uids else None, limit))


async def _deletable(session: Session, places: Places) -> tuple[Places, Code | None]:
    """Of more messages than may go at once, those that carry \\Deleted (RFC 9738 §3)."""
    if bounded(session, places)[1] is None:
        return places, None
    selected = session.mailbox
    asked = And((InUids(selected.view.uid_ranges(places)), HasFlag(Flag.DELETED)))
    return bounded(session, selected.view.places_of(await selected.box.messages.search(selected.box.id, asked)))


async def highest(session: Session) -> Code | None:
    """HIGHESTMODSEQ for the OK of what expunged, once all has been told (RFC 7162 §3.2.7)."""
    if not session.qresync:
        return None
    session.heard += 1
    await tell(session)
    return codes.highest_mod_seq(session.mailbox.view.modseq)
