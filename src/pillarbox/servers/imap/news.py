"""Telling a client what others did to the mailbox it has open (RFC 9051 §7, RFC 7162 §3.2.10)."""

from ...errors import ChangesForgotten, MailboxNotFound, MailError
from ...ids import ModSeq
from ...mail.mailboxes import OpenMailbox
from ...proto.imap import responses
from ...proto.imap.sequence import compact
from ...store.changes import MailboxChanges
from ...store.models import Added, FlagRow, FlagsChanged
from ...store.ranges import runs
from . import contexts, notes, standing
from .flags import RECENT
from .roster import roster_of
from .session import Selected, Session
from .view import News
from .wishes import Wishes

_EVERYTHING = ((1, 0xFFFF_FFFF),)
_BETWEEN = 64
"""Changes of other mailboxes that are looked through for one of ours."""


def is_due(session: Session, *, look: bool = True) -> bool:
    """Whether there may be something to tell: something has been announced, or waits to be told.

    With `look` the account's files are looked at, for what another process did and has not told of yet.
    """
    selected = session.selected
    if selected is None:
        return False
    if look:
        changed, session.seen = session.office.kept.stale(selected.box.owner, session.seen)
        session.heard += changed
    return session.heard > 0 or bool(selected.view.gone)


async def tell(session: Session, *, may_expunge: bool = True, look: bool = True) -> None:
    """Queue what is new, as far as NOTIFY leaves it; with `may_expunge` what has gone, too. `look` as in `is_due`."""
    selected = session.selected
    if selected is None or not is_due(session, look=look):
        return
    if session.wishes is not None and not session.wishes.hears_messages:
        return
    changes = None if selected.is_gone else await _changes(session, selected)
    if selected.contexts:
        contexts.forget(session, selected, runs(selected.view.gone) if changes is None else changes.expunged)
    if changes is not None:
        last = selected.view.last
        news = selected.view.take(changes, selected.own, may_expunge)
        if session.wishes is not None:
            _choose(session.wishes, news, [row[0] for row in changes.added if row[0] > last])
    elif may_expunge and selected.view.gone:
        news = selected.view.expunge()
    else:
        return
    if news:
        await _arrived(session, selected, news)
        say(session, selected, news)
    if selected.contexts and changes is not None:
        await contexts.refresh(session, selected, changes)


def _choose(wishes: Wishes, news: News, arrived: list[int]) -> None:
    """Leave out what NOTIFY does not ask for; what it wants to know of messages that came, comes after them (RFC 5465 §5.2)."""
    if not wishes.hears_flags:
        news.flags.clear()
    wishes.arrived += arrived


def say(session: Session, selected: Selected, news: News) -> None:
    """Queue it, in the order in which numbers stay right."""
    say_expunged(session, news)
    if news.exists is not None:
        session.say(responses.Exists(news.exists))
        if not session.rev2:
            session.say(responses.Recent(selected.view.recent_count()))
    if news.flags:
        session.say_raw(b"".join(changed_flags(session, selected, news.flags)))


def say_expunged(session: Session, news: News) -> None:
    """EXPUNGE a message, or VANISHED for all at once (RFC 7162 §3.2.10)."""
    if not news.vanished:
        return
    if session.qresync or session.uid_only:
        session.say(responses.Vanished(compact(news.vanished)))
    else:
        session.say_raw(b"* %d EXPUNGE\r\n" * len(news.expunged) % tuple(news.expunged))  # all at once: a third of the time


def changed_flags(session: Session, selected: Selected, rows: list[tuple[int, FlagRow]]) -> list[bytes]:
    """A FETCH response for each message whose flags are new; keywords never heard of are announced first."""
    view, texts = selected.view, selected.texts
    uid_only, modseq_told = session.uid_only, session.condstore
    uid_told = session.tells_uids and not uid_only
    lines = []
    for seq, (uid, flags, keywords, modseq) in rows:
        if view.recent and view.is_recent(uid):
            flags |= RECENT
        items = b"UID %d FLAGS (%b)" % (uid, texts[flags, keywords]) if uid_told else b"FLAGS (%b)" % texts[flags, keywords]
        if modseq_told:
            items = b"%b MODSEQ (%d)" % (items, modseq)
        lines.append(b"* %d UIDFETCH (%b)\r\n" % (uid, items) if uid_only else b"* %d FETCH (%b)\r\n" % (seq, items))
    session.say_keywords()
    return lines


async def _changes(session: Session, selected: Selected) -> MailboxChanges | None:
    """What happened since the view was last brought up to date; None: nothing was, or (`is_gone`) the mailbox is no more."""
    mail, view = selected.box.mail, selected.view
    if not selected.box.is_own:
        await standing.refresh(session)
    if not session.heard or selected.is_gone:
        return None
    session.heard = 0
    try:
        await notes.tell(session, selected)
        if await mail.modseq() <= view.modseq:
            return None  # it was ourselves, or nothing that counts
        return await mail.changes(selected.box.id, ModSeq(view.modseq))
    except ChangesForgotten:
        return await _relearned(session, selected)
    except MailboxNotFound:
        selected.is_gone = True
        view.end()
        return None
    except MailError:
        session.heard = 1  # not now, but at the next occasion
        raise


async def skip_own(session: Session, selected: Selected, done: FlagsChanged) -> None:
    """This session has just changed flags, and told its client: where nothing else happened before, that need not be read.

    What changed nothing has the modseq of somebody else's change, which must be read.
    """
    view, modseq = selected.view, done.modseq
    if not done.changed:
        return
    selected.own = modseq
    if selected.contexts:
        return  # whose results it may have changed
    if modseq > view.modseq + 1:
        try:
            between = await selected.box.mail.log(ModSeq(view.modseq), _BETWEEN)
        except ChangesForgotten:
            return
        if not between or between[-1].modseq < modseq:
            return
        if any(change.mailbox == selected.box.id and change.modseq != modseq for change in between):
            return
    view.modseq = modseq
    if session.heard == 1:
        session.heard = 0  # it was ourselves


def claims(session: Session, box: OpenMailbox) -> bool:
    """Whether what this session puts into a mailbox is recent to itself before anybody else can look."""
    selected = _open_plainly(session, box)
    return selected is not None and not session.rev2 and not selected.read_only


def _open_plainly(session: Session, box: OpenMailbox) -> Selected | None:
    """The mailbox selected, if it is this one, and nothing is to be told of what arrives in it but EXISTS."""
    selected = session.selected
    if selected is None or selected.is_gone or not box.is_own or (box.owner, box.id) != (selected.box.owner, selected.box.id):
        return None
    return selected if session.wishes is None and selected.notes is None and not selected.contexts else None


def tell_own(session: Session, box: OpenMailbox, added: Added) -> bool:
    """This session has just put messages into a mailbox, having claimed them if it `claims`: where nothing else happened there
    before, that need not be read to be told. Whether it was."""
    selected = _open_plainly(session, box)
    if selected is None or not added.uids:
        return False
    view = selected.view
    if claims(session, box):
        view.claim(added.recent_from, added.uids[-1])
    if added.before > view.modseq or view.gone or session.heard != 1:
        return False
    session.heard = 0  # it was ourselves
    news = view.grow(added.uids, added.modseq)
    view.uids = roster_of(session.office).share(selected.box, view.uids, view.modseq).uids
    say(session, selected, news)
    return True


async def _relearned(session: Session, selected: Selected) -> MailboxChanges:
    """The same without the log: by comparing what is there with what the client knows."""
    mail, view = selected.box.mail, selected.view
    mailbox = await mail.mailbox_by_id(selected.box.id)
    rows: list[FlagRow] = await mail.rows(selected.box.id, _EVERYTHING, ("uid", "flags", "keywords", "modseq"))
    there = {row[0] for row in rows}
    last = view.last
    return MailboxChanges(
        modseq=mailbox.highest_modseq,
        uidnext=mailbox.uidnext,
        expunged=runs(uid for uid in view.uids if uid not in there),
        added=[row for row in rows if row[0] > last],
        changed=[row for row in rows if row[0] <= last and row[3] > view.modseq],
    )


async def _arrived(session: Session, selected: Selected, news: News) -> None:
    """Messages that came: shared with the sessions that know of them already, and recent to the first that looks."""
    view = selected.view
    if news.exists is None and not news.vanished:
        return
    if not view.gone:
        view.uids = roster_of(session.office).share(selected.box, view.uids, view.modseq).uids
    if news.exists is not None and not session.rev2 and not selected.read_only:
        view.claim(await selected.box.mail.claim_recent(selected.box.id), view.uids[-1])
