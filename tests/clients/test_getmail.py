"""getmail6: collecting by POP3 and IMAP under TLS, leaving or deleting what was collected."""

from pathlib import Path

import pytest

from person import LETTERS, Person, bare

pytestmark = pytest.mark.client

SETTINGS = """\
[retriever]
type = {kind}
server = localhost
port = {port}
username = {user}
password = {password}
ca_certs = {ca}

[destination]
type = MDA_external
path = {keep}
allow_root_commands = true

[options]
delete = {delete}
read_all = false
delivered_to = false
received = false
"""
MARK = b"X-getmail-retrieved-from-mailbox: INBOX\n"
KINDS = {"SimplePOP3SSLRetriever": "pop3s", "SimpleIMAPSSLRetriever": "imaps"}


@pytest.fixture
def collect(person: Person, run, keep: Path, kept, tmp_path: Path):
    """Runs getmail; returns all that it ever collected."""

    def once(kind: str, delete: bool) -> list[bytes]:
        settings = tmp_path / "getmailrc"
        settings.write_text(
            SETTINGS.format(
                kind=kind,
                port=person.server.ports[KINDS[kind]],
                user=person.address,
                password=person.password,
                ca=person.server.ca,
                keep=keep,
                delete=str(delete).lower(),
            )
        )
        run("getmail", "--getmaildir", tmp_path, "--rcfile", settings)
        return sorted(message.replace(MARK, b"") for message in kept())

    return once


@pytest.mark.parametrize("kind", KINDS)
def test_it_collects_and_deletes(person: Person, collect, kind: str) -> None:
    person.append(*LETTERS)
    assert collect(kind, delete=True) == sorted(map(bare, LETTERS))
    assert person.messages() == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_leaves_is_collected_once(person: Person, collect, kind: str) -> None:
    person.append(*LETTERS[:3])
    collect(kind, delete=False)
    person.append(LETTERS[3])
    assert collect(kind, delete=False) == sorted(map(bare, LETTERS))
    assert person.messages() == list(LETTERS)
