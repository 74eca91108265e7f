"""What is too old to stay: mail that POP3 collected, once its owner's days are over."""

from ..store import api
from ..store.models import INBOX
from ..store.ranges import runs
from .messages import Messages

_DAY = 86_400


async def expire_collected(kept: api.Mail, messages: Messages, days: int | None, now: int) -> int:
    """Remove from INBOX what POP3 handed out `days` ago or earlier (None: never); how many messages went."""
    if days is None:
        return 0
    inbox = await kept.mailbox(INBOX)
    rows = await kept.rows(inbox.id, [(1, 0xFFFFFFFF)], ("uid", "collected_at"))
    old = [uid for uid, collected in rows if collected is not None and collected + days * _DAY <= now]
    if old:
        await messages.expunge(inbox.id, runs(old), only_deleted=False)
    return len(old)
