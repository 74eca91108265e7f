"""Pictures from elsewhere, brought by us: for whom, which, and what never."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from pillarbox.checks.questions import Asking, Fetch, Fetched
from pillarbox.clock import SystemClock
from pillarbox.ids import AccountId
from pillarbox.limits import Limits, WebmailLimits
from pillarbox.mail.office import Office
from pillarbox.net.dns import Resolver
from pillarbox.net.http import Fetcher
from pillarbox.servers.http.pictures import Signer
from pillarbox.settings import Settings
from pillarbox.testing.dns_server import DnsServer
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.house import house
from visitor import visiting

T = TypeVar("T")
URL = "http://pictures.example/a.png?b=1&c=ü"


class Clock(SystemClock):
    """It stands still."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
async def clock() -> Clock:
    return Clock(datetime(2026, 11, 22, 10, tzinfo=UTC))


@pytest.fixture
async def zone() -> Zone:
    return Zone()


@pytest.fixture
async def office(tmp_path: Path, zone: Zone, clock: Clock) -> AsyncIterator[Office]:
    async with house(tmp_path, Settings(hostname="mail.example.org"), clock=clock, answers=zone) as found:
        yield found


async def signed(office: Office, url: str = URL, account: int = 1) -> str:
    return (await Signer.of(office, AccountId(account))).url(url)


async def get(office: Office, path: str) -> httpx2.Response:
    async with visiting(office) as client:
        return await client.get(path)


def holds(zone: Zone, body: bytes, status: int = 200, kind: str = "text/html") -> None:
    zone.documents[URL] = Fetched(status, kind, body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [(PNG, "image/png"), (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"GIF89a", "image/gif"), (b"RIFF1234WEBPVP8 ", "image/webp")],
)
async def test_a_picture_comes_as_what_it_is_whatever_it_says_it_is(office: Office, zone: Zone, body: bytes, kind: str) -> None:
    holds(zone, body, kind="text/html; charset=utf-8")
    answer = await get(office, await signed(office))
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, kind, body)
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "private, max-age=86400, immutable"
    assert zone.asked == [Fetch(URL, 10 * 1024 * 1024, plain=True, redirects=5)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", b"<?xml version='1.0'?><svg/>", b"<!doctype html>",
        b"%PDF-1.7", b"\0\0\0\x20ftypmp42", b"  \x89PNG\r\n\x1a\n",
    ],
)  # fmt: skip
async def test_what_is_no_picture_of_dots_is_not_brought(office: Office, zone: Zone, body: bytes) -> None:
    holds(zone, body, kind="image/png")
    answer = await get(office, await signed(office))
    assert answer.status_code == 404
    assert body not in answer.content or not body


@pytest.mark.parametrize("status", [204, 301, 404, 500])
async def test_a_page_of_errors_is_none_either(office: Office, zone: Zone, status: int) -> None:
    holds(zone, PNG, status)
    assert (await get(office, await signed(office))).status_code == 404


@pytest.mark.parametrize("name", ["u", "a", "e", "s"])
@pytest.mark.parametrize("value", [None, "", "1", "http://127.0.0.1/", "9" * 30, "ü", "-1"])
async def test_only_what_we_have_signed_is_fetched(office: Office, zone: Zone, name: str, value: str | None) -> None:
    given = {key: values[0] for key, values in parse_qs(urlsplit(await signed(office)).query).items()}
    if value is None:
        del given[name]
    elif given[name] == value:
        given[name] = "2"
    else:
        given[name] = value
    async with visiting(office) as client:
        answer = await client.get("/picture", params=given)
    assert answer.status_code == 403
    assert zone.asked == []


async def test_an_address_holds_until_the_next_day_s_end_and_is_the_same_all_day(
    office: Office, clock: Clock, zone: Zone
) -> None:
    holds(zone, PNG)
    first = await signed(office)
    clock.at += timedelta(hours=13)
    assert await signed(office) == first
    assert (await get(office, first)).status_code == 200
    clock.at += timedelta(hours=2)
    assert await signed(office) != first
    assert (await get(office, first)).status_code == 200
    clock.at += timedelta(hours=23)
    assert (await get(office, first)).status_code == 403


async def test_a_closed_account_has_no_pictures(office: Office, zone: Zone) -> None:
    holds(zone, PNG)
    assert (await get(office, await signed(office, account=99))).status_code == 403


async def test_where_nothing_is_fetched_that_is_said(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        assert (await get(office, await signed(office))).status_code == 503


class Slow(Zone):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asking = 0
        self.now = asyncio.Event()

    async def answer(self, asking: Asking[T]) -> T:
        self.asking += 1
        await self.now.wait()
        return self.run(asking)


async def test_there_are_so_many_at_a_time_and_so_many_that_wait(tmp_path: Path) -> None:
    limits, slow = Limits(webmail=WebmailLimits(pictures=1, pictures_waiting=2)), Slow()
    holds(slow, PNG)
    async with house(tmp_path, limits=limits, answers=slow) as office, visiting(office) as client:
        mine, others = await signed(office), await signed(office, account=2)
        first, second = (asyncio.ensure_future(client.get(mine)) for _ in range(2))
        while not slow.asking:
            await asyncio.sleep(0)
        assert (await client.get(mine)).status_code == 429
        bobs = asyncio.ensure_future(client.get(others))
        assert slow.asking == 1
        slow.now.set()
        assert [(await one).status_code for one in (first, second, bobs)] == [200, 200, 200]
        assert (await client.get(mine)).status_code == 200


async def test_pictures_that_do_not_come_hold_up_nobody_elses(tmp_path: Path) -> None:
    limits, slow = Limits(webmail=WebmailLimits(pictures=6, pictures_an_account=2)), Slow()
    holds(slow, PNG)
    async with house(tmp_path, limits=limits, answers=slow) as office, visiting(office) as client:
        mine, others = await signed(office), await signed(office, account=2)
        asked = [asyncio.ensure_future(client.get(mine)) for _ in range(5)]
        while slow.asking < 2:
            await asyncio.sleep(0)
        asked.append(asyncio.ensure_future(client.get(others)))
        async with asyncio.timeout(60):
            while slow.asking < 3:
                await asyncio.sleep(0)
            assert (await client.get(f"{others}x")).status_code == 403  # a whole request later
        assert slow.asking == 3
        slow.now.set()
        assert [(await each).status_code for each in asked] == [200] * 6


async def test_one_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    limits = Limits(webmail=WebmailLimits(picture_time=0.01))
    async with house(tmp_path, limits=limits, answers=Slow()) as office:
        assert (await get(office, await signed(office))).status_code == 404


INSIDE = [
    "http://127.0.0.1/a.png", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://[::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://localhost/", "http://a.localhost/",
    "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://10.0.0.1/", "https://192.168.0.1/", "http://[fe80::1]/",
    "http://[fd00::1]/", "http://inside.example/", "http://mapped.example/", "http://printer/", "http://0/", "file:///etc/passwd",
    "http://127.0.0.1:22/", "http://pictures.example:25/", "gopher://pictures.example/", "http://user:word@pictures.example/",
]  # fmt: skip


async def test_nothing_inside_is_reached_in_whatever_spelling(tmp_path: Path, clock: Clock) -> None:
    """By the real resolver and the real fetcher; a name server of somebody's own says what he likes."""
    names = Zone("inside.example A 127.0.0.1\nmapped.example AAAA ::ffff:10.0.0.1")
    async with DnsServer(names) as server:
        resolver = Resolver([server.address], fetch=Fetcher())
        async with house(tmp_path, Settings(hostname="mail.example.org"), clock=clock, answers=resolver) as office:
            for url in INSIDE:
                answer = await get(office, await signed(office, url))
                assert answer.status_code == 404, url
                said = await resolver.ask(Fetch(url, plain=True))
                assert said.reason.startswith(
                    ("connect: a name of", "connect: the host is in", "http: ", "connect: no host")
                ), url
        await resolver.close()
