"""Servers of a test's own, which end with it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GOODBYE = 5.0


@contextlib.asynccontextmanager
async def listening(converse: Converse, address: str, port: int, **options: Any) -> AsyncIterator[None]:
    """One whose connections end with it too: who is at their other end would go on with a host that has long been gone."""
    writers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        writers[task] = writer
        with contextlib.suppress(asyncio.CancelledError):
            await converse(reader, writer)

    server = await asyncio.start_server(talk, address, port, **options)
    try:
        yield
    finally:
        server.close()
        for task, writer in writers.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*writers, return_exceptions=True)
        for writer in writers.values():
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError, asyncio.CancelledError):
                await asyncio.wait_for(writer.wait_closed(), GOODBYE)
