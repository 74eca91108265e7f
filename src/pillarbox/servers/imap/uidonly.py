"""Speaking of messages by their UIDs only (RFC 9586)."""

from ...proto.imap import commands, criteria
from ...proto.imap.codes import UID_REQUIRED
from ...proto.imap.commands import Command
from ...proto.imap.responses import Status, Tagged
from ...proto.imap.sequence import SequenceSet
from . import asking


def _is_by_number(key: criteria.Key) -> bool:
    return isinstance(key, criteria.Numbers) and isinstance(key.messages, SequenceSet)


_SEARCHES_BY_NUMBER = asking.searches_where(_is_by_number)


def refusal(command: Command) -> Tagged | None:
    """The answer to a command that speaks of messages by their numbers (RFC 9586 §3); None to one that does not."""
    match command:
        case commands.Expunge():
            by_number = False
        case commands.Select(resync=known) | commands.Examine(resync=known):
            by_number = known is not None and known.known_seqs is not None
        case _:
            by_number = not getattr(command, "uid", True) or _SEARCHES_BY_NUMBER(command)
    return Tagged(command.tag, Status.BAD, "only UIDs name messages here", UID_REQUIRED) if by_number else None
