"""What is too old to stay: mail that POP3 collected, once its owner's days are over."""

from ..store import api
from ..store.models import INBOX, Uids
from .messages import Messages

_DAY = 86_400


def joined(uids: list[int]) -> Uids:
    """Ascending UIDs as ranges."""
    ranges: list[tuple[int, int]] = []
    for uid in uids:
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1] = (ranges[-1][0], uid)
        else:
            ranges.append((uid, uid))
    return ranges


async def expire_collected(kept: api.Mail, messages: Messages, days: int | None, now: int) -> int:
    """Remove from INBOX what POP3 handed out `days` ago or earlier (None: never); how many messages went."""
    if days is None:
        return 0
    inbox = await kept.mailbox(INBOX)
    rows = await kept.rows(inbox.id, [(1, 0xFFFFFFFF)], ("uid", "collected_at"))
    old = [uid for uid, collected in rows if collected is not None and collected + days * _DAY <= now]
    if old:
        await messages.expunge(inbox.id, joined(old), only_deleted=False)
    return len(old)
