"""Listening sockets: opened by whoever may bind the port, handed to whoever serves."""

import contextlib
import errno
import os
import socket
import stat
from typing import Final

from ..errors import OperatorError

BACKLOG: Final = 1024
UNIX_MODE: Final = 0o666
_HINTS = {
    errno.EACCES: "ports below 1024 want root, or CAP_NET_BIND_SERVICE; a Unix socket wants a folder that may be written to",
    errno.EADDRINUSE: "something else listens there already: stop it, or choose another port",
    errno.EADDRNOTAVAIL: "this machine has no such address: use one that `ip addr` shows, or 0.0.0.0",
}


def listen(where: tuple[str, int] | str) -> socket.socket:
    """A socket that listens at (address, port), or at the path of a Unix socket. Raises OperatorError.

    A path may end in "?mode=0660"; without it anyone on the machine may connect.
    """
    try:
        return _listen_unix(where) if isinstance(where, str) else _listen_inet(*where)
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else None
        raise OperatorError(
            f"cannot listen at {name_of(where)}: {error}", _HINTS.get(number or 0, "check [listen] in the settings")
        ) from error


def name_of(where: object) -> str:
    """An address as people write it: 192.0.2.1:25, [2001:db8::1]:25, unix:/path."""
    if isinstance(where, tuple):
        return f"[{where[0]}]:{where[1]}" if ":" in where[0] else f"{where[0]}:{where[1]}"
    return f"unix:{where}"


def _listen_inet(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _listen_unix(where: str) -> socket.socket:
    path, _, mode = where.partition("?mode=")
    _remove_stale(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(path)
        os.chmod(path, int(mode, 8) if mode else UNIX_MODE)
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return sock


def _remove_stale(path: str) -> None:
    """Remove a socket nobody listens at. Raises OSError (EADDRINUSE) where somebody does."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise OSError(errno.EADDRINUSE, "there is a file of that name, and no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                os.unlink(path)
                return
        raise OSError(errno.EADDRINUSE, "somebody listens there")
