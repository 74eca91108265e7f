"""GETMETADATA and SETMETADATA (RFC 5464 §4), and annotations in LIST (RFC 9590)."""

from collections.abc import Mapping, Sequence

from ...errors import NotPermitted, TooBig, TooMany
from ...mail.annotations import SPECIAL_USE, selected
from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb, may
from ...proto.imap import codes, commands
from ...proto.imap.sharing import Metadata
from . import filters, notes
from .errors import Refused
from .session import Ok, Session, handles

Values = Mapping[str, bytes]


@handles(commands.GetMetadata)
async def get_metadata(session: Session, command: commands.GetMetadata) -> Ok:
    """RFC 5464 §4.2: what is asked for by name and not there is NIL; of values that are too long only the length is told."""
    box, kept = await session.account.annotations.get(command.mailbox)
    found = _spelt(selected(kept, command.entries, command.depth), command.entries)
    short = {name: value for name, value in found.items() if command.max_size is None or len(value) <= command.max_size}
    values = [*short.items(), *(missing(command.entries, found) if command.depth == 0 else ())]
    if values:
        session.say(Metadata(box.name if box else "", values))
    longest = max((len(value) for name, value in found.items() if name not in short), default=0)
    return Ok("GETMETADATA completed", codes.metadata_long_entries(longest) if longest else None)


def _spelt(found: Values, entries: Sequence[str]) -> Values:
    """The names as whoever asks writes them, who may compare them letter by letter; case means nothing (RFC 5464 §3)."""
    asked = {entry.lower(): entry for entry in entries}
    return {asked.get(name.lower(), name): value for name, value in found.items()}


def missing(entries: Sequence[str], found: Values) -> list[tuple[str, None]]:
    """The entries that are not there."""
    there = {name.lower() for name in found}
    return [(entry, None) for entry in entries if entry.lower() not in there]


async def listed(session: Session, box: OpenMailbox, entries: Sequence[str]) -> Metadata | None:
    """These entries of a mailbox, for LIST; None where they may not be read (RFC 9590 §3)."""
    if not may(box.rights, Verb.READ_ANNOTATIONS):
        return None
    found = _spelt(selected(await session.account.annotations.of(box), entries, 0), entries)
    return Metadata(box.name, [*found.items(), *missing(entries, found)])


@handles(commands.SetMetadata)
async def set_metadata(session: Session, command: commands.SetMetadata) -> Ok:
    """RFC 5464 §4.3: all or none."""
    entries = dict(command.values)
    if not command.mailbox:
        _check_filters(entries)
    try:
        box = await session.account.annotations.set(command.mailbox, entries)
    except TooBig as error:
        raise Refused(str(error), codes.metadata_max_size(session.office.limits.imap.annotation)) from None
    except TooMany as error:
        raise Refused(str(error), codes.METADATA_TOO_MANY) from None
    except NotPermitted as error:
        uses = any(entry.lower() == SPECIAL_USE for entry in entries)
        raise Refused(str(error), codes.USE_ATTR if uses else codes.NO_PERM) from None
    if session.selected is not None:
        notes.know(session.selected, box, entries)
    return Ok("SETMETADATA completed")


def _check_filters(entries: Mapping[str, bytes | None]) -> None:
    """Searches kept under a name must be searches (RFC 5466 §3.2). Raises Invalid."""
    for entry, value in entries.items():
        if value is not None and entry.lower().startswith((filters.PRIVATE, filters.SHARED)):
            filters.check(value)
