"""Messages handed out: RETR and TOP (RFC 1939 §5, §7)."""

from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.replies import Content, ContentEnd, ContentPart, ContentStart, Reply
from pillarbox.proto.pop3.stuffing import Cutter, top

from .session import Session, handles


@handles(commands.Retr)
async def retr(session: Session, command: commands.Retr) -> Reply:
    maildrop, number = session.maildrop, command.message
    text = f"{maildrop.size(number)} octets"
    found = await maildrop.read(number)
    if isinstance(found, bytes):
        maildrop.collected.add(number)
        return Content(text, found)
    first = await anext(found, b"")  # before +OK, so that what goes wrong can still be said
    await session.send(ContentStart(text))
    await session.send(ContentPart(first))
    async for piece in found:
        await session.send(ContentPart(piece))
    maildrop.collected.add(number)
    return ContentEnd()


@handles(commands.Top)
async def top_(session: Session, command: commands.Top) -> Reply:
    found = await session.maildrop.read(command.message, peek=True)
    if isinstance(found, bytes):
        return Content("the top of it:", top(found, command.lines))
    cutter = Cutter(command.lines)
    first = await anext(found, b"")
    await session.send(ContentStart("the top of it:"))
    await session.send(ContentPart(cutter.feed(first)))
    async for piece in found:
        if cutter.done:
            break
        await session.send(ContentPart(cutter.feed(piece)))
    return ContentEnd()
