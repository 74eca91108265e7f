"""Mail::IMAPClient (Perl): what decades of scripts, imapsync first among them, talk to mail servers with."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from person import DOTS, EVENING, LETTERS, Person

pytestmark = pytest.mark.client

SCRIPT = Path(__file__).with_name("mail-imapclient.pl")


@pytest.fixture(scope="session")
def perl() -> str:
    program = shutil.which("perl")
    if (
        program is None
        or subprocess.run([program, "-MMail::IMAPClient", "-MIO::Socket::SSL", "-e1"], capture_output=True).returncode
    ):
        pytest.skip("Mail::IMAPClient is not installed (apt install libmail-imapclient-perl)")
    return program


@pytest.fixture
def script(person: Person, run, perl: str) -> Callable[..., Any]:
    """Runs a step of the script; what it saw."""

    def step(name: str, *words: str) -> Any:
        server = person.server
        return json.loads(
            run(perl, SCRIPT, name, "localhost", str(server.ports["imaps"]), server.ca, person.address, person.password, *words)
        )

    return step


def test_it_lists_and_reads(script, person: Person) -> None:
    person.append(*LETTERS)
    seen = script("reads")
    assert set(seen["folders"]) == person.mailboxes()
    assert (seen["uids"], seen["unseen"], seen["counts"]) == ([1, 2, 3, 4], 4, [4, 5])
    assert [bytes.fromhex(message) for message in seen["messages"]] == list(LETTERS)
    assert seen["sizes"] == [len(letter) for letter in LETTERS]
    assert seen["subjects"][:2] == ["evening", "dots"]
    assert seen["envelope"] == ["evening", "Ann <ann@example.net>", "<evening@example.net>"]
    assert seen["structure"] == ["TEXT", "PLAIN"]
    assert seen["body"] == "Shall we?\r\n"
    assert person.flags() == [set()] * 4


def test_it_flags(script, person: Person) -> None:
    person.append(*LETTERS[:3])
    seen = script("flags")
    assert [set(flags) - {r"\Recent"} for flags in seen["flags"]] == [{r"\Answered", r"\Seen"}, set(), {"plan"}]
    assert (seen["seen"], seen["unseen"]) == ([1], [2, 3])
    assert person.flags() == [{rb"\Seen", rb"\Answered"}, set(), {b"plan"}]


def test_it_copies_moves_deletes_and_appends(script, person: Person) -> None:
    person.append(*LETTERS)
    assert script("moves") == {"copied": 1, "moved": 2, "appended": 1}
    assert person.messages() == [DOTS, LETTERS[3]]
    assert person.messages("Archive") == [DOTS, EVENING]
    assert (person.messages("Drafts"), person.flags("Drafts")) == ([b"Subject: draft\r\n\r\nSoon.\r\n"], [{rb"\Draft"}])


def test_it_searches(script, person: Person) -> None:
    person.append(*LETTERS)
    found = script(
        "searches", "SUBJECT evening", "BODY looks", "OR LARGER 1000 FROM dots", "UNSEEN", 'HEADER Message-ID "<dots@"'
    )
    assert found == [[1], [2], [2, 4], [1, 2, 3, 4], [2]]


def test_it_sorts_and_threads_where_the_server_can(script, person: Person) -> None:
    person.append(*LETTERS[:3])
    seen = script("sorts")
    if not seen["capable"]:
        pytest.skip("SORT is switched off")
    assert seen["sorted"] == [2, 1, 3]
    assert len(seen["threads"]) == 3


def test_it_makes_renames_and_deletes_folders(script, person: Person) -> None:
    seen = script("folders")
    assert (seen["separator"], seen["there"]) == ("/", 1)
    assert "Work/Plans" in seen["subscribed"]
    assert "Garden" in seen["left"]
    assert "Garden/Plans" not in seen["left"]
    assert set(seen["left"]) == person.mailboxes()


def test_idle_tells_of_new_mail(script, person: Person) -> None:
    person.append(EVENING)
    assert script("idles") == ["* 2 EXISTS"]


def test_it_compresses_where_the_server_can(script, person: Person) -> None:
    person.append(*LETTERS)
    seen = script("compresses")
    if not seen["capable"]:
        pytest.skip("COMPRESS=DEFLATE is switched off")
    assert [bytes.fromhex(message) for message in seen["messages"]] == list(LETTERS)
