"""What a client wants to be told without asking (RFC 5465), and what it has been told. Nothing here waits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from ...ids import AccountId, MailboxId, ModSeq
from ...mail.mailboxes import OpenMailbox, canonical
from ...mail.notify import Watch
from ...mail.rights import Verb, may
from ...proto.imap.attributes import FetchItem
from ...proto.imap.commands import EventGroup, NotifyEvent, Scope, StatusItem
from ...store.models import DELIMITER, INBOX, Mailbox

Key = tuple[AccountId, MailboxId]
Events = frozenset[NotifyEvent]
Boxes = Mapping[Key, OpenMailbox]

NEW, EXPUNGE, FLAGS = NotifyEvent.MESSAGE_NEW, NotifyEvent.MESSAGE_EXPUNGE, NotifyEvent.FLAG_CHANGE
NAME, SUBSCRIPTION = NotifyEvent.MAILBOX_NAME, NotifyEvent.SUBSCRIPTION_CHANGE
METADATA, SERVER = NotifyEvent.MAILBOX_METADATA_CHANGE, NotifyEvent.SERVER_METADATA_CHANGE
OF_MESSAGES: Events = frozenset({NEW, EXPUNGE, FLAGS})
KNOWN: Sequence[NotifyEvent] = (NEW, EXPUNGE, FLAGS, NAME, SUBSCRIPTION, METADATA, SERVER)
"""Those that there are here; messages have no annotations."""


def above(name: str) -> Iterator[str]:
    """The names above a name, the nearest first."""
    while DELIMITER in name:
        name = name.rpartition(DELIMITER)[0]
        yield name


def key_of(box: OpenMailbox) -> Key:
    return box.owner, box.id


@dataclass(frozen=True, slots=True)
class Group:
    """Some mailboxes and what is told of them, ready to be asked of one mailbox after the other."""

    asked: EventGroup
    names: frozenset[str]

    @classmethod
    def of(cls, asked: EventGroup) -> "Group":
        return cls(asked, frozenset(map(canonical, asked.source.names)))

    @property
    def scope(self) -> Scope:
        return self.asked.source.scope

    def covers(self, name: str, is_own: bool, subscribed: frozenset[str]) -> bool:
        """Whether a mailbox is among those meant; the one that is open is meant by nothing but its own choice."""
        match self.scope:
            case Scope.SELECTED:
                return False
            case Scope.PERSONAL:
                return is_own
            case Scope.INBOXES:
                return name == INBOX
            case Scope.SUBSCRIBED:
                return name in subscribed
            case Scope.MAILBOXES:
                return name in self.names
            case Scope.SUBTREE:
                return not self.names.isdisjoint((name, *above(name)))
            case Scope.SUBTREE_ONE:
                return not self.names.isdisjoint((name, *islice(above(name), 1)))


@dataclass(slots=True)
class Wishes:
    """One client's, from one NOTIFY to the next."""

    groups: Sequence["Group"]
    own: AccountId
    boxes: dict[Key, OpenMailbox] = field(default_factory=dict)
    """All that may be listed, as the client knows of them."""
    subscribed: frozenset[str] = frozenset()
    events: Mapping[Key, Events] = field(default_factory=dict)
    """Of those that may be read: what is told of each while it is not open."""
    notes: dict[Key | None, Mapping[str, int]] = field(default_factory=dict)
    """Of those whose annotations are told of, and (None) the server: a digest of each value."""
    version: int = 0
    """Of people, groups, and who shares with whom, when all that may be listed was looked at."""
    since: dict[AccountId, ModSeq] = field(default_factory=dict)
    """Up to where the change logs of those that own them have been read."""
    watches: dict[AccountId, Watch] = field(default_factory=dict)
    heard: set[AccountId] = field(default_factory=set)
    """Accounts that have changed since."""
    arrived: list[int] = field(default_factory=list)
    """UIDs in the open mailbox of which the client has been told that they exist, and nothing else."""
    made: set[int] = field(default_factory=set)
    """UIDs there that this client has put there itself, and need not be told of."""
    named: frozenset[str] = frozenset()
    """Mailboxes that the command in hand changes itself."""
    is_answering: bool = False
    """Whether the command in hand changes the open mailbox, so that its answer tells of that whatever is wished."""

    @property
    def of_selected(self) -> EventGroup | None:
        return next((group.asked for group in self.groups if group.scope is Scope.SELECTED), None)

    @property
    def hears_messages(self) -> bool:
        """Whether what comes to and goes from the open mailbox is told."""
        group = self.of_selected
        return self.is_answering or (group is not None and bool(group.events))

    @property
    def hears_flags(self) -> bool:
        group = self.of_selected
        return group is not None and FLAGS in group.events

    @property
    def is_delayed(self) -> bool:
        """Whether numbers stay as they are until a command lets them change (RFC 5465 §6.1.2)."""
        group = self.of_selected
        return group is None or group.is_delayed

    @property
    def fetched(self) -> Sequence[FetchItem]:
        group = self.of_selected
        return group.fetched if group else ()

    @property
    def all(self) -> Events:
        """What is told of any mailbox that is not open."""
        return frozenset().union(*(group.asked.events for group in self.groups if group.scope is not Scope.SELECTED))

    @property
    def looks_abroad(self) -> bool:
        """Whether other people's mailboxes may be meant."""
        return any(group.scope not in (Scope.SELECTED, Scope.PERSONAL, Scope.INBOXES) for group in self.groups)

    def follows_subscriptions(self) -> bool:
        return SUBSCRIPTION in self.all or any(group.scope is Scope.SUBSCRIBED for group in self.groups)

    def events_of(self, name: str, owner: AccountId, subscribed: frozenset[str]) -> Events:
        """What is told of a mailbox: all that any of the groups it is in says (RFC 5465 §6)."""
        found = (group.asked.events for group in self.groups if group.covers(name, owner == self.own, subscribed))
        return frozenset().union(*found)

    def cancel(self) -> None:
        for watch in self.watches.values():
            watch.cancel()
        self.watches.clear()


def observed(wishes: Wishes, box: OpenMailbox, subscribed: frozenset[str]) -> Events:
    """What is told of one that may be listed, and may be told: it can be read (RFC 5465 §5)."""
    return wishes.events_of(box.name, box.owner, subscribed) if may(box.rights, Verb.READ) else frozenset()


# What has changed.


class NameChange(NamedTuple):
    name: str
    """As it is now, or was last."""
    owner: AccountId
    old_name: str | None = None
    is_parent: bool = False
    """Nothing but what is below it has changed."""


def name_changes(before: Boxes, now: Boxes) -> list[NameChange]:
    """Mailboxes made, deleted and renamed; those that moved along with one above them are not told of (RFC 5465 §5.4)."""
    renamed = {before[key].name: box.name for key, box in now.items() if key in before and before[key].name != box.name}
    found = list(_made_and_deleted(before, now))
    for key, box in now.items():
        old = before[key].name if key in before else box.name
        if old != box.name and not _went_along(old, box.name, renamed):
            found.append(NameChange(box.name, box.owner, old))
    return sorted(found)


def _made_and_deleted(before: Boxes, now: Boxes) -> Iterator[NameChange]:
    there = {box.name for box in now.values()}
    told = set[str]()
    for key in {**before, **now}:
        old, new = before.get(key), now.get(key)
        box = new or old
        assert box is not None
        is_other = old is None or new is None or old.mailbox.selectable != new.mailbox.selectable
        if not is_other or box.name in told or (new is None and box.name in there):
            continue
        told.add(box.name)
        yield NameChange(box.name, box.owner)
        parent = box.name.rpartition(DELIMITER)[0]
        if parent in there and parent not in told:
            told.add(parent)
            yield NameChange(parent, box.owner, is_parent=True)


def _went_along(old: str, new: str, renamed: Mapping[str, str]) -> bool:
    """Whether a mailbox has its new name because one above it has."""
    return any(one in renamed and new == renamed[one] + old[len(one) :] for one in above(old))


def counts_told(events: Events, before: Mailbox | None, now: Mailbox, *, condstore: bool) -> Sequence[StatusItem]:
    """What of a mailbox's counts is to be told; empty: nothing has changed that was asked for (RFC 5465 §5.1 to §5.3). Without
    `before` it is new, or in the place of another, of other UIDs."""
    highest = [StatusItem.HIGHESTMODSEQ] if condstore else []
    if before is None:
        return [StatusItem.MESSAGES, StatusItem.UIDNEXT, StatusItem.UIDVALIDITY, StatusItem.UNSEEN, *highest]
    unseen = [StatusItem.UNSEEN] if before.unseen != now.unseen else []
    if (before.uidnext, before.messages) != (now.uidnext, now.messages):
        return [StatusItem.MESSAGES, StatusItem.UIDNEXT, *unseen, *highest]
    if FLAGS not in events or before.highest_modseq == now.highest_modseq or not (unseen or highest):
        return []
    return [StatusItem.UIDVALIDITY, *unseen, *highest]


def counts_at_first(events: Events) -> Sequence[StatusItem]:
    """What NOTIFY SET STATUS tells (RFC 5465 §3)."""
    highest = [StatusItem.HIGHESTMODSEQ] if FLAGS in events else []
    return [StatusItem.MESSAGES, StatusItem.UIDNEXT, StatusItem.UIDVALIDITY, StatusItem.UNSEEN, *highest]


def entries_changed(before: Mapping[str, int], now: Mapping[str, int]) -> Sequence[str]:
    """Annotations that are other than they were, or no more."""
    return sorted(name for name in {**before, **now} if before.get(name) != now.get(name))


def digests(values: Mapping[str, bytes]) -> Mapping[str, int]:
    return {name: hash(value) for name, value in values.items()}


def keyed(boxes: Iterable[OpenMailbox]) -> dict[Key, OpenMailbox]:
    return {key_of(box): box for box in boxes}
