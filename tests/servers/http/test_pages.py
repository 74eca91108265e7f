"""What stands before every page: who may ask, in the clear or not, from which origin, and what every answer says."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from uvicorn.protocols.utils import ClientDisconnected

from pillarbox.errors import Unavailable
from pillarbox.limits import HttpLimits, Limits
from pillarbox.mail.office import Office
from pillarbox.ops import log
from pillarbox.servers.http import headers
from pillarbox.servers.http.access import Access
from pillarbox.servers.http.app import application
from pillarbox.settings import Http, Listen, Settings, TlsFiles
from pillarbox.testing.house import house
from visitor import HERE, visiting

SETTINGS = Settings(hostname="mail.example.org", listen=Listen(https=["0.0.0.0:443"], http=["0.0.0.0:80"]))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path, SETTINGS, limits=Limits(http=HttpLimits(ready=0.05))) as found:
        yield found


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    file = io.StringIO()
    log.configure("debug", "json", file=file)
    yield file
    structlog.reset_defaults()


def requests(written: io.StringIO) -> list[Mapping[str, object]]:
    events = [json.loads(line) for line in written.getvalue().splitlines()]
    return [event for event in events if event["event"] == "request"]


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_whoever_watches_is_told_by_either_door(office: Office, scheme: str, path: str) -> None:
    async with visiting(office, scheme=scheme, host="192.0.2.1") as client:
        assert (await client.get(path)).status_code == 200


async def test_a_store_that_does_not_answer_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> int:
        raise Unavailable("busy")

    async def hang() -> int:
        await asyncio.Event().wait()
        return 0

    async with visiting(office) as client:
        for broken in (fail, hang):
            monkeypatch.setattr(office.kept, "version", broken)
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200


EVERYWHERE = ["/healthz", "/setup", "/setup.css", "/nothing", "/.well-known/jmap", "/mail/config-v1.1.xml"]


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_is_harmless(office: Office, path: str) -> None:
    async with visiting(office) as client:
        found = (await client.get(path)).headers
        assert found["content-security-policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in found["content-security-policy"]
        assert "script-src" not in found["content-security-policy"]
        assert "unsafe" not in found["content-security-policy"]
        for name in set(headers.ALWAYS) - {"content-security-policy", "cache-control", "cross-origin-resource-policy"}:
            assert found[name] == headers.ALWAYS[name]
        assert "server" not in found


@pytest.mark.parametrize(
    ("scheme", "certificate", "is_said"), [("https", "cert.pem", True), ("https", "", False), ("http", "cert.pem", False)]
)
async def test_browsers_are_bound_to_tls_by_a_certificate_that_they_believe(
    office: Office, scheme: str, certificate: str, is_said: bool
) -> None:
    office.settings = replace(office.settings, tls=TlsFiles(certificate=certificate, key=certificate))
    async with visiting(office, scheme=scheme) as client:
        assert ("strict-transport-security" in (await client.get("/healthz")).headers) is is_said


@pytest.mark.parametrize("path", ["/", "/setup?a=b", "/.well-known/jmap", "/.well-known/mta-sts.txt", "/a%2Fb"])
@pytest.mark.parametrize("host", ["mail.example.org", "evil.example", "mta-sts.example.org"])
async def test_what_is_asked_in_the_clear_is_to_be_had_by_https(office: Office, path: str, host: str) -> None:
    """At the one name that our certificate surely has, whatever the client calls us."""
    async with visiting(office, scheme="http", host=host) as client:
        found = await client.get(path)
        assert found.status_code == 301
        assert found.headers["location"] == f"https://mail.example.org{path}"


@pytest.mark.parametrize(
    ("listen", "url", "wanted"),
    [
        (["0.0.0.0:443"], "", "https://mail.example.org"),
        (["127.0.0.1:8443", "0.0.0.0:443"], "", "https://mail.example.org"),
        (["0.0.0.0:2443"], "", "https://mail.example.org:2443"),
        (["unix:/run/pillarbox/https"], "", "https://mail.example.org"),
        ([], "https://post.example.org/", "https://post.example.org"),
    ],
)
async def test_where_https_is_depends_on_the_settings(office: Office, listen: list[str], url: str, wanted: str) -> None:
    office.settings = replace(office.settings, listen=Listen(https=listen), http=Http(url=url))
    async with visiting(office, scheme="http") as client:
        assert (await client.get("/setup")).headers["location"] == f"{wanted}/setup"


@pytest.mark.parametrize("path", ["/jmap/api", "/jmap/upload/A1/", "/autodiscover/autodiscover.xml"])
async def test_what_is_sent_in_the_clear_is_refused_and_not_looked_at(
    office: Office, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        raise AssertionError("a password was looked at")

    monkeypatch.setattr(office.accounts, "log_in", never)
    async with visiting(office, scheme="http") as client:
        found = await client.post(path, content=b"{}", auth=("alice@example.org", "sesame"))
        assert (found.status_code, found.text) == (403, "by https only\n")


async def test_this_very_machine_may_log_in_without_tls(office: Office) -> None:
    async with visiting(office, scheme="http", address=HERE) as client:
        assert (await client.get("/jmap/session", auth=("alice@example.org", "sesame"))).status_code == 200


PATHS = [
    "/../etc/passwd",
    "/%2e%2e/etc/passwd",
    "/..%2f..%2fetc/passwd",
    "/setup/../../x",
    "https://mail.example.org//evil.example/",
    "/setup/",
    "/jmap",
]


@pytest.mark.parametrize("path", PATHS)
async def test_there_is_nothing_beside_the_pages(office: Office, path: str) -> None:
    async with visiting(office) as client:
        assert (await client.get(path)).status_code == 404


async def test_pages_of_other_origins_may_use_jmap_with_a_log_in_of_their_own(office: Office) -> None:
    """Fetch, "CORS protocol": a preflight needs no log-in, and no cookie is ever taken."""
    asks = {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,cache-control,content-type,last-event-id,range",
    }
    async with visiting(office) as client:
        for path in ("/.well-known/jmap", "/jmap/session", "/jmap/api", "/jmap/upload/A1/", "/jmap/download/A1/G1/x"):
            found = await client.options(path, headers=asks)
            assert found.status_code == 204, path
            assert found.headers["access-control-allow-origin"] == "*"
            taken = found.headers["access-control-allow-headers"].lower().split(", ")
            assert set(asks["access-control-request-headers"].split(",")) <= set(taken)
            assert "access-control-allow-credentials" not in found.headers
        answered = await client.get("/jmap/session", headers=asks, auth=("alice@example.org", "sesame"))
        assert answered.headers["access-control-allow-origin"] == "*"
        refused = await client.get("/jmap/session", headers=asks)
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


async def test_what_is_asked_most_is_answered_in_one_way_only(office: Office) -> None:
    """And is not looked for among the pages, which would have seen to that."""
    async with visiting(office) as client:
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            found = await client.request(method, "/jmap/api", auth=("alice@example.org", "sesame"))
            assert (found.status_code, set(found.headers["allow"].split(", "))) == (405, {"POST", "OPTIONS"}), method
        for path in ("/jmap/api/", "/jmap/apis", "/jmap"):
            assert (await client.post(path, auth=("alice@example.org", "sesame"))).status_code == 404, path


async def test_pages_of_other_origins_may_use_nothing_else(office: Office) -> None:
    async with visiting(office) as client:
        for path in ("/setup", "/mail/config-v1.1.xml", "/healthz"):
            found = await client.get(path, headers={"origin": "https://app.example"})
            assert "access-control-allow-origin" not in found.headers


async def test_what_was_asked_is_noted_without_what_was_said(office: Office, written: io.StringIO) -> None:
    async with visiting(office) as client:
        await client.get("/jmap/session?secret=xyzzy", auth=("alice@example.org", "sesame"))
        await client.get("/jmap/session", auth=("alice@example.org", "wr0ng"))
        await client.get("/nothing")
    found = [(event["method"], event["path"], event["status"], event["account"] is None) for event in requests(written)]
    assert found == [
        ("GET", "/jmap/session", 200, False),
        ("GET", "/jmap/session", 401, True),
        ("GET", "/nothing", 404, True),
    ]
    assert all({"bytes", "ms", "level"} <= event.keys() for event in requests(written))
    assert not [word for word in ("sesame", "wr0ng", "xyzzy", "YWxpY2") if word in written.getvalue()]


async def test_what_is_asked_all_day_is_noted_for_those_who_look_closely(office: Office, written: io.StringIO) -> None:
    async with visiting(office) as client:
        await client.get("/healthz")
    assert [event["level"] for event in requests(written)] == ["debug"]


async def test_a_page_that_fails_says_nothing_of_why(
    office: Office, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> int:
        raise RuntimeError("the innards")

    monkeypatch.setattr(office.kept, "version", fail)
    async with visiting(office) as client:
        found = await client.get("/readyz")
    assert found.status_code == 500
    assert "innards" not in found.text
    assert found.headers["x-content-type-options"] == "nosniff"
    assert "the innards" in written.getvalue()


async def test_the_policy_of_a_domain_is_at_its_own_name(office: Office) -> None:
    """RFC 8461 §3.3: and nowhere else."""
    for host, wanted in {
        "mta-sts.example.org": 200,
        "MTA-STS.EXAMPLE.ORG:443": 200,
        "example.org": 404,
        "mta-sts.other.test": 404,
    }.items():
        async with visiting(office, host=host) as client:
            found = await client.get("/.well-known/mta-sts.txt")
            assert found.status_code == wanted, host
            if wanted == 200:
                assert found.headers["content-type"].startswith("text/plain")
                assert found.text.split("\r\n")[:3] == ["version: STSv1", "mode: testing", "mx: mail.example.org"]


async def test_the_policy_is_what_the_domain_has_been_set_to(office: Office) -> None:
    domain = await office.kept.domain("example.org")
    assert domain
    for mode in ("enforce", "none", "testing"):
        await office.kept.change_domain(replace(domain, settings={"mta_sts": mode}))
        async with visiting(office, host="mta-sts.example.org") as client:
            assert f"mode: {mode}\r\n" in (await client.get("/.well-known/mta-sts.txt")).text


async def test_a_domain_whose_mail_others_keep_has_no_policy_of_ours(office: Office) -> None:
    domain = await office.kept.domain("example.org")
    assert domain
    await office.kept.change_domain(replace(domain, settings={"backup": "mx"}))
    async with visiting(office, host="mta-sts.example.org") as client:
        assert (await client.get("/.well-known/mta-sts.txt")).status_code == 404


async def test_a_client_that_goes_while_it_is_answered_is_no_fault_of_a_page(office: Office) -> None:
    """Else whoever opens WebSockets and leaves fills the log."""

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientDisconnected

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is said")

    with capture_logs() as noted:
        await Access(page, office)({"type": "websocket", "path": "/jmap/ws"}, nothing, nothing)
    assert [each["log_level"] for each in noted] == ["debug", "info"]


async def test_a_websocket_that_is_refused_is_answered_once_and_is_no_fault_of_a_page(office: Office) -> None:
    """Else whoever knows no password fills the log."""
    said: list[str] = []

    async def connecting() -> Any:
        return {"type": "websocket.connect"}

    async def say(message: Any) -> None:
        said.append(message["type"])

    scope = {
        "type": "websocket",
        "path": "/jmap/ws",
        "scheme": "wss",
        "headers": [(b"host", b"here")],
        "client": ("192.0.2.7", 1),
    }
    scope |= {"query_string": b"", "subprotocols": ["jmap"], "extensions": {"websocket.http.response": {}}}
    with capture_logs() as noted:
        await application(office)(scope, connecting, say)
    assert said == ["websocket.http.response.start", "websocket.http.response.body"]
    assert [(each["event"], each["log_level"], each["status"]) for each in noted] == [("request", "info", 401)]
