"""Connections to other servers."""

import asyncio
import errno
from typing import Final

from ..checks.questions import IPAddress
from ..limits import ConnectionLimits
from .stream import Peer, Stream, Upgrade

_PLAIN: Final = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "no route to its network",
    errno.EADDRNOTAVAIL: "we have no such address to connect from",
    errno.EACCES: "not permitted by our own system",
    errno.EPERM: "not permitted by our own system",
    errno.EAFNOSUPPORT: "our own system does not speak this kind of address",
    errno.EMFILE: "too many connections of our own",
    errno.ENFILE: "too many connections of our own",
}


async def dial(
    address: IPAddress,
    port: int,
    *,
    within: float,
    limits: ConnectionLimits = ConnectionLimits(),
    source: IPAddress | None = None,
    upgrade: Upgrade | None = None,
) -> Stream:
    """A connection to a server; `source` is the address of ours it is to come from, of the same version.

    `upgrade` is for a later `start_tls` (`client_tls.ClientTls.upgrade`); for TLS from the first byte call that at once. Raises
    TimeoutError, or ConnectionError, each with a plain reason.
    """
    loop = asyncio.get_running_loop()
    stream = Stream(Peer(address, port), limits=limits, upgrade=upgrade)
    try:
        async with asyncio.timeout(within):
            transport, _ = await loop.create_connection(
                lambda: stream, str(address), port, local_addr=(str(source), 0) if source is not None else None
            )
    except TimeoutError as error:  # of ours, or the system's own
        raise TimeoutError(f"no connection within {within:g} s" if not error.errno else "connection timed out") from None
    except OSError as error:
        raise ConnectionError(_PLAIN.get(error.errno or 0) or error.strerror or str(error)) from error
    name = transport.get_extra_info("sockname")
    stream.local = (name[0], name[1])
    return stream
