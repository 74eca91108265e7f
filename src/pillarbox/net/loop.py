"""The event loop: uvloop where it is installed."""

import asyncio
import asyncio.sslproto
from collections.abc import Coroutine
from typing import Any, TypeVar

from ..limits import KiB

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a loop of its own."""
    try:
        import uvloop
    except ImportError:
        # asyncio zero-fills a buffer of this size a TLS connection, 256 KiB unless told otherwise.
        asyncio.sslproto.SSLProtocol.max_size = 32 * KiB
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
