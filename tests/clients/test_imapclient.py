"""imapclient: the library programs build on, with IDLE, MOVE, QUOTA-less capabilities and keywords."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from person import DOTS, EIGHT_BITS, EVENING, LETTERS, Person

imapclient = pytest.importorskip("imapclient")
pytestmark = pytest.mark.client


@pytest.fixture
def client(person: Person) -> Iterator["imapclient.IMAPClient"]:
    with imapclient.IMAPClient(
        "localhost", person.server.ports["imaps"], ssl_context=person.server.client_context(), timeout=90
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
    assert (1, b"EXISTS") in client.idle_check(timeout=60)
    client.idle_done()
    client.idle()
    with person.imap() as other:
        other.store("1", "+FLAGS", r"(\Flagged)")
    told = client.idle_check(timeout=60)
    assert any(
        rb"\Flagged" in dict(zip(item[2][::2], item[2][1::2], strict=True))[b"FLAGS"] for item in told if item[1] == b"FETCH"
    )
    client.idle_done()


def test_it_flags_and_copies(client, person: Person) -> None:
    person.append(EVENING, DOTS)
    client.select_folder("INBOX")
    assert client.add_flags([1, 2], [rb"\Seen", b"plan"])[2][:2] == (rb"\Seen", b"plan")
    client.remove_flags([1], [b"plan"])
    client.set_flags([2], [rb"\Answered"])
    assert client.get_flags([1, 2]) == {1: (rb"\Seen",), 2: (rb"\Answered",)}
    client.copy([2, 1], "Archive")
    assert person.flags() == person.flags("Archive") == [{rb"\Seen"}, {rb"\Answered"}]
    assert client.unselect_folder()
    client.select_folder("INBOX", readonly=True)
    with pytest.raises(imapclient.exceptions.IMAPClientError):
        client.add_flags([1], [rb"\Flagged"])


def test_it_finds_folders_by_use_and_name(client) -> None:
    assert client.find_special_folder(rb"\Sent") == "Sent"
    assert client.find_special_folder(rb"\Archive") == "Archive"
    assert client.folder_exists("Junk")
    assert not client.folder_exists("Nowhere")
    client.unsubscribe_folder("Junk")
    assert "Junk" not in [name for _, _, name in client.list_sub_folders()]
    client.subscribe_folder("Junk")
    assert "Junk" in [name for _, _, name in client.list_sub_folders()]
    assert client.namespace()[0] == (("", "/"),)


def test_it_appends_several_at_once(client, person: Person) -> None:
    assert client.multiappend("INBOX", [EVENING, {"msg": DOTS, "flags": [rb"\Seen"]}])
    assert (person.messages(), person.flags()) == ([EVENING, DOTS], [set(), {rb"\Seen"}])


def test_it_enables_and_sees_what_changed_since(client, person: Person) -> None:
    person.append(EVENING, DOTS)
    assert set(client.enable("CONDSTORE", "UTF8=ACCEPT")) == {b"CONDSTORE", b"UTF8=ACCEPT"}
    since = client.select_folder("INBOX")[b"HIGHESTMODSEQ"]
    client.add_flags([2], [rb"\Flagged"])
    assert list(client.fetch([1, 2], ["FLAGS"], [f"CHANGEDSINCE {since}"])) == [2]
    client.create_folder("Äpfel & 梨")
    assert "Äpfel & 梨" in [name for _, _, name in client.list_folders()]


def test_it_says_who_it_is(client) -> None:
    assert dict(zip(*[iter(client.id_({"name": "tests"})[0])] * 2, strict=True))[b"name"] == b"Pillarbox"


def test_it_sorts_and_threads_where_the_server_can(client, person: Person) -> None:
    person.append(EVENING, DOTS, EIGHT_BITS)
    client.select_folder("INBOX")
    if not client.has_capability("SORT"):
        pytest.skip("SORT is switched off")
    assert client.sort("SUBJECT") == [2, 1, 3]
    assert client.sort(["REVERSE", "SIZE"], ["UNSEEN"]) == sorted(
        [1, 2, 3], key=lambda uid: -len([EVENING, DOTS, EIGHT_BITS][uid - 1])
    )
    assert client.thread("REFERENCES") == ((1,), (2,), (3,))


def test_it_logs_in_by_sasl_and_by_starttls(person: Person) -> None:
    with imapclient.IMAPClient("localhost", person.server.ports["imap"], ssl=False, timeout=90) as client:
        client.starttls(person.server.client_context())
        client.plain_login(person.address, person.password)
        assert client.noop()[0].startswith(b"NOOP")


def test_it_moves_and_expunges_by_uid(client, person: Person) -> None:
    person.append(*LETTERS)
    client.select_folder("INBOX")
    client.move([2, 3], "Archive")
    client.delete_messages([1])
    client.uid_expunge([1])
    assert person.messages("Archive") == list(LETTERS[1:3])
    assert person.messages() == [LETTERS[3]]
