"""The webmail's files: kept for good where they can be, compressed as they were built, and its page for every place in it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from pillarbox.mail.office import Office
from pillarbox.servers.http.access import Access
from pillarbox.servers.http.webmail import pages, policies
from pillarbox.servers.http.webmail.files import Files, codings
from pillarbox.testing.house import house
from visitor import visiting

SCRIPT = "assets/index-DTQ_AgNd.js"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path / "house") as found:
        yield found


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    for name, data in (
        ("index.html", b"<page>"),
        (SCRIPT, b"script"),
        ("icon.svg", b"<svg>"),
        ("notes.md", b"x"),
    ):
        (folder / name).write_bytes(data)
    (folder / f"{SCRIPT}.br").write_bytes(b"br")
    (folder / f"{SCRIPT}.gz").write_bytes(b"gz")
    (folder / "index.html.gz").write_bytes(b"gz page")
    return folder


@asynccontextmanager
async def browsing(office: Office, folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    app = Access(Starlette(routes=list(pages.routes(Files(folder)))), office)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="https://mail.example.org") as client:
        client.headers["accept-encoding"] = "identity"
        yield client


@pytest.mark.parametrize("path", ["/mail/", "/mail/index.html", "/mail/f/F1/T2", "/mail/search?q=x", "/mail/settings/look"])
async def test_every_place_in_the_webmail_is_its_page(office: Office, built: Path, path: str) -> None:
    async with browsing(office, built) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, "<page>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-security-policy"] == policies.PAGE
    assert answer.headers["x-frame-options"] == "DENY"


async def test_what_has_its_hash_in_its_name_is_kept_for_good(office: Office, built: Path) -> None:
    async with browsing(office, built) as client:
        answer = await client.get(f"/mail/{SCRIPT}")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert (await client.get("/mail/icon.svg")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "coding", "data"),
    [
        ("gzip, deflate, br, zstd", "br", b"br"),
        ("gzip", "gzip", b"gz"),
        ("br;q=0, gzip;q=0.5", "gzip", b"gz"),
        ("*", "br", b"br"),
        ("*;q=0", None, b"script"),
        ("identity", None, b"script"),
        ("", None, b"script"),
        ("GZIP ; Q=1.0", "gzip", b"gz"),
        ("br;q=0.000, *;q=0", None, b"script"),
        ("x" * 5000, None, b"script"),
    ],
)
async def test_the_best_form_that_a_browser_takes_is_sent(
    office: Office, built: Path, accepted: str, coding: str | None, data: bytes
) -> None:
    async with (
        browsing(office, built) as client,
        client.stream("GET", f"/mail/{SCRIPT}", headers={"accept-encoding": accepted}) as answer,
    ):
        assert answer.headers.get("content-encoding") == coding
        assert b"".join([piece async for piece in answer.aiter_raw()]) == data
        assert answer.headers["vary"] == "accept-encoding"


async def test_each_form_has_a_tag_of_its_own_and_what_is_known_is_not_sent_again(office: Office, built: Path) -> None:
    tags = set()
    async with browsing(office, built) as client:
        for accepted in ("br", "gzip", "identity"):
            async with client.stream("GET", f"/mail/{SCRIPT}", headers={"accept-encoding": accepted}) as first:
                tags.add(tag := first.headers["etag"])
            for known in (tag, f'"other", W/{tag}', "*"):
                again = await client.get(f"/mail/{SCRIPT}", headers={"accept-encoding": accepted, "if-none-match": known})
                assert (again.status_code, again.content) == (304, b"")
                assert again.headers["etag"] == tag
                assert again.headers["cache-control"].endswith("immutable")
            assert (await client.get("/mail/", headers={"if-none-match": tag})).status_code == 200
    assert len(tags) == 3


@pytest.mark.parametrize("path", ["/mail/assets/index-OLD_OLD1.js", "/mail/assets/", "/mail/assets/../../policies.py"])
async def test_a_file_of_another_build_is_not_there(office: Office, built: Path, path: str) -> None:
    async with browsing(office, built) as client:
        answer = await client.get(path)
    assert answer.status_code == 404 or answer.text == "<page>"
    assert "policies" not in answer.text


@pytest.mark.parametrize("path", ["/mail/notes.md", "/mail/%2e%2e/policies.py", "/mail/..%2fpolicies.py", f"/mail/{SCRIPT}.br"])
async def test_what_is_no_file_of_the_webmail_is_only_a_place_in_it(office: Office, built: Path, path: str) -> None:
    async with browsing(office, built) as client:
        answer = await client.get(path)
    assert answer.text == "<page>" or answer.status_code == 404


async def test_a_new_build_is_found_without_a_restart(office: Office, built: Path) -> None:
    async with browsing(office, built) as client:
        await client.get("/mail/")
        (built / "assets" / "new-abcdefgh.js").write_bytes(b"new")
        (built / "index.html").write_bytes(b"<new page>")
        assert (await client.get("/mail/")).text == "<new page>"
        assert (await client.get("/mail/assets/new-abcdefgh.js")).text == "new"


async def test_a_compressed_form_of_an_older_build_is_not_sent(office: Office, built: Path) -> None:
    page = built / "index.html"
    os.utime(built / "index.html.gz", ns=(0, page.stat().st_mtime_ns - 1))
    async with browsing(office, built) as client:
        assert (await client.get("/mail/", headers={"accept-encoding": "gzip"})).text == "<page>"


async def test_without_a_build_its_page_says_how_to_get_one(office: Office, tmp_path: Path) -> None:
    async with browsing(office, tmp_path / "nothing") as client:
        answer = await client.get("/mail/f/F1")
    assert answer.status_code == 503
    assert "make web" in answer.text
    assert "script" not in answer.text


@pytest.mark.parametrize("path", ["/", "/mail"])
async def test_the_root_leads_to_the_webmail(office: Office, path: str) -> None:
    async with visiting(office) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (302, "/mail/")


async def test_the_frame_of_mail_is_empty_and_may_do_nothing(office: Office) -> None:
    async with visiting(office) as client:
        answer = await client.get("/mail/reader")
    assert answer.status_code == 200
    assert "<body></body>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"


async def test_nothing_but_our_own_files_runs_in_the_page(office: Office) -> None:
    sources = dict(part.split(" ", 1) for part in policies.PAGE.split("; "))
    assert sources["default-src"] == sources["base-uri"] == sources["frame-ancestors"] == "'none'"
    assert sources["script-src"] == sources["style-src"] == sources["connect-src"] == "'self'"
    assert "unsafe" not in policies.PAGE
    assert "http" not in policies.PAGE


def test_what_is_wanted_of_codings() -> None:
    assert codings("br;q=0.8, gzip , *;q=0, x;q=2, ;;;") == {"br": 0.8, "gzip": 1.0, "*": 0.0}


async def test_where_mail_programs_ask_it_is_not_in_the_way(office: Office) -> None:
    async with visiting(office, host="autoconfig.example.org") as client:
        answer = await client.get("/mail/config-v1.1.xml?emailaddress=alice@example.org")
    assert answer.status_code == 200
    assert "clientConfig" in answer.text
