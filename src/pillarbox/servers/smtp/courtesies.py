"""What changes nothing, or undoes: RSET, NOOP, VRFY, EXPN, HELP, QUIT (RFC 5321 §4.1.1.5 to §4.1.1.10)."""

from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.replies import Reply

from .session import Session, handles


@handles(commands.Rset)
async def rset(session: Session, command: commands.Rset) -> Reply:
    session.forget()
    return replies.OK


@handles(commands.Noop)
async def noop(session: Session, command: commands.Noop) -> Reply:
    return replies.OK


@handles(commands.Vrfy)
async def vrfy(session: Session, command: commands.Vrfy) -> Reply:
    """RFC 5321 §7.3: who is here is not told; 252 is what a server says that does not want to."""
    return replies.CANNOT_VERIFY


@handles(commands.Expn)
async def expn(session: Session, command: commands.Expn) -> Reply:
    return replies.CANNOT_EXPAND


@handles(commands.Help)
async def help_(session: Session, command: commands.Help) -> Reply:
    return replies.HELP


@handles(commands.Quit)
async def quit_(session: Session, command: commands.Quit) -> Reply:
    return replies.GOODBYE
