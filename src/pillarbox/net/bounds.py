"""How many connections there may be: in all, and from one address."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network

from .stream import Peer

Network = IPv4Network | IPv6Network


class Bounds:
    """What one worker's listeners have open between them."""

    def __init__(self, total: int, an_address: int, exempt: Sequence[Network] = ()) -> None:
        """`an_address` bounds each /32 (IPv4) or /64 (IPv6), 0 none; what is local or in `exempt` does not count for it."""
        self._total = total
        self._an_address = an_address
        self._exempt = exempt
        self._open = 0
        self._by_prefix: Counter[tuple[int, int]] = Counter()

    @property
    def open(self) -> int:
        """How many there are."""
        return self._open

    def admit(self) -> bool:
        """Count one more connection, if there may be one; then `leave` must follow."""
        if self._open >= self._total:
            return False
        self._open += 1
        return True

    def leave(self) -> None:
        self._open -= 1

    def admit_peer(self, peer: Peer) -> bool:
        """Count one more connection from this peer, if there may be one; then `peer_left` must follow."""
        key = self._key(peer)
        if key is None:
            return True
        if self._by_prefix[key] >= self._an_address:
            return False
        self._by_prefix[key] += 1
        return True

    def peer_left(self, peer: Peer) -> None:
        key = self._key(peer)
        if key is not None:
            self._by_prefix[key] -= 1
            if self._by_prefix[key] <= 0:
                del self._by_prefix[key]

    def _key(self, peer: Peer) -> tuple[int, int] | None:
        address = peer.address
        if address is None or address.is_loopback or not self._an_address or is_in(peer, self._exempt):
            return None
        return (4, int(address)) if address.version == 4 else (6, int(address) >> 64)


def is_in(peer: Peer, networks: Sequence[Network]) -> bool:
    """Whether a peer's address lies in one of the networks; a Unix socket's does in none."""
    address = peer.address
    return address is not None and any(address in network for network in networks)
