"""CAPABILITY NOOP LOGOUT ID ENABLE NAMESPACE (RFC 9051 §6.1, §6.3.1, §6.3.10, RFC 2971)."""

from ... import __version__
from ...mail.mailbox_names import OTHERS, SHARED
from ...proto.imap import codes, commands, responses
from ...store.models import DELIMITER
from .capabilities import ENABLED_BY_NAME, capabilities, refresh
from .errors import Misused, Refused
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
    """RFC 2971 §3.1. Where less is offered to this client than it has been told of, it is told again."""
    session.client = command.fields or ()
    changed = refresh(session)
    session.say(responses.Id((("name", "Pillarbox"), ("version", __version__))))
    return Ok("ID completed", codes.capability(capabilities(session)) if changed else None)


@handles(commands.Enable)
async def enable(session: Session, command: commands.Enable) -> Ok:
    """RFC 9051 §6.3.1. What is not known, or switched off, is passed over."""
    announced = {name.upper() for name in capabilities(session)}
    wanted = {name.upper() for name in command.capabilities} & announced
    fresh = [name for name in ENABLED_BY_NAME if name.upper() in wanted and name.upper() not in session.enabled]
    if wanted & {CONDSTORE, QRESYNC}:  # RFC 7162 §3.2.3
        session.heed_mod_seqs()
    session.enabled.update(name.upper() for name in fresh)
    session.connection.utf8 = bool(session.enabled & {UTF8, REV2})
    session.say(responses.Enabled(fresh))
    return Ok("ENABLE completed")


@handles(commands.Compress)
async def compress(session: Session, command: commands.Compress) -> Ok:
    """RFC 4978 §3; compression itself begins when the answer has gone out."""
    if command.mechanism != "DEFLATE":
        raise Misused("only DEFLATE is known here")
    if session.stream.compressed:
        raise Refused("the connection is compressed already", codes.COMPRESSION_ACTIVE)
    return Ok("all is compressed from here")


@handles(commands.Namespace)
async def namespace(session: Session, command: commands.Namespace) -> Ok:
    """RFC 9051 §6.3.10: a person's own mailboxes at the root, other people's, and those of groups."""
    personal, others, shared = ([(prefix, DELIMITER)] for prefix in ("", OTHERS + DELIMITER, SHARED + DELIMITER))
    session.say(responses.Namespace(personal, others, shared))
    return Ok("NAMESPACE completed")
