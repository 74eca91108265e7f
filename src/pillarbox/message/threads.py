"""Messages put into threads as IMAP's THREAD wants them: ORDEREDSUBJECT, REFERENCES and REFS (RFC 5256 §4).

Nothing here calls itself: chains may be as long as there are messages. A forest is written as one flat row of marks: the
places of messages, as they were given from 0, between OPEN and CLOSE, so that "(3 6 (4)(7))" is
OPEN 3 6 OPEN 4 CLOSE OPEN 7 CLOSE CLOSE.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pillarbox.limits import MessageLimits
from pillarbox.message.collation import in_turns
from pillarbox.message.headers import DEFAULT_LIMITS

OPEN, CLOSE = -1, -2
NOBODY = -1
"""In place of a parent, of a child, or of the message of a dummy."""
NODE = 150
"""Bytes that a node takes, or a message, besides texts."""
NEAR = 512
"""Steps towards a root that are not worth remembering."""
LIGHT = 8
"""So many of them cost no more than one that is remembered."""


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


def ordered_subject(subjects: Sequence[str], dates: Sequence[int]) -> "array[int]":
    """ORDEREDSUBJECT (RFC 5256 §4): those with one base subject are a thread, by date, the first one's children."""
    places = in_turns(range(len(dates)), dates.__getitem__)
    kin = Kin(len(dates))
    roots: list[int] = []
    first: dict[str, int] = {}
    for place in places:
        root = first.setdefault(subjects[place], place)
        if root == place:
            roots.append(place)
        else:
            kin.add(root, place)
    return _written(roots, kin, range(len(dates)))


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


class Kin:
    """Children by parent, in an order: nothing but numbers, however many there are."""

    def __init__(self, count: int) -> None:
        self.first = [NOBODY] * count
        self.last = [NOBODY] * count
        self.next = [NOBODY] * count
        """The next of the same parent's."""

    def add(self, parent: int, child: int) -> None:
        """After those there are."""
        last = self.last[parent]
        if last == NOBODY:
            self.first[parent] = child
        else:
            self.next[last] = child
        self.last[parent] = child

    def of(self, parent: int) -> Iterator[int]:
        child = self.first[parent]
        while child != NOBODY:
            yield child
            child = self.next[child]

    def set(self, parent: int, children: Iterable[int]) -> None:
        """These, and no others."""
        self.first[parent] = self.last[parent] = NOBODY
        for child in children:
            self.next[child] = NOBODY
            self.add(parent, child)

    def grow(self) -> None:
        """There is one more node."""
        for row in (self.first, self.last, self.next):
            row.append(NOBODY)


class Tree:
    """Messages linked by their references, as they are added: in the order of the mailbox (RFC 5256 §4, steps 1 to 3).

    A node is a number; it stands for a message, or is a dummy for one that is only referred to.
    """

    def __init__(self, limits: MessageLimits = DEFAULT_LIMITS) -> None:
        self._nodes: dict[str, int] = {}
        self._parent = array("i")  # of arrays the collector of garbage has nothing to look through
        self._message = array("i")
        """By node: the place of its message."""
        self._children = array("i")
        """By node: how many it has."""
        self._node = array("i")
        """By message."""
        self._dates = array("q")
        self._subjects: list[str] = []
        self._replies = bytearray()
        self._ancestor: dict[int, int] = {}
        """Of some nodes, an ancestor further up; kept true."""
        self._steps = limits.thread_steps

    def extend(self, members: Iterable[Member]) -> None:
        """Those that come next in the mailbox."""
        for member in members:
            self.add(member)

    def clear(self) -> None:
        """Forget all of them: a part after the other, as many texts take their time to go."""
        while self._nodes:
            self._nodes.popitem()
        self._subjects.clear()

    def weigh(self) -> int:
        """About how many bytes it takes."""
        names = sum(map(len, self._nodes)) + NODE * len(self._nodes)
        return names + sum(map(len, self._subjects)) + NODE * len(self._node)

    # Steps 1.A and 1.B.

    def add(self, member: Member) -> None:
        """The next message of the mailbox."""
        name, references, date, subject, is_reply = member
        before = self._chain(references) if references else NOBODY
        node = self._own_node(name)
        self._node.append(node)
        self._dates.append(date)
        self._subjects.append(subject)
        self._replies.append(is_reply)
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
        if self._ancestor:
            if self._children[child]:
                self._ancestor.clear()  # of those below the child, some may now be strangers
            else:
                self._ancestor.pop(child, None)

    def _root(self, node: int) -> int:
        """The last of a node's ancestors. Long ways are remembered, and there is an end to how many are gone."""
        parent, ancestor = self._parent, self._ancestor
        start = node
        node = ancestor.get(node, node)
        for gone in range(NEAR):
            above = parent[node]
            if above == NOBODY:
                self._steps -= gone // LIGHT
                return node
            node = above
        way = [start]
        while (above := ancestor.get(node, parent[node])) != NOBODY:
            way.append(node)
            node = above
        self._steps -= NEAR // LIGHT + len(way)
        ancestor.update(dict.fromkeys(way, node))
        return node

    # Steps 2 and 3.

    def _pruned(self, order: Iterable[int]) -> tuple[list[int], Kin]:
        """Roots and children, without dummies other than roots that have several children; all in the order in which the
        messages are given here, a dummy with its first child."""
        message, nodes = self._message, self._node
        roots: list[int] = []
        kin = Kin(len(self._parent))
        lifted: dict[int, int] = {}
        for place in order:
            node = nodes[place]
            above = self._above(node, lifted)
            if above == NOBODY:
                roots.append(node)
                continue
            if message[above] == NOBODY and kin.first[above] == NOBODY:
                roots.append(above)
            kin.add(above, node)
        return [self._only_child(root, kin) for root in roots], kin

    def _only_child(self, root: int, kin: Kin) -> int:
        """In place of a dummy that has no other; else the root itself."""
        first = kin.first[root]
        return first if self._message[root] == NOBODY and first == kin.last[root] else root

    def _above(self, node: int, lifted: dict[int, int]) -> int:
        """The nearest ancestor that is a message; the last one where all are dummies."""
        parent, message = self._parent, self._message
        node = parent[node]
        if node == NOBODY or message[node] != NOBODY:
            return node
        way = []
        while message[node] == NOBODY:
            known = lifted.get(node, NOBODY)
            if known != NOBODY:
                node = known
                break
            if parent[node] == NOBODY:
                break
            way.append(node)
            node = parent[node]
        if way:
            lifted.update(dict.fromkeys(way, node))
        return node

    # Steps 4 to 6.

    def by_references(self) -> "array[int]":
        """REFERENCES: threads with one base subject are one; siblings by date. More messages may be added afterwards."""
        count = len(self._parent)
        order = self._by_date()
        roots, kin = self._pruned(order)
        left, joining = self._gathered(roots, kin)
        if joining:
            roots = self._joined(left, joining, kin, order)
        marks = _written(roots, kin, self._message)
        for nodes in (self._parent, self._message, self._children):
            del nodes[count:]  # dummies that only held a subject together
        return marks

    def by_latest(self) -> "array[int]":
        """REFS: threads are what references make them, whatever their subjects; the one with the latest message is last."""
        roots, kin = self._pruned(self._by_date())
        dates, message = self._dates, self._message
        latest: dict[int, int] = {}
        for root in roots:
            newest, below = -(1 << 63), [root]
            while below:
                node = below.pop()
                if message[node] != NOBODY:
                    newest = max(newest, dates[message[node]])
                below += kin.of(node)
            latest[root] = newest
        places = {root: self._first(root, kin) for root in roots}
        return _written(in_turns(in_turns(roots, places.__getitem__), latest.__getitem__), kin, message)

    def _by_date(self) -> list[int]:
        """The messages, those of one date in the mailbox's order."""
        return in_turns(range(len(self._dates)), self._dates.__getitem__)

    def _first(self, root: int, kin: Kin) -> int:
        """The place of a root's message, or of the first below a dummy."""
        place = self._message[root]
        return place if place != NOBODY else self._message[kin.first[root]]

    def _gathered(self, roots: Sequence[int], kin: Kin) -> tuple[Iterable[int], dict[int, list[int]]]:
        """Step 5, where those with one base subject come together: the roots that are left, some of them dummies made for it,
        and by node the children it is given."""
        table = self._subject_table(roots, kin)
        message, replies, subjects = self._message, self._replies, self._subjects
        left = dict.fromkeys(roots)
        joining: dict[int, list[int]] = {}
        for root in roots:
            subject = subjects[self._first(root, kin)]
            other = table.get(subject, root) if subject else root
            if other == root:
                continue
            del left[root]
            if message[other] == NOBODY:
                joining.setdefault(other, []).extend(kin.of(root) if message[root] == NOBODY else (root,))
            elif replies[message[root]] and not replies[message[other]]:
                joining.setdefault(other, []).append(root)
            else:
                del left[other]
                table[subject] = together = self._new()
                kin.grow()
                left[together] = None
                joining[together] = [other, root]
        return left, joining

    def _joined(self, left: Iterable[int], joining: dict[int, list[int]], kin: Kin, order: Sequence[int]) -> list[int]:
        """Give each node the children it is given, and put roots and children in the messages' order."""
        message = self._message
        rank = [0] * len(order)
        for at, place in enumerate(order):
            rank[place] = at
        for node, children in joining.items():
            kin.set(node, in_turns([*kin.of(node), *children], lambda child: rank[message[child]]))
        return in_turns(left, lambda root: rank[self._first(root, kin)])

    def _subject_table(self, roots: Sequence[int], kin: Kin) -> dict[str, int]:
        """Step 5.B: for each base subject the root that the others come to."""
        table: dict[str, int] = {}
        message, replies = self._message, self._replies
        for root in roots:
            subject = self._subjects[self._first(root, kin)]
            if not subject:
                continue
            known = table.setdefault(subject, root)
            if known == root or message[known] == NOBODY:
                continue
            if message[root] == NOBODY or (replies[message[known]] and not replies[message[root]]):
                table[subject] = root
        return table


def _written(roots: Iterable[int], kin: Kin, message: Sequence[int]) -> "array[int]":
    """Threads as marks. What is left to write is nodes and marks, the next one last."""
    first, following = kin.first, kin.next
    marks: list[int] = []
    for root in roots:
        if first[root] == NOBODY:
            marks += (OPEN, message[root], CLOSE)
            continue
        left = [CLOSE, root, OPEN]
        while left:
            node = left.pop()
            if node < 0:
                marks.append(node)
                continue
            while node != NOBODY:
                if message[node] != NOBODY:
                    marks.append(message[node])
                child = first[node]
                if child != NOBODY and following[child] != NOBODY:
                    for each in reversed([*kin.of(node)]):
                        left += (CLOSE, each, OPEN)
                    break
                node = child
    return array("i", marks)
