"""IDLE (RFC 9051 §6.3.13)."""

from ...proto.imap import commands
from ...proto.imap.responses import Continue
from .errors import Misused
from .news import tell
from .notify import tell_others
from .session import Ok, Session, handles


@handles(commands.Idle)
async def idle(session: Session, command: commands.Idle) -> Ok:
    """Tell of changes as they come, until the client says DONE; with NOTIFY, of what it asks for (RFC 5465 §4)."""
    session.say(Continue(b"idling"))
    while True:
        await tell(session)
        await tell_others(session)
        line = await session.dialogue.line(wakeable=True)
        if line is not None:
            if line.upper() != b"DONE":
                raise Misused("expected DONE")
            return Ok("IDLE completed")
