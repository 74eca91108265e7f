"""REPLACE and UID REPLACE (RFC 8508)."""

from ...errors import MailboxNotFound, NotFound
from ...ids import Uid
from ...mail import permitted
from ...mail.rights import Verb, permit
from ...proto.imap import codes, commands
from ...proto.imap.responses import Status, Untagged
from ...proto.imap.sequence import compact
from .appending import check_keywords, still, target
from .errors import Misused, Refused
from .expunge import highest
from .session import Ok, Session, handles


def replaced(session: Session, command: commands.Replace) -> Uid:
    """The message that is to go, looked for before the one that takes its place is sent.

    Raises Misused where there is no such number, Refused where there is no such UID, ReadOnly, NotPermitted.
    """
    if session.uid_only and not command.uid:
        raise Misused("only UIDs name messages here", codes.UID_REQUIRED)
    selected = session.writable
    permit(selected.box.rights, Verb.MOVE)
    places = session.places(command.replaced, command.uid)
    if not places:
        raise Refused("there is no such message", codes.NONEXISTENT)
    return Uid(selected.view.uids_at(places)[0])


@handles(commands.Replace)
async def replace(session: Session, command: commands.Replace) -> Ok:
    """Where the new message is, is said first, and that the old one is gone after it (RFC 8508 §4.3)."""
    appending, selected = session.appending, session.writable
    box, uid = appending.box, appending.replaced
    if box is None or not uid:
        raise RuntimeError("no REPLACE has begun")
    try:
        box = await still(session.account, box)
        (draft,) = await appending.drafts()
        await check_keywords(session.office, box, draft.keywords)
        added = await permitted.take_place(box, draft, selected.box, uid)
    except MailboxNotFound:
        await target(session.account, command.mailbox)  # unless it is this one that has gone, the one selected has
        raise
    except NotFound as error:
        raise Refused(str(error), codes.NONEXISTENT if command.uid else codes.EXPUNGE_ISSUED) from None
    finally:
        appending.forget()
    session.made(box, added.uids)
    session.say(Untagged(Status.OK, "it is there", codes.append_uid(added.uidvalidity, compact(added.uids))))
    return Ok("REPLACE completed", await highest(session))
