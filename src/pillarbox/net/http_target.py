"""Whom and what a request is for: its target and its Host, of which it must have just one (RFC 9112 §3.2)."""

import re
from collections.abc import Sequence

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(rb"%(?:[01][0-9A-Fa-f]|7[Ff])")


class BadTarget(ValueError):
    """No request that can be answered."""


def host_of(target: bytes, headers: Sequence[tuple[bytes, bytes]], version: str) -> tuple[bytes, bytes | None]:
    """The target from its path on; and of an absolute one the host, which counts more than the field (§3.2.2).

    Raises BadTarget, also where a proxy in front of us might read another host or path out of it than we do.
    """
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version == "1.1"):
        raise BadTarget("one Host is wanted")
    if hosts and _HOST.fullmatch(hosts[0]) is None:
        raise BadTarget("no host")
    named = None
    if not target.startswith(b"/") and target != b"*":
        found = _ABSOLUTE.fullmatch(target)
        if found is None or _HOST.fullmatch(found[1]) is None:
            raise BadTarget("a path is wanted")
        named, target = found[1], found[2] if found[2].startswith(b"/") else b"/" + found[2]
    if b"#" in target or b"\\" in target or (b"%" in target and _CONTROL.search(target)):
        raise BadTarget("no path")
    return target, named
