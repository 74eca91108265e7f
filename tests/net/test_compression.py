"""DEFLATE on a stream: what goes out can be read at once, what comes in costs what is wanted, and secrets stay apart."""

import zlib

import pytest

from pillarbox.limits import KiB, MiB
from pillarbox.net.compression import PIECE, Compression
from pillarbox.net.stream import READ_AHEAD, WRITE_HIGH, Stream
from pillarbox.testing.memory_stream import MemoryClient, pair


def deflated(data: bytes) -> bytes:
    """As a client sends it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


def compressed_pair() -> tuple[Stream, MemoryClient]:
    server, client = pair()
    server.start_compression()
    return server, client


async def test_what_is_sent_can_be_unpacked_at_once() -> None:
    server, client = compressed_pair()
    unpacker = zlib.decompressobj(wbits=-15)
    for said in (b"* OK one\r\n", b"* OK two\r\n", b"x" * (3 * WRITE_HIGH)):
        await server.send(said, 1)
        heard = b""
        while len(heard) < len(said):
            heard += unpacker.decompress(await client.read())
        assert heard == said


async def test_what_was_unlearned_does_not_show_in_the_length_of_what_follows() -> None:
    server, client = compressed_pair()
    lengths = []
    for before in (b"the code is 4711", b"the code is 0815"):
        await server.send(before, 1)
        await client.read()
        server.unlearn()
        await server.send(b"the code is 4711", 1)
        lengths.append(len(await client.read()))
    assert lengths[0] == lengths[1]


async def test_without_that_it_would_show() -> None:
    server, client = compressed_pair()
    lengths = []
    for before in (b"the code is 4711", b"nothing like that"):
        server.unlearn()
        await server.send(before, 1)
        await client.read()
        await server.send(b"the code is 4711", 1)
        lengths.append(len(await client.read()))
    assert lengths[0] < lengths[1]


async def test_a_peer_reads_on_over_what_was_unlearned() -> None:
    server, client = compressed_pair()
    unpacker = zlib.decompressobj(wbits=-15)
    for _ in range(3):
        await server.send(b"again and again", 1)
        server.unlearn()
        assert unpacker.decompress(await client.read()) == b"again and again"


async def test_waiting_for_the_peer_unlearns_too() -> None:
    server, client = compressed_pair()
    await server.send(b"a secret of sorts", 1)
    first = await client.read()
    await client.write(deflated(b"NOOP\r\n"))
    assert await server.receive(1) == b"NOOP\r\n"
    with pytest.raises(TimeoutError):
        await server.receive(0)
    await server.send(b"a secret of sorts", 1)
    assert len(await client.read()) == len(first)


async def test_a_kilobyte_that_unpacks_to_a_megabyte_comes_piece_by_piece() -> None:
    server, client = compressed_pair()
    bomb = deflated(bytes(4 * MiB))
    assert len(bomb) < 8 * KiB
    await client.write(bomb)
    total = 0
    while total < 4 * MiB:
        data = await server.receive(1)
        assert data
        assert len(data) <= PIECE
        total += len(data)


async def test_what_unpacks_to_much_lets_others_have_a_turn() -> None:
    server, client = compressed_pair()
    await client.write(deflated(bytes(READ_AHEAD + 1)))
    turns: list[str] = []
    server._loop.call_soon(turns.append, "another's turn")
    for _ in range(READ_AHEAD // PIECE):
        await server.receive(1)
    assert turns


async def test_what_was_received_before_is_compressed_too() -> None:
    server, client = pair()
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"a NOOP\r\nb NOOP\r\n") + packer.flush(zlib.Z_SYNC_FLUSH)
    server.start_compression(data[:3])
    await client.write(data[3:])
    heard = b""
    while not heard.endswith(b"b NOOP\r\n"):
        heard += await server.receive(1) or b""
    assert heard == b"a NOOP\r\nb NOOP\r\n"


async def test_what_is_no_deflate_ends_the_connection() -> None:
    server, client = compressed_pair()
    await client.write(b"a1 NOOP in the clear\r\n")
    with pytest.raises(ConnectionError):
        await server.receive(1)
    assert client.closed


async def test_the_end_of_the_peers_deflate_is_its_end() -> None:
    server, client = compressed_pair()
    packer = zlib.compressobj(wbits=-15)
    await client.write(packer.compress(b"LOGOUT\r\n") + packer.flush())
    assert await server.receive(1) == b"LOGOUT\r\n"
    assert await server.receive(1) == b""


async def test_a_wakeable_receive_is_woken_under_compression() -> None:
    server, _ = compressed_pair()
    server.wake()
    assert await server.receive(1, wakeable=True) is None


async def test_compression_can_end() -> None:
    server, client = compressed_pair()
    await client.write(deflated(b"UNAUTHENTICATE\r\n"))
    assert await server.receive(1) == b"UNAUTHENTICATE\r\n"
    server.stop_compression()
    await client.write(b"a NOOP\r\n")
    assert await server.receive(1) == b"a NOOP\r\n"
    await server.send(b"a OK\r\n", 1)
    assert await client.read() == b"a OK\r\n"


async def test_a_peer_that_did_not_wait_for_the_end_is_dropped() -> None:
    server, client = compressed_pair()
    await client.write(deflated(bytes(2 * PIECE)))
    await server.receive(1)
    with pytest.raises(ConnectionError):
        server.stop_compression()
    assert client.closed


async def test_it_cannot_begin_twice() -> None:
    server, _ = compressed_pair()
    with pytest.raises(RuntimeError):
        server.start_compression()


async def test_what_is_mentioned_is_compressed_too() -> None:
    server, client = compressed_pair()
    server.mention(b"* OK still at it\r\n")
    assert zlib.decompressobj(wbits=-15).decompress(await client.read()) == b"* OK still at it\r\n"


def test_what_is_fed_in_crumbs_is_unpacked_the_same() -> None:
    compression = Compression()
    heard = b""
    for byte in deflated(b"a1 NOOP\r\n" * 50):
        compression.feed(bytes([byte]))
        heard += compression.unpack()
    assert heard == b"a1 NOOP\r\n" * 50


async def test_a_peer_may_flush_as_little_as_it_can() -> None:
    """Some clients use Z_PARTIAL_FLUSH, which leaves bits in the last byte."""
    server, client = compressed_pair()
    packer = zlib.compressobj(wbits=-15)
    for line in (b"a NOOP\r\n", b"b NOOP\r\n", b"c IDLE\r\n"):
        await client.write(packer.compress(line) + packer.flush(zlib.Z_PARTIAL_FLUSH))
        assert await server.receive(1) == line
