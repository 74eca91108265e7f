"""What we can do, and in which language we say so (RFC 2449 §5, RFC 6856 §3)."""

from collections.abc import Iterator

from pillarbox.proto.pop3 import commands
from pillarbox.proto.pop3.replies import Err, Listing, Ok, Reply

from ..login import offered
from .session import Session, handles

LANGUAGES = {"i-default": "Default language", "en": "English"}


@handles(commands.Capa)
async def capa(session: Session, command: commands.Capa) -> Reply:
    """RFC 2449 §5: a line each, less what is switched off for the account."""
    off = session.opened.settings.disabled_capabilities if session.opened else frozenset()
    lines = [line for line in capabilities(session) if line.partition(" ")[0] not in off]
    return Listing("what there is:", [line.encode("ascii") for line in lines])


def capabilities(session: Session) -> Iterator[str]:
    """In each state what holds in it; EXPIRE and LOGIN-DELAY are the account's once it is known (RFC 2449 §6.5, §6.7).

    Before, EXPIRE is the strictest there may be, as the RFC wants; there is no longest delay, so LOGIN-DELAY only tells the
    client to ask again.
    """
    yield from ("TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING")
    if mechanisms := offered(session.stream, session.office.settings):
        yield "USER"
        yield f"SASL {' '.join(mechanisms)}"
    if session.can_start_tls:
        yield "STLS"
    if session.opened is None:
        yield from ("EXPIRE 0 USER", "LOGIN-DELAY 0 USER")
    else:
        days = session.opened.settings.pop3_expire_days
        yield f"EXPIRE {'NEVER' if days is None else days}"
        yield f"LOGIN-DELAY {session.opened.settings.pop3_login_delay}"
    yield from ("UTF8 USER", "LANG", "IMPLEMENTATION Pillarbox")


@handles(commands.Lang)
async def lang(session: Session, command: commands.Lang) -> Reply:
    """RFC 6856 §3.1; a range as RFC 4647 §3.3.1 has it would match longer tags than ours, so it is cut until it fits (§3.4)."""
    if command.tag is None:
        return Listing("languages:", [f"{tag} {says}".encode("ascii") for tag, says in LANGUAGES.items()])
    if command.tag == "*":
        return Ok("en English it is")
    tag = command.tag.lower()
    while tag and tag not in LANGUAGES:
        tag = tag.rpartition("-")[0]
    return Ok(f"{tag} English it is") if tag else Err("that language is not spoken here")


@handles(commands.Utf8)
async def utf8(session: Session, command: commands.Utf8) -> Reply:
    """RFC 6856 §2.1: nothing changes, as messages are always handed out as they came."""
    return Ok("UTF-8 it is")
