"""CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE (RFC 9051 §6.3.4 to §6.3.8, RFC 6154 §3, RFC 8474 §4.1)."""

from ...errors import AlreadyExists, Invalid, NotPermitted
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb
from ...proto.imap import codes, commands, responses
from ...store.models import DELIMITER
from .errors import Refused
from .listing import attributes
from .objects import mailbox_id
from .session import Ok, Session, handles


@handles(commands.Create)
async def create(session: Session, command: commands.Create) -> Ok:
    """A trailing separator only says that mailboxes will be made below."""
    if len(command.uses) > 1:
        raise Refused("a mailbox has one special use", codes.USE_ATTR)
    try:
        made = await session.account.mailboxes.create(command.mailbox, next(iter(command.uses), None))
    except NotPermitted as error:
        raise Refused(str(error), codes.USE_ATTR if command.uses else codes.NO_PERM) from None
    await _tell_name(session, made, command.mailbox)
    return Ok("CREATE completed", codes.mailbox_id(mailbox_id(made)))


@handles(commands.Delete)
async def delete(session: Session, command: commands.Delete) -> Ok:
    """RFC 9051 §6.3.5"""
    box = await session.account.mailboxes.find(command.mailbox, Verb.DELETE)
    if not box.mailbox.selectable:
        raise Refused("only what is below that name can be deleted", codes.HAS_CHILDREN)
    await session.account.mailboxes.delete(command.mailbox)
    return Ok("DELETE completed")


@handles(commands.Rename)
async def rename(session: Session, command: commands.Rename) -> Ok:
    """RFC 9051 §6.3.6"""
    if command.mailbox == command.to:
        raise AlreadyExists("it has that name already")
    renamed = await session.account.mailboxes.rename(command.mailbox, command.to)
    await _tell_name(session, renamed, command.to)
    return Ok("RENAME completed")


@handles(commands.Subscribe)
async def subscribe(session: Session, command: commands.Subscribe) -> Ok:
    """RFC 9051 §6.3.7: also to what is no mailbox (any more)."""
    await session.account.mailboxes.subscribe(command.mailbox, True)
    return Ok("SUBSCRIBE completed")


@handles(commands.Unsubscribe)
async def unsubscribe(session: Session, command: commands.Unsubscribe) -> Ok:
    """RFC 9051 §6.3.8"""
    if not command.mailbox:
        raise Invalid("a mailbox has a name")
    await session.account.mailboxes.subscribe(command.mailbox, False)
    return Ok("UNSUBSCRIBE completed")


async def _tell_name(session: Session, box: OpenMailbox, asked: str) -> None:
    """A name that was brought into another form is told, with the one that was asked for (RFC 9051 §6.3.4, §7.3.1)."""
    if session.rev2 and box.name != asked.removesuffix(DELIMITER):
        said = await attributes(session, box)
        session.say(responses.List(said, DELIMITER, box.name, old_name=asked))
