"""FETCH against what the message package reads of the same bytes."""

import asyncio
import base64
import io
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pillarbox.message import structure, text
from pillarbox.message.structure import Part
from pillarbox.proto.imap.attributes import Section, SectionText
from pillarbox.servers.imap import fields, sections
from servers.imap.parley import Clients, message

CRLF = b"\r\n"
NESTED = CRLF.join(
    [
        b"From: outer@example.org", b"Subject: outer", b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="a"', b"", b"preamble", b"--a", b"Content-Type: text/plain", b"", b"one",
        b"--a", b"Content-Type: message/rfc822", b"",
        b"From: inner@example.org", b"Subject: inner", b'Content-Type: multipart/alternative; boundary="b"', b"",
        b"--b", b"Content-Transfer-Encoding: base64", b"", b"AAECAwQF", b"--b", b"Content-Type: text/html",
        b"Content-Transfer-Encoding: quoted-printable", b"", b"<b>=C3=A4</b>", b"--b--", b"--a",
        b"Content-Type: message/rfc822", b"", b"Subject: single", b"", b"the only text", b"--a",
        b"Content-Transfer-Encoding: x-rot26", b"", b"odd", b"--a--", b"",
    ]
)  # fmt: skip


def literal(lines: list[bytes], label: bytes) -> bytes | None:
    """The value of an item in the first response; None for NIL."""
    whole = lines[0]
    at = whole.index(label + b" ") + len(label) + 1
    if whole.startswith(b"NIL", at):
        return None
    found = re.compile(rb"~?\{([0-9]+)\}\r\n").match(whole, at)
    assert found, whole[at : at + 40]
    return whole[found.end() : found.end() + int(found[1])]


@pytest.mark.parametrize(
    ("asked", "data"),
    [
        ("BODY.PEEK[HEADER]", NESTED[: NESTED.index(b"preamble")]),
        ("BODY.PEEK[TEXT]", NESTED[NESTED.index(b"preamble") :]),
        ("BODY.PEEK[]", NESTED),
        ("BODY.PEEK[]<0.5>", NESTED[:5]),
        ("BODY.PEEK[]<5.99999>", NESTED[5:]),
        ("BODY.PEEK[]<99999.5>", b""),
        ("BODY.PEEK[1]", b"one"),
        ("BODY.PEEK[1.MIME]", b"Content-Type: text/plain\r\n\r\n"),
        ("BODY.PEEK[1]<1.1>", b"n"),
        ("BODY.PEEK[2.HEADER]", NESTED[NESTED.index(b"From: inner") : NESTED.index(b"--b\r\n")]),
        ("BODY.PEEK[2.HEADER.FIELDS (SUBJECT)]", b"Subject: inner\r\n\r\n"),
        ("BODY.PEEK[2.HEADER.FIELDS.NOT (SUBJECT FROM)]", b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'),
        ("BODY.PEEK[2.1]", b"AAECAwQF"),
        ("BODY.PEEK[2.2.MIME]", b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"),
        ("BODY.PEEK[3.TEXT]", b"the only text"),
        ("BODY.PEEK[3.1]", b"the only text"),
        ("BODY.PEEK[3.2]", None),
        ("BODY.PEEK[5]", None),
        ("BODY.PEEK[1.HEADER]", None),
        ("BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)]", b"From: outer@example.org\r\nSubject: outer\r\n\r\n"),
        ("BODY.PEEK[HEADER.FIELDS (SUBJECT X-NONE)]", b"Subject: outer\r\n\r\n"),
        ("BODY.PEEK[HEADER.FIELDS (X-NONE)]", b"\r\n"),
        ("BODY.PEEK[HEADER.FIELDS (SUBJECT)]<3.4>", b"ject"),
        ("BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT FROM CONTENT-TYPE)]", b"MIME-Version: 1.0\r\n\r\n"),
        ("BINARY.PEEK[2.1]", bytes(range(6))),
        ("BINARY.PEEK[2.1]<1.2>", b"\x01\x02"),
        ("BINARY.PEEK[2.2]", "<b>ä</b>".encode()),
        ("BINARY.PEEK[9]", None),
        ("RFC822.HEADER", NESTED[: NESTED.index(b"preamble")]),
        ("RFC822", NESTED),
        ("RFC822.TEXT", NESTED[NESTED.index(b"preamble") :]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kept", ["in the database", "in a file"])
async def test_sections(clients: Clients, asked: str, data: bytes | None, kept: str) -> None:
    grown = NESTED if kept == "in the database" else NESTED + b"epilogue\r\n" * 9000
    if kept == "in a file" and data is not None and (data == NESTED or data.startswith(b"preamble") or data == NESTED[5:]):
        data += grown[len(NESTED) :]
        asked = asked.replace("<5.99999>", "<5.999999>")
    if "<99999" in asked:
        asked = asked.replace("<99999", "<999999")
    await clients.put([grown])
    client = await clients.one("INBOX")
    lines = await client.ok(f"FETCH 1 ({asked})")
    label = re.sub(r"\.PEEK", "", asked)
    label = re.sub(r"(<\d+)\.\d+>", r"\1>", label)
    assert literal(lines, label.encode()) == data


async def test_an_unknown_transfer_encoding_is_said_to_be_so(clients: Clients) -> None:
    await clients.put([NESTED])
    client = await clients.one("INBOX")
    assert (await client.do("FETCH 1 BINARY[4]"))[-1].startswith(b"NO [UNKNOWN-CTE]")
    assert (await client.do("FETCH 1 (BINARY.SIZE[2.1] BINARY.SIZE[1])"))[
        0
    ] == b"* 1 FETCH (BINARY.SIZE[2.1] 6 BINARY.SIZE[1] 3)"


async def test_a_literal8_is_used_where_there_is_nul_in_it(clients: Clients) -> None:
    await clients.put([NESTED])
    client = await clients.one("INBOX")
    assert (await client.ok("FETCH 1 BINARY.PEEK[2.1]"))[0] == b"* 1 FETCH (BINARY[2.1] ~{6}\r\n\0\1\2\3\4\5)"


async def test_a_large_encoded_part_is_decoded_while_it_is_sent(clients: Clients) -> None:
    body = os.urandom(3_000_000)
    encoded = base64.encodebytes(body).replace(b"\n", CRLF)
    await clients.put([b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded])
    client = await clients.one("INBOX")
    assert literal(await client.ok("FETCH 1 BINARY.PEEK[1]"), b"BINARY[1]") == body
    assert literal(await client.ok("FETCH 1 BINARY.PEEK[1]<2000000.100>"), b"BINARY[1]<2000000>") == body[2_000_000:2_000_100]
    assert (await client.ok("FETCH 1 BINARY.SIZE[1]"))[0] == b"* 1 FETCH (BINARY.SIZE[1] 3000000)"


async def test_messages_kept_in_files_and_beside_them_come_in_order(clients: Clients) -> None:
    sizes = [10, 100_000, 20, 30, 400_000, 200_000, 5]
    messages = [message(number, b"x" * size + CRLF) for number, size in enumerate(sizes)]
    await clients.put(messages)
    client = await clients.one("INBOX")
    lines = await client.ok("FETCH 1:* (UID BODY.PEEK[] FLAGS)")
    assert [line[: line.index(b" FLAGS")].split(CRLF, 1)[1] for line in lines[:-1]] == messages
    assert [int(line.split()[1]) for line in lines[:-1]] == [1, 2, 3, 4, 5, 6, 7]


async def test_whoever_stops_reading_is_stopped_being_written_to(clients: Clients) -> None:
    await clients.put([message(number, b"y" * 60_000) for number in range(100)])
    client = await clients.one("INBOX")
    await client.stream.write(b"a FETCH 1:* BODY.PEEK[]\r\n")
    for _ in range(500):
        await asyncio.sleep(0)
    tail = await client.stream.read()
    assert len(tail) < 2_000_000
    while b"\r\na OK" not in tail:
        tail = tail[-100:] + await client.stream.read()


async def test_flags_are_told_of_those_only_that_became_seen(clients: Clients) -> None:
    await clients.fill(3)
    client = await clients.one("INBOX", enable="IMAP4rev2 CONDSTORE")
    await client.ok("STORE 2 +FLAGS.SILENT (\\Seen)")
    lines = await client.ok("FETCH 1:3 RFC822.SIZE")
    assert b"FLAGS" not in b"".join(lines)
    lines = await client.ok("FETCH 2 BODY[HEADER.FIELDS (SUBJECT)]")
    assert b"FLAGS" not in lines[0]
    lines = await client.ok("FETCH 3 BODY[HEADER.FIELDS (SUBJECT)]")
    assert re.search(rb"FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$", lines[0])


async def test_forms_that_were_not_kept_are_rendered_when_asked_for(clients: Clients) -> None:
    await clients.put([NESTED])
    client = await clients.one("INBOX")
    items = "(ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[2.1] BODY.PEEK[HEADER.FIELDS (SUBJECT)] FLAGS)"
    before = await client.ok(f"FETCH 1 {items}")
    account = await clients.office.kept.account("alice@example.org")
    assert account is not None
    mail = clients.office.open(account).mail
    rows = await mail.rows((await mail.mailbox("INBOX")).id, [(1, 1)], ("email",))
    await mail.replace_forms({rows[0][0]: {"envelope": b"", "body": b"", "structure": b"", "fields": b"", "parts": b""}})
    assert await client.ok(f"FETCH 1 {items}") == before
    await mail.replace_forms({rows[0][0]: clients.office.reading.forms(NESTED)})


def numbered(part: Part, name: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Part]]:
    """Every part with its number, by structure's own counting."""
    for number in range(1, 50):
        found = structure.find_part(part, (*name, number))
        if found is None:
            return
        yield (*name, number), found
        if len(name) < 6:
            yield from numbered(part, (*name, number))


def check_against_structure(data: bytes) -> None:
    root = structure.parse(data)
    table = sections.table(root)
    for name, part in numbered(root):
        found = sections.place(table, sections.part_name(name))
        assert found is not None, name
        assert (found.start, found.body_start, found.end) == (part.start, part.body_start, part.end)
        if part.encoding in ("base64", "quoted-printable") and not part.children and part.message is None:
            undo = sections.decoder(found.coding)
            assert undo is not None
            assert b"".join(undo((data[found.body_start : found.end],))) == text.decoded(data, part)
    assert sections.place(table, b"77") is None
    block = fields.block(root.header)
    if block != fields.NOT_READY:
        names = [b"subject", b"from", b"to", b"date", b"x-mailer", b"references"]
        header = data[: root.body_start]
        assert fields.Ready(names)(block) == fields.chosen(header, frozenset(names))


@pytest.mark.parametrize(
    ("section", "data"),
    [
        (Section(), NESTED),
        (Section(what=SectionText.TEXT), NESTED[NESTED.index(b"preamble") :]),
        (Section((1,)), b"one"),
        (Section((1, 1)), None),
    ],
)
def test_a_section_is_a_span(section: Section, data: bytes | None) -> None:
    found = sections.Finder(section).span(sections.table(structure.parse(NESTED)))
    assert (None if found is None else NESTED[found.first : found.first + found.size]) == data


def test_the_table_of_sections_agrees_with_the_tree() -> None:
    check_against_structure(NESTED)
    for path in sorted((Path(__file__).parents[2] / "cases" / "mime").glob("*.eml")):
        check_against_structure(path.read_bytes())


@pytest.mark.corpus
def test_the_table_of_sections_agrees_with_the_tree_on_real_mail() -> None:
    folder = Path(os.environ.get("PILLARBOX_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))
    place = folder / "spamassassin-half.tar.gz"
    if not place.exists():
        pytest.skip(f"no corpus at {place}")
    with tarfile.open(place) as archive:
        for number, member in enumerate(archive):
            if member.isfile() and number % 10 == 0:
                file = archive.extractfile(member) or io.BytesIO()
                check_against_structure(file.read())


@pytest.mark.parametrize(
    ("header", "names", "said"),
    [
        (b"Subject: a\r\n b\r\nFrom: x\r\n\r\n", [b"subject"], b"Subject: a\r\n b\r\n\r\n"),
        (b"To: 1\r\nSubject: a\r\nTo: 2\r\n\r\n", [b"to"], b"To: 1\r\nTo: 2\r\n\r\n"),
        (b"SUBJECT : odd\r\n\r\n", [b"subject"], b"SUBJECT : odd\r\n\r\n"),
        (b"Subject: cut", [b"subject"], b"Subject: cut\r\n\r\n"),
        (b"\r\n", [b"subject"], b"\r\n"),
        (b"X-A: 1\r\n", [b"subject", b"to"], b"\r\n"),
    ],
)
def test_fields_are_chosen_as_they_came(header: bytes, names: list[bytes], said: bytes) -> None:
    assert fields.chosen(header, frozenset(names)) == said
    assert fields.Ready(names)(fields.block(structure.parse(header).header)) == said


def test_a_field_with_nul_in_it_is_not_kept_ready() -> None:
    assert fields.block(structure.parse(b"Subject: a\0b\r\n\r\n").header) == fields.NOT_READY
    assert fields.chosen(b"Subject: a\0b\r\n\r\n", frozenset([b"subject"])) == b"Subject: a\0b\r\n\r\n"


@pytest.mark.parametrize(("count", "answer"), [(99, b"OK"), (100, b"OK"), (101, b"NO [LIMIT]")])
async def test_a_fetch_asks_for_so_many_sections(clients: Clients, count: int, answer: bytes) -> None:
    await clients.fill(1)
    client = await clients.one("INBOX")
    asked = " ".join(f"BODY.PEEK[]<{number}.1>" for number in range(count))
    assert (await client.do(f"FETCH 1 ({asked} UID)"))[-1].startswith(answer)


async def test_a_header_too_long_to_be_kept_ready_is_told_all_the_same(clients: Clients) -> None:
    addresses = b",\r\n ".join(b"someone%d@example.org" % number for number in range(5000))
    await clients.put([b"Subject: many\r\nTo: " + addresses + b"\r\n\r\nhello\r\n"])
    client = await clients.one("INBOX")
    lines = await client.ok("FETCH 1 (ENVELOPE BODY.PEEK[HEADER.FIELDS (TO)] BODY.PEEK[1])")
    assert lines[0].count(b'"example.org"') == 5000
    assert b"To: " + addresses + b"\r\n\r\n" in lines[0]
    assert lines[0].endswith(b"BODY[1] {7}\r\nhello\r\n)")
