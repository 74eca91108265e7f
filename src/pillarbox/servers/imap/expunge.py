"""EXPUNGE, UID EXPUNGE and CLOSE's (RFC 9051 §6.4.3, §6.4.9, RFC 4315, RFC 7162 §3.2.7)."""

from ...proto.imap import codes, commands
from ...proto.imap.codes import Code
from .news import tell
from .session import Ok, Session, handles


@handles(commands.Expunge)
async def expunge(session: Session, command: commands.Expunge) -> Ok:
    """What goes is told as what others did: by `news`, before the end of the command."""
    selected = session.writable
    uids = None
    if command.messages is not None:
        uids = selected.view.uid_ranges(session.places(command.messages, by_uid=True))
        if not uids:
            return Ok("EXPUNGE completed")
    done = await session.account.messages.expunge(selected.id, uids)
    return Ok("EXPUNGE completed", await highest(session) if done.uids else None)


async def highest(session: Session) -> Code | None:
    """HIGHESTMODSEQ for the OK of what expunged, once all has been told (RFC 7162 §3.2.7)."""
    if not session.qresync:
        return None
    session.heard += 1
    await tell(session)
    return codes.highest_mod_seq(session.mailbox.view.modseq)
