"""Fetching over real TLS on loopback: what is taken, what is not followed, and where nobody goes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
import trustme

from pillarbox.checks.questions import Answer, Asking, Fetch, Fetched, IPAddress, Post, Status
from pillarbox.limits import DnsLimits
from pillarbox.net.dns import Resolver
from pillarbox.net.http import Fetcher
from pillarbox.net.outside import is_public
from pillarbox.testing.dns_server import DnsServer
from pillarbox.testing.fake_dns import Zone

AUTHORITY = trustme.CA()
HOST = "mta-sts.example.org"
URL = f"https://{HOST}/.well-known/mta-sts.txt"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\npolicy"


def server_context(*names: str, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*names, **more).configure_cert(context)
    return context


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


class Website:
    """Says the same to everyone, and remembers what it was asked."""

    def __init__(self, said: bytes = OK, *, names: Sequence[str] = (HOST,), ends: bool = True) -> None:
        self.said = said
        self.names = names
        self.ends = ends
        self.requests: list[bytes] = []
        self.bodies: list[bytes] = []
        self.server_names: list[str | None] = []
        self._over = asyncio.Event()

    @asynccontextmanager
    async def serving(self, *, tls: bool = True) -> AsyncIterator[tuple[str, int]]:
        context = server_context(*self.names) if tls else None
        if context is not None:
            context.sni_callback = lambda _, name, __: self.server_names.append(name)
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=context)
        try:
            yield server.sockets[0].getsockname()
        finally:
            self._over.set()
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head)
            if head.startswith(b"POST "):
                length = head.lower().partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
                self.bodies.append(await reader.readexactly(int(length)))
            writer.write(self.said)
            await writer.drain()
            if not self.ends:
                await self._over.wait()
        except (OSError, EOFError):
            pass
        finally:
            writer.close()


async def fetch(website: Website, url: str = URL, most: int = 1000, limits: DnsLimits = DnsLimits(), **more: Any) -> Answer:
    async with website.serving() as place:
        return await Fetcher(limits, verify=trusting(), places={HOST: place}, **more).fetch(Fetch(url, most))


async def test_a_document_is_fetched() -> None:
    assert await fetch(Website()) == Answer(Status.FOUND, (Fetched(200, "text/plain", b"policy"),))


async def test_the_server_is_told_its_name_and_nothing_of_us() -> None:
    website = Website()
    await fetch(website, URL + "?a=b")
    assert website.server_names == [HOST]
    (request,) = website.requests
    first, *fields = request.decode().lower().split("\r\n")
    assert first == "get /.well-known/mta-sts.txt?a=b http/1.1"
    assert f"host: {HOST}" in fields
    assert {field.partition(":")[0] for field in fields if field} == {
        "host", "user-agent", "accept", "accept-encoding", "connection",
    }  # fmt: skip


@pytest.mark.parametrize("status", [404, 500, 204])
async def test_another_status_is_said(status: int) -> None:
    answer = await fetch(Website(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % status))
    assert [document.status for document in answer.records] == [status]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n", "http: redirected (302)"),
        (b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n", "http: redirected (301)"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", "http: encoded"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "http: "),
        (b"220 mail.example.org ESMTP\r\n", "http: "),
        (b"", "http: "),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "http: "),
    ],
)
async def test_what_is_no_document_is_for_later(said: bytes, reason: str) -> None:
    answer = await fetch(Website(said))
    assert answer.status is Status.TRY_LATER
    assert answer.reason.startswith(reason)


@pytest.mark.parametrize(("most", "found"), [(6, True), (5, False)])
async def test_no_more_is_read_than_was_asked_for(most: int, found: bool) -> None:
    answer = await fetch(Website(), most=most)
    assert (answer.status is Status.FOUND) is found
    assert found or answer.reason.startswith("size:")


@pytest.mark.parametrize(("count", "piece", "found"), [(1000, 1, True), (1001, 1, False), (3000, 20, True)])
async def test_a_body_comes_in_no_more_crumbs_than_it_may(count: int, piece: int, found: bool) -> None:
    """Each costs time in which nobody else is served."""
    said = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"%x\r\n%b\r\n" % (piece, b"a" * piece)) * count
    answer = await fetch(Website(said + b"0\r\n\r\n"), most=100_000)
    assert (answer.status is Status.FOUND) is found
    assert answer.reason == ("" if found else "http: a body in crumbs")


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n%b\r\n" % (b"x" * 1024) * 100
    assert (await fetch(Website(endless, ends=False))).reason.startswith("size:")


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"])
async def test_a_server_that_says_no_more_is_not_waited_for(said: bytes) -> None:
    assert (await fetch(Website(said, ends=False), limits=DnsLimits(fetch=0.2))).reason.startswith("timeout:")


async def test_a_certificate_for_another_name_is_not_taken() -> None:
    assert (await fetch(Website(names=("www.example.org",)))).reason.startswith("tls: ")


async def test_a_certificate_of_nobody_we_know_is_not_taken() -> None:
    async with Website().serving() as place:
        answer = await Fetcher(places={HOST: place}).fetch(Fetch(URL))
        assert answer.reason.startswith("tls: ")


async def test_a_server_without_tls_is_none() -> None:
    async with Website().serving(tls=False) as place:
        answer = await Fetcher(DnsLimits(fetch=0.4), verify=trusting(), places={HOST: place}).fetch(Fetch(URL))
        assert answer.reason.startswith(("tls:", "connect:", "timeout:"))


async def test_a_server_that_is_not_there_is_for_later() -> None:
    async with Website().serving() as place:
        pass
    answer = await Fetcher(verify=trusting(), places={HOST: place}).fetch(Fetch(URL))
    assert answer.reason.startswith("connect:")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/",
        "https:///path",
        "https://./",
        "https://user:secret@mta-sts.example.org/",
        f"https://{HOST}:0/",
        f"https://{HOST}:99999/",
        f"https://{HOST}/a b",
        f"https://{HOST}/a\r\nX: y",
        "https://bücher.example/",
        "https://[::1/",
        "ftp://example.org/",
        "",
    ],
)
async def test_only_https_is_fetched(url: str) -> None:
    website = Website()
    assert (await fetch(website, url)).reason.startswith("http:")
    assert website.requests == []


# Handing in.

REPORT = Post(URL + "?a=b", "application/tlsrpt+gzip", b"\x1f\x8b\r\n\r\n\0" * 50_000)


async def post(website: Website, limits: DnsLimits = DnsLimits(), **more: Any) -> Answer:
    async with website.serving() as place:
        return await Fetcher(limits, verify=trusting(), places={HOST: place}, **more).fetch(REPORT)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 404, 500])
async def test_a_document_is_handed_in_and_its_status_said(status: int) -> None:
    website = Website(b"HTTP/1.1 %d Some\r\nContent-Length: 0\r\n\r\n" % status)
    assert await post(website) == Answer(Status.FOUND, (Fetched(status, "", b""),))
    assert website.bodies == [REPORT.body]
    (request,) = website.requests
    first, *fields = request.decode().lower().split("\r\n")
    assert first == "post /.well-known/mta-sts.txt?a=b http/1.1"
    assert f"host: {HOST}" in fields
    assert "content-type: application/tlsrpt+gzip" in fields
    assert {field.partition(":")[0] for field in fields if field} == {
        "host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length",
    }  # fmt: skip


async def test_nobody_waits_for_what_is_said_to_a_document_handed_in() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100000\r\n\r\nx"
    assert (await post(Website(endless, ends=False))).records == (Fetched(200, "", b""),)


@pytest.mark.parametrize(
    ("said", "how", "reason"),
    [
        (b"HTTP/1.1 307 Go\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n", {}, "http: redirected"),
        (OK, {"names": ["www.example.org"]}, "tls: "),
        (b"", {}, "http: "),
        (b"", {"ends": False}, "timeout:"),
    ],
)
async def test_what_is_not_taken_is_for_later(said: bytes, how: dict[str, Any], reason: str) -> None:
    website = Website(said, **how)
    assert (await post(website, DnsLimits(fetch=0.5))).reason.startswith(reason)
    assert len(website.bodies) == (reason != "tls: ")


@pytest.mark.parametrize("url", ["http://example.org/", "https://127.0.0.1/", "https://[fd00::1]/", URL])
async def test_nothing_is_handed_in_without_tls_or_in_our_own_network(url: str) -> None:
    answer = await Fetcher(verify=trusting()).fetch(Post(url, "text/plain", b"x"), at_loopback)
    assert answer.status is Status.TRY_LATER
    assert "by HTTPS" in answer.reason or "private" in answer.reason


async def test_what_is_handed_in_twice_arrives_twice() -> None:
    website = Website()
    async with website.serving() as place:
        resolver = Resolver([], fetch=Fetcher(verify=trusting(), places={HOST: place}))

        def twice() -> Asking[list[Answer]]:
            return [(yield REPORT), (yield REPORT)]

        assert [answer.status for answer in await resolver.answer(twice())] == [Status.FOUND] * 2
        await resolver.close()
        assert (await resolver.answer(twice()))[0].reason == "the resolver is closed"
    assert len(website.bodies) == 2
    assert (await Resolver([]).answer(twice()))[0].reason == "http: nothing is fetched here"


# Where nobody goes.


async def at_loopback(host: str) -> list[IPAddress]:
    return [ip_address("127.0.0.1")]


@pytest.mark.parametrize(
    "url", [URL, "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://10.0.0.1/"]
)
async def test_no_stranger_s_name_leads_into_our_own_network(url: str) -> None:
    answer = await Fetcher(verify=trusting()).fetch(Fetch(url), at_loopback)
    assert answer.reason == "connect: the host is in a private network"


async def test_a_private_network_is_gone_to_where_that_is_wanted() -> None:
    async with Website().serving() as (_, port):
        url = f"https://{HOST}:{port}/"
        answer = await Fetcher(verify=trusting(), private=True).fetch(Fetch(url), at_loopback)
        assert answer.status is Status.FOUND


async def test_the_second_address_is_tried_where_nobody_is_at_the_first() -> None:
    async def both(host: str) -> list[IPAddress]:
        return [ip_address("127.0.0.77"), ip_address("127.0.0.1")]

    async with Website().serving() as (_, port):
        answer = await Fetcher(verify=trusting(), private=True).fetch(Fetch(f"https://{HOST}:{port}/"), both)
        assert answer.status is Status.FOUND


async def test_the_resolver_s_names_are_those_that_count() -> None:
    async with Website().serving() as (_, port), DnsServer(Zone(f"{HOST} A 127.0.0.1")) as names:
        resolver = Resolver([names.address], fetch=Fetcher(verify=trusting(), private=True))
        assert (await resolver.ask(Fetch(f"https://{HOST}:{port}/"))).status is Status.FOUND
        missing = await resolver.ask(Fetch("https://nothing.example/"))
        assert missing.reason == "connect: the host has no address, or nobody can say"
        await resolver.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:9.9.9.9", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::909:909", True),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


async def test_documents_are_fetched_a_few_at_a_time() -> None:
    website, arrived = Website(ends=False), []

    class Noting(Website):
        async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            arrived.append(1)
            await super()._answer(reader, writer)

    website = Noting(b"", ends=False)
    async with website.serving() as place:
        fetcher = Fetcher(DnsLimits(fetch=0.3, fetches=2), verify=trusting(), places={HOST: place})
        tasks = [asyncio.ensure_future(fetcher.fetch(Fetch(URL))) for _ in range(6)]
        await asyncio.wait(tasks, timeout=0.2)
        assert len(arrived) <= 2
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# Redirects, for those who ask for that.

PICTURE = "http://pictures.example/a.png"


def redirecting(to: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % to.encode()


async def picture(url: str = PICTURE, redirects: int = 3, **sites: Website) -> Answer:
    """Fetched of these sites, each at its own ".example"; names of others lead to loopback."""
    async with AsyncExitStack() as stack:
        places = {
            f"{name}.example": await stack.enter_async_context(site.serving(tls=site.names != ()))
            for name, site in sites.items()
        }
        fetcher = Fetcher(DnsLimits(fetch=20.0), verify=trusting(), places=places)
        return await fetcher.fetch(Fetch(url, plain=True, redirects=redirects), at_loopback)


def plain(said: bytes = OK) -> Website:
    return Website(said, names=())


async def test_a_picture_may_come_by_http() -> None:
    assert (await picture(pictures=plain())).records[0].body == b"policy"


async def test_a_redirect_is_followed_to_another_host_and_to_https() -> None:
    safe = Website(names=("safe.example",))
    answer = await picture(pictures=plain(redirecting("https://safe.example/b")), safe=safe)
    assert answer.records[0].body == b"policy"
    assert safe.requests[0].startswith(b"GET /b HTTP/1.1\r\nHost: safe.example\r\n")
    assert b"cookie" not in safe.requests[0].lower() + safe.requests[0].lower()
    assert b"referer" not in safe.requests[0].lower()


async def test_a_relative_redirect_stays_where_it_is() -> None:
    site = plain(redirecting("/c?d"))
    answer = await picture(redirects=1, pictures=site)
    assert [each.split(b" ")[1] for each in site.requests] == [b"/a.png", b"/c?d"]
    assert answer.reason == "http: redirected (302), which is not followed"


async def test_a_circle_has_an_end() -> None:
    site = plain(redirecting(PICTURE))
    assert (await picture(redirects=5, pictures=site)).status is Status.TRY_LATER
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.1/", "http://0/", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://localhost/", "http://a.localhost./", "http://inside.example/",
        "//169.254.169.254/latest", "https://10.0.0.1/", "http://100.64.0.1/", "http://printer/",
    ],
)  # fmt: skip
async def test_a_redirect_leads_nowhere_inside(to: str) -> None:
    answer = await picture(pictures=plain(redirecting(to)))
    assert answer.status is Status.TRY_LATER
    assert answer.reason.startswith("connect: "), answer.reason


@pytest.mark.parametrize(
    "to",
    [
        "http://pictures.example:22/", "https://pictures.example:8443/", "file:///etc/passwd", "gopher://pictures.example/",
        "ftp://pictures.example/", "http://user@pictures.example/", "http://pictures.example:0/", "data:image/png,x",
        "http://pictures.example:99999/", "http://[pictures.example/", "//[::1/",
    ],
)  # fmt: skip
async def test_a_redirect_leads_to_the_web_only(to: str) -> None:
    site = plain(redirecting(to))
    answer = await picture(pictures=site)
    assert answer.status is Status.TRY_LATER
    assert answer.reason.startswith("http: "), answer.reason
    assert len(site.requests) == 1


async def test_a_name_is_looked_up_once_a_step_and_its_inside_addresses_are_passed_over() -> None:
    """Whatever a name server says the second time, there is no second time (DNS rebinding)."""
    asked: list[str] = []

    async def turning(host: str) -> list[IPAddress]:
        asked.append(host)
        return [ip_address("127.0.0.1"), ip_address("::1"), ip_address("10.0.0.1")]

    async with Website().serving() as (_, port):
        answer = await Fetcher(verify=trusting()).fetch(Fetch(f"https://{HOST}:{port}/"), turning)
    assert answer.reason == "connect: the host is in a private network"
    assert asked == [HOST]


async def test_policies_are_not_fetched_by_http_and_not_redirected() -> None:
    assert (await Fetcher().fetch(Fetch("http://mta-sts.example.org/"), at_loopback)).reason.startswith("http: no URL")
    moved = await fetch(Website(redirecting(URL)))
    assert moved.reason == "http: redirected (302), which is not followed"
