"""APPEND (RFC 9051 §6.3.12, RFC 3502, RFC 4315 §3, RFC 4469)."""

from ...errors import MailboxNotFound
from ...mail import permitted
from ...proto.imap import codes, commands
from ...proto.imap.events import AppendOffered
from ...proto.imap.sequence import compact
from . import standing
from .appending import check_keywords, still, target
from .bounds import check_saving
from .catenate import bring
from .errors import no_target
from .news import claims, tell_own
from .replace import replaced
from .session import Ok, Session, handles


async def offered(session: Session, offer: AppendOffered) -> bool:
    """Take what is on offer, a literal or what a URL names. Raises what ends the command before more of it is sent."""
    appending = session.appending
    if session.selected is not None:
        await standing.refresh(session)
    if offer.begins and not offer.index:
        appending.begin(offer.tag, await target(session.account, offer.mailbox))
        if isinstance(offer.command, commands.Replace):
            await standing.refresh(session)
            appending.replaced = replaced(session, offer.command)
    spool = await appending.take(session.office, offer)
    if offer.url is not None:
        await bring(session, offer.url, spool)
    return True


async def received(session: Session, data: bytes) -> bool:
    """Some of a literal; False: there is nothing to accept."""
    session.appending.feed(data)
    return False


@handles(commands.Append)
async def append(session: Session, command: commands.Append) -> Ok:
    """Every message has come in: keep them, all or none."""
    appending = session.appending
    box = appending.box
    if box is None:
        raise RuntimeError("no APPEND has begun")
    try:
        check_saving(session, command.messages)
        box = await still(session.account, box)
        drafts = await appending.drafts()
        words = [word for draft in drafts for word in draft.keywords]
        await check_keywords(session.office, box, words)
        added = await permitted.append(box, drafts, claim=claims(session, box))
    except MailboxNotFound as error:
        raise no_target(error) from None
    finally:
        appending.forget()
    session.made(box, added.uids)
    is_told = tell_own(session, box, added)
    return Ok("APPEND completed", codes.append_uid(added.uidvalidity, compact(added.uids)), is_told)
