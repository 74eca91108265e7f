"""Failed log-ins, slowed by address and by account, over all protocols and worker processes together.

Who has logged in to an account from an address is known there: what strangers do, to the account or from the address (a
household, an office, a webmail server), does not slow them; only their own failures do.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from ..clock import Clock

_FREE = 5  # failures on an account that cost nothing: a person mistypes, a client retries
_FREE_FOR_ALL = 10  # and from an address, where there may be many people
_LONGEST = 15.0
_FORGET = 900.0
_KNOWN_FOR = 86_400.0
_TABLE = 50_000


@functools.lru_cache(4096)
def origin_key(address: str) -> str:
    """An address as failures are counted: IPv6 by /64, which one person has whole; loopback, no stranger, not at all."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    ip = ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
    if ip.is_loopback:
        return ""
    return ip.exploded[:19] if isinstance(ip, IPv6Address) else str(ip)


class Throttle:
    """How long the next try must wait.

    A failure is forgotten after a quarter of an hour; a success forgives those on its account, not the address its other ones.
    `tell_others` is given a word for the other workers' `heard`; a lost one is a failure that they do not count.
    """

    def __init__(self, clock: Clock, tell_others: Callable[[bytes], None] = lambda word: None) -> None:
        self._clock = clock
        self._tell_others = tell_others
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], float] = OrderedDict()

    def delay(self, name: str, origin: str) -> float:
        """Seconds to wait before looking at the password. `name` is "" where it is none, `origin` where there is no address."""
        if name and self._known.get((name, origin), 0.0) > self._clock.monotonic():
            return _wait(self._count((name, origin)), _FREE)
        return max(_wait(self._count((name, "*")), _FREE), _wait(self._count(("*", origin)), _FREE_FOR_ALL))

    def failures(self, name: str) -> int:
        """How many there were on a name lately, wherever they came from."""
        return self._count((name, "*"))

    def failed(self, name: str, origin: str) -> None:
        self._failed(name, origin)
        self._tell_others(f"-{name}\0{origin}".encode())

    def succeeded(self, name: str, origin: str) -> None:
        if (name, "*") in self._failures or self._known.get((name, origin), 0.0) < self._clock.monotonic() + _KNOWN_FOR / 2:
            self._tell_others(f"+{name}\0{origin}".encode())
        self._succeeded(name, origin)

    def heard(self, word: bytes) -> None:
        """What another worker told."""
        name, _, origin = word[1:].decode("utf-8", "replace").partition("\0")
        if word[:1] == b"-":
            self._failed(name, origin)
        elif word[:1] == b"+":
            self._succeeded(name, origin)

    def _failed(self, name: str, origin: str) -> None:
        if name:
            self._add((name, "*"), 1)
            self._add((name, origin), 1)
        if origin:
            self._add(("*", origin), 1)

    def _succeeded(self, name: str, origin: str) -> None:
        own = self._count((name, origin))
        self._failures.pop((name, "*"), None)
        self._failures.pop((name, origin), None)
        if own and origin:
            self._add(("*", origin), -own)
        self._known[name, origin] = self._clock.monotonic() + _KNOWN_FOR
        self._known.move_to_end((name, origin))
        while len(self._known) > _TABLE:
            self._known.popitem(last=False)

    def _add(self, key: tuple[str, str], number: int) -> None:
        self._failures[key] = (max(0, self._count(key) + number), self._clock.monotonic())
        self._failures.move_to_end(key)
        while len(self._failures) > _TABLE:
            self._failures.popitem(last=False)

    def _count(self, key: tuple[str, str]) -> int:
        count, at = self._failures.get(key, (0, 0.0))
        if count and self._clock.monotonic() - at > _FORGET:
            del self._failures[key]
            return 0
        return count


def _wait(failures: int, free: int) -> float:
    return 0.0 if failures < free else min(_LONGEST, 0.5 * 2.0 ** min(failures - free, 10))
