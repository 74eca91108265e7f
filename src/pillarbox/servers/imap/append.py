"""APPEND (RFC 9051 §6.3.12, RFC 3502, RFC 4315 §3)."""

from ...errors import MailboxNotFound
from ...proto.imap import codes, commands
from ...proto.imap.sequence import compact
from .appending import check_keywords
from .errors import no_target
from .session import Ok, Session, handles


@handles(commands.Append)
async def append(session: Session, command: commands.Append) -> Ok:
    """Every message has come in: keep them, all or none."""
    appending = session.appending
    if appending.mailbox is None:
        raise RuntimeError("no APPEND has begun")
    try:
        drafts = appending.drafts()
        words = [word for draft in drafts for word in draft.keywords]
        await check_keywords(session.office, session.account, appending.mailbox.id, words)
        added = await session.account.messages.append(appending.mailbox.id, drafts)
    except MailboxNotFound as error:
        raise no_target(error) from None
    finally:
        appending.forget()
    return Ok("APPEND completed", codes.append_uid(added.uidvalidity, compact(added.uids)))
