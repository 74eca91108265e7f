"""How well messages have what is looked for (RFC 6203 §4)."""

from collections.abc import Sequence

import apsw

from ...ids import AccountId, MailboxId
from .. import fuzzy
from .. import query as q
from ..ranges import runs
from . import mailboxes
from .adding import KEPT_BODY, KEPT_HEADER
from .searching import looked_at

_TEXTS = (
    "SELECT m.uid, e.kept, t.header, t.body FROM message m JOIN email e ON e.id = m.email JOIN text t ON t.email = m.email"
    " WHERE m.account = ? AND m.mailbox = ? AND m.uid BETWEEN ? AND ?"
)
_ALL_KEPT = KEPT_HEADER | KEPT_BODY


def relevancy(
    db: apsw.Connection, account: AccountId, mailbox: MailboxId, needles: Sequence[q.Needle], uids: Sequence[int]
) -> Sequence[int]:
    """As `Mail.relevancy`; texts are read one at a time."""
    mailboxes.by_id(db, account, mailbox)
    found = {
        uid: fuzzy.overall(_scores(needles, header, body) if kept == _ALL_KEPT else [fuzzy.UNKNOWN])
        for first, last in runs(sorted(set(uids)))
        for uid, kept, header, body in db.execute(_TEXTS, (account, mailbox, first, last))
    }
    return [found.get(uid, fuzzy.LEAST) for uid in uids]


def _scores(needles: Sequence[q.Needle], header: bytes | None, body: bytes | None) -> list[int]:
    if not needles:
        return [fuzzy.BEST]
    return [_score(needle.of if isinstance(needle, q.Fuzzy) else needle, header, body) for needle in needles]


def _score(needle: q.Exact, header: bytes | None, body: bytes | None) -> int:
    if isinstance(needle, q.Body):
        header = None
    text = looked_at(needle, header, body)
    return 0 if text is None else fuzzy.score(text, needle.needle)
