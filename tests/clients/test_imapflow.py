"""imapflow (npm): what programs in Node read mail with; it enables IMAP4rev2, QRESYNC and UTF8=ACCEPT, and compresses."""

import base64
import json
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from person import DOTS, EIGHT_BITS, EVENING, LARGE, LETTERS, Person

pytestmark = pytest.mark.client

HERE = Path(__file__).with_name("node")


@pytest.fixture
def imapflow(person: Person, run, modules: Path) -> Callable[..., Any]:
    """Runs a step of imapflow.js; what it saw."""

    def step(name: str, **given: Any) -> Any:
        ports, server = person.server.ports, person.server
        account = {"port": ports["imaps"], "ca": str(server.ca), "user": person.address, "password": person.password}
        told = json.dumps({**account, "given": given}).encode()
        return json.loads(run("node", HERE / "imapflow.js", name, given=told, environment={"MODULES": str(modules)}))

    return step


def text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_it_looks_around(imapflow, person: Person) -> None:
    person.append(EVENING, DOTS)
    person.append(EVENING, mailbox="Archive", flags=r"(\Seen)")
    seen = imapflow("looksAround")
    assert seen["enabled"] == ["CONDSTORE", "IMAP4REV2", "QRESYNC", "UTF8=ACCEPT"]
    assert seen["compressed"] == ("COMPRESS=DEFLATE" in seen["capabilities"])
    assert seen["uses"] == {name: rf"\{name.replace('INBOX', 'Inbox')}" for name in person.mailboxes()}
    assert (seen["counts"]["INBOX"], seen["counts"]["Archive"]) == (2, 1)
    assert (seen["status"]["messages"], seen["status"]["unseen"], seen["status"]["uidNext"]) == (2, 2, 3)


def test_it_reads_messages_whole_and_in_parts(imapflow, person: Person) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "Zoë <zoe@example.net>", "Pläne"
    message.set_content("Siehe Anlage.\n")
    message.add_attachment(bytes(range(256)) * 8, maintype="application", subtype="octet-stream", filename="Bäume.bin")
    plans = message.as_bytes().replace(b"\n", b"\r\n")
    person.append(*LETTERS, plans)
    rows = imapflow("reads")
    assert [base64.b64decode(row["source"]) for row in rows] == [*LETTERS, plans]
    assert [row["size"] for row in rows] == [len(letter) for letter in (*LETTERS, plans)]
    assert [row["subject"] for row in rows] == ["evening", "dots", "Grüße aus Köln", "large", "Pläne"]
    assert [row["from"] for row in rows][2] == "zoe@example.net"
    assert rows[4]["parts"] == [["1", "text/plain", None], ["2", "application/octet-stream", "Bäume.bin"]]
    assert len({row["id"] for row in rows}) == 5
    assert rows[0]["headers"].strip() == "Subject: evening"
    part = imapflow("downloads", part="2")
    assert (part["name"], part["type"]) == ("Bäume.bin", "application/octet-stream")
    assert base64.b64decode(part["content"]) == bytes(range(256)) * 8


def test_it_searches_in_any_language(imapflow, person: Person) -> None:
    person.append(*LETTERS)
    queries = {
        (3,): [{"subject": "Grüße"}, {"body": "äpfel"}, {"from": "zoe"}, {"header": {"message-id": "eight@"}}, {"text": "🍎"}],
        (1, 4): [{"or": [{"subject": "evening"}, {"larger": 1000}]}],
        (1, 2, 3, 4): [{"all": True}, {"seen": False}, {"uid": "1:*"}, {"since": "2020-01-01"}],
        (): [{"flagged": True}, {"before": "2020-01-01"}],
    }
    answers = imapflow("searches", queries=[query for each in queries.values() for query in each])
    assert answers == [list(uids) for uids, each in queries.items() for _ in each]


def test_it_flags_copies_moves_deletes_and_appends(imapflow, person: Person) -> None:
    person.append(EVENING, DOTS, EIGHT_BITS, LARGE)
    assert imapflow("changes", letter=text(EVENING)) == {"copied": [[2, 1]], "moved": [[4, 2]], "appended": [1, None]}
    assert person.messages() == [EVENING, DOTS]
    assert person.flags() == [{rb"\Flagged"}, {rb"\Seen"}]
    assert person.messages("Archive") == [DOTS, LARGE]
    assert (person.messages("Drafts"), person.flags("Drafts")) == ([EVENING], [{rb"\Draft"}])


def test_it_makes_renames_and_deletes_folders(imapflow, person: Person) -> None:
    seen = imapflow("makesFolders", letter=text(EVENING))
    assert seen["made"] == ["Arbeit/Pläne & 日本", True]
    assert seen["renamed"] == "Work"
    assert {"Work", "Work/Pläne & 日本"} < set(seen["listed"])
    assert seen["exists"] == 1
    assert "Work/Pläne & 日本" not in seen["left"]
    assert "Work" in person.mailboxes()
    assert not any("/" in name for name in person.mailboxes())


def test_idle_tells_it_of_everything(imapflow, person: Person) -> None:
    person.append(EVENING)
    seen = imapflow("hears", letter=text(DOTS))
    assert seen == {"exists": [1, 2], "flags": [r"\Flagged"], "expunge": [True, 1, None]}


def test_it_catches_up_after_being_away(imapflow, person: Person) -> None:
    person.append(EVENING, DOTS, EIGHT_BITS)
    seen = imapflow("catchesUp")
    assert seen["vanished"] == [1]
    assert seen["changed"] == [[2, [r"\Flagged"]]]
