"""ESEARCH: one search of many mailboxes (RFC 7377).

Mailboxes that are not there, that may not be read, or that nothing in matches all give the same: no word.
"""

import asyncio
from array import array
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from ...errors import MailboxNotFound, MailError, NotPermitted
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb, may
from ...proto.imap import codes, commands, criteria
from ...proto.imap.commands import Scope, SearchReturn, Source
from ...proto.imap.sequence import NUMBER_MAX
from ...store.models import DELIMITER, INBOX
from . import updates
from .bounds import newest
from .errors import Misused, Refused
from .listing import above
from .programs import Ground, Program, program
from .results import Found, answer, told
from .search import forget_saved, found_in
from .session import Ok, Selected, Session, handles
from .view import View

SAVE, UPDATE = SearchReturn.SAVE, SearchReturn.UPDATE
_NOTHING = array("I")


@handles(commands.MultiSearch)
async def esearch(session: Session, command: commands.MultiSearch) -> Ok:
    """Search one mailbox after the other, and say what is in each that has any."""
    _check(session, command)
    try:
        wanted = await program(session, command)
        boxes = await chosen(session, command.sources)
        if SAVE in command.returns:
            session.mailbox.saved = _NOTHING
    except MailError as error:
        forget_saved(session, command, error)
        raise
    limit = None
    async for whole in _each(session, wanted, boxes):
        found, mailbox = whole, (whole.ground.box.name, whole.ground.box.mailbox.uidvalidity)
        if _is_of_selected(command):
            uids, limit = newest(session, command, whole.uids)
            found = replace(whole, uids=uids)
        if found.uids:
            await answer(session, command, command.returns, found, mailbox)
            await session.dialogue.flush()
        if _open(session, found.ground.box):
            if SAVE in command.returns:
                session.mailbox.saved = told(command, command.returns, found.uids)
            updates.begin(session, command, whole, mailbox=mailbox)
    return Ok("ESEARCH completed", limit)


def _check(session: Session, command: commands.MultiSearch) -> None:
    """What makes no sense here (RFC 7377 §2.2). Raises Misused."""
    is_open = session.selected is not None
    if not is_open and any(source.scope is Scope.SELECTED for source in command.sources):
        raise Misused("no mailbox is selected")
    if SAVE in command.returns and not _is_of_selected(command):
        raise Misused("SAVE goes with the selected mailbox alone")
    if UPDATE in command.returns and not is_open:
        raise Misused("UPDATE goes with a selected mailbox")
    updates.check(session, command)


def _is_of_selected(command: commands.MultiSearch) -> bool:
    """Whether nothing is searched but the mailbox that is open."""
    return all(source.scope is Scope.SELECTED for source in command.sources)


async def _each(session: Session, wanted: Program, boxes: Sequence[OpenMailbox]) -> AsyncIterator[Found]:
    """What is found in each; others have a turn between them."""
    by_number = any(isinstance(key, criteria.Numbers | criteria.Uids) for key in criteria.walk(wanted.key))
    session.progress.total = len(boxes)
    for number, box in enumerate(boxes):
        session.progress.done = number
        selected = _open(session, box)
        try:
            ground = Ground.of(selected) if selected else await _ground(box, by_number)
            yield await found_in(session, wanted, ground)
        except MailboxNotFound:
            continue  # it went meanwhile
        await asyncio.sleep(0)


def _open(session: Session, box: OpenMailbox) -> Selected | None:
    """The mailbox that is selected, if it is this one: the client's view of it counts."""
    selected = session.selected
    return selected if selected and (selected.box.owner, selected.box.id) == (box.owner, box.id) else None


async def _ground(box: OpenMailbox, by_number: bool) -> Ground:
    """One that is not open. Its messages are counted only where numbers are asked for; else its view has no end."""
    uids = await box.mail.uids(box.id) if by_number else array("I", [NUMBER_MAX])
    return Ground(box, View(uids, box.mailbox.highest_modseq), _NOTHING)


async def chosen(session: Session, sources: Iterable[Source]) -> Sequence[OpenMailbox]:
    """The mailboxes that are meant and may be read, each once. Raises Refused: LIMIT."""
    most = session.office.limits.imap.searched_mailboxes
    scopes: dict[Scope, dict[str, None]] = {}
    for source in sources:
        scopes.setdefault(source.scope, {}).update(dict.fromkeys(source.names))
    if sum(map(len, scopes.values())) > most:
        raise _too_many()
    boxes: list[OpenMailbox] = [session.mailbox.box] if Scope.SELECTED in scopes else []
    for name in scopes.get(Scope.MAILBOXES, ()):
        boxes += await _named(session, name)
        await asyncio.sleep(0)
    if scopes.keys() - {Scope.SELECTED, Scope.MAILBOXES}:
        boxes += await _within(session, scopes)
    found = {(box.owner, box.id): box for box in boxes if box.mailbox.selectable and may(box.rights, Verb.READ)}
    if len(found) > most:
        raise _too_many()
    return list(found.values())


def _too_many() -> Refused:
    return Refused("those are too many mailboxes for one search", codes.LIMIT)


async def _named(session: Session, name: str) -> Sequence[OpenMailbox]:
    try:
        return [await session.account.mailboxes.find(name)]
    except (MailboxNotFound, NotPermitted):
        return ()


async def _within(session: Session, scopes: Mapping[Scope, Iterable[str]]) -> Sequence[OpenMailbox]:
    """Of all mailboxes that this person may know of, those that are meant without being named."""
    own = session.account.account.id
    subscribed = await session.account.mail.subscriptions() if Scope.SUBSCRIBED in scopes else frozenset()
    roots, parents = (
        frozenset(name.removesuffix(DELIMITER) for name in scopes.get(scope, ()))
        for scope in (Scope.SUBTREE, Scope.SUBTREE_ONE)
    )
    return [
        box
        for box in await session.account.mailboxes.everything()
        if (Scope.PERSONAL in scopes and box.owner == own)
        or (Scope.INBOXES in scopes and box.name == INBOX)
        or box.name in subscribed
        or not roots.isdisjoint((box.name, *above(box.name)))
        or not parents.isdisjoint((box.name, *islice(above(box.name), 1)))
    ]
