"""Real mail, all of it: in by SMTP (what SMTP cannot carry: by import), and back byte for byte by IMAP, POP3 and export.

What the server may add, and nothing else, is a Return-Path and a Received field on top.
"""

import mailbox
import poplib
import re
import smtplib
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from person import PATIENCE, Person, done, quoted
from pillarbox.limits import SmtpLimits
from pillarbox.testing.served import HOST, Served

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "spamassassin-half.tar.gz"
FIELD = rb"[^\r\n]*\r\n(?:\t[^\r\n]*\r\n)*"
TRACE = re.compile(rb"Return-Path: <[^\r\n]*>\r\nAuthentication-Results: " + FIELD + rb"Received: " + FIELD)
SENDER = "corpus@example.net"
PAGE = 200
SESSION = SmtpLimits().transactions

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus of real mail is absent ({CORPUS.name})"),
]


@pytest.fixture(scope="module", params=[4, pytest.param(1, marks=pytest.mark.slow)], ids=["each fourth", "all"])
def corpus(request: pytest.FixtureRequest) -> Sequence[bytes]:
    with tarfile.open(CORPUS) as archive:
        members = sorted((member for member in archive if member.isfile()), key=lambda member: member.name)
        return [file.read() for member in members[:: request.param] if (file := archive.extractfile(member))]


@pytest.fixture(scope="module")
def sent(corpus: Sequence[bytes]) -> Sequence[bytes]:
    """What SMTP can carry."""
    return [message for message in corpus if carried_by_smtp(message)]


@pytest.fixture(scope="module")
def receiver(server: Served, unused: Iterator[str], sent: Sequence[bytes]) -> Person:
    """Who was sent all of it, one message after the other."""
    person = Person(server, next(unused))
    for first in range(0, len(sent), SESSION):
        with smtplib.SMTP(HOST, server.ports["smtp"], timeout=PATIENCE) as client:
            for message in sent[first : first + SESSION]:
                assert client.sendmail(SENDER, [person.address], message, ["BODY=8BITMIME"]) == {}
    return person


@pytest.fixture(scope="module")
def importer(
    server: Served, unused: Iterator[str], corpus: Sequence[bytes], tmp_path_factory: pytest.TempPathFactory
) -> Person:
    """Who imported all of it from a folder of files."""
    person = Person(server, next(unused))
    folder = tmp_path_factory.mktemp("corpus")
    for number, message in enumerate(corpus):
        (folder / f"{number:05}.eml").write_bytes(message)
    server.run("import", person.address, str(folder))
    return person


def test_smtp_and_import_between_them_carry_everything(corpus: Sequence[bytes], sent: Sequence[bytes]) -> None:
    print(f"{len(sent)} of {len(corpus)} messages by SMTP, {len(corpus) - len(sent)} only by import")
    assert len(sent) > len(corpus) * 0.9


def test_what_came_by_smtp_comes_back_by_imap(receiver: Person, sent: Sequence[bytes]) -> None:
    for kept, message in zip(fetched(receiver), sent, strict=True):
        assert less_trace_exactly(kept) == message


def test_what_came_by_smtp_comes_back_by_pop3(receiver: Person, sent: Sequence[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poplib, "_MAXLINE", 1 << 20)  # a bound of the client's
    with receiver.pop3() as client:
        count, total = client.stat()
        assert count == len(sent)
        sizes = 0
        for number, message in enumerate(sent, 1):
            kept = b"\r\n".join([*client.retr(number)[1], b""])
            assert less_trace_exactly(kept) == message
            sizes += len(kept)
        assert total == sizes


@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
def test_what_came_by_smtp_comes_back_by_export(receiver: Person, sent: Sequence[bytes], tmp_path: Path, form: str) -> None:
    receiver.server.run("export", receiver.address, str(tmp_path / form), "--format", form)
    kept = sorted(map(less_trace_exactly, exported(tmp_path / form / "INBOX", form)))
    assert kept == sorted(sent)


def test_what_was_imported_comes_back_by_imap(importer: Person, corpus: Sequence[bytes]) -> None:
    assert sorted(fetched(importer)) == sorted(corpus)


def test_what_was_imported_is_not_brought_twice(importer: Person, corpus: Sequence[bytes], tmp_path: Path) -> None:
    for number, message in enumerate(corpus[:50]):
        (tmp_path / f"{number:05}.eml").write_bytes(message)
    importer.server.run("import", importer.address, str(tmp_path))
    with importer.imap() as client:
        assert int(client.untagged_responses["EXISTS"][-1]) == len(corpus)


def carried_by_smtp(message: bytes) -> bool:
    """SMTP knows no bare CR or LF, no NUL, and no message without a last line's end (RFC 5321 §2.3.8)."""
    bare = message.replace(b"\r\n", b"")
    return b"\r" not in bare and b"\n" not in bare and b"\0" not in message and message.endswith(b"\r\n")


def fetched(person: Person) -> Iterator[bytes]:
    with person.imap() as client:
        done(client.select(quoted("INBOX"), readonly=True))
        count = int(client.untagged_responses["EXISTS"][-1])
        for first in range(1, count + 1, PAGE):
            for part in done(client.fetch(f"{first}:{min(first + PAGE - 1, count)}", "(BODY.PEEK[])")):
                if isinstance(part, tuple):
                    yield part[1]


def exported(path: Path, form: str) -> Iterator[bytes]:
    """The messages of one mailbox's export."""
    if form == "mbox":
        kept = mailbox.mbox(path.with_suffix(".mbox"), create=False)
        for key in kept.iterkeys():
            yield re.sub(rb"(?m)^>(>*From )", rb"\1", kept.get_bytes(key))
    else:
        for file in sorted(path.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                yield file.read_bytes()


def less_trace_exactly(kept: bytes) -> bytes:
    """Without the three fields the server put on top, which must be there, once each."""
    found = TRACE.match(kept)
    assert found, kept[:500]
    return kept[found.end() :]
