"""Bringing a returning client up to date: QRESYNC, and VANISHED asked for (RFC 7162 §3.2.5, §3.2.6)."""

from collections.abc import Iterable, Sequence

from ...errors import ChangesForgotten
from ...ids import ModSeq
from ...proto.imap.commands import Resync
from ...proto.imap.responses import Vanished
from ...proto.imap.sequence import STAR, SequenceSet, merge, written
from ...store.models import FlagRow, Uids
from ...store.ranges import Holding, runs
from .news import changed_flags
from .session import Selected, Session
from .view import View

Ranges = Sequence[tuple[int, int]]
_ALL = ((1, STAR - 1),)


async def resync(session: Session, selected: Selected, known: Resync) -> None:
    """Which of the messages it knows are gone, and how those that changed are now."""
    asked = known.known_uids.merged() if known.known_uids is not None else _ALL
    gone, rows = await since(session, selected, known.mod_seq, above=agreed(selected.view, known))
    _say_vanished(session, intersection(gone, asked))
    view, held = selected.view, Holding(asked)
    numbered = [(seq, row) for row in rows if row[0] in held and (seq := view.seq_of(row[0]))]
    session.say_raw(b"".join(changed_flags(session, selected, numbered)))


async def say_vanished(session: Session, selected: Selected, which: SequenceSet, mod_seq: int) -> None:
    """UID FETCH (CHANGEDSINCE n VANISHED): which of these have gone since."""
    top = selected.view.last
    asked = merge((min(first, top) if last == STAR else first, top if last == STAR else last) for first, last in which.ranges)
    gone, _ = await since(session, selected, mod_seq)
    _say_vanished(session, intersection(gone, asked))


def _say_vanished(session: Session, gone: Ranges) -> None:
    if gone:
        session.say(Vanished(written(gone), earlier=True))


async def since(session: Session, selected: Selected, mod_seq: int, above: int = 0) -> tuple[Uids, Sequence[FlagRow]]:
    """What has gone since a modseq, and the messages that changed or came.

    Where the log no longer reaches back, gone is every UID above `above` that is no message.
    """
    mail = selected.box.mail
    try:
        changes = await mail.changes(selected.box.id, ModSeq(mod_seq))
    except ChangesForgotten:
        rows: list[FlagRow] = await mail.rows(selected.box.id, _ALL, ("uid", "flags", "keywords", "modseq"))
        uidnext = (await mail.mailbox_by_id(selected.box.id)).uidnext
        return holes(runs(row[0] for row in rows), above + 1, uidnext - 1), [row for row in rows if row[3] > mod_seq]
    return changes.expunged, sorted((*changes.changed, *changes.added))


def agreed(view: View, known: Resync) -> int:
    """The highest UID up to which the client has lost nothing, by the pairs it remembers (RFC 7162 §3.2.5.2)."""
    if known.known_seqs is None or known.uids_of_seqs is None:
        return 0
    last, uids = 0, view.uids
    for seq, uid in zip(known.known_seqs.numbers(), known.uids_of_seqs.numbers(), strict=False):
        if seq > len(uids) or uids[seq - 1] != uid or uid <= last:  # both ascend, so this ends with the mailbox
            break
        last = uid
    return last


def holes(ranges: Ranges, first: int, last: int) -> list[tuple[int, int]]:
    """What ascending ranges leave out between first and last."""
    found = []
    for start, stop in ranges:
        if start > last:
            break
        if start > first:
            found.append((first, start - 1))
        first = max(first, stop + 1)
    if first <= last:
        found.append((first, last))
    return found


def intersection(ones: Iterable[tuple[int, int]], others: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What two ascending series of ranges have in common."""
    left, right = list(ones), list(others)
    found = []
    at = to = 0
    while at < len(left) and to < len(right):
        first, last = max(left[at][0], right[to][0]), min(left[at][1], right[to][1])
        if first <= last:
            found.append((first, last))
        if left[at][1] < right[to][1]:
            at += 1
        else:
            to += 1
    return found
