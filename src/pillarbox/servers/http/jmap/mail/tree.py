"""Mailboxes of an account as JMAP has them: a tree of names, each with its counts and one's rights (RFC 8621 §2).

IMAP's hierarchy is in the names: "Lists/Python" is `Python` below `Lists`. Where a mailbox above may not be seen, the nearest
one above it that may is the parent, and what lies between belongs to the name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pillarbox.ids import MailboxId
from pillarbox.mail.mailbox_names import canonical
from pillarbox.mail.opened import OpenMailbox
from pillarbox.mail.rights import Right
from pillarbox.message.text import fold
from pillarbox.proto.jmap import ids
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail.filter import MailboxCondition
from pillarbox.proto.jmap.mail.mailbox import SHARE_WITH
from pillarbox.proto.jmap.mail.sort import Comparator
from pillarbox.store.emails import EmailCounts
from pillarbox.store.models import DELIMITER, INBOX

from ..call import OpenedFor
from .sharing import MAY, MAY_SHARE, Shares

ROLES: Final[Mapping[str, str]] = {
    "archive": "\\Archive",
    "drafts": "\\Drafts",
    "flagged": "\\Flagged",
    "important": "\\Important",
    "junk": "\\Junk",
    "sent": "\\Sent",
    "trash": "\\Trash",
}
"""Roles that a mailbox may be given, and the special uses they are (RFC 6154 §2); "inbox" is INBOX's alone."""
_BY_USE: Final = {use: role for role, use in ROLES.items()}
_INBOX: Final = "inbox"
_OF_THE_TREE: Final = frozenset(("mayCreateChild", "mayRename", "mayDelete"))
"""What may be done with a mailbox that only holds others, too."""
_NOT_OF_INBOX: Final = frozenset(("mayRename", "mayDelete"))


@dataclass(frozen=True, slots=True)
class Node:
    """One mailbox."""

    box: OpenMailbox
    name: str
    parent: MailboxId | None
    is_subscribed: bool
    counts: EmailCounts
    shared: Mapping[str, Json] | None = None
    """`shareWith`, where that is to be shown at all: of whoever knows of RFC 9670."""

    @property
    def id(self) -> MailboxId:
        return self.box.id

    @property
    def path(self) -> str:
        """As its owner has it."""
        return self.box.mailbox.name

    @property
    def is_inbox(self) -> bool:
        return self.path == INBOX

    @property
    def role(self) -> str | None:
        return _INBOX if self.is_inbox else _BY_USE.get(self.box.mailbox.special_use or "")

    def to_json(self) -> dict[str, Json]:
        """Every property."""
        counts = self.counts
        return {
            "id": ids.mailbox_id(self.id),
            "name": self.name,
            "parentId": None if self.parent is None else ids.mailbox_id(self.parent),
            "role": self.role,
            "sortOrder": self.box.mailbox.sort_order,
            "totalEmails": counts.emails,
            "unreadEmails": counts.unread_emails,
            "totalThreads": counts.threads,
            "unreadThreads": counts.unread_threads,
            "myRights": self._rights(),
            "isSubscribed": self.is_subscribed,
            **(self.shared or {}),
        }

    def _rights(self) -> dict[str, Json]:
        rights, holds = self.box.rights, self.box.mailbox.selectable
        may: dict[str, Json] = {
            name: right in rights and (holds or name in _OF_THE_TREE) and not (self.is_inbox and name in _NOT_OF_INBOX)
            for name, right in MAY.items()
        }
        return may if self.shared is None else {**may, MAY_SHARE: Right.ADMINISTER in rights}


class Tree:
    """All mailboxes of an account that one may know of, as they were when it was made, and with what it has been told since."""

    def __init__(
        self,
        boxes: Sequence[OpenMailbox],
        subscribed: frozenset[str],
        counts: Mapping[MailboxId, EmailCounts],
        shared: Mapping[MailboxId, Json] | None = None,
    ) -> None:
        self.nodes: dict[MailboxId, Node] = {}
        self._by_path = {box.mailbox.name: box.id for box in boxes}
        self._subscribed = set(subscribed)
        for box in boxes:
            self._put(box, counts.get(box.id, EmailCounts()), None if shared is None else {SHARE_WITH: shared[box.id]})
        first = next(iter(boxes), None)
        self.prefix = first.name.removesuffix(first.mailbox.name) if first is not None else ""
        """What stands before the owner's names in those of whoever looks."""

    @classmethod
    async def of(cls, opened: OpenedFor, *, with_counts: bool = True, with_shares: bool = False) -> "Tree":
        boxes = await opened.emails.mailboxes()
        counts = await opened.emails.counts() if with_counts else {}
        shares = Shares(opened.office, opened)
        shared = {box.id: await shares.of(box) for box in boxes} if with_shares else None
        return cls(boxes, await opened.open.mail.subscriptions(), counts, shared)

    def _put(self, box: OpenMailbox, counts: EmailCounts, shared: Mapping[str, Json] | None) -> Node:
        parent, name = _placed(box.mailbox.name, self._by_path)
        name = INBOX.capitalize() if box.mailbox.name == INBOX else name
        node = self.nodes[box.id] = Node(box, name, parent, box.name in self._subscribed, counts, shared)
        return node

    def find(self, mailbox_id: str) -> Node | None:
        number = ids.read_mailbox(mailbox_id)
        return None if number is None else self.nodes.get(number)

    def at(self, path: str) -> Node | None:
        """The mailbox that its owner has by this name, however that is written."""
        found = self._by_path.get(canonical(path))
        return None if found is None else self.nodes[found]

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def above(self, node: Node) -> Iterator[Node]:
        """The mailboxes it lies in, nearest first."""
        here: MailboxId | None = node.parent
        while here is not None:
            found = self.nodes[here]
            yield found
            here = found.parent

    def below(self, which: Iterable[MailboxId]) -> set[MailboxId]:
        """Those within any of these, however deep."""
        tops = set(which)
        return {node.id for node in self if any(each.id in tops for each in self.above(node))}

    def has_child(self, node: Node) -> bool:
        below = node.path + DELIMITER
        return any(path.startswith(below) for path in self._by_path)

    # What has been done to it.

    def made(self, box: OpenMailbox, shared: Mapping[str, Json] | None) -> Node:
        """A mailbox is there now, and nothing in it."""
        self._by_path[box.mailbox.name] = box.id
        return self._put(box, EmailCounts(), shared)

    def subscribed(self, name: str, on: bool) -> None:
        """To a name as whoever looks has it."""
        (self._subscribed.add if on else self._subscribed.discard)(name)
        node = self.at(name.removeprefix(self.prefix))
        if node is not None and node.box.name == name:
            self.nodes[node.id] = replace(node, is_subscribed=on)

    def changed(self, node: Node, **fields: str | int | None) -> None:
        """Its mailbox: a role, or where it stands."""
        self.nodes[node.id] = replace(node, box=_altered(node.box, **fields))

    def shared(self, node: Node, shared: Mapping[str, Json] | None) -> None:
        """With others than before."""
        self.nodes[node.id] = replace(node, shared=shared)

    def moved(self, node: Node, path: str) -> None:
        """To where its owner has it now, and all below it, with what is subscribed to."""
        old = node.path
        moving = [each for each in self if _is_within(each.path, old)]
        around = [each for each in self if each.path.startswith(path + DELIMITER)]  # it may be what they lie in from now on
        self._subscribed = {
            self.prefix + path + name[len(self.prefix + old) :] if _is_within(name, self.prefix + old) else name
            for name in self._subscribed
        }
        for each in moving:
            del self._by_path[each.path]
        for place, each in enumerate(moving):
            name = path + each.path[len(old) :]
            self._by_path[name] = each.id
            moving[place] = replace(each, box=replace(_altered(each.box, name=name), name=self.prefix + name))
        for each in (*moving, *around):
            self._put(each.box, each.counts, each.shared)
        self._drop_hollow(old)

    def gone(self, node: Node) -> None:
        """It is no more, nor are those that were left only for what was in them."""
        del self.nodes[node.id], self._by_path[node.path]
        self._drop_hollow(node.path)

    def _drop_hollow(self, path: str) -> None:
        while DELIMITER in path:
            path = path.rpartition(DELIMITER)[0]
            node = self.at(path)
            if node is None or node.box.mailbox.selectable or self.has_child(node):
                return
            del self.nodes[node.id], self._by_path[path]

    # Queries.

    def matching(self, test: Callable[[Node], bool], *, as_tree: bool) -> list[Node]:
        """Those that pass, with `as_tree` only where all above pass too (RFC 8621 §2.3, filterAsTree)."""
        passed = {node.id for node in self if test(node)}
        if as_tree:
            passed = {each for each in passed if all(above.id in passed for above in self.above(self.nodes[each]))}
        return [node for node in self if node.id in passed]

    def in_order(self, nodes: Sequence[Node], by: Sequence[Comparator], *, as_tree: bool) -> list[Node]:
        """Sorted; with `as_tree` each right behind what it lies in (RFC 8621 §2.3, sortAsTree)."""
        ordered = _sorted(list(self) if as_tree else nodes, by)
        return self._walked(ordered, {node.id for node in nodes}) if as_tree else ordered

    def _walked(self, ordered: Sequence[Node], wanted: set[MailboxId]) -> list[Node]:
        inside: dict[MailboxId | None, list[Node]] = {}
        for node in reversed(ordered):
            inside.setdefault(node.parent, []).append(node)
        waiting, found = inside.get(None, []), list[Node]()
        while waiting:
            node = waiting.pop()
            if node.id in wanted:
                found.append(node)
            waiting += inside.get(node.id, ())
        return found


def _altered(box: OpenMailbox, **fields: str | int | None) -> OpenMailbox:
    return replace(box, mailbox=replace(box.mailbox, **fields))  # type: ignore[arg-type]  # of its own fields


def _is_within(path: str, top: str) -> bool:
    """Whether it is that one, or lies in it."""
    return path.startswith(top) and path[len(top) : len(top) + 1] in ("", DELIMITER)


def _placed(path: str, by_path: Mapping[str, MailboxId]) -> tuple[MailboxId | None, str]:
    """The nearest mailbox above that is there, and the name below it."""
    at = path.rfind(DELIMITER)
    while at > 0:
        parent = by_path.get(path[:at])
        if parent is not None:
            return parent, path[at + 1 :]
        at = path.rfind(DELIMITER, 0, at)
    return None, path


def _sorted(nodes: Sequence[Node], by: Sequence[Comparator]) -> list[Node]:
    """By each comparator; what they tell not apart, by name and number."""
    found = sorted(nodes, key=lambda node: (fold(node.name), node.id))
    for comparator in reversed(by):
        found.sort(key=_KEYS[comparator.property], reverse=not comparator.is_ascending)
    return found


_KEYS: Final[Mapping[str, Callable[[Node], tuple[int, str]]]] = {
    "sortOrder": lambda node: (node.box.mailbox.sort_order, ""),
    "name": lambda node: (0, fold(node.name)),
}


def test_of(condition: MailboxCondition, resolve: Callable[[str], str]) -> Callable[[Node], bool]:
    """Whether a mailbox is as a condition asks."""
    parent = None if condition.parent is None else ids.read_mailbox(resolve(condition.parent)) or MailboxId(0)
    part = fold(condition.name)
    checks: Mapping[str, Callable[[Node], bool]] = {
        "parentId": lambda node: node.parent == parent,
        "name": lambda node: part in fold(node.name),
        "role": lambda node: node.role == condition.role,
        "hasAnyRole": lambda node: (node.role is not None) == condition.has_any_role,
        "isSubscribed": lambda node: node.is_subscribed == condition.is_subscribed,
    }
    wanted = [checks[name] for name in condition.given]
    return lambda node: all(check(node) for check in wanted)
