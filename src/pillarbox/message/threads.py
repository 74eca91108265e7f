"""Messages put into threads as IMAP's THREAD wants them: ORDEREDSUBJECT, REFERENCES and REFS (RFC 5256 §4).

Nothing here calls itself: chains may be as long as there are messages. A forest is written as one flat row of marks: the
places of messages, as they were given from 0, between OPEN and CLOSE, so that "(3 6 (4)(7))" is
OPEN 3 6 OPEN 4 CLOSE OPEN 7 CLOSE CLOSE.
"""

from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pillarbox.limits import MessageLimits
from pillarbox.message.collation import in_turns
from pillarbox.message.headers import DEFAULT_LIMITS

OPEN, CLOSE = -1, -2
NOBODY = -1
"""In place of a parent, or of the message of a dummy."""
NODE = 150
"""Bytes that a node takes, or a message, besides texts."""
FEW = 8
"""Steps towards a root that are not worth remembering."""


class Member(NamedTuple):
    """What is known of a message."""

    message_id: str
    """"" where it has none."""
    references: Sequence[str]
    """Message-ids, oldest first."""
    date: int
    subject: str = ""
    """The base subject, in the form in which subjects compare; those of which it is asked: see each algorithm."""
    is_reply: bool = False
    """Whether something was taken off the subject that says so (`threading.parted`)."""


def ordered_subject(members: Sequence[Member]) -> "array[int]":
    """ORDEREDSUBJECT (RFC 5256 §4): those with one base subject are a thread, by `date`, the first one's children."""
    places = in_turns(range(len(members)), lambda place: members[place].date)
    groups: dict[str, list[int]] = {}
    for place in places:
        groups.setdefault(members[place].subject, []).append(place)
    kids = {group[0]: group[1:] for group in groups.values() if len(group) > 1}
    return _written([group[0] for group in groups.values()], kids, range(len(members)))


def by_references(members: Iterable[Member], limits: MessageLimits = DEFAULT_LIMITS) -> "array[int]":
    """REFERENCES (RFC 5256 §4), dates being when messages were sent."""
    tree = Tree(limits)
    tree.extend(members)
    return tree.by_references()


def by_references_alone(members: Iterable[Member], limits: MessageLimits = DEFAULT_LIMITS) -> "array[int]":
    """REFS: see `Tree.by_latest`."""
    tree = Tree(limits)
    tree.extend(members)
    return tree.by_latest()


class Tree:
    """Messages linked by their references, as they are added: in the order of the mailbox (RFC 5256 §4, steps 1 to 3).

    A node is a number; it stands for a message, or is a dummy for one that is only referred to.
    """

    def __init__(self, limits: MessageLimits = DEFAULT_LIMITS) -> None:
        self._nodes: dict[str, int] = {}
        self._parent: list[int] = []
        self._message: list[int] = []
        """By node: the place of its message."""
        self._children: list[int] = []
        """By node: how many it has."""
        self._node: list[int] = []
        """By message."""
        self._dates: list[int] = []
        self._subjects: list[str] = []
        self._replies = bytearray()
        self._ancestor: dict[int, int] = {}
        """Of some nodes, an ancestor further up; kept true."""
        self._steps = limits.thread_steps

    def extend(self, members: Iterable[Member]) -> None:
        """Those that come next in the mailbox."""
        for member in members:
            self.add(member)

    def weigh(self) -> int:
        """About how many bytes it takes."""
        names = sum(map(len, self._nodes)) + NODE * len(self._nodes)
        return names + sum(map(len, self._subjects)) + NODE * len(self._node)

    # Steps 1.A and 1.B.

    def add(self, member: Member) -> None:
        """The next message of the mailbox."""
        before = self._chain(member.references)
        node = self._own_node(member.message_id)
        self._node.append(node)
        self._dates.append(member.date)
        self._subjects.append(member.subject)
        self._replies.append(member.is_reply)
        if self._parent[node] != before:
            self._cut(node)
            if before != NOBODY:
                self._link(before, node)

    def _chain(self, references: Sequence[str]) -> int:
        """Link what is referred to, each to the one before it, where it has no parent; the last one's node."""
        nodes, parent = self._nodes, self._parent
        before = NOBODY
        for name in references:
            node = nodes.get(name, NOBODY)
            if node == NOBODY:
                node = nodes[name] = self._new()
            if before != NOBODY and parent[node] == NOBODY:
                self._link(before, node)
            before = node
        return before

    def _own_node(self, name: str) -> int:
        """The node of the next message: one of its own where its message-id is another's already."""
        node = self._nodes.get(name, NOBODY) if name else NOBODY
        if node == NOBODY:
            node = self._new()
            if name:
                self._nodes[name] = node
        elif self._message[node] != NOBODY:
            node = self._new()
        self._message[node] = len(self._node)
        return node

    def _new(self) -> int:
        self._parent.append(NOBODY)
        self._message.append(NOBODY)
        self._children.append(0)
        return len(self._parent) - 1

    def _link(self, parent: int, child: int) -> None:
        """Of a child without parent, unless that made a loop: then the child is where the parent's ancestors end."""
        if parent == child:
            return
        if self._children[child] and (self._steps < 0 or self._root(parent) == child):
            return
        self._parent[child] = parent
        self._children[parent] += 1

    def _cut(self, child: int) -> None:
        parent = self._parent[child]
        if parent == NOBODY:
            return
        self._parent[child] = NOBODY
        self._children[parent] -= 1
        if self._children[child]:
            self._ancestor.clear()  # of those below the child, some may now be strangers
        else:
            self._ancestor.pop(child, None)

    def _root(self, node: int) -> int:
        """The last of a node's ancestors. Long ways are remembered, and there is an end to how many are gone."""
        parent, ancestor = self._parent, self._ancestor
        way = []
        while (above := ancestor.get(node, parent[node])) != NOBODY:
            way.append(node)
            node = above
        if len(way) > FEW:
            self._steps -= len(way)
            ancestor.update(dict.fromkeys(way, node))
        return node

    # Steps 2 and 3.

    def _pruned(self) -> tuple[list[int], dict[int, list[int]]]:
        """Roots and children, without dummies other than roots that have several children; all in the mailbox's order."""
        roots: list[int] = []
        kids: dict[int, list[int]] = {}
        lifted: dict[int, int] = {}
        for node in self._node:
            above = self._above(node, lifted)
            if above == NOBODY:
                roots.append(node)
            elif above in kids:
                kids[above].append(node)
            else:
                kids[above] = [node]
        for dummy in [node for node in kids if self._message[node] == NOBODY]:
            if len(kids[dummy]) == 1:
                roots += kids.pop(dummy)
            else:
                roots.append(dummy)
        return roots, kids

    def _above(self, node: int, lifted: dict[int, int]) -> int:
        """The nearest ancestor that is a message; the last one where all are dummies."""
        parent, message = self._parent, self._message
        node = parent[node]
        way = []
        while node != NOBODY and message[node] == NOBODY:
            known = lifted.get(node, NOBODY)
            if known != NOBODY:
                node = known
                break
            if parent[node] == NOBODY:
                break
            way.append(node)
            node = parent[node]
        lifted.update(dict.fromkeys(way, node))
        return node

    # Steps 4 to 6.

    def by_references(self) -> "array[int]":
        """REFERENCES: threads with one base subject are one; siblings by date. More messages may be added afterwards."""
        count = len(self._parent)
        roots, kids = self._pruned()
        for siblings in kids.values():
            self._sort(siblings)
        places = {root: self._first(root, kids) for root in roots}
        roots, changed = self._gathered(self._sorted_roots(roots, places), kids, places)
        for node in changed:
            self._sort(kids[node])
            places[node] = self._first(node, kids)
        marks = _written(self._sorted_roots(roots, places), kids, self._message)
        for nodes in (self._parent, self._message, self._children):
            del nodes[count:]  # dummies that only held a subject together
        return marks

    def by_latest(self) -> "array[int]":
        """REFS: threads are what references make them, whatever their subjects; the one with the latest message is last."""
        roots, kids = self._pruned()
        for siblings in kids.values():
            self._sort(siblings)
        dates, message = self._dates, self._message
        latest: dict[int, int] = {}
        for root in roots:
            newest, below = -(1 << 63), [root]
            while below:
                node = below.pop()
                if message[node] != NOBODY:
                    newest = max(newest, dates[message[node]])
                below += kids.get(node, ())
            latest[root] = newest
        places = {root: self._first(root, kids) for root in roots}
        return _written(in_turns(in_turns(roots, places.__getitem__), latest.__getitem__), kids, message)

    def _sort(self, siblings: list[int]) -> None:
        """By date, then by their order in the mailbox; no dummy is among them."""
        if len(siblings) > 1:
            dates, message = self._dates, self._message
            siblings[:] = in_turns(siblings, lambda node: (dates[message[node]], message[node]))

    def _sorted_roots(self, roots: list[int], places: dict[int, int]) -> list[int]:
        """As siblings, a dummy by its first child: by `places`."""
        dates = self._dates
        return in_turns(in_turns(roots, places.__getitem__), lambda root: dates[places[root]])

    def _first(self, root: int, kids: dict[int, list[int]]) -> int:
        """The place of a root's message, or of the first below a dummy."""
        place = self._message[root]
        return place if place != NOBODY else self._message[kids[root][0]]

    def _gathered(self, roots: list[int], kids: dict[int, list[int]], places: dict[int, int]) -> tuple[list[int], set[int]]:
        """Step 5: the roots that are left when those with one base subject are together, and those with new children."""
        table = self._subject_table(roots, places)
        message, replies = self._message, self._replies
        left: dict[int, None] = dict.fromkeys(roots)
        changed: set[int] = set()
        for root in roots:
            subject = self._subjects[places[root]]
            other = table.get(subject, root) if subject else root
            if other == root:
                continue
            del left[root]
            if message[other] == NOBODY:
                kids[other] += kids[root] if message[root] == NOBODY else [root]
            elif replies[message[root]] and not replies[message[other]]:
                kids.setdefault(other, []).append(root)
            else:
                del left[other]
                together = self._new()
                kids[together] = [other, root]
                table[subject], left[together] = together, None
                other = together
            changed.add(other)
        return list(left), changed

    def _subject_table(self, roots: list[int], places: dict[int, int]) -> dict[str, int]:
        """Step 5.B: for each base subject the root that the others come to."""
        table: dict[str, int] = {}
        message, replies = self._message, self._replies
        for root in roots:
            subject = self._subjects[places[root]]
            if not subject:
                continue
            known = table.setdefault(subject, root)
            if known == root or message[known] == NOBODY:
                continue
            if message[root] == NOBODY or (replies[message[known]] and not replies[message[root]]):
                table[subject] = root
        return table


def _written(roots: Sequence[int], kids: dict[int, list[int]], message: Sequence[int]) -> "array[int]":
    """Threads as marks. What is left to write is nodes and marks, the next one last."""
    marks: list[int] = []
    for root in roots:
        if root not in kids:
            marks += (OPEN, message[root], CLOSE)
            continue
        left = [CLOSE, root, OPEN]
        while left:
            node = left.pop()
            if node < 0:
                marks.append(node)
                continue
            if message[node] != NOBODY:
                marks.append(message[node])
            below = kids.get(node, ())
            if len(below) == 1:
                left += below
            else:
                for child in reversed(below):
                    left += (CLOSE, child, OPEN)
    return array("i", marks)
