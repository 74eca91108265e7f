"""Marking, unmarking, and the end: DELE, RSET, QUIT (RFC 1939 §5, §6)."""

from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.commands import State
from pillarbox.proto.pop3.replies import Ok, Reply

from .session import Session, handles


@handles(commands.Dele)
async def dele(session: Session, command: commands.Dele) -> Reply:
    session.maildrop.mark(command.message)
    return Ok("marked")


@handles(commands.Rset)
async def rset(session: Session, command: commands.Rset) -> Reply:
    session.maildrop.unmark()
    return Ok(f"{session.maildrop.count} messages ({session.maildrop.octets} octets)")


@handles(commands.Noop)
async def noop(session: Session, command: commands.Noop) -> Reply:
    return Ok()


@handles(commands.Quit)
async def quit_(session: Session, command: commands.Quit) -> Reply:
    """After log-in, UPDATE: all that is marked goes, or nothing, and -ERR says so. The maildrop is free before the answer."""
    if session.connection.state is not State.TRANSACTION:
        return Ok("goodbye")
    session.connection.state = State.UPDATE
    try:
        removed = await session.maildrop.update()
    finally:
        session.leave()
    return Ok(f"goodbye ({removed} deleted)")
