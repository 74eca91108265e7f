"""UIDBATCHES (RFC 10022)."""

from collections.abc import Iterator, Sequence

from ...proto.imap import codes, commands
from ...proto.imap.responses import UidBatches
from .errors import Misused, Refused
from .session import Ok, Session, handles


@handles(commands.UidBatches)
async def uid_batches(session: Session, command: commands.UidBatches) -> Ok:
    """Ranges of UIDs, none left out between them, with so many messages each and the rest in the last."""
    limits = session.office.limits.imap
    if command.last is not None and command.last < command.first:
        raise Misused("a range of batches ascends")
    if command.size < limits.batch:
        raise Refused(f"a batch has {limits.batch} messages or more", codes.TOO_FEW)
    if command.last is not None and (command.last - command.first + 1) * command.size > limits.batched:
        raise Refused(f"batches of no more than {limits.batched} messages at once", codes.TOO_MANY)
    ranges = list(batches(session.mailbox.view.uids, command.size, command.first, command.last))
    session.say(UidBatches(command.tag, ranges))
    return Ok("UIDBATCHES completed")


def batches(uids: Sequence[int], size: int, first: int = 1, last: int | None = None) -> Iterator[tuple[int, int]]:
    """Of ascending UIDs these batches, the highest UID of each before its lowest; the last of all reaches down to 1."""
    number = -(-len(uids) // size)
    for batch in range(first, min(number if last is None else last, number) + 1):
        above = len(uids) - (batch - 1) * size  # messages in this batch and the ones below it
        high = uids[-1] if batch == 1 else uids[above] - 1
        yield high, uids[above - size] if above > size else 1
