"""jmapc, jmaplib and jmap-jam: what programs in Python and in JavaScript speak JMAP with, over HTTPS and with the certificate
checked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from person import DOTS, EIGHT_BITS, EVENING, Person

jmapc = pytest.importorskip("jmapc")
methods = pytest.importorskip("jmapc.methods")
jmap = pytest.importorskip("jmap")
httpx = pytest.importorskip("httpx")
pytestmark = pytest.mark.client


def host(person: Person) -> str:
    return f"localhost:{person.server.ports['https']}"


@pytest.fixture
def first(person: Person, monkeypatch: pytest.MonkeyPatch) -> Any:
    """jmapc, as this person."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(person.server.ca))
    return jmapc.Client.create_with_password(host(person), person.address, person.password)


@pytest.fixture
def second(person: Person) -> Any:
    """jmaplib."""
    from jmap.client import JMAPClient

    with httpx.Client(verify=person.server.client_context(), follow_redirects=True, timeout=90) as http:
        url = f"https://{host(person)}/.well-known/jmap"
        yield JMAPClient.connect(url, auth=httpx.BasicAuth(person.address, person.password), http=http)


@pytest.fixture
def jam(person: Person, run: Callable[..., str], modules: Path) -> Callable[[str], Any]:
    """Runs a step of node/jam.mjs; what it saw."""

    def step(name: str) -> Any:
        told = {"url": f"https://{host(person)}/.well-known/jmap", "user": person.address, "password": person.password}
        trusted = {"MODULES": str(modules), "NODE_EXTRA_CA_CERTS": str(person.server.ca)}
        script = Path(__file__).with_name("node") / "jam.mjs"
        return json.loads(run("node", script, name, given=json.dumps(told).encode(), environment=trusted))

    return step


def mailbox(client: Any, role: str) -> str:
    """The id of the mailbox with a role, by a query and a reference to what it found."""
    found = jmapc.MailboxQueryFilterCondition(role=role)
    calls = [methods.MailboxQuery(filter=found), methods.MailboxGet(ids=jmapc.Ref("/ids"))]
    answers = client.request(calls, raise_errors=True)
    [box] = answers[1].response.data
    return str(box.id)


def test_jmapc_makes_finds_reads_and_changes_an_email(first: Any) -> None:
    draft = jmapc.Email(
        mailbox_ids={mailbox(first, "drafts"): True},
        keywords={"$draft": True},
        subject="Grüße",
        mail_from=[jmapc.EmailAddress(name="Ann", email="ann@example.org")],
        to=[jmapc.EmailAddress(email="bob@example.org")],
        body_values={"t": jmapc.EmailBodyValue(value="Hällo wörld")},
        text_body=[jmapc.EmailBodyPart(part_id="t", type="text/plain")],
    )
    made = first.request(methods.EmailSet(create={"new": draft}), raise_errors=True)
    which = made.created["new"].id
    wanted = jmapc.EmailQueryFilterCondition(text="WÖRLD", in_mailbox=mailbox(first, "drafts"))
    calls = [
        methods.EmailQuery(filter=wanted, sort=[jmapc.Comparator("receivedAt", is_ascending=False)]),
        methods.EmailGet(ids=jmapc.Ref("/ids"), fetch_text_body_values=True),
        methods.SearchSnippetGet(ids=[which], filter=wanted),
    ]
    answers = [each.response for each in first.request(calls, raise_errors=True)]
    found = answers[1].data
    assert answers[2].data[0].preview == "Hällo <mark>wörld</mark>"
    assert [each.id for each in found] == [which]
    assert (found[0].subject, found[0].to[0].email) == ("Grüße", "bob@example.org")
    assert [each.value for each in found[0].body_values.values()] == ["Hällo wörld"]
    seen = first.request(methods.EmailSet(update={which: {"keywords/$seen": True}}), raise_errors=True)
    assert which in seen.updated
    thread = first.request(methods.ThreadGet(ids=[found[0].thread_id]), raise_errors=True).data
    assert thread[0].email_ids == [which]


def test_jmapc_uploads_and_downloads(first: Any, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(bytes(range(256)))
    blob = first.upload_blob(tmp_path / "a.bin")
    assert blob.size == 256
    draft = jmapc.Email(
        mailbox_ids={mailbox(first, "drafts"): True},
        attachments=[jmapc.EmailBodyPart(blob_id=blob.id, type="application/octet-stream", name="a.bin")],
    )
    which = first.request(methods.EmailSet(create={"new": draft}), raise_errors=True).created["new"].id
    [shown] = first.request(methods.EmailGet(ids=[which]), raise_errors=True).data
    first.download_attachment(shown.attachments[0], tmp_path / "b.bin")
    assert (tmp_path / "b.bin").read_bytes() == bytes(range(256))


def test_jmaplib_reads_what_came_by_imap(second: Any, person: Person) -> None:
    person.append(EVENING)
    with second.batch() as batch:
        query = batch.mail.email.query(filter={"inMailboxOtherThan": []}, calculate_total=True)
        shown = batch.mail.email.get(ids=query.ref("/ids"), properties=["subject", "keywords", "threadId"])
    [email] = shown.result.items
    assert email.subject == "evening"


def test_jmap_jam_reads_by_references_to_what_it_has_found(jam: Callable[[str], Any], person: Person) -> None:
    person.append(EVENING, DOTS, EIGHT_BITS)
    seen = jam("reads")
    assert sorted(seen["subjects"]) == ["Grüße aus Köln", "dots", "evening"]
    assert seen["isWhole"]
    assert seen["isCurrent"]


def test_jmap_jam_attaches_a_file_and_fetches_it_by_whatever_name(jam: Callable[[str], Any]) -> None:
    assert jam("attaches") == {
        "size": len("Äpfel".encode()),
        "type": "text/x-plan",
        "name": "Pläne/A & B?.txt",
        "text": "Äpfel",
        "kind": "text/plain",
        "disposition": "attachment; filename=\"A _ B_.txt\"; filename*=UTF-8''A%20%26%20B%3F.txt",
        "raw": 'attachment; filename="b"',
        "gone": 1,
    }


def test_jmap_jam_is_told_what_is_refused(jam: Callable[[str], Any]) -> None:
    unknown = "urn:ietf:params:jmap:error:unknownCapability"
    assert jam("isRefused") == ["accountNotFound", "invalidArguments", "unknownMethod", unknown]
