"""SORT: what SEARCH finds, in an order (RFC 5256 §3, RFC 5267 §3, RFC 5957, RFC 6203 §5)."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from ...errors import MailError
from ...mail.ordering import Key, Order
from ...message.collation import Collate, ascii_casemap, octet, unicode_casemap
from ...proto.imap import commands, criteria
from ...proto.imap.commands import SearchReturn
from ...proto.imap.sorted import Sort
from . import updates
from .bounds import check_whole
from .programs import Ground, Program, asked, pinned, program
from .results import Found, answer, highest, say_many, told
from .search import forget_saved, found_in
from .session import UNICODE_CASEMAP, UTF8, Ok, Selected, Session, handles

COLLATIONS: dict[str, Collate] = {UNICODE_CASEMAP: unicode_casemap, "i;ascii-casemap": ascii_casemap, "i;octet": octet}
"""The order each comparator has (RFC 5255 §4.2)."""


@handles(commands.Sort)
async def sort(session: Session, command: commands.Sort) -> Ok:
    """Find messages, of those the client knows of, and say which in the order asked for."""
    selected, returns = session.mailbox, command.returns
    updates.check(session, command)
    try:
        asking = await asking_of(session, command)
        found = await sorted_in(session, command, asking, Ground.of(selected))
        check_whole(session, len(command.partial.span(len(found.uids)) if command.partial else found.uids))
    except MailError as error:
        forget_saved(session, command, error)
        raise
    if returns is None:
        mod_seq = await highest(found.ground, array("I", sorted(found.uids))) if found.asked.by_mod_seq else None
        by_number = partial(found.numbers, found.uids, command.uid)
        await say_many(session, len(found.uids), lambda: Sort(by_number(), mod_seq))
        return Ok("SORT completed")
    if SearchReturn.SAVE in returns:
        selected.saved = told(command, returns, found.uids)
    await answer(session, command, returns, found)
    updates.begin(session, command, found, order=partial(_again, session, command, pinned(asking, found.ground)))
    return Ok("SORT completed")


async def sorted_in(session: Session, command: commands.Sort, asking: Program, ground: Ground) -> Found:
    """What is in one mailbox, as far as its view goes, in the command's order."""
    found = await matching_in(session, asking, ground)
    keys = tuple((Key[each.key.name], each.reverse) for each in command.order)
    scores: Sequence[int] = ()
    box, uids = ground.box, array("I", found.uids)
    if any(key is Key.RELEVANCY for key, _ in keys) and uids:
        scores = await box.mail.relevancy(box.id, found.asked.query, uids)
    ordered = await session.office.orders.sort(box, uids, Order(keys, collation(session)), scores)
    return Found(ground, found.asked, ordered, is_sorted=True)


async def asking_of(session: Session, command: commands.Sort | commands.Thread) -> Program:
    """What the command searches for. Its charset cannot be left out, as SEARCH's must be once all is UTF-8 (RFC 6855 §3)."""
    if UTF8 in session.enabled and command.charset in ("UTF-8", "US-ASCII"):
        command = replace(command, charset=None)
    return await program(session, command)


async def matching_in(session: Session, asking: Program, ground: Ground) -> Found:
    """What is found before it is put in order. All are those the client counts: the store need not be asked for them."""
    if not isinstance(asking.key, criteria.All):
        return await found_in(session, asking, ground)
    view = ground.view
    uids = array("I", [uid for uid in view.uids if not view.is_gone(uid)]) if view.gone else view.uids
    return Found(ground, await asked(session, asking, ground), uids)


def collation(session: Session) -> Collate:
    """How the session's comparator orders texts."""
    return COLLATIONS[session.comparator]


async def _again(session: Session, command: commands.Sort, asking: Program, selected: Selected) -> "array[int]":
    return array("I", (await sorted_in(session, command, asking, Ground.of(selected))).uids)
