"""IDLE (RFC 9051 §6.3.13)."""

from ...proto.imap import commands
from ...proto.imap.responses import Continue
from .errors import Misused
from .news import tell
from .session import Ok, Session, handles


@handles(commands.Idle)
async def idle(session: Session, command: commands.Idle) -> Ok:
    """Tell of changes as they come, until the client says DONE."""
    session.say(Continue(b"idling"))
    while True:
        await tell(session)
        line = await session.dialogue.line(wakeable=True)
        if line is not None:
            if line.upper() != b"DONE":
                raise Misused("expected DONE")
            return Ok("IDLE completed")
