"""fetchmail: collecting by POP3 and IMAP, leaving or deleting what was collected."""

from pathlib import Path

import pytest

from person import LETTERS, Person, bare

pytestmark = pytest.mark.client

SETTINGS = """\
set invisible
poll localhost protocol {protocol} service {port} {uidl}
  user "{user}" password "{password}" {tls} sslcertfile "{ca}" sslcertck no rewrite {options}
  mda "{keep}"
"""
DOORS = {"POP3": ("pop3s", "ssl"), "IMAP": ("imaps", "ssl"), "POP3 with STLS": ("pop3", ""), "IMAP with STARTTLS": ("imap", "")}


@pytest.fixture
def collect(person: Person, run, keep: Path, kept, tmp_path: Path):
    """Runs fetchmail; returns all that it ever collected."""

    def once(door: str, options: str, status: int = 0) -> list[bytes]:
        port, tls = DOORS[door]
        settings = tmp_path / "fetchmailrc"
        protocol = door.split()[0]
        settings.write_text(
            SETTINGS.format(
                protocol=protocol,
                port=person.server.ports[port],
                user=person.address,
                password=person.password,
                tls=tls or 'sslproto "TLS1.2+"',
                ca=person.server.ca,
                options=options,
                keep=keep,
                uidl="uidl" if protocol == "POP3" else "",
            )
        )
        settings.chmod(0o600)
        run(
            *("fetchmail", "-f", settings, "--pidfile", tmp_path / "pid", "--idfile", tmp_path / "ids", "--nosyslog"),
            environment={"FETCHMAILHOME": str(tmp_path)},
            status=status,
        )
        return kept()

    return once


@pytest.mark.parametrize("door", DOORS)
def test_it_collects_and_deletes(person: Person, collect, door: str) -> None:
    person.append(*LETTERS)
    assert collect(door, "fetchall nokeep") == sorted(map(bare, LETTERS))
    assert person.messages() == []


@pytest.mark.parametrize("door", ["POP3", "IMAP"])
def test_what_it_leaves_is_collected_once(person: Person, collect, door: str) -> None:
    person.append(*LETTERS[:3])
    assert collect(door, "keep") == sorted(map(bare, LETTERS[:3]))
    collect(door, "keep", status=1)  # 1: there was no new mail
    person.append(LETTERS[3])
    assert collect(door, "keep") == sorted(map(bare, LETTERS))
    assert person.messages() == list(LETTERS)
