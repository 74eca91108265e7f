"""App passwords and other ways to log in, from the command line."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from identity import Issuer, People
from pillarbox.cli.desk import office_at
from pillarbox.errors import OperatorError
from pillarbox.mail.accounts import Origin
from pillarbox.mail.app_passwords import plain

Run = Callable[..., Result]
Ask = Callable[..., Any]
ALICE = "alice@example.org"


@pytest.fixture
def alice(run: Run) -> str:
    run("domain", "add", "example.org", "--no-keys")
    run("account", "add", ALICE, "--password-stdin", given="sesame\n")
    return ALICE


def log_in(settings: Path, password: str) -> int | None:
    async def ask() -> int | None:
        async with office_at(str(settings)) as office:
            return (await office.accounts.log_in(ALICE, password, Origin("192.0.2.1", "imap"))).app_password

    return asyncio.run(ask())


def test_one_is_printed_once_listed_without_its_words_and_taken_back(run: Run, ask: Ask, settings: Path, alice: str) -> None:
    done = run("account", "app-password", "add", alice, "Alice's phone", "--for", "SMTP, imap")
    assert done.exit_code == 0, done.output
    words = done.stdout.strip()
    assert plain(words)
    (shown,) = ask("account", "app-password", "list", alice)
    assert set(shown) == {"id", "label", "protocols", "created", "last_used", "last_address"}
    assert (shown["label"], shown["protocols"], shown["last_used"]) == ("Alice's phone", ["imap", "smtp"], "")
    assert log_in(settings, words) == shown["id"]
    (shown,) = ask("account", "app-password", "list", alice)
    assert shown["last_used"]
    assert shown["last_address"] == "192.0.2.1"
    listed = run("account", "app-password", "list", alice).stdout
    assert "192.0.2.1" in listed
    assert "imap, smtp" in listed
    assert words not in listed
    assert run("account", "app-password", "remove", alice, str(shown["id"])).exit_code == 0
    assert ask("account", "app-password", "list", alice) == []


def test_json_has_all_that_a_script_needs(run: Run, alice: str) -> None:
    made = json.loads(run("account", "app-password", "add", alice, "scanner", "--json").stdout)
    assert made["protocols"] == []
    assert plain(made["password"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add", "nobody@example.org", "phone"), "there is no account"),
        (("add", ALICE, "phone", "--for", "gopher"), "imap, pop3, smtp"),
        (("add", ALICE, "phone", "--for", "imap,"), "imap, pop3, smtp"),
        (("add", ALICE, "a\x1b[2J"), "printable"),
        (("add", ALICE, ""), "printable"),
        (("remove", ALICE, "7"), "no app password 7"),
        (("remove", ALICE, "101", "102"), "no app password 102"),
        (("list", "nobody@example.org"), "there is no account"),
    ],
)
def test_what_cannot_be_is_said_so_and_nothing_is_done(
    run: Run, ask: Ask, alice: str, words: tuple[str, ...], says: str
) -> None:
    run("account", "app-password", "add", alice, "phone")
    before = ask("account", "app-password", "list", alice)
    done = run("account", "app-password", *words)
    assert isinstance(done.exception, OperatorError)
    assert says in done.exception.problem
    assert ask("account", "app-password", "list", alice) == before


def test_where_the_own_password_may_be_used_is_a_setting(run: Run, ask: Ask, alice: str) -> None:
    assert run("account", "set", alice, "password_protocols=imap,smtp").exit_code == 0
    assert ask("account", "show", alice)["settings"] == {"password_protocols": "imap,smtp"}
    assert run("account", "set", alice, "password_protocols=none").exit_code == 0
    assert isinstance(run("account", "set", alice, "password_protocols=gopher").exception, OperatorError)
    run("account", "set", alice, "password_protocols=")
    assert ask("account", "show", alice)["settings"] == {}


def checked(run: Run, settings: Path, more: str) -> Result:
    settings.write_text(f"{settings.read_text()}{more}\n")
    return run("config", "check")


def test_files_that_log_ins_are_checked_by_are_looked_at(run: Run, settings: Path, tmp_path: Path) -> None:
    Issuer().write(tmp_path / "jwks.json")
    People(tmp_path)
    done = checked(run, settings, '[oauth]\nkeys = "jwks.json"\naudience = "x"\n[tls]\nclient_authorities = "people.pem"')
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("more", "content", "says"),
    [
        ('[oauth]\nkeys = "file"', None, "oauth.keys: "),
        ('[tls]\nclient_authorities = "file"', None, "tls.client_authorities: "),
        ('[oauth]\nkeys = "file"', b"{}", "cannot be used"),
        ('[oauth]\nkeys = "file"', b'{"keys": []}', "no key"),
        ('[tls]\nclient_authorities = "file"', b"noise", "cannot be used"),
        ('[oauth]\naudience = "pillarbox"', None, "oauth.keys: no keys are named"),
    ],
)
def test_what_cannot_be_used_is_said_so(
    run: Run, settings: Path, tmp_path: Path, more: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    done = checked(run, settings, more)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)


def test_keys_for_anybody_are_warned_of(run: Run, settings: Path, tmp_path: Path) -> None:
    Issuer().write(tmp_path / "jwks.json")
    done = checked(run, settings, '[oauth]\nkeys = "jwks.json"')
    assert done.exit_code == 0
    assert "oauth.audience is not set" in done.output
