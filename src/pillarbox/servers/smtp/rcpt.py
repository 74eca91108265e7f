"""RCPT: whom we take mail for (RFC 5321 §4.1.1.3). Only for those whose mail is kept here: nothing is relayed."""

from collections.abc import Sequence

from pillarbox.errors import Invalid, NotPermitted, OverQuota
from pillarbox.mail.accounts import Recipient
from pillarbox.proto.smtp import commands
from pillarbox.proto.smtp.replies import Reply

from .session import Session, handles

ACCEPTED = Reply(250, "2.1.5", "Recipient accepted")
NO_SUCH_MAILBOX = Reply(550, "5.1.1", "There is no mailbox of that name here")
NO_RELAY = Reply(550, "5.7.1", "We do not relay: that is no domain of ours")
FULL_FOR_NOW = Reply(452, "4.2.2", "The mailbox is full")
FULL = Reply(552, "5.2.2", "The mailbox is full")


@handles(commands.Rcpt)
async def rcpt(session: Session, command: commands.Rcpt) -> Reply:
    """A name that reaches several people is taken only while there is room with all of them: none may be left out unheard."""
    transaction = session.transaction
    if transaction is None:
        raise RuntimeError("RCPT without MAIL")
    found = await _resolve(session, command.forward_path)
    if isinstance(found, Reply):
        return found
    try:
        for recipient in found:
            await session.office.delivery.check_room(recipient, transaction.mail.size or 0)
    except OverQuota:
        return full(session)
    transaction.rcpts.append((command, found))
    return ACCEPTED


def full(session: Session) -> Reply:
    """What a full mailbox answers, as the settings have it."""
    return FULL if session.office.settings.mail.full_mailbox == "reject" else FULL_FOR_NOW


async def _resolve(session: Session, path: commands.Path) -> Sequence[Recipient] | Reply:
    """The accounts it reaches, or why it reaches none. Raises NotFound."""
    accounts = session.office.accounts
    try:
        return await accounts.resolve(path.local, path.domain)
    except NotPermitted:
        return NO_RELAY
    except Invalid:
        return NO_SUCH_MAILBOX if await accounts.is_local_domain(path.domain) else NO_RELAY
