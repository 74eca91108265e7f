"""MAIL: who may send what from here (RFC 5321 §4.1.1.2, RFC 6409 §6.1)."""

from pillarbox.proto.smtp import commands, replies
from pillarbox.proto.smtp.replies import Reply

from ..envelope import not_before
from .session import Session, handles

ACCEPTED = Reply(250, "2.1.0", "Sender accepted")
NOT_YOUR_ADDRESS = Reply(550, "5.7.1", "That address is not yours to send from")


@handles(commands.Mail)
async def mail(session: Session, command: commands.Mail) -> Reply:
    if session.role.submission:
        refusal = await _not_submitted(session, command.reverse_path)
        if refusal is not None:
            return refusal
    session.begin(command, not_before(command, session.office.clock.now()))
    return ACCEPTED


async def _not_submitted(session: Session, sender: commands.Path) -> Reply | None:
    """Why a person may not send from this address, if they may not."""
    if session.account is None:
        return replies.AUTHENTICATION_REQUIRED if session.may_log_in else replies.TLS_REQUIRED
    if await session.office.submission.may_write_from(session.account, sender.local, sender.domain):
        return None
    return NOT_YOUR_ADDRESS
