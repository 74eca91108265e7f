"""THREAD: what SEARCH finds, by conversation (RFC 5256 §3)."""

from array import array
from functools import partial

from ...mail.ordering import Algorithm
from ...proto.imap import commands
from ...proto.imap.sorted import Thread
from .bounds import check_whole
from .programs import Ground
from .results import say_many
from .session import Ok, Session, handles
from .sort import asking_of, collation, matching_in


@handles(commands.Thread)
async def thread(session: Session, command: commands.Thread) -> Ok:
    """Find messages, of those the client knows of, and say which as the threads they make."""
    found = await matching_in(session, await asking_of(session, command), Ground.of(session.mailbox))
    check_whole(session, len(found.uids))
    uids = array("I", found.uids)
    algorithm = Algorithm[command.algorithm.name]
    marks = await session.office.orders.threads(found.ground.box, uids, algorithm, collation(session))
    by_number = partial(found.numbers, uids, command.uid)
    await say_many(session, len(marks), lambda: Thread(marks, by_number()))
    return Ok("THREAD completed")
