"""Clients at random on one account, over real workers: see `model.play`. PILLARBOX_MODEL_STEPS, _SEED: how long, and which."""

import asyncio
import os
from pathlib import Path

import pytest

from model.play import Play
from model.truth import Line
from pillarbox.testing.served import DOMAIN, PASSWORD, Served, served
from servers.imap.parley import Client

STEPS = int(os.environ.get("PILLARBOX_MODEL_STEPS", "5000"))
SEED = int(os.environ.get("PILLARBOX_MODEL_SEED", "1"))
WORKERS = 3
USER = f"model@{DOMAIN}"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + STEPS // 5)]


class Wire:
    """A socket, as a memory stream is spoken to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        return await self._reader.read(1 << 16)

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def close(self) -> None:
        self._writer.close()


class Caller(Client, Line):
    """A connection to whichever worker takes it."""

    def __init__(self, wire: Wire) -> None:
        self.stream = wire  # type: ignore[assignment]
        self._tags = 0
        self._heard = bytearray()

    async def close(self) -> None:
        self.stream.close()


async def call(server: Served) -> Caller:
    wire = Wire(*await asyncio.open_connection(server.host, server.ports["imap"]))
    caller = Caller(wire)
    await caller.line()
    await caller.ok(f"LOGIN {USER} {PASSWORD}")
    return caller


def test_what_clients_of_all_workers_are_told_is_what_is(tmp_path: Path) -> None:
    with served(tmp_path, workers=WORKERS, accounts=[USER]) as server:
        asyncio.run(play(server))
        assert server.stop() == 0
        server.run("verify")


async def play(server: Served) -> None:
    opened: list[Caller] = []

    async def connect(number: int) -> Line:
        opened.append(await call(server))
        return opened[-1]

    play = Play(connect, SEED)
    try:
        await play.run(STEPS)
        print(
            f"{play.steps} acts of {len(play.actors)} clients over {WORKERS} workers (seed {SEED}), {play.sessions} sessions, "
            f"{play.letters} messages: all were told what is"
        )
    finally:
        for caller in opened:
            await caller.close()
