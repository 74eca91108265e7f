"""The way to one next hop: what waits to go there, how many conversations may, and whether anyone is at home."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from ..store.queued import Claimed, Destination
from .verdict import Verdict

A_LANE: Final = 4
"""Messages in hand for each conversation the road is wide enough for: the next one is there when one is done."""

REMEMBERED: Final = 86400
"""Seconds for which it is known that nobody was there."""


class Road:
    """A road begins one lane wide, so that a dead host costs one attempt, and widens while messages are taken."""

    __slots__ = ("backlog", "closed_until", "failures", "lanes", "most", "name", "starved", "talking", "trouble", "width")

    def __init__(self, name: str, most: int) -> None:
        """`most`: conversations at a time."""
        self.name = name
        self.most = most
        self.width = 1
        self.lanes = 0
        """Conversations under way, or trying to begin."""
        self.talking = 0
        """And those of them that have a connection."""
        self.backlog: deque[Claimed] = deque()
        self.starved = False
        """There may be more of it in the queue: it was full when the queue was asked."""
        self.failures = 0
        """How often in a row no host of it could be reached."""
        self.closed_until = 0
        self.trouble: Verdict | None = None
        """Why it is closed."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more need be taken in hand for it."""
        return len(self.backlog) >= A_LANE * self.width

    @property
    def is_low(self) -> bool:
        return 2 * len(self.backlog) <= A_LANE * self.width

    @property
    def is_idle(self) -> bool:
        return not self.lanes and not self.backlog

    def is_forgotten(self, now: int) -> bool:
        """Whether it was closed so long ago that nothing need be known of it."""
        return self.is_idle and now >= self.closed_until + REMEMBERED

    @property
    def is_suspect(self) -> bool:
        """Whether a conversation is likely to be a long wait for nothing."""
        return self.failures > 0

    def destinations(self) -> Iterator[Destination]:
        return (pair.destination for pair in self.backlog)

    def has_room(self) -> bool:
        """Whether one more conversation would have something to do, and may be."""
        return self.lanes < self.width and bool(self.backlog)

    def closed(self, now: int) -> Verdict | None:
        """Why nothing is to be tried now."""
        return self.trouble if now < self.closed_until else None

    def reached(self) -> bool:
        """A message could be handed over there. Whether it is open again after it was closed."""
        reopened = self.failures > 0
        self.failures, self.closed_until, self.trouble = 0, 0, None
        self.width = min(self.most, self.width * 2)
        return reopened

    def crowded(self) -> None:
        """A host took no further connection, while it talks over others."""
        self.width = max(1, self.talking)

    def close(self, until: int, trouble: Verdict) -> None:
        """No host could be reached."""
        self.failures += 1
        self.width = 1
        self.closed_until, self.trouble = until, trouble

    def open(self) -> None:
        """Try again, whatever was before."""
        self.closed_until = 0
