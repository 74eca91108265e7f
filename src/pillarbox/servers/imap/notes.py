"""Telling a client which notes have changed since it was last told, where it has asked to be (RFC 5464 §4.1, §4.4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...mail.mailboxes import OpenMailbox
from ...mail.rights import Verb, may
from ...proto.imap.sharing import MetadataChanged
from .session import Selected, Session

METADATA: Final = "METADATA"
METADATA_SERVER: Final = "METADATA-SERVER"

Values = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Notes:
    """All that a client may be told of: those of the mailbox that is open, and those of the server."""

    mailbox: Values
    server: Values


async def begin(session: Session, selected: Selected) -> None:
    """From here on changes are told."""
    if not session.enabled.isdisjoint((METADATA, METADATA_SERVER)):
        selected.notes = await _kept(session, selected)


async def tell(session: Session, selected: Selected) -> None:
    """Only the names are told (RFC 5464 §4.4.2)."""
    before: Notes | None = selected.notes
    if before is None:
        return
    now = selected.notes = await _kept(session, selected)
    for name, old, new in ((selected.box.name, before.mailbox, now.mailbox), ("", before.server, now.server)):
        changed = sorted(entry for entry in old.keys() | new.keys() if old.get(entry) != new.get(entry))
        if changed:
            session.say(MetadataChanged(name, changed))


def know(selected: Selected, box: OpenMailbox | None, entries: Mapping[str, bytes | None]) -> None:
    """The client itself has just set these, of a mailbox or (None) of the server: it need not be told."""
    before: Notes | None = selected.notes
    if before is None:
        return
    if box is None:
        selected.notes = Notes(before.mailbox, _with(before.server, entries))
    elif (box.owner, box.id) == (selected.box.owner, selected.box.id):
        selected.notes = Notes(_with(before.mailbox, entries), before.server)


def _with(kept: Values, entries: Mapping[str, bytes | None]) -> Values:
    replaced = {entry.lower() for entry in entries}
    rest = {entry: value for entry, value in kept.items() if entry.lower() not in replaced}
    return {**rest, **{entry: value for entry, value in entries.items() if value is not None}}


async def _kept(session: Session, selected: Selected) -> Notes:
    """Those of the server are heard of while a mailbox of one's own is open."""
    box, annotations = selected.box, session.account.annotations
    of_mailbox = METADATA in session.enabled and may(box.rights, Verb.READ_ANNOTATIONS)
    return Notes(await annotations.of(box) if of_mailbox else {}, (await annotations.get(""))[1] if box.is_own else {})
