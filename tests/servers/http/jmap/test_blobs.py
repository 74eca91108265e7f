"""Files handed in and fetched (RFC 8620 §6)."""

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from jmapping import ALICE, BOB, Person, persons
from pillarbox.errors import NotFound
from pillarbox.ids import AccountId
from pillarbox.limits import JmapLimits, Limits
from pillarbox.mail.messages import Draft
from pillarbox.mail.rights import parsed
from pillarbox.mail.spool import IN_MEMORY, Received
from pillarbox.servers.http.jmap.desk import Desk
from pillarbox.servers.http.jmap.download import disposition, download, safe_type, span_of, wanted_type
from pillarbox.testing.house import PASSWORD
from sharers import opened

LIMITS = Limits(jmap=replace(JmapLimits(), upload=3 * IN_MEMORY, uploads=1, uploads_bytes=4 * IN_MEMORY, uploads_files=4))
MESSAGE = b"\r\n".join(
    [
        b"Subject: two parts",
        b"Content-Type: multipart/mixed; boundary=b",
        b"",
        b"--b",
        b"Content-Transfer-Encoding: base64",
        b"",
        b"aGVsbG8=",
        b"--b",
        b"Content-Type: message/rfc822",
        b"",
        b"Content-Transfer-Encoding: quoted-printable",
        b"",
        b"caf=E9",
        b"--b--",
    ]
)


@pytest.fixture
async def people(tmp_path: Path) -> AsyncIterator[Mapping[str, Person]]:
    async with persons(tmp_path, LIMITS) as found:
        yield found


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("text/plain;charset=UTF-8", "text/plain"),
        ("multipart/mixed; boundary=x", "multipart/mixed"),
        ("nonsense", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a/" + "b" * 128, "application/octet-stream"),
    ],
)
async def test_the_type_that_is_told_of_a_file_is_one_that_an_email_can_say(
    people: Mapping[str, Person], said: str, told: str
) -> None:
    assert (await people[ALICE].upload(b"x", said)).json()["type"] == told


@pytest.mark.parametrize("data", [b"", b"\0hello", os.urandom(IN_MEMORY + 1)], ids=len)
async def test_what_is_handed_in_comes_back(people: Mapping[str, Person], data: bytes) -> None:
    alice = people[ALICE]
    response = await alice.upload(data, "Text/X-Odd")
    blob = f"G{hashlib.sha256(data).hexdigest()}"
    assert response.status_code == 201
    assert response.json() == {"accountId": alice.account, "blobId": blob, "type": "Text/X-Odd", "size": len(data)}
    assert (await alice.upload(data)).json()["blobId"] == blob, "again"
    found = await alice.download(blob)
    assert (found.status_code, found.content) == (200, data)
    assert not os.listdir(alice.office.kept.spool())


async def test_as_many_bytes_as_are_announced_are_taken_and_no_more(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    assert (await alice.upload(b"x" * LIMITS.jmap.upload)).status_code == 201
    refused = await alice.upload(b"x" * (LIMITS.jmap.upload + 1))
    assert refused.status_code == 413
    assert refused.json()["type"] == "urn:ietf:params:jmap:error:limit"
    assert refused.json()["limit"] == "maxSizeUpload"
    assert not os.listdir(alice.office.kept.spool())


async def test_so_many_uploads_at_a_time_are_taken_and_no_more(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x"
        begun.set()
        await go_on.wait()

    first = asyncio.ensure_future(alice.http.post(f"/jmap/upload/{alice.account}/", content=slowly()))
    await asyncio.wait((first, waiting := asyncio.ensure_future(begun.wait())), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not first.done():  # an app that is handed the body piece by piece
        assert (await alice.upload(b"y")).json()["limit"] == "maxConcurrentUpload"
    go_on.set()
    assert (await first).status_code == 201
    assert (await alice.upload(b"y")).status_code == 201


async def test_an_upload_is_there_for_whoever_brought_it_only(people: Mapping[str, Person]) -> None:
    alice, bob = people[ALICE], people[BOB]
    owner = await opened(alice.office, ALICE)
    blob = (await alice.upload(b"secret")).json()["blobId"]
    assert (await bob.download(blob)).status_code == 404
    assert (await bob.download(blob, account=alice.account)).status_code == 404
    assert (await bob.upload(b"x", account=alice.account)).status_code == 404
    await owner.grants.set("Archive", BOB, parsed("lrswipkxte"))
    theirs = (await bob.upload(b"theirs", account=alice.account)).json()["blobId"]
    assert (await bob.download(theirs, account=alice.account)).content == b"theirs"
    assert (await bob.download(blob, account=alice.account)).status_code == 404
    assert (await alice.download(theirs)).status_code == 404


@pytest.mark.parametrize("blob", ["G12", "nonsense", f"G{'0' * 64}", "P1-1", f"G{'0' * 64}-1", "P1-1.2", "%2e%2e%2fmail.db"])
async def test_what_is_not_there_is_not_found(people: Mapping[str, Person], blob: str) -> None:
    assert (await people[ALICE].download(blob)).status_code == 404
    assert (await people[ALICE].download(blob, account="A99")).status_code == 404


async def test_a_message_and_its_parts_are_blobs(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    owner = await opened(alice.office, ALICE)
    inbox = await owner.mailboxes.find("INBOX")
    added = await owner.messages.append(inbox.id, [Draft(Received.of(MESSAGE))])
    whole = f"G{hashlib.sha256(MESSAGE).hexdigest()}"
    email = added.emails[0]
    assert (await alice.download(whole)).content == MESSAGE
    for part, data in {
        "1": b"hello",
        "2": b"Content-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9",
        "2_1": b"caf\xe9",
    }.items():
        for name in (f"P{email}-{part}", f"{whole}-{part}"):
            assert (await alice.download(name)).content == data
    for name in (f"P{email}-3", f"P{email}-1_1", f"P{email + 1}-1", f"{whole}-9"):
        assert (await alice.download(name)).status_code == 404
    assert (await people[BOB].download(whole, account=alice.account)).status_code == 404
    await owner.grants.set("Archive", BOB, parsed("lr"))
    for name in (whole, f"P{email}-1"):
        assert (await people[BOB].download(name, account=alice.account)).status_code == 404
    await owner.grants.set("INBOX", BOB, parsed("lr"))
    for name in (whole, f"P{email}-1"):
        assert (await people[BOB].download(name, account=alice.account)).status_code == 200


async def test_a_download_is_a_file_and_never_a_page(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    blob = (await alice.upload(b"<script>alert(1)</script>")).json()["blobId"]
    found = await alice.download(blob, "a b.html", accept="text/html")
    assert found.headers["content-type"] == "text/html"  # as a program asked that says itself who it is (RFC 8620 §6.2)
    assert found.headers["content-disposition"] == 'attachment; filename="a b.html"'
    assert found.headers["content-security-policy"].startswith("sandbox")
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["cache-control"] == "private, immutable, max-age=31536000"
    for kind, told in (
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("text/plain; charset=utf-8; format=flowed", "text/plain; charset=utf-8; format=flowed"),
        ("text/plain\r\nx: y", "application/octet-stream"),
        ("*/*", "application/octet-stream"),
        ("", "application/octet-stream"),
    ):
        assert (await alice.download(blob, accept=kind)).headers["content-type"] == told
    again = await alice.download(blob, **{"If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "said"),
    [("AC%2FDC.mp3", "DC.mp3"), ("%2e%2e%2fx", "x"), ("", "attachment"), ("a%20b%3Fc", "a b_c")],
)
async def test_a_name_may_be_anything_that_a_template_makes_of_it(people: Mapping[str, Person], name: str, said: str) -> None:
    alice = people[ALICE]
    blob = (await alice.upload(b"la la")).json()["blobId"]
    found = await alice.download(blob, name)
    assert (found.status_code, found.content) == (200, b"la la")
    assert f'filename="{said}"' in found.headers["content-disposition"]


@pytest.mark.parametrize("said", ['"other", {tag}', "W/{tag}", "*", '{tag},"other"'])
async def test_what_a_client_has_already_is_not_sent_again(people: Mapping[str, Person], said: str) -> None:
    alice = people[ALICE]
    blob = (await alice.upload(b"x")).json()["blobId"]
    asked = {"If-None-Match": said.format(tag=f'"{blob}"')}
    assert (await alice.download(blob, **asked)).status_code == 304
    other = (await alice.upload(b"y")).json()["blobId"]
    assert (await alice.download(other, **asked)).status_code == (304 if said == "*" else 200)


async def test_an_account_and_a_blob_that_are_not_there_look_alike(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    missing = [await alice.download("G1"), await alice.download("G1", account="A99"), await alice.upload(b"x", account="A99")]
    assert {(each.status_code, each.json()["type"]) for each in missing} == {(404, "about:blank")}
    assert {each.headers["content-type"] for each in missing} == {"application/problem+json"}


async def test_a_part_of_a_file_may_be_asked_for(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    blob = (await alice.upload(b"0123456789")).json()["blobId"]
    found = await alice.download(blob, Range="bytes=2-4")
    assert (found.status_code, found.content, found.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert (await alice.download(blob, **{"Range": "bytes=2-4", "If-Range": '"other"'})).content == b"0123456789"
    found = await alice.download(blob, Range="bytes=10-")
    assert (found.status_code, found.headers["content-range"]) == (416, "bytes */10")


async def test_room_is_made_for_a_file_only_by_those_that_are_old(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    blobs = [(await alice.upload(bytes([number]) * IN_MEMORY)).json()["blobId"] for number in range(4)]
    refused = await alice.upload(b"one more")
    assert refused.status_code == 413
    number = AccountId(int(alice.account[1:]))
    folder = Path(alice.office.kept.uploads(number)) / str(number)
    os.utime(folder / blobs[2][1:], (1, 1))
    assert (await alice.upload(b"one more")).status_code == 201
    statuses = [(await alice.download(blob)).status_code for blob in blobs]
    assert statuses == [200, 200, 404, 200]


async def test_files_that_are_old_go_and_those_that_are_asked_for_stay(people: Mapping[str, Person]) -> None:
    alice = people[ALICE]
    old, used = [(await alice.upload(data)).json()["blobId"] for data in (b"old", b"used")]
    number = AccountId(int(alice.account[1:]))
    folder = Path(alice.office.kept.uploads(number)) / str(number)
    for blob in (old, used):
        os.utime(folder / blob[1:], (1, 1))
    assert (await alice.download(used)).status_code == 200
    await alice.office.keep_house()
    assert (await alice.download(used)).status_code == 200
    assert (await alice.download(old)).status_code == 404


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("report.pdf", 'attachment; filename="report.pdf"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("..\\x.exe", 'attachment; filename="x.exe"'),
        ('a"b;c', "attachment; filename=\"a_b_c\"; filename*=UTF-8''a%22b%3Bc"),
        ("Größe.txt", "attachment; filename=\"Gr__e.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.txt"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"aSet-Cookie_ x\"; filename*=UTF-8''aSet-Cookie%3A%20x"),
        ("\u202egnp.exe", 'attachment; filename="gnp.exe"'),
        ("...", 'attachment; filename="attachment"'),
        ("", 'attachment; filename="attachment"'),
        ("x" * 300, f'attachment; filename="{"x" * 200}"'),
    ],
)
def test_a_name_leads_nowhere(name: str, said: str) -> None:
    assert disposition(name) == said


@pytest.mark.parametrize(
    "kind",
    ["text/html", "TEXT/HTML", "text/html; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "application/xml",
     "text/xml", "application/javascript", "text/javascript", "text/css", "multipart/x-mixed-replace", "application/rss+xml",
     "text/plain\r\nx: y", "text/plain, text/html", "text/plain;charset=utf-7;x", "x", "", "application/x-javascript",
     "application/ecmascript", "application/x-ecmascript"],
)  # fmt: skip
def test_a_type_that_a_browser_would_run_is_not_repeated(kind: str) -> None:
    assert safe_type(kind) == "application/octet-stream"


@pytest.mark.parametrize(("name", "told"), [(b"cookie", "application/octet-stream"), (b"authorization", "text/html")])
def test_only_who_says_who_it_is_is_told_a_type_that_a_browser_would_run(name: bytes, told: str) -> None:
    scope = {"type": "http", "query_string": b"accept=text/html", "headers": [(name, b"x")]}
    assert wanted_type(Request(scope)) == told


@pytest.mark.parametrize(
    "kind", ["image/png", "application/pdf", "text/plain", "text/plain; charset=utf-8", "message/rfc822", "audio/ogg"]
)
def test_a_harmless_type_is_as_it_was_asked_for(kind: str) -> None:
    assert safe_type(kind) == kind


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("", range(10)),
        ("bytes=0-", range(10)),
        ("bytes=3-5", range(3, 6)),
        ("bytes=3-99", range(3, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=5-3", range(10)),
        ("bytes=0-1,4-5", range(10)),
        ("lines=0-1", range(10)),
        ("bytes=" + "9" * 5000 + "-", range(10)),
        ("bytes=-0", None),
        ("bytes=10-", None),
    ],
)
def test_a_range_is_what_it_asks_for(said: str, span: range | None) -> None:
    assert span_of(said, 10) == span


async def test_parts_of_messages_are_held_for_one_account_so_many_at_a_time(people: Mapping[str, Person]) -> None:
    """Each is in memory whole, for as long as its reader likes."""
    alice = people[ALICE]
    blob = (await alice.upload(MESSAGE, "message/rfc822")).json()["blobId"]
    desk = Desk.of(alice.office)
    most = alice.office.limits.jmap.parts

    def asked(blob_id: str) -> Request:
        words = base64.b64encode(f"{ALICE}:{PASSWORD}".encode())
        path = {"accountId": alice.account, "blobId": blob_id, "name": "x"}
        headers = [(b"authorization", b"Basic " + words)]
        return Request(
            {"type": "http", "method": "GET", "scheme": "https", "path": "/", "query_string": b"", "headers": headers}
            | {"path_params": path, "client": ("127.0.0.1", 1), "asgi": {"spec_version": "2.4"}}
        )

    async def nothing(message: Message) -> None:
        pass

    taken = [await download(desk, asked(f"{blob}-1")) for _ in range(most)]
    assert desk.parts.of(AccountId(int(alice.account[1:]))).locked()
    waiting = asyncio.ensure_future(download(desk, asked(f"{blob}-1")))
    whole = await download(desk, asked(blob))
    assert (whole.status_code, waiting.done()) == (200, False)
    for each in (*taken, whole):
        await each(asked(blob).scope, asked(blob).receive, nothing)
    assert (await waiting).status_code == 200
    for _ in range(most + 1):
        with pytest.raises(NotFound):  # what is not there keeps nobody waiting
            await download(desk, asked(f"{blob}-9"))
