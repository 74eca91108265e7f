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
    session.begin(command, _not_before(session, command))
    return ACCEPTED


def _not_before(session: Session, command: commands.Mail) -> int:
    """When it may go out (RFC 4865 §5); 0: at once."""
    if command.hold_until is not None:
        return int(command.hold_until.timestamp())
    if command.hold_for is not None:
        return int(session.office.clock.now().timestamp()) + command.hold_for
    return 0


async def _not_submitted(session: Session, sender: commands.Path) -> Reply | None:
    """Why a person may not send from this address, if they may not. Nobody's (`<>`) is for receipts (RFC 8098 §2.1)."""
    if session.account is None:
        return replies.AUTHENTICATION_REQUIRED if session.may_log_in else replies.TLS_REQUIRED
    if sender.is_null or await session.office.directory.may_send_as(session.account, sender.local, sender.domain):
        return None
    return NOT_YOUR_ADDRESS
