"""RCPT: whom we take mail for (RFC 5321 §4.1.1.3): anyone's from people who logged in, else only for our own domains."""

from collections.abc import Sequence

from pillarbox.errors import Invalid, NotPermitted, OverQuota
from pillarbox.mail.directory import Elsewhere, Reached, Recipient
from pillarbox.proto.smtp import commands
from pillarbox.proto.smtp.replies import Reply

from .session import Session, handles

ACCEPTED = Reply(250, "2.1.5", "Recipient accepted")
NO_SUCH_MAILBOX = Reply(550, "5.1.1", "There is no mailbox of that name here")
NO_SUCH_DOMAIN = Reply(550, "5.1.2", "There can be no domain of that name")
ONLY_BOUNCES = Reply(550, "5.7.1", "That address takes nothing but bounces")
NO_RELAY = Reply(550, "5.7.1", "We do not relay: that is no domain of ours")
TOO_MANY = Reply(452, "4.5.3", "This account may not send to so many at a time")
FULL_FOR_NOW = Reply(452, "4.2.2", "The mailbox is full")
FULL = Reply(552, "5.2.2", "The mailbox is full")


@handles(commands.Rcpt)
async def rcpt(session: Session, command: commands.Rcpt) -> Reply:
    """A name that reaches several people is taken only while there is room with all of them: none may be left out unheard."""
    transaction = session.transaction
    if transaction is None:
        raise RuntimeError("RCPT without MAIL")
    if session.account is not None:
        most = session.office.allowances.most(session.account)
        if most is not None and len(transaction.rcpts) >= most:
            return TOO_MANY
    found = await _resolve(session, command.forward_path)
    if isinstance(found, Reply):
        return found
    try:
        for recipient in found:
            if isinstance(recipient, Recipient):
                await session.office.delivery.check_room(recipient, transaction.mail.size or 0)
    except OverQuota:
        return full(session)
    if not transaction.mail.reverse_path.is_null and any(isinstance(one, Elsewhere) and one.kind == "return" for one in found):
        return ONLY_BOUNCES
    transaction.rcpts.append((command, found))
    return ACCEPTED


def full(session: Session) -> Reply:
    """What a full mailbox answers, as the settings have it."""
    return FULL if session.office.settings.mail.full_mailbox == "reject" else FULL_FOR_NOW


async def _resolve(session: Session, path: commands.Path) -> Sequence[Reached] | Reply:
    """Whom it reaches, or why it reaches nobody. Raises NotFound."""
    directory = session.office.directory
    try:
        if session.account is not None:
            return await session.office.submission.reached(path.local, path.domain)
        return await directory.resolve(path.local, path.domain)
    except NotPermitted:
        return NO_RELAY
    except Invalid:
        if await directory.is_local_domain(path.domain):
            return NO_SUCH_MAILBOX
        return NO_SUCH_DOMAIN if session.account is not None else NO_RELAY
