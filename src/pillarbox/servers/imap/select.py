"""SELECT EXAMINE CHECK CLOSE UNSELECT (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2, RFC 7162 §3.2.5)."""

from ...errors import MailboxNotFound, Unavailable
from ...proto.imap import codes, commands, responses
from ...proto.imap.responses import Status, Untagged
from ...store.models import DELIMITER, Flag, Mailbox
from ...store.query import HasFlag, Not
from .errors import Misused
from .flags import FlagTexts
from .listing import attributes
from .resync import resync
from .roster import Known, roster_of
from .session import CONDSTORE, Ok, Selected, Session, handles
from .view import View

FIRST_LOOK = 50
"""Messages among which one without \\Seen is looked for before all are."""


@handles(commands.Select, commands.Examine)
async def select(session: Session, command: commands.Select | commands.Examine) -> Ok:
    """Open a mailbox, or leave none open where there is no such."""
    if command.resync is not None and not session.qresync:
        raise Misused("QRESYNC has not been enabled")
    if session.selected is not None:
        session.close()
        session.say(Untagged(Status.OK, "the mailbox before is closed", codes.CLOSED))
    session.listen()
    try:
        mailbox = await session.account.mailboxes.find(command.mailbox)
        if not mailbox.selectable:
            raise MailboxNotFound("that mailbox only has others below it")
        if command.condstore:
            session.enabled.add(CONDSTORE)
        read_only = isinstance(command, commands.Examine)
        known = await _known(session, mailbox)
        selected = await _opened(session, mailbox, known, read_only)
        session.open(selected)
        await _describe(session, mailbox, selected, known)
        if command.resync is not None and command.resync.uid_validity == mailbox.uidvalidity:
            await resync(session, selected, command.resync)
    except BaseException:
        session.close()
        raise
    code = codes.READ_ONLY if read_only else codes.READ_WRITE
    return Ok("EXAMINE completed" if read_only else "SELECT completed", code)


async def _known(session: Session, mailbox: Mailbox) -> Known:
    """Its UIDs: those another session has seen, where nothing has happened since."""
    roster, mail = roster_of(session.office), session.account.mail
    found = roster.known(mail.account, mailbox)
    found = found or roster.share(mail.account, mailbox.id, await mail.uids(mailbox.id), mailbox.highest_modseq)
    for word in await mail.keywords(mailbox.id):
        found.keywords.setdefault(word.lower(), word)
    return found


async def _opened(session: Session, mailbox: Mailbox, known: Known, read_only: bool) -> Selected:
    """The client's view of it. Its modseq was read before its messages, so that nothing between is missed."""
    uids = known.uids
    selected = Selected(mailbox.id, View(uids, mailbox.highest_modseq), read_only, FlagTexts(known.keywords))
    if not session.rev2 and uids and mailbox.recent_from <= uids[-1]:
        selected.view.claim(await _claimed(session, mailbox, read_only), uids[-1])
    return selected


async def _claimed(session: Session, mailbox: Mailbox, read_only: bool) -> int:
    """From where messages are recent. Where that cannot be written down, on a full disk, they stay so for the next session."""
    if not read_only:
        try:
            return await session.account.mail.claim_recent(mailbox.id)
        except Unavailable:
            pass
    return mailbox.recent_from


async def _describe(session: Session, mailbox: Mailbox, selected: Selected, known: Known) -> None:
    """What a client is told of a mailbox it opens (RFC 9051 §6.3.2, RFC 3501 §6.3.1)."""
    view = selected.view
    session.say_flags()
    session.say(responses.Exists(len(view)))
    if not session.rev2:
        session.say(responses.Recent(view.recent_count()))
        if mailbox.unseen and (first := await _first_unseen(session, selected, known)):
            session.say(Untagged(Status.OK, "the first message not seen", codes.unseen(first)))
    session.say(Untagged(Status.OK, "UIDs are valid", codes.uid_validity(mailbox.uidvalidity)))
    session.say(Untagged(Status.OK, "the next UID", codes.uid_next(mailbox.uidnext)))
    session.say(Untagged(Status.OK, "the highest", codes.highest_mod_seq(max(1, mailbox.highest_modseq))))
    session.say(Untagged(Status.OK, "its id", codes.mailbox_id(f"F{mailbox.id}")))
    if session.rev2:
        session.say(responses.List(await attributes(session, mailbox), DELIMITER, mailbox.name))


async def _first_unseen(session: Session, selected: Selected, known: Known) -> int:
    """The number of the first message without \\Seen; 0 where there is none."""
    view = selected.view
    if known.first_unseen is None and len(view):
        found = await session.account.mail.rows(
            selected.id, view.uid_ranges([range(min(FIRST_LOOK, len(view)))]), ("uid", "flags")
        )
        unseen = next((uid for uid, flags in found if not flags & Flag.SEEN), 0)
        if not unseen:
            unseen = next(iter(await session.account.messages.search(selected.id, Not(HasFlag(Flag.SEEN)))), 0)
        known.first_unseen = unseen
    return view.seq_of(known.first_unseen or 0)


@handles(commands.Check)
async def check(session: Session, command: commands.Check) -> Ok:
    """RFC 3501 §6.4.1: everything is kept already."""
    return Ok("CHECK completed")


@handles(commands.Close)
async def close(session: Session, command: commands.Close) -> Ok:
    """RFC 9051 §6.4.1: what carries \\Deleted goes, without a word about it."""
    selected = session.mailbox
    code = None
    if not selected.read_only and not selected.is_gone:
        done = await session.account.messages.expunge(selected.id)
        if session.qresync and done.uids:
            code = codes.highest_mod_seq(done.modseq)
    session.close()
    return Ok("CLOSE completed", code)


@handles(commands.Unselect)
async def unselect(session: Session, command: commands.Unselect) -> Ok:
    """RFC 9051 §6.4.2"""
    session.close()
    return Ok("UNSELECT completed")
