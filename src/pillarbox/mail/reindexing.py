"""Rendering again what listings need, when messages are read better than they were."""

from collections.abc import Callable

from ..ids import MailboxId
from ..store.models import Uids
from .office import Office, OpenAccount

_AT_ONCE = 100


async def reindex(office: Office, opened: OpenAccount, done: Callable[[int], None] = lambda count: None) -> int:
    """Render every message's forms anew, `_AT_ONCE` a transaction; how many messages that were. `done` is told each step.

    An email that lies in several mailboxes is rendered once. Raises MailError.
    """
    seen: set[int] = set()
    for mailbox in await opened.mail.mailboxes():
        uids = await opened.mail.uids(mailbox.id) if mailbox.selectable else ()
        for start in range(0, len(uids), _AT_ONCE):
            some = uids[start : start + _AT_ONCE]
            await _render(office, opened, mailbox.id, [(uid, uid) for uid in some], seen)
            done(len(some))
    return len(seen)


async def _render(office: Office, opened: OpenAccount, mailbox: MailboxId, uids: Uids, seen: set[int]) -> None:
    forms = {}
    for email, blob, data in await opened.mail.rows(mailbox, uids, ("email", "blob", "data")):
        if email not in seen:
            seen.add(email)
            forms[email] = office.reading.forms(data if data is not None else await opened.mail.read(blob))
    await opened.mail.replace_forms(forms)
