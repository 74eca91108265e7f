"""curl: reading, searching and writing by imaps, pop3s and smtp."""

from pathlib import Path

import pytest

from person import DOTS, EVENING, LETTERS, Person, done, less_trace

pytestmark = pytest.mark.client


@pytest.fixture
def curl(person: Person, run, tmp_path: Path):
    """Runs curl with an account's name and password; what it fetched."""

    def once(door: str, path: str, *options: str) -> bytes:
        scheme = {"imap": "imap", "imaps": "imaps", "pop3": "pop3", "pop3s": "pop3s"}.get(door) or (
            "smtps" if door == "submissions" else "smtp"
        )
        output = tmp_path / "fetched"
        output.unlink(missing_ok=True)
        run(
            *("curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", person.server.ca, "--output", output),
            *("--user", f"{person.address}:{person.password}", *options),
            f"{scheme}://localhost:{person.server.ports[door]}/{path}",
        )
        return output.read_bytes() if output.exists() else b""

    return once


@pytest.mark.parametrize("door", ["imap", "imaps"])
def test_it_reads_by_imap(person: Person, curl, door: str) -> None:
    person.append(*LETTERS)
    assert [curl(door, f"INBOX;MAILINDEX={number}") for number in range(1, 5)] == list(LETTERS)
    assert b"Subject: evening" in curl(door, "INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)")


def test_it_lists_and_searches(person: Person, curl) -> None:
    person.append(EVENING, DOTS)
    assert b"INBOX" in curl("imaps", "")
    assert curl("imaps", "INBOX?SUBJECT%20evening").strip() == b"* SEARCH 1"
    assert curl("imaps", "INBOX", "--request", "SEARCH BODY looks").strip() == b"* SEARCH 2"


def test_it_writes_flags_and_expunges(person: Person, curl) -> None:
    person.append(EVENING, DOTS)
    curl("imaps", "INBOX", "--request", r"STORE 1 +FLAGS \Deleted")
    curl("imaps", "INBOX", "--request", "EXPUNGE")
    assert person.messages() == [DOTS]


def test_it_appends(person: Person, curl, tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(EVENING)
    curl("imaps", "Drafts", "--upload-file", str(letter))
    assert person.messages("Drafts") == [EVENING]


@pytest.mark.parametrize("door", ["pop3", "pop3s"])
def test_it_reads_by_pop3(person: Person, curl, door: str) -> None:
    person.append(*LETTERS)
    assert [curl(door, str(number)) for number in range(1, 5)] == list(LETTERS)
    assert len(curl(door, "").split(b"\r\n")) == 5


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_it_logs_in_by_every_mechanism(person: Person, curl, mechanism: str) -> None:
    person.append(EVENING)
    option = ("--login-options", f"AUTH={mechanism}")
    assert curl("imaps", "INBOX;MAILINDEX=1", *option) == EVENING
    assert curl("pop3s", "1", *option) == EVENING


@pytest.mark.parametrize("door", ["submission", "submissions"])
def test_it_submits(person: Person, curl, tmp_path: Path, door: str) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(DOTS + EVENING)
    curl(door, "client.example.org", "--mail-from", person.address, "--mail-rcpt", person.address, "--upload-file", str(letter))
    (message,) = person.messages()
    assert less_trace(message).endswith((DOTS + EVENING).partition(b"\r\n\r\n")[2])


def test_deletions_by_pop3_happen_at_quit(person: Person, curl) -> None:
    person.append(EVENING, DOTS)
    curl("pop3s", "1", "--request", "DELE", "--head")
    assert person.messages() == [DOTS]


def test_a_selected_mailbox_tells_of_what_came(person: Person, curl) -> None:
    person.append(EVENING)
    with person.imap() as client:
        curl("imaps", "INBOX", "--request", r"STORE 1 +FLAGS \Answered")
        done(client.noop())
        assert rb"\Answered" in client.untagged_responses["FETCH"][-1]
