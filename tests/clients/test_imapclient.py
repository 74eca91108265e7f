"""imapclient: the library programs build on, with IDLE, MOVE, QUOTA-less capabilities and keywords."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from person import EVENING, LETTERS, Person

imapclient = pytest.importorskip("imapclient")
pytestmark = pytest.mark.client


@pytest.fixture
def client(person: Person) -> Iterator["imapclient.IMAPClient"]:
    with imapclient.IMAPClient(
        "localhost", person.server.ports["imaps"], ssl_context=person.server.client_context(), timeout=30
    ) as client:
        client.login(person.address, person.password)
        yield client


def test_it_knows_the_special_folders(client) -> None:
    found = {name: flags for flags, _, name in client.list_folders()}
    for name, use in {"Drafts": rb"\Drafts", "Sent": rb"\Sent", "Junk": rb"\Junk", "Trash": rb"\Trash"}.items():
        assert use in found[name]
    assert rb"\Archive" in found["Archive"]


def test_appended_messages_keep_time_and_flags(client) -> None:
    when = datetime(2025, 11, 21, 19, 0, 0, tzinfo=UTC)
    client.append("INBOX", EVENING, [rb"\Seen", b"plan"], when)
    client.select_folder("INBOX")
    ((_, row),) = client.fetch("1", ["FLAGS", "INTERNALDATE", "BODY.PEEK[]", "ENVELOPE", "BODYSTRUCTURE"]).items()
    assert row[b"BODY[]"] == EVENING
    assert set(row[b"FLAGS"]) - {rb"\Recent"} == {rb"\Seen", b"plan"}
    assert row[b"INTERNALDATE"] == when.astimezone().replace(tzinfo=None)
    assert row[b"ENVELOPE"].subject == b"evening"
    assert row[b"BODYSTRUCTURE"][:2] == (b"text", b"plain")


def test_folders_with_names_beyond_ascii(client, person: Person) -> None:
    client.create_folder("Entwürfe/日本語 & mehr")
    client.append("Entwürfe/日本語 & mehr", EVENING)
    assert "Entwürfe/日本語 & mehr" in [name for _, _, name in client.list_folders()]
    client.rename_folder("Entwürfe", "Ideen")
    assert client.folder_status("Ideen/日本語 & mehr", ["MESSAGES"])[b"MESSAGES"] == 1
    client.delete_folder("Ideen/日本語 & mehr")


def test_it_searches_in_any_language(client, person: Person) -> None:
    person.append(*LETTERS)
    client.select_folder("INBOX")
    assert client.search(["SUBJECT", "Grüße"], "UTF-8") == [3]
    assert client.search(["TEXT", "Äpfel"], "UTF-8") == [3]
    assert client.search(["NOT", "LARGER", 1000]) == [1, 2, 3]


def test_idle_tells_of_new_mail_and_flags(client, person: Person) -> None:
    client.select_folder("INBOX")
    client.idle()
    person.deliver(EVENING)
    assert (1, b"EXISTS") in client.idle_check(timeout=10)
    client.idle_done()
    client.idle()
    with person.imap() as other:
        other.store("1", "+FLAGS", r"(\Flagged)")
    told = client.idle_check(timeout=10)
    assert any(
        rb"\Flagged" in dict(zip(item[2][::2], item[2][1::2], strict=True))[b"FLAGS"] for item in told if item[1] == b"FETCH"
    )
    client.idle_done()


def test_it_moves_and_expunges_by_uid(client, person: Person) -> None:
    person.append(*LETTERS)
    client.select_folder("INBOX")
    client.move([2, 3], "Archive")
    client.delete_messages([1])
    client.uid_expunge([1])
    assert person.messages("Archive") == list(LETTERS[1:3])
    assert person.messages() == [LETTERS[3]]
