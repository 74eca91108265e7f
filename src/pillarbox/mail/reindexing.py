"""Working out again what listings and searches need, when messages are read better than they were."""

from collections.abc import Callable, Mapping

from ..ids import MailboxId
from ..store.models import Form, Uids
from .office import Office, OpenAccount

Done = Callable[[int], None]
"""Told each step how many more are done."""
_AT_ONCE = 100


async def reindex(office: Office, opened: OpenAccount, done: Done = lambda count: None) -> int:
    """Render every message's forms and text for search anew, `_AT_ONCE` a transaction; how many messages that were.

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


async def index_anew(opened: OpenAccount, done: Done = lambda count: None) -> None:
    """Begin the search index anew, and fill it. A server beside takes part. Raises MailError."""
    await opened.mail.forget_index()
    while await opened.mail.index(_AT_ONCE):
        done(_AT_ONCE)


async def _render(office: Office, opened: OpenAccount, mailbox: MailboxId, uids: Uids, seen: set[int]) -> None:
    forms: dict[int, Mapping[Form, bytes]] = {}
    texts: dict[int, tuple[str, str] | None] = {}
    for email, blob, data in await opened.mail.rows(mailbox, uids, ("email", "blob", "data")):
        if email not in seen:
            seen.add(email)
            forms[email], texts[email] = office.reading.again(data if data is not None else await opened.mail.read(blob))
    await opened.mail.replace_forms(forms)
    await opened.mail.replace_texts(texts)
