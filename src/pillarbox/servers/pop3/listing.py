"""What is in the maildrop: STAT, LIST, UIDL (RFC 1939 §5, §7)."""

import asyncio

from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.replies import ContentEnd, ContentPart, ContentStart, Ok, Reply

from .session import Session, handles


@handles(commands.Stat)
async def stat(session: Session, command: commands.Stat) -> Reply:
    return Ok(f"{session.maildrop.count} {session.maildrop.octets}")


@handles(commands.List)
async def list_(session: Session, command: commands.List) -> Reply:
    maildrop = session.maildrop
    if command.message is not None:
        return Ok(f"{command.message} {maildrop.size(command.message)}")
    await session.send(ContentStart(f"{maildrop.count} messages ({maildrop.octets} octets)"))
    for page in maildrop.sizes():
        await session.send(ContentPart(b"".join([b"%d %d\r\n" % item for item in page])))
        await asyncio.sleep(0)  # a long list lets others have a turn
    return ContentEnd()


@handles(commands.Uidl)
async def uidl(session: Session, command: commands.Uidl) -> Reply:
    maildrop = session.maildrop
    if command.message is not None:
        return Ok(f"{command.message} {await maildrop.name(command.message)}")
    pages = maildrop.names()
    first: list[tuple[int, str]] = await anext(pages, [])  # before +OK, so that what goes wrong can still be said
    await session.send(ContentStart("unique-ids:"))
    await session.send(_names(first))
    async for page in pages:
        await session.send(_names(page))
    return ContentEnd()


def _names(page: list[tuple[int, str]]) -> ContentPart:
    return ContentPart("".join([f"{number} {name}\r\n" for number, name in page]).encode("ascii", "replace"))
