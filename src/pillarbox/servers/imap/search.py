"""SEARCH (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 7162 §3.1.5)."""

from array import array
from bisect import bisect_right
from dataclasses import replace
from functools import partial

from ...errors import MailError
from ...proto.imap import commands, responses
from ...proto.imap.commands import Searching, SearchReturn
from ...store.query import Query
from . import updates
from .bounds import newest
from .errors import Misused
from .programs import Ground, Program, asked, program
from .results import Found, answer, highest, say_many, told
from .session import Ok, Session, handles
from .states import judge, states_of

ALL, SAVE = SearchReturn.ALL, SearchReturn.SAVE


@handles(commands.Search)
async def search(session: Session, command: commands.Search) -> Ok:
    """Find messages, of those the client knows of, and say which."""
    selected = session.mailbox
    returns = command.returns
    if returns is None and session.rev2:
        returns = frozenset({ALL})
    updates.check(session, command)
    try:
        found = await found_in(session, await program(session, command), Ground.of(selected))
        uids, limit = newest(session, command, found.uids)
    except MailError as error:
        forget_saved(session, command, error)
        raise
    whole, found = found, found if limit is None else replace(found, uids=uids)
    if returns is None:
        mod_seq = await highest(found.ground, array("I", found.uids)) if found.asked.by_mod_seq else None
        by_number = partial(found.numbers, found.uids, command.uid)
        await say_many(session, len(found.uids), lambda: responses.Search(by_number(), mod_seq))
        return Ok("SEARCH completed", limit)
    if SAVE in returns:
        selected.saved = told(command, returns, found.uids)
    await answer(session, command, returns, found)
    updates.begin(session, command, whole)
    return Ok("SEARCH completed", limit)


def forget_saved(session: Session, command: Searching, error: MailError) -> None:
    """A search that was to be saved and was refused leaves nothing to `$`; one that made no sense, what was there (RFC 5182
    §2.1)."""
    if SAVE in (command.returns or ()) and session.selected is not None and not isinstance(error, Misused):
        session.selected.saved = array("I")


async def _matching(session: Session, query: Query, ground: Ground) -> "array[int]":
    """The UIDs of what matches, those by their flags alone without the store."""
    wanted = judge(query)
    if wanted is not None and (states := await states_of(session.office, ground.box, ground.view)) is not None:
        return states.found(wanted)
    return await ground.box.messages.search(ground.box.id, query)


async def found_in(session: Session, program: Program, ground: Ground) -> Found:
    """What is in one mailbox, as far as its view goes."""
    wanted = await asked(session, program, ground)
    uids = await _matching(session, wanted.query, ground)
    known = ground.view.uids
    if uids and (not known or uids[-1] > known[-1]):
        uids = uids[: bisect_right(uids, known[-1])] if known else array("I")
    return Found(ground, wanted, uids)
