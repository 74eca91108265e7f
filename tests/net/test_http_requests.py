"""What is asked by HTTP: what is answered, what is refused, and how much of it may come."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.limits import HttpLimits
from toyweb import HOST, LAST, answer, say, serving, statuses

REFUSED: Mapping[str, bytes] = {
    "no HTTP": b"hello\r\n\r\n",
    "TLS where there is none": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/2 at once": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/3.7": b"GET / HTTP/3.7\r\n" + HOST + b"\r\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "a Host with a path": b"GET / HTTP/1.1\r\nHost: h/x\r\n\r\n",
    "a Host with a user": b"GET / HTTP/1.1\r\nHost: a@h\r\n\r\n",
    "a Host with a space": b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "both lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way round": b"POST / HTTP/1.1\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "two lengths that agree": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
    "a list of lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 4, 4\r\n\r\nabcd",
    "a negative length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a signed length": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\nabcd",
    "a length in hexadecimal": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 0x4\r\n\r\nabcd",
    "a length of no number": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: \r\n\r\n",
    "a length beyond counting": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "another coding": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\nabcd",
    "chunked not last": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n",
    "nearly chunked": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk of no size": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "a chunk beyond counting": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n",
    "a chunk longer than it says": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
    "a chunk with a bare LF": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
    "a chunk behind a space": b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n1 \r\na\r\n0\r\n\r\n",
    "a bare LF behind the request line": b"GET / HTTP/1.1\n" + HOST + b"\r\n",
    "a bare LF behind a field": b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n",
    "a bare LF at the end of the head": b"GET / HTTP/1.1\r\n" + HOST + b"\n",
    "a bare CR in a field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n",
    "a NUL in a field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n",
    "a folded field": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
    "a field folded first of all": b"GET / HTTP/1.1\r\n " + HOST + b"\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length : 4\r\n\r\nabcd",
    "a field without a name": b"GET / HTTP/1.1\r\n" + HOST + b": x\r\n\r\n",
    "a field without a colon": b"GET / HTTP/1.1\r\n" + HOST + b"X\r\n\r\n",
    "a NUL in the target": b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a NUL in disguise": b"GET /a%00b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a line end in disguise": b"GET /a%0d%0aX:%20y HTTP/1.1\r\n" + HOST + b"\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "letters beyond ASCII in the target": b"GET /\xc3\xa4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "a backslash in the target": b"GET /a\\b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "a target without a slash": b"GET a HTTP/1.1\r\n" + HOST + b"\r\n",
    "another scheme": b"GET ftp://h/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a method in small letters": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_two_servers_could_read_in_two_ways_is_refused(name: str) -> None:
    """And what is behind it is not read: it may be a request that somebody else's proxy took for a body."""
    async with serving() as (port, _):
        assert statuses(await say(port, REFUSED[name] + b"GET /smuggled HTTP/1.1\r\n" + LAST)) == [400]


@pytest.mark.parametrize("name", REFUSED)
async def test_how_the_bytes_are_cut_changes_nothing(name: str) -> None:
    async with serving() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(REFUSED[name]), 7):
            writer.write(REFUSED[name][at : at + 7])
            await asyncio.sleep(0)
        writer.write(b"GET /smuggled HTTP/1.1\r\n" + LAST)
        async with asyncio.timeout(60):
            assert statuses(await reader.read()) == [400]
        writer.close()


ANSWERED: Mapping[str, tuple[bytes, bytes]] = {
    "a path": (b"GET /a/b?c=d HTTP/1.1\r\n" + LAST, b"GET /a/b h "),
    "a body": (b"POST / HTTP/1.1\r\nContent-Length: 4\r\n" + LAST + b"abcd", b"POST / h abcd"),
    "chunks": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n",
        b"POST / h abcd",
    ),
    "fields behind the body, which nobody is asked by": (
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + LAST + b"2\r\nab\r\n0\r\nHost: other\r\n\r\n",
        b"POST / h ab",
    ),
    "an encoded slash": (b"GET /a%2Fb HTTP/1.1\r\n" + LAST, b"GET /a/b h "),
    "an absolute target": (b"GET http://other/a?b HTTP/1.1\r\n" + LAST, b"GET /a other "),
    "an absolute target without a path": (b"GET https://other HTTP/1.1\r\n" + LAST, b"GET / other "),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", b"GET / - "),
    "an asterisk": (b"OPTIONS * HTTP/1.1\r\n" + LAST, b"OPTIONS * h "),
    "an address of IPv6": (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", b"GET / [::1]:80 "),
    "empty lines before": (b"\r\n\r\nGET / HTTP/1.1\r\n" + LAST, b"GET / h "),
    "spaces around a value": (b"GET / HTTP/1.1\r\nHost: \t h \t\r\nConnection: close\r\n\r\n", b"GET / h "),
}


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize("name", ANSWERED)
async def test_what_is_well_said_is_answered(name: str, step: int) -> None:
    said, wanted = ANSWERED[name]
    async with serving() as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            found = await reader.read()
        writer.close()
        assert statuses(found) == [200]
        assert found.partition(b"\r\n\r\n")[2] == wanted
        assert b"\r\ndate: " in found


async def test_requests_sent_at_once_are_answered_in_their_order() -> None:
    async with serving() as (port, _):
        found = await say(
            port, b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (at, HOST) for at in range(9)) + b"GET /9 HTTP/1.1\r\n" + LAST
        )
        assert [f"GET /{at} h ".encode() in found for at in range(10)] == [True] * 10
        assert found.index(b"GET /3 ") < found.index(b"GET /4 ")


NOTED: ContextVar[str] = ContextVar("noted", default="nothing")


async def test_what_one_request_notes_down_is_none_of_the_next_ones_business() -> None:
    async def noting(scope: Any, receive: Any, send: Any) -> None:
        before = NOTED.get()
        NOTED.set(scope["path"])
        await answer(send, before.encode())

    async with serving(noting) as (port, _):
        found = await say(port, b"GET /1 HTTP/1.1\r\n" + HOST + b"\r\nGET /2 HTTP/1.1\r\n" + LAST)
        assert found.count(b"\r\n\r\nnothing") == 2


async def test_a_bad_request_behind_good_ones_is_refused_behind_their_answers() -> None:
    async with serving() as (port, _):
        good = b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"
        assert statuses(await say(port, good + good + b"BAD\r\n\r\n" + good)) == [200, 200, 400]


async def test_a_body_that_goes_wrong_behind_good_requests_is_refused_behind_their_answers() -> None:
    async with serving() as (port, _):
        good = b"GET /good HTTP/1.1\r\n" + HOST + b"\r\n"
        bad = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"
        assert statuses(await say(port, good + bad)) == [200, 400]


async def test_nothing_behind_a_request_to_close_is_answered() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, (b"GET / HTTP/1.1\r\n" + LAST) * 2)) == [200]


async def test_a_client_that_has_said_all_still_hears_the_answer() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n", eof=True)) == [200]


async def test_a_client_that_goes_in_the_middle_of_a_body_is_noticed() -> None:
    async with serving() as (port, _):
        assert await say(port, b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 9\r\n\r\nab", eof=True) == b""


SMALL = HttpLimits(head=1000, target=100, fields=10, pipelined=3, requests=4)


def sized(head: int) -> bytes:
    """A request whose head has just so many bytes."""
    rest = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\nX: %b\r\n\r\n"
    return rest % (b"x" * (head - len(rest) + 2))


AT_LIMITS: Mapping[str, tuple[bytes, int]] = {
    "a head at its limit": (sized(1000), 200),
    "a head beyond it": (sized(1001), 431),
    "a target at its limit": (b"GET /" + b"x" * 99 + b" HTTP/1.1\r\n" + LAST, 200),
    "a target beyond it": (b"GET /" + b"x" * 100 + b" HTTP/1.1\r\n" + LAST, 414),
    "as many fields as may be": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 8 + LAST, 200),
    "one field more": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9 + LAST, 431),
}


@pytest.mark.parametrize("name", AT_LIMITS)
@pytest.mark.parametrize("step", [1, 1 << 20])
async def test_a_request_is_bounded(name: str, step: int) -> None:
    said, status = AT_LIMITS[name]
    async with serving(limits=SMALL) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for at in range(0, len(said), step):
            writer.write(said[at : at + step])
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            assert statuses(await reader.read()) == [status]
        writer.close()


@pytest.mark.parametrize("endless", [b"X: " + b"y" * 4000, b"X: y\r\n" * 600, b"y" * 4000])
async def test_a_head_without_an_end_is_not_kept(endless: bytes) -> None:
    async with serving(limits=replace(SMALL, fields=10_000)) as (port, _):
        assert statuses(await say(port, b"GET / HTTP/1.1\r\n" + endless)) in ([431], [400])


@pytest.mark.parametrize("endless", [b"0\r\nX: " + b"y" * 8000, b"0\r\n" + b"X: y\r\n" * 2000, b"1;x=" + b"y" * 8000])
async def test_what_stands_around_a_body_is_not_kept_without_an_end(endless: bytes) -> None:
    async with serving(limits=SMALL) as (port, _):
        head = b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"
        assert statuses(await say(port, head + b"2\r\nab\r\n" + endless)) == [431]


async def test_no_more_requests_wait_than_may() -> None:
    async with serving(limits=replace(SMALL, requests=100)) as (port, _):
        found = await say(port, b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (at, HOST) for at in range(9)))
        assert statuses(found) == [200] * 4  # one is being answered, and three wait


async def test_a_connection_ends_with_the_last_request_it_may_bring() -> None:
    async with serving(limits=SMALL) as (port, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert b"GET / h " in await reader.readuntil(b"GET / h ")
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert b"connection: close" in await reader.read()
        writer.close()


async def test_an_upgrade_to_something_else_is_passed_over_and_nothing_is_behind_it() -> None:
    said = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n\r\n"
    async with serving() as (port, _):
        assert statuses(await say(port, said + b"GET /behind HTTP/1.1\r\n" + LAST)) == [200]


async def test_a_tunnel_is_not_dug() -> None:
    async with serving() as (port, _):
        assert statuses(await say(port, b"CONNECT other:25 HTTP/1.1\r\n" + HOST + b"\r\n")) == [501]
