"""Thunderbird, as a person at a desk uses it: the account, the folders, reading, marking, filing, searching, writing."""

import base64
import shutil
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from person import DOTS, EIGHT_BITS, EVENING, LETTERS, Person, done, less_trace
from pillarbox.testing.neighbourhood import eventually
from pillarbox.testing.served import Served
from thunderbird import Thunderbird, thunderbird

pytestmark = pytest.mark.client


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Thunderbird]:
    """One start for all of these tests."""
    program = shutil.which("thunderbird")
    if program is None:
        pytest.skip("thunderbird is not installed (apt install thunderbird)")
    with thunderbird(program, tmp_path_factory.mktemp("thunderbird")) as running:
        yield running


@pytest.fixture
def desk(running: Thunderbird, person: Person) -> Iterator[Thunderbird]:
    """With the person's account set up."""
    running.set_up(person)
    yield running
    running.do("tearDown")


def with_attachment() -> bytes:
    message = EmailMessage()
    message["From"] = "Zoë <zoe@example.net>"
    message["Subject"] = "Pläne für den Garten"
    message["Message-ID"] = "<plans@example.net>"
    message.set_content("Siehe Anlage: Rüben.\n")
    message.add_attachment(bytes(range(256)) * 8, maintype="application", subtype="octet-stream", filename="Beete.bin")
    return message.as_bytes().replace(b"\n", b"\r\n")


def test_it_knows_every_folder_and_its_use(desk: Thunderbird) -> None:
    uses = {"INBOX": "Inbox", "Drafts": "Drafts", "Sent": "SentMail", "Trash": "Trash", "Junk": "Junk", "Archive": "Archive"}
    assert dict(desk.do("folders")) == {name: [use] for name, use in uses.items()}


def test_it_lists_the_inbox(desk: Thunderbird, person: Person) -> None:
    person.append(*LETTERS)
    person.append(with_attachment(), flags=r"(\Seen \Flagged $label1)")
    desk.shows("INBOX", ["evening", "dots", "Grüße aus Köln", "large", "Pläne für den Garten"])
    rows = desk.do("seen", "INBOX")
    assert rows[2]["author"] == "Zoë <zoe@example.net>"
    assert [(row["read"], row["starred"]) for row in rows] == [(False, False)] * 4 + [(True, True)]
    assert rows[4]["tags"] == "$label1"


def test_it_shows_texts_and_attachments(desk: Thunderbird, person: Person) -> None:
    person.append(EIGHT_BITS, with_attachment())
    desk.do("list", "INBOX")
    assert desk.do("read", "INBOX", "Grüße aus Köln")["text"].strip() == "Äpfel, 梨, 🍎"
    shown = desk.do("read", "INBOX", "Pläne für den Garten")
    assert shown["text"].strip() == "Siehe Anlage: Rüben."
    assert shown["attachments"] == [["Beete.bin", "application/octet-stream", 2048]]


def test_the_source_is_byte_for_byte(desk: Thunderbird, person: Person) -> None:
    person.append(*LETTERS)
    desk.do("list", "INBOX")
    sources = [base64.b64decode(desk.do("source", "INBOX", name)) for name in ("evening", "dots", "Grüße aus Köln", "large")]
    assert sources == list(LETTERS)


def test_marks_go_both_ways(desk: Thunderbird, person: Person) -> None:
    person.append(EVENING, DOTS)
    desk.do("list", "INBOX")
    desk.do("mark", "INBOX", "evening", {"read": True, "starred": True, "tag": "$label2"})
    marked = {rb"\Seen", rb"\Flagged", b"$label2"}
    eventually(lambda: person.flags() == [marked, set()], "the marks on the server")
    with person.imap() as client:
        done(client.store("2", "+FLAGS", r"(\Flagged)"))
        done(client.store("1", "-FLAGS", r"(\Seen)"))
    eventually(
        lambda: [(row["read"], row["starred"]) for row in desk.do("seen", "INBOX")] == [(False, True), (False, True)],
        "the marks in Thunderbird",
    )


def test_it_makes_folders_in_any_language_and_files_in_them(desk: Thunderbird, person: Person) -> None:
    person.append(EVENING, DOTS)
    desk.do("list", "INBOX")
    desk.do("makeFolder", "", "Arbeit")
    desk.do("makeFolder", "Arbeit", "Pläne & 日本")
    desk.do("transfer", "INBOX", "evening", "Arbeit/Pläne & 日本", True)
    desk.do("transfer", "INBOX", "dots", "Archive", False)
    desk.shows("INBOX", ["dots"])
    desk.shows("Arbeit/Pläne & 日本", ["evening"])
    assert person.messages() == person.messages("Archive") == [DOTS]
    assert person.messages("Arbeit/Pl&AOQ-ne &- &ZeVnLA-") == [EVENING]


def test_folders_are_renamed_and_thrown_away(desk: Thunderbird, person: Person) -> None:
    with person.imap() as client:
        done(client.create('"Work/Plans"'))
        done(client.subscribe('"Work"'))
        done(client.subscribe('"Work/Plans"'))
    person.append(EVENING, mailbox="Work/Plans")
    desk.do("folders")
    desk.do("renameFolder", "Work", "Garden")
    desk.shows("Garden/Plans", ["evening"])
    assert "Garden/Plans" in person.mailboxes()
    desk.do("deleteFolder", "Garden")
    assert {"Trash/Garden", "Trash/Garden/Plans"} < person.mailboxes()
    assert person.messages("Trash/Garden/Plans") == [EVENING]


@pytest.mark.parametrize(("attribute", "words"), [("Subject", "Grüße"), ("Body", "äpfel"), ("Sender", "zoe@")])
def test_the_server_searches_for_it(desk: Thunderbird, person: Person, attribute: str, words: str) -> None:
    person.append(*LETTERS)
    desk.do("list", "INBOX")
    assert desk.do("search", "INBOX", attribute, words) == ["Grüße aus Köln"]


def test_new_mail_arrives_by_itself(desk: Thunderbird, person: Person) -> None:
    person.append(DOTS)
    desk.do("list", "INBOX")
    person.deliver(EVENING)
    desk.shows("INBOX", ["dots", "evening"], "seen")


def test_what_another_client_deletes_goes_by_itself(desk: Thunderbird, person: Person) -> None:
    person.append(EVENING, DOTS)
    desk.do("list", "INBOX")
    with person.imap() as client:
        done(client.store("1", "+FLAGS", r"(\Deleted)"))
        done(client.expunge())
    desk.shows("INBOX", ["dots"], "seen")


def test_deleting_moves_to_trash_and_trash_is_emptied(desk: Thunderbird, person: Person) -> None:
    person.append(EVENING, DOTS)
    desk.do("list", "INBOX")
    desk.do("toTrash", "INBOX", "evening")
    desk.shows("Trash", ["evening"])
    assert (person.messages(), person.messages("Trash")) == ([DOTS], [EVENING])
    desk.do("emptyTrash")
    eventually(lambda: person.messages("Trash") == [], "an empty trash")


def test_it_sends_and_files_what_it_sent(desk: Thunderbird, person: Person) -> None:
    desk.do("send", person.address, "Grüße an mich", "Wie geht es? Schön, ja.\n")
    (sent,) = eventually(lambda: person.messages("Sent"), "the copy in Sent")
    (arrived,) = eventually(person.messages, "the message")
    assert less_trace(arrived).partition(b"\r\n\r\n")[2] == sent.partition(b"\r\n\r\n")[2]
    desk.shows("Sent", ["Grüße an mich"])


def test_it_sets_itself_up_by_the_address_alone(running: Thunderbird, server: Served) -> None:
    """It asks autoconfig.example.org by http, as it does where there is no https, and reads all there is but JMAP."""
    tls, starttls, password = 3, 2, 3
    wanted = [
        [protocol, "localhost", server.ports[door], tls if door.endswith("s") else starttls, password, "%EMAILADDRESS%"]
        for protocol, door in (
            ("imap", "imaps"),
            ("imap", "imap"),
            ("pop3", "pop3s"),
            ("pop3", "pop3"),
            ("smtp", "submissions"),
            ("smtp", "submission"),
        )
    ]
    assert running.do("discover", "nobody@example.org", server.ports["http"]) == wanted
