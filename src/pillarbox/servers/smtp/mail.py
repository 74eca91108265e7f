"""MAIL: who may send what from here (RFC 5321 §4.1.1.2, RFC 6409 §6.1)."""

from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.replies import Reply

from .session import Session, handles

ACCEPTED = Reply(250, "2.1.0", "Sender accepted")
NOT_YOUR_ADDRESS = Reply(550, "5.7.1", "That address is not yours to send from")


@handles(commands.Mail)
async def mail(session: Session, command: commands.Mail) -> Reply:
    if session.role.submission:
        refusal = await _not_submitted(session, command.reverse_path)
        if refusal is not None:
            return refusal
    session.begin(command)
    return ACCEPTED


async def _not_submitted(session: Session, sender: commands.Path) -> Reply | None:
    """Why a person may not send from this address, if they may not; from nobody's (`<>`) they may not either."""
    if session.account is None:
        return replies.AUTHENTICATION_REQUIRED if session.may_log_in else replies.TLS_REQUIRED
    accounts = session.office.accounts
    is_own = not sender.is_null and await accounts.may_send_as(session.account, sender.local, sender.domain)
    return None if is_own else NOT_YOUR_ADDRESS
