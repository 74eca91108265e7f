"""SETACL DELETEACL GETACL LISTRIGHTS MYRIGHTS (RFC 4314 §3)."""

from ...errors import MailboxNotFound, NotFound
from ...mail.grants import Action
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import letters, parsed
from ...proto.imap import codes, commands, sharing
from ...proto.imap.commands import RightsAction
from .errors import Refused
from .session import Ok, Session, handles

_ACTIONS: dict[RightsAction, Action] = {
    RightsAction.REPLACE: "replace",
    RightsAction.ADD: "add",
    RightsAction.REMOVE: "remove",
}


@handles(commands.SetAcl)
async def set_acl(session: Session, command: commands.SetAcl) -> Ok:
    """RFC 4314 §3.1"""
    try:
        await session.account.grants.set(command.mailbox, command.identifier, parsed(command.rights), _ACTIONS[command.action])
    except MailboxNotFound:
        raise
    except NotFound as error:
        raise Refused(str(error), codes.CANNOT) from None
    return Ok("SETACL completed")


@handles(commands.DeleteAcl)
async def delete_acl(session: Session, command: commands.DeleteAcl) -> Ok:
    """RFC 4314 §3.2"""
    await session.account.grants.remove(command.mailbox, command.identifier)
    return Ok("DELETEACL completed")


@handles(commands.GetAcl)
async def get_acl(session: Session, command: commands.GetAcl) -> Ok:
    """RFC 4314 §3.3"""
    box, granted = await session.account.grants.of(command.mailbox)
    session.say(sharing.Acl(box.name, [(who, letters(rights, old=True)) for who, rights in granted]))
    return Ok("GETACL completed")


@handles(commands.ListRights)
async def list_rights(session: Session, command: commands.ListRights) -> Ok:
    """RFC 4314 §3.4: each right can be granted by itself."""
    box, always, possible = await session.account.grants.possible(command.mailbox, command.identifier)
    said = sharing.ListRights(box.name, command.identifier, letters(always, old=True), tuple(letters(possible, old=True)))
    session.say(said)
    return Ok("LISTRIGHTS completed")


@handles(commands.MyRights)
async def my_rights(session: Session, command: commands.MyRights) -> Ok:
    """RFC 4314 §3.5"""
    session.say(rights_of(await session.account.grants.mine(command.mailbox)))
    return Ok("MYRIGHTS completed")


def rights_of(box: OpenMailbox) -> sharing.MyRights:
    return sharing.MyRights(box.name, letters(box.rights, old=True))
