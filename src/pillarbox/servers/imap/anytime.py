"""CAPABILITY NOOP LOGOUT ID ENABLE NAMESPACE (RFC 9051 §6.1, §6.3.1, §6.3.10, RFC 2971)."""

from ... import __version__
from ...proto.imap import commands, responses
from ...store.models import DELIMITER
from .capabilities import ENABLED_BY_NAME, capabilities
from .session import CONDSTORE, QRESYNC, REV2, UTF8, Ok, Session, handles


@handles(commands.Capability)
async def capability(session: Session, command: commands.Capability) -> Ok:
    """RFC 9051 §6.1.1"""
    session.say(responses.Capability(capabilities(session)))
    return Ok("CAPABILITY completed")


@handles(commands.Noop)
async def noop(session: Session, command: commands.Noop) -> Ok:
    """RFC 9051 §6.1.2: what is new is told at the end of every command."""
    return Ok("NOOP completed")


@handles(commands.Logout)
async def logout(session: Session, command: commands.Logout) -> Ok:
    """RFC 9051 §6.1.3"""
    session.close()
    session.say(responses.Bye("goodbye"))
    return Ok("LOGOUT completed")


@handles(commands.Id)
async def id_(session: Session, command: commands.Id) -> Ok:
    """RFC 2971 §3.1"""
    session.say(responses.Id((("name", "Pillarbox"), ("version", __version__))))
    return Ok("ID completed")


@handles(commands.Enable)
async def enable(session: Session, command: commands.Enable) -> Ok:
    """RFC 9051 §6.3.1. What is not known, or switched off for the account, is passed over."""
    announced = {name.upper() for name in capabilities(session)}
    wanted = {name.upper() for name in command.capabilities} & announced
    fresh = [name for name in ENABLED_BY_NAME if name.upper() in wanted and name.upper() not in session.enabled]
    session.enabled.update(name.upper() for name in fresh)
    if QRESYNC in session.enabled:
        session.enabled.add(CONDSTORE)  # RFC 7162 §3.2.3
    session.connection.utf8 = bool(session.enabled & {UTF8, REV2})
    session.say(responses.Enabled(fresh))
    return Ok("ENABLE completed")


@handles(commands.Namespace)
async def namespace(session: Session, command: commands.Namespace) -> Ok:
    """RFC 9051 §6.3.10: there are only a person's own mailboxes, at the root."""
    session.say(responses.Namespace(personal=[("", DELIMITER)]))
    return Ok("NAMESPACE completed")
