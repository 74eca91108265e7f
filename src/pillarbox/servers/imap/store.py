"""STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3, RFC 4314 §4)."""

import asyncio
from array import array
from collections.abc import Sequence

from ...ids import ModSeq
from ...mail import permitted
from ...mail.rights import Right
from ...proto.imap import codes, commands
from ...proto.imap.codes import Code
from ...proto.imap.sequence import compact
from ...store.models import FlagAction, FlagChange, FlagRow
from .appending import check_keywords
from .bounds import bounded, with_limit
from .errors import Refused
from .flags import RECENT, parsed
from .news import skip_own, tell
from .session import Ok, Selected, Session, handles
from .view import count

_ACTIONS = {
    commands.FlagAction.REPLACE: FlagAction.REPLACE,
    commands.FlagAction.ADD: FlagAction.ADD,
    commands.FlagAction.REMOVE: FlagAction.REMOVE,
}

PAGE = 5000
"""Messages told of at a stretch, before other connections have a turn."""


@handles(commands.Store)
async def store(session: Session, command: commands.Store) -> Ok:
    """Change flags, and say how they are now, unless asked to be silent."""
    selected = session.writable
    if command.unchanged_since is not None:
        session.heed_mod_seqs()
    places, limit = bounded(session, session.places(command.messages, command.uid))
    if not places:
        return Ok("STORE completed")
    await tell(session, may_expunge=False)  # what others changed till now is told as theirs, however silent this is
    bits, keywords = parsed(command.flags)
    brings = keywords if command.action is not commands.FlagAction.REMOVE and Right.WRITE in selected.box.rights else ()
    if brings:
        await check_keywords(session.office, selected.box, brings)
    done = await permitted.change_flags(
        selected.box,
        selected.view.uid_ranges(places),
        FlagChange(_ACTIONS[command.action], bits, keywords, quiet=command.silent and not session.condstore),
        unchanged_since=None if command.unchanged_since is None else ModSeq(command.unchanged_since),
    )
    if brings:
        selected.texts.note(brings)
        session.say_keywords()
    for first in range(0, len(done.rows), PAGE):
        if first:
            await asyncio.sleep(0)
        session.say_raw(_told(session, selected, done.rows[first : first + PAGE], done.modseq, command))
    await skip_own(session, selected, done)
    refused = _refused(selected, done.refused, command.uid)
    if len(done.rows) + done.untold + len(done.refused) < count(places) and not command.uid:
        raise Refused("some of the messages no longer exist", refused or codes.EXPUNGE_ISSUED)
    return Ok("conditional STORE failed for some" if refused else "STORE completed", with_limit(session, refused, limit))


def _refused(selected: Selected, uids: Sequence[int], by_uid: bool) -> Code | None:
    """MODIFIED, with the messages that had changed since."""
    if not uids:
        return None
    return codes.modified(compact(uids if by_uid else selected.view.seqs_of(array("I", uids))))


def _told(session: Session, selected: Selected, rows: Sequence[FlagRow], modseq: int, command: commands.Store) -> bytes:
    """A FETCH response a message; silent, and with MODSEQs, only those for what was changed (RFC 7162 §3.1.3)."""
    condstore = session.condstore
    if command.silent:
        if not condstore:
            return b""
        rows = [row for row in rows if row[3] == modseq]
    if not rows:
        return b""
    seqs = selected.view.seqs_of(array("I", [row[0] for row in rows]))
    by_uid = command.uid or session.tells_uids
    if session.uid_only:
        return _by_uid(session, selected, rows, command.silent)
    if command.silent:
        if by_uid:
            return b"".join(
                [b"* %d FETCH (UID %d MODSEQ (%d))\r\n" % (seq, row[0], row[3]) for seq, row in zip(seqs, rows, strict=True)]
            )
        return b"".join([b"* %d FETCH (MODSEQ (%d))\r\n" % (seq, row[3]) for seq, row in zip(seqs, rows, strict=True)])
    return _with_flags(session, selected, seqs, rows, by_uid)


def _by_uid(session: Session, selected: Selected, rows: Sequence[FlagRow], silent: bool) -> bytes:
    """The same where messages have no numbers (RFC 9586 §3)."""
    texts = selected.texts
    lines = []
    for uid, bits, words, modseq in rows:
        items = [] if silent else [b"FLAGS (%b)" % texts[bits | RECENT * selected.view.is_recent(uid), words]]
        if session.condstore:
            items.append(b"MODSEQ (%d)" % modseq)
        lines.append(b"* %d UIDFETCH (%b)\r\n" % (uid, b" ".join(items)))
    session.say_keywords()
    return b"".join(lines)


def _with_flags(session: Session, selected: Selected, seqs: Sequence[int], rows: Sequence[FlagRow], by_uid: bool) -> bytes:
    view, texts = selected.view, selected.texts
    if recent := view.recent_among([row[0] for row in rows]):
        rows = [
            (uid, bits | RECENT * each, words, modseq) for (uid, bits, words, modseq), each in zip(rows, recent, strict=True)
        ]
    if session.condstore:
        form = b"* %d FETCH (UID %d FLAGS (%b) MODSEQ (%d))\r\n" if by_uid else b"* %d FETCH (FLAGS (%b) MODSEQ (%d))\r\n"
        if by_uid:
            lines = [form % (s, u, texts[b, w], m) for s, (u, b, w, m) in zip(seqs, rows, strict=True)]
        else:
            lines = [form % (s, texts[b, w], m) for s, (u, b, w, m) in zip(seqs, rows, strict=True)]
    elif by_uid:
        lines = [
            b"* %d FETCH (UID %d FLAGS (%b))\r\n" % (s, u, texts[b, w]) for s, (u, b, w, _) in zip(seqs, rows, strict=True)
        ]
    else:
        lines = [b"* %d FETCH (FLAGS (%b))\r\n" % (s, texts[b, w]) for s, (_, b, w, _) in zip(seqs, rows, strict=True)]
    session.say_keywords()
    return b"".join(lines)
