"""What may still be done with the mailbox that is open, where it is somebody else's: rights come and go."""

from dataclasses import replace

from ...errors import MailboxNotFound, NotPermitted
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import CHANGING, NONE
from ...proto.imap import codes
from ...proto.imap.responses import Status, Untagged
from .session import Selected, Session


async def refresh(session: Session) -> None:
    """Look again where anything has happened since that may have changed it: in the owner's account, or to people and groups.
    Where the mailbox may not be read any more, it is gone."""
    selected = session.selected
    if selected is None or selected.box.is_own or selected.is_gone:
        return
    version = await session.office.kept.version()
    if not session.heard and version == selected.version:
        return
    try:
        box = await session.account.mailboxes.again(selected.box)
    except (MailboxNotFound, NotPermitted):
        lose(selected)
        return
    selected.version = version
    if box.rights != selected.box.rights:
        _say_rights(session, selected, box)
    selected.box = box


def lose(selected: Selected) -> None:
    """The mailbox, or the right to read it, has gone."""
    selected.is_gone = True
    selected.box = replace(selected.box, rights=NONE)
    selected.view.end()


def _say_rights(session: Session, selected: Selected, box: OpenMailbox) -> None:
    """Which flags can be set now, and whether anything can be changed (RFC 4314 §5.2, RFC 9051 §7.1)."""
    read_only = selected.is_examined or not box.rights & CHANGING
    selected.box = box
    if read_only != selected.read_only:
        selected.read_only = read_only
        code = codes.READ_ONLY if read_only else codes.READ_WRITE
        session.say(Untagged(Status.OK, "your rights are others now", code))
    session.say_flags()
