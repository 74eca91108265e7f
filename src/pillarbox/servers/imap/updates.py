"""Searches that are to be kept up to date: which may be, and until when (RFC 5267 §4.3, RFC 5465 §7)."""

from array import array
from functools import partial

from ...proto.imap import codes, commands
from ...proto.imap.commands import Searching, SearchReturn
from ...proto.imap.responses import Status, Untagged
from .contexts import Context, Order
from .errors import Misused
from .fetch import heed_unasked, tell_unasked
from .results import Found
from .session import Ok, Session, handles

UPDATE = SearchReturn.UPDATE


def check(session: Session, command: Searching) -> None:
    """Raises Misused where a search is to be kept up to date under a tag that one goes by already (RFC 5267 §4.3); TooMany
    where too much is to be told of what arrives."""
    if UPDATE not in (command.returns or ()) or session.selected is None:
        return
    if command.tag in session.selected.contexts:
        raise Misused("that tag goes with a search that is kept up to date")
    heed_unasked(session, command.fetched)


def begin(
    session: Session,
    command: Searching,
    found: Found,
    order: Order | None = None,
    mailbox: tuple[str, int] | None = None,
) -> None:
    """Keep what was found up to date, if that was asked for and there are not too many (RFC 5267 §4.3.1)."""
    if UPDATE not in (command.returns or ()):
        return
    selected = session.mailbox
    if len(selected.contexts) >= session.office.limits.imap.contexts:
        session.say(Untagged(Status.NO, "too many searches are kept up to date", codes.no_update(command.tag)))
        return
    selected.contexts[command.tag] = Context(
        command.tag,
        command.uid,
        found.asked.query,
        array("I", found.uids),
        order=order,
        mailbox=mailbox,
        last=selected.view.last,
        tell_of=partial(tell_unasked, session, selected, command.fetched) if command.fetched else None,
    )


@handles(commands.CancelUpdate)
async def cancel_update(session: Session, command: commands.CancelUpdate) -> Ok:
    """RFC 5267 §4.3.5"""
    kept = session.mailbox.contexts
    if any(tag not in kept for tag in command.tags):
        raise Misused("no search of that tag is kept up to date")
    for tag in command.tags:
        kept.pop(tag, None)
    return Ok("CANCELUPDATE completed")
