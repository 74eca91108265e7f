"""What this worker knows of the mailboxes its sessions have open: arrays of UIDs, shared, and looked up once a change."""

from array import array
from collections import OrderedDict
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from ...mail.mailboxes import OpenMailbox
from ...mail.office import Office

MOST_UIDS = 4_000_000
"""UIDs remembered, four bytes each; beyond, the mailboxes unused for longest are forgotten (their sessions go on)."""


@dataclass(slots=True)
class Known:
    """A mailbox at one state of it."""

    modseq: int
    uids: "array[int]"
    first_unseen: int | None = None
    """The first UID without \\Seen, 0 for none; None: nobody has asked."""
    keywords: dict[str, str] = field(default_factory=dict)
    """Those that sessions have met in it, by their lower-case spelling."""


class Roster:
    """One a worker. Arrays in it are never changed in place."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, int, int], Known] = OrderedDict()
        self._held = 0

    def known(self, box: OpenMailbox) -> Known | None:
        """What is known of a mailbox, if nothing has happened to it since it was found."""
        key, mailbox = _key(box), box.mailbox
        found = self._known.get(key)
        if found is None or found.modseq != mailbox.highest_modseq or len(found.uids) != mailbox.messages:
            return None
        self._known.move_to_end(key)
        return found

    def share(self, box: OpenMailbox, uids: "array[int]", modseq: int) -> Known:
        """These are a mailbox's UIDs; the same ones, in the array another session has them in already where there is one."""
        key = _key(box)
        found = self._known.pop(key, None)
        if found is None or found.uids != uids:
            self._held += len(uids) - (len(found.uids) if found else 0)
            found = Known(modseq, uids, keywords=found.keywords if found else {})
        elif found.modseq != modseq:
            found.modseq, found.first_unseen = modseq, None
        self._known[key] = found
        while self._held > MOST_UIDS and len(self._known) > 1:
            _, forgotten = self._known.popitem(last=False)
            self._held -= len(forgotten.uids)
        return found


def _key(box: OpenMailbox) -> tuple[int, int, int]:
    return box.owner, box.mail.viewer, box.id


_ROSTERS: "WeakKeyDictionary[Office, Roster]" = WeakKeyDictionary()


def roster_of(office: Office) -> Roster:
    """The worker's, by its office."""
    found = _ROSTERS.get(office)
    if found is None:
        found = _ROSTERS[office] = Roster()
    return found
