"""config check and show, where the settings are found, and how errors are told."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


def test_settings_that_are_fine_are_said_to_be(run: Run) -> None:
    done = run("config", "check")
    assert done.exit_code == 0
    assert "fine" in done.stderr


def test_every_fault_is_named_with_its_line_and_what_to_write(run: Run, settings: Path) -> None:
    settings.write_text('hostname = "not a host"\nworkers = "two"\ncolor = 1\n')
    done = run("config", "check", "--json")
    assert done.exit_code == 1
    faults = json.loads(done.stdout)
    assert sorted((fault["line"], fault["key"]) for fault in faults) == [(1, "hostname"), (2, "workers"), (3, "color")]
    assert all(fault["hint"] for fault in faults)
    for number in ("line 1", "line 2", "line 3"):
        assert number in run("config", "check").stderr


OUTGOING = [
    ("outgoing.smart_host", 'smart_host = "smtp.example.net"'),
    ("outgoing.smart_host", 'smart_host = "unix:/run/relay"'),
    ("outgoing.smart_host_tls", 'smart_host_tls = "sometimes"'),
    ("outgoing.smart_host_user", 'smart_host_user = "me"'),
    ("outgoing.smart_host_user", 'smart_host_password_file = "password"'),
    ("outgoing.send_from", 'send_from = ["mail.example.org"]'),
    ("outgoing.port", "port = 0"),
    ("outgoing.connections", "connections = 0"),
    ("outgoing.warn_after", "warn_after = -1"),
    ("outgoing.give_up_after", "give_up_after = 0"),
    ("outgoing.give_up_after", 'give_up_after = "5 days"'),
    ("outgoing.smart_hosts", 'smart_hosts = "smtp.example.net:587"'),
]
CHECKS = [
    ("checks.dmarc", 'dmarc = "perhaps"'),
    ("checks.forged", 'forged = "discard"'),
    ("checks.inside", 'inside = ["home"]'),
    ("checks.trusted_results", 'trusted_results = "mx.example.net"'),
    ("checks.trusted_sealers", 'trusted_sealers = "lists.example.net"'),
]
IMAP = [
    ("imap.disabled", 'disabled = ["NO SUCH THING"]'),
    ("imap.disabled_for", 'disabled_for = ["outlook"]'),
    ("imap.disabled_for", 'disabled_for = ["outlook: "]'),
    ("imap.disabled_for", 'disabled_for = [": UIDONLY"]'),
    ("imap.disabled_for", 'disabled_for = ["outlook: UIDONLY,"]'),
    ("imap.message_limit", "message_limit = -1"),
]


HTTP = [
    ("http.url", f'url = "{text}"')
    for text in ("http://mail.example.org", "mail.example.org", "https://mail.example.org/mail", "https://", "https://a b/")
]


@pytest.mark.parametrize(("key", "line"), OUTGOING + CHECKS + IMAP + HTTP, ids=lambda text: text)
def test_faults_of_what_leaves_what_is_checked_and_what_is_offered(run: Run, settings: Path, key: str, line: str) -> None:
    settings.write_text(f"[{key.partition('.')[0]}]\n{line}\n")
    done = run("config", "check", "--json")
    assert done.exit_code == 1
    (fault,) = json.loads(done.stdout)
    assert fault["key"] == key
    assert fault["line"] == (2 if line.startswith(key.rpartition(".")[2]) else 0)
    assert fault["hint"]


def test_a_resolver_without_a_port_is_a_fault(run: Run, settings: Path) -> None:
    settings.write_text('[dns]\nservers = ["127.0.0.1"]\n')
    (fault,) = json.loads(run("config", "check", "--json").stdout)
    assert (fault["line"], fault["key"]) == (2, "dns.servers")


def test_settings_of_what_leaves_are_shown_with_defaults(run: Run) -> None:
    shown = run("config", "show").stdout
    for line in ('outgoing.smart_host = ""', "outgoing.port = 25", 'checks.dmarc = "reject"', "outgoing.mta_sts = true"):
        assert line in shown.splitlines()


@pytest.mark.parametrize(
    ("text", "line"), [('workers = 1\nhostname = "a\n', 2), ("workers = 1\nconnections = {\n\n", 2), ("x = [\n", 2)]
)
def test_what_is_no_toml_is_said_with_its_line(run: Run, settings: Path, text: str, line: int) -> None:
    settings.write_text(text)
    assert f"line {line}: TOML: " in run("config", "check").stderr


def test_settings_are_shown_with_defaults(run: Run) -> None:
    done = run("config", "show")
    assert 'hostname = "mail.example.org"' in done.stdout
    assert "mail.message_size = 52428800" in done.stdout
    assert json.loads(run("config", "show", "--json").stdout)["workers"] == 0


def pillarbox(*words: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", "from pillarbox.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, env={"PATH": "/usr/bin:/bin"})


def test_without_a_settings_file_it_is_said_what_to_do(tmp_path: Path) -> None:
    done = pillarbox("account", "list", "--config", "missing.toml", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: there is no settings file missing.toml\nhint: ")
    assert "Traceback" not in done.stderr


def test_the_settings_file_of_the_present_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "pillarbox.toml").write_text("workers = 7\n")
    assert "workers = 7" in pillarbox("config", "show", folder=tmp_path).stdout


def test_serving_without_an_address_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pillarbox.toml").write_text("workers = 1\n")
    done = pillarbox("serve", folder=tmp_path)
    assert done.returncode == 1
    assert "error: no address to listen at" in done.stderr


def test_an_unknown_command_is_refused(tmp_path: Path) -> None:
    assert pillarbox("sevre", folder=tmp_path).returncode == 2


def test_a_door_that_is_not_served_yet_may_be_named(run: Run, settings: Path) -> None:
    settings.write_text('[listen]\nmanagesieve = ["127.0.0.1:0"]\n')
    done = run("config", "check")
    assert done.exit_code == 0
    assert "listen.managesieve is not served" in done.stderr
