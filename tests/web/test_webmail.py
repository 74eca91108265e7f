"""The webmail as a person uses it: a real server, Chromium, and stories told in web/e2e/.

A story runs in a process of its own, and asks us by lines for what a browser cannot do: to deliver mail, and to look at the
mailboxes by IMAP, as another program of the same person would.
"""

import json
import os
import re
import shutil
import smtplib
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import islice
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from chromium import PROGRAM, needed
from person import Person, done, size
from pillarbox.testing.served import Served
from raw import Raw

pytestmark = [needed, pytest.mark.timeout(400)]

ROOT = Path(__file__).resolve().parents[2]
STORIES = ROOT / "web" / "e2e"
BUILT = ROOT / "src" / "pillarbox" / "servers" / "http" / "webmail" / "static" / "index.html"
PATIENCE = 300.0
LARGEST = 200_000
AT_ONCE = 500
NOTICE = (
    b"From: Board <board@notices.example>\r\nSubject: Notice %d\r\nMessage-ID: <%d@notices.example>\r\nDate: %b\r\n\r\n"
    b"Notice %d hangs on the board.\r\n"
)
_SUBJECT = re.compile(rb"^Subject: ([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile("(?:<[^<>]*>)+")

Tell = Callable[..., str]


@pytest.fixture
def tell(server: Served, unused: Iterator[str], tmp_path: Path) -> Tell:
    """Runs a story with two people, the first of whom has mail; what it printed. Skips where something it needs is missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    for module in ("playwright-core", "axe-core"):
        if not (ROOT / "web" / "node_modules" / module).exists():
            pytest.skip(f"{module} is not installed (npm ci in web/)")
    if not BUILT.exists():
        pytest.skip("the webmail is not built (make web)")

    def run(story: str, people: Sequence[Person] = ()) -> str:
        people = people or [Person(server, address) for address in islice(unused, 2)]
        furnish(people[0])
        given = {
            "url": f"http://localhost:{server.ports['http']}",
            "people": [{"address": each.address, "password": each.password} for each in people],
            "program": PROGRAM,
            "folder": str(tmp_path),
        }
        return Telling(people).run([node, str(STORIES / f"{story}.mjs"), json.dumps(given)])

    return run


def test_a_morning_with_the_mail(tell: Tell) -> None:
    tell("mail")


def test_everything_can_be_done_by_keys(tell: Tell) -> None:
    tell("keys")


@pytest.mark.slow
def test_nothing_stands_in_the_way_of_anybody(tell: Tell) -> None:
    tell("accessible")


@pytest.mark.slow
def test_it_is_as_good_from_right_to_left_and_on_a_phone(tell: Tell) -> None:
    tell("ways")


def test_the_first_load_is_small(tell: Tell) -> None:
    assert "first load: " in tell("weight")


def test_one_signs_in_by_whatever_one_has_and_is_put_out_everywhere(tell: Tell) -> None:
    tell("sign_in")


def test_mail_is_read_and_filed_without_a_network(tell: Tell) -> None:
    tell("offline")


def test_a_letter_with_all_that_may_belong_to_it(tell: Tell) -> None:
    tell("letter")


@pytest.mark.slow
def test_thousands_are_as_light_as_one(tell: Tell) -> None:
    tell("heap")


def test_what_one_does_the_other_sees(tell: Tell) -> None:
    tell("two")


def test_what_strangers_send_does_no_harm(tell: Tell) -> None:
    tell("stranger")


@pytest.mark.slow
def test_pictures_of_it_are_small(tell: Tell, server: Served, tmp_path: Path) -> None:
    """`make pictures` keeps them, for the documents."""
    addresses = ["ada@example.org", "ben@example.org"]
    server.add_accounts(addresses)
    tell("pictures", [Person(server, address) for address in addresses])
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == 10
    assert {each.name: size for each in pictures if (size := each.stat().st_size) > LARGEST} == {}
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for each in pictures:
            shutil.copy(each, folder)


class Telling:
    """A story, while it runs."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = {each.address: each for each in people}
        self._verbs: Mapping[str, Callable[..., Any]] = {
            "deliver": self._deliver,
            "heap": self._heap,
            "count": self._count,
            "receive": self._receive,
            "submit": self._submit,
            "text": self._text,
            "subjects": self._subjects,
            "flags": self._flags,
            "flag": self._flag,
        }

    def run(self, command: Sequence[str]) -> str:
        """What it printed. Fails with what it says went wrong."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, text=True, cwd=STORIES.parent) as process:  # type: ignore[call-overload]
            limit = Timer(PATIENCE, process.kill)
            limit.start()
            try:
                printed = self._listen(process)
                said = process.stderr.read()
                assert process.wait() == 0, said
            finally:
                limit.cancel()
                process.kill()
        return printed

    def _listen(self, process: subprocess.Popen[str]) -> str:
        assert process.stdin
        assert process.stdout
        printed = []
        for line in process.stdout:
            if not line.startswith("?"):
                printed.append(line)
                continue
            verb, *given = json.loads(line[1:])
            process.stdin.write(json.dumps(self._verbs[verb](*given)) + "\n")
            process.stdin.flush()
        return "".join(printed)

    def _deliver(self, address: str, subject: str, text: str) -> None:
        self._people[address].deliver(
            letter({"from": "Ines <ines@example.net>", "subject": subject, "text": text, "minutes": 0})
        )

    def _heap(self, address: str, mailbox: str, count: int) -> None:
        """A new folder with so many messages (RFC 3502, RFC 7888), a minute apart, the last the newest."""
        person = self._people[address]
        began = datetime.now(UTC) - timedelta(minutes=count)
        with Raw(person.server.ports["imaps"], person.server.client_context()) as client:
            client.ask(f"a LOGIN {address} {person.password}".encode(), b"a OK")
            client.ask(f"b CREATE {mailbox}".encode(), b"b OK")
            client.ask(f"b SUBSCRIBE {mailbox}".encode(), b"b OK")
            for first in range(1, count + 1, AT_ONCE):
                client.send(f"c APPEND {mailbox}".encode())
                for number in range(first, min(first + AT_ONCE, count + 1)):
                    at = began + timedelta(minutes=number)
                    message = NOTICE % (number, number, format_datetime(at).encode(), number)
                    client.send(f' () "{at:%d-%b-%Y %H:%M:%S +0000}" {{{len(message)}+}}\r\n'.encode() + message)
                client.ask(b"", b"c OK")

    def _count(self, address: str, mailbox: str) -> int:
        with self._people[address].imap(mailbox) as client:
            return size(client)

    def _receive(self, address: str, message: str) -> None:
        self._people[address].deliver(message.encode())

    def _submit(self, sender: str, address: str, message: str) -> None:
        person = self._people[sender]
        port, context = person.server.ports["submissions"], person.server.client_context()
        with smtplib.SMTP_SSL("localhost", port, context=context, timeout=PATIENCE) as client:
            client.login(sender, person.password)
            client.sendmail(sender, [address], message.encode())

    def _text(self, address: str, mailbox: str, subject: str) -> str:
        found = [message for message in self._people[address].messages(mailbox) if subject_of(message) == subject]
        return found[0].decode()

    def _subjects(self, address: str, mailbox: str) -> list[str]:
        return [subject_of(message) for message in self._people[address].messages(mailbox)]

    def _flags(self, address: str, mailbox: str, subject: str) -> list[str]:
        at = self._subjects(address, mailbox).index(subject)
        return [flag.decode() for flag in self._people[address].flags(mailbox)[at]]

    def _flag(self, address: str, mailbox: str, subject: str, flag: str) -> None:
        at = self._subjects(address, mailbox).index(subject)
        with self._people[address].imap(mailbox) as client:
            done(client.store(str(at + 1), "+FLAGS.SILENT", f"({flag})"))


def subject_of(message: bytes) -> str:
    found = _SUBJECT.search(message)
    return found[1].decode() if found else ""


def furnish(person: Person) -> None:
    """An inbox as somebody may have it this morning."""
    letters = json.loads((STORIES / "letters.json").read_text("utf-8"))
    with person.imap() as client:
        for each in reversed(letters):
            flags = " ".join(flag for flag, name in ((r"\Seen", "seen"), (r"\Flagged", "flagged")) if each.get(name))
            at = datetime.now(UTC) - timedelta(minutes=each["minutes"])
            done(client.append("INBOX", f"({flags})", f'"{at:%d-%b-%Y %H:%M:%S +0000}"', letter(each, person.address)))


def letter(given: Mapping[str, Any], to: str = "ada@example.org") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = given["from"], to, given["subject"]
    message["Date"] = format_datetime(datetime.now(UTC) - timedelta(minutes=given["minutes"]))
    slug = re.sub(r"[^a-z]+", "-", given["subject"].lower())
    message["Message-ID"] = f"<{slug}@letters.example>"
    if given["subject"].startswith("Re: "):
        message["In-Reply-To"] = message["References"] = f"<{slug.removeprefix('re-')}@letters.example>"
    if "list" in given:
        message["List-Id"] = f"<{given['list']}>"
    message.set_content(given.get("text") or _TAG.sub(" ", given["html"]).strip() + "\n")
    if "html" in given:
        message.add_alternative(f"<!doctype html><html><body>{given['html']}</body></html>", subtype="html")
    if "file" in given:
        message.add_attachment("One line.\n" * 40, filename=given["file"])
    return message.as_bytes().replace(b"\n", b"\r\n")
