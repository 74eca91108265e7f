"""CATENATE: messages put together from parts of others (RFC 4469, and RFC 5550 for some octets of them)."""

from ...errors import NotFound, NotPermitted, TooBig
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb, permit
from ...mail.spool import Spool
from ...proto.imap import codes, url
from ...proto.imap.attributes import Section
from ...proto.imap.url import MessageUrl, NotUrl
from . import fields
from .bodies import Message, pieces_of
from .errors import Refused
from .items import Page
from .sections import Finder, Span
from .session import Session


async def bring(session: Session, text: str, spool: Spool) -> None:
    """Put what a URL names behind what the message has so far. Nobody has seen it by that (RFC 4469 §3).

    Raises Refused with BADURL, TooBig, Unavailable.
    """
    try:
        named = url.parse(text, session.office.limits.imap)
        _check_ours(session, named)
        message = await _message(await _mailbox(session, named), named.uid)
        await _copy(session, message, named, spool)
    except (NotUrl, NotFound, NotPermitted) as problem:
        raise Refused(str(problem) or "there is no such message", codes.bad_url(text)) from None


def _check_ours(session: Session, named: MessageUrl) -> None:
    """Other servers are asked for nothing, nor is anything for other people (RFC 4469 §3). Raises NotUrl."""
    if named.host is None:
        return
    if named.host != session.office.hostname.lower() or (named.user or "").lower() != session.account.account.address:
        raise NotUrl("only your own messages on this server can be read so")


async def _mailbox(session: Session, named: MessageUrl) -> OpenMailbox:
    """Raises MailboxNotFound, NotPermitted, NotUrl."""
    if named.mailbox is not None:
        box = await session.account.mailboxes.find(named.mailbox)
    elif session.selected is not None:
        box = session.selected.box
        permit(box.rights, Verb.READ)
    else:
        raise NotUrl("no mailbox is selected")
    if named.uid_validity not in (None, box.mailbox.uidvalidity):
        raise NotUrl("UIDs of that validity are no more")
    return box


async def _message(box: OpenMailbox, uid: int) -> Message:
    """Raises NotFound."""
    message = Message(box, Page(("uid",), [(uid,)], [uid]))
    if not await message.load():
        raise NotFound("there is no such message")
    return message


async def _copy(session: Session, message: Message, named: MessageUrl, spool: Spool) -> None:
    """As the literal of FETCH's BODY[…]<…> would have it."""
    where = await _span(message, named.section)
    chosen = None
    if named.section.fields:
        names = frozenset(name.lower() for name in named.section.fields)
        others = named.section.what is named.section.what.HEADER_FIELDS_NOT
        chosen = fields.chosen(await message.read(where), names, others=others)
        where = Span(0, len(chosen))
    if named.partial is not None:
        first, count = named.partial
        where = where.cut((first, where.size if count is None else count))
    _check_size(session, where.size)
    if chosen is not None:
        spool.feed(chosen[where.first : where.first + where.size])
        return
    for piece in pieces_of(where):
        data = await message.read(piece)
        if len(data) != piece.size:
            raise NotFound("the message is gone")
        spool.feed(data)


async def _span(message: Message, section: Section) -> Span:
    """Where a section lies. Raises NotUrl where there is none such."""
    if section == url.WHOLE:
        return Span(0, message.size)
    found = Finder(section).span(await message.form("parts"))
    if found is None:
        raise NotUrl("the message has no such part")
    return found


def _check_size(session: Session, size: int) -> None:
    """So that a line of URLs fills no disk. Raises TooBig."""
    most = session.office.limits.imap.catenated_bytes
    session.appending.brought += size
    if session.appending.brought > most:
        raise TooBig(f"URLs may bring {most} bytes")
