"""SELECT EXAMINE CHECK CLOSE UNSELECT (RFC 9051 §6.3.2, §6.3.3, §6.4.1, §6.4.2, RFC 7162 §3.2.5)."""

from ...errors import MailboxNotFound, Unavailable
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import CHANGING, Verb, may
from ...proto.imap import codes, commands, responses
from ...proto.imap.responses import Status, Untagged
from ...store.models import DELIMITER, Flag
from ...store.query import HasFlag, Not
from . import notes
from .errors import Misused
from .flags import FlagTexts
from .listing import attributes
from .objects import mailbox_id
from .resync import resync
from .roster import Known, roster_of
from .session import Ok, Selected, Session, handles
from .view import View

KEYWORDS_REMEMBERED = 2
"""Times as many keywords as a mailbox may have are told of as its flags, those that are gone included."""
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
    try:
        version = await session.office.kept.version()
        box = await _found(session, command.mailbox)
        if not box.mailbox.selectable:
            raise MailboxNotFound("that mailbox only has others below it")
        if command.condstore:
            session.heed_mod_seqs()
        is_examined = isinstance(command, commands.Examine)
        read_only = is_examined or not box.rights & CHANGING  # RFC 4314 §5.2
        known = await _known(session, box)
        selected = await _opened(session, box, known, read_only)
        selected.is_examined = is_examined
        selected.version = version
        session.open(selected)
        await notes.begin(session, selected)
        await _describe(session, selected, known)
        if command.resync is not None and command.resync.uid_validity == box.mailbox.uidvalidity:
            await resync(session, selected, command.resync)
    except BaseException:
        session.close()
        raise
    code = codes.READ_ONLY if read_only else codes.READ_WRITE
    return Ok("EXAMINE completed" if is_examined else "SELECT completed", code)


async def _found(session: Session, name: str) -> OpenMailbox:
    """The mailbox, of whose account is heard from before it was looked at."""
    account = session.account.account.id
    session.listen(account)
    box = await session.account.mailboxes.find(name)
    if box.owner == account:
        return box
    session.listen(box.owner)
    return await session.account.mailboxes.find(name)


async def _known(session: Session, box: OpenMailbox) -> Known:
    """Its UIDs: those another session has seen, where nothing has happened since."""
    roster = roster_of(session.office)
    found = roster.known(box)
    found = found or roster.share(box, await box.mail.uids(box.id), box.mailbox.highest_modseq)
    for word in await box.mail.keywords(box.id):
        found.keywords.setdefault(word.lower(), word)
    return found


async def _opened(session: Session, box: OpenMailbox, known: Known, read_only: bool) -> Selected:
    """The client's view of it. Its modseq was read before its messages, so that nothing between is missed."""
    uids = known.uids
    texts = FlagTexts(known.keywords, KEYWORDS_REMEMBERED * session.office.limits.imap.keywords)
    selected = Selected(box, View(uids, box.mailbox.highest_modseq), read_only, texts)
    if not session.rev2 and uids and box.mailbox.recent_from <= uids[-1]:
        selected.view.claim(await _claimed(box, read_only), uids[-1])
    return selected


async def _claimed(box: OpenMailbox, read_only: bool) -> int:
    """From where messages are recent. Where that cannot be written down, on a full disk, they stay so for the next session."""
    if not read_only:
        try:
            return await box.mail.claim_recent(box.id)
        except Unavailable:
            pass
    return box.mailbox.recent_from


async def _describe(session: Session, selected: Selected, known: Known) -> None:
    """What a client is told of a mailbox it opens (RFC 9051 §6.3.2, RFC 3501 §6.3.1)."""
    view, mailbox = selected.view, selected.box.mailbox
    session.say_flags()
    session.say(responses.Exists(len(view)))
    if not session.rev2:
        session.say(responses.Recent(view.recent_count()))
        if not session.uid_only and mailbox.unseen and (first := await _first_unseen(selected, known)):
            session.say(Untagged(Status.OK, "the first message not seen", codes.unseen(first)))
    session.say(Untagged(Status.OK, "UIDs are valid", codes.uid_validity(mailbox.uidvalidity)))
    session.say(Untagged(Status.OK, "the next UID", codes.uid_next(mailbox.uidnext)))
    session.say(Untagged(Status.OK, "the highest", codes.highest_mod_seq(max(1, mailbox.highest_modseq))))
    session.say(Untagged(Status.OK, "its id", codes.mailbox_id(mailbox_id(selected.box))))
    if session.rev2:
        session.say(responses.List(await attributes(session, selected.box), DELIMITER, selected.box.name))


async def _first_unseen(selected: Selected, known: Known) -> int:
    """The number of the first message without \\Seen; 0 where there is none."""
    view, box = selected.view, selected.box
    if known.first_unseen is None and len(view):
        found = await box.mail.rows(box.id, view.uid_ranges([range(min(FIRST_LOOK, len(view)))]), ("uid", "flags"))
        unseen = next((uid for uid, flags in found if not flags & Flag.SEEN), 0)
        if not unseen:
            unseen = next(iter(await box.messages.search(box.id, Not(HasFlag(Flag.SEEN)))), 0)
        known.first_unseen = unseen
    return view.seq_of(known.first_unseen or 0)


@handles(commands.Check)
async def check(session: Session, command: commands.Check) -> Ok:
    """RFC 3501 §6.4.1: everything is kept already."""
    return Ok("CHECK completed")


@handles(commands.Close)
async def close(session: Session, command: commands.Close) -> Ok:
    """RFC 9051 §6.4.1: what carries \\Deleted goes, without a word about it; it stays where there is no right to that
    (RFC 4314 §4)."""
    selected = session.mailbox
    code = None
    if not selected.read_only and not selected.is_gone and may(selected.box.rights, Verb.EXPUNGE):
        done = await selected.box.messages.expunge(selected.box.id)
        if session.qresync and done.uids:
            code = codes.highest_mod_seq(done.modseq)
    session.close()
    return Ok("CLOSE completed", code)


@handles(commands.Unselect)
async def unselect(session: Session, command: commands.Unselect) -> Ok:
    """RFC 9051 §6.4.2"""
    session.close()
    return Ok("UNSELECT completed")
