"""Domains, accounts and aliases, from the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pillarbox.cli.desk import office_at
from pillarbox.errors import AuthenticationFailed, OperatorError
from pillarbox.ids import AccountId
from pillarbox.mail.accounts import Origin
from pillarbox.net.hints import Hints

Run = Callable[..., Result]
Ask = Callable[..., Any]


def log_in(settings: Path, address: str, password: str) -> str:
    async def ask() -> str:
        async with office_at(str(settings)) as office:
            return (await office.accounts.log_in(address, password, Origin("", "test"))).account.address

    return asyncio.run(ask())


def spend(settings: Path, address: str, count: int) -> None:
    """An account submits a message to so many."""

    async def submit() -> None:
        async with office_at(str(settings)) as office:
            account = await office.kept.account(address)
            assert account
            await office.allowances.spend(account, count, "m")

    asyncio.run(submit())


def test_a_domain_comes_and_goes(run: Run, ask: Ask) -> None:
    assert run("domain", "add", "Example.ORG", "bücher.example").exit_code == 0
    assert [each["domain"] for each in ask("domain", "list")] == ["example.org", "xn--bcher-kva.example"]
    shown = ask("domain", "show", "example.org")
    keys = shown.pop("keys")
    assert shown == {"domain": "example.org", "settings": {}, "accounts": [], "aliases": []}
    assert sorted((key["algorithm"], key["state"]) for key in keys) == [("ed25519", "active"), ("rsa", "active")]
    assert run("domain", "remove", "example.org").exit_code == 0
    assert [each["domain"] for each in ask("domain", "list")] == ["xn--bcher-kva.example"]


def test_one_line_of_standard_input_is_the_password_of_every_address(run: Run, settings: Path) -> None:
    run("domain", "add", "example.org")
    done = run("account", "add", "alice@example.org", "bob@example.org", "--password-stdin", given="sesame\nnot this\n")
    assert done.exit_code == 0, done.output
    for address in ("alice@example.org", "bob@example.org"):
        assert log_in(settings, address, "sesame") == address


def test_a_password_that_was_made_is_printed_once_and_opens(run: Run, settings: Path) -> None:
    run("domain", "add", "example.org")
    done = run("account", "add", "alice@example.org", "bob@example.org", "--generate")
    made = dict(line.split() for line in done.stdout.splitlines())
    assert made["alice@example.org"] != made["bob@example.org"]
    assert log_in(settings, "alice@example.org", made["alice@example.org"])


def test_a_new_password_replaces_the_old_one(run: Run, settings: Path) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--password-stdin", given="old\n")
    run("account", "password", "alice@example.org", "--password-stdin", given="new\n")
    assert log_in(settings, "alice@example.org", "new")
    with pytest.raises(AuthenticationFailed):
        log_in(settings, "alice@example.org", "old")


def test_settings_of_an_account_are_set_and_taken_back(run: Run, ask: Ask) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--generate", "--set", "quota_messages=10")
    run("account", "set", "alice@example.org", "quota_bytes=1000", "pop3_delete=trash", "enabled=false")
    shown = ask("account", "show", "alice@example.org")
    assert shown["settings"] == {"quota_bytes": "1000", "quota_messages": "10", "pop3_delete": "trash"}
    assert shown["enabled"] is False
    run("account", "set", "alice@example.org", "quota_bytes=", "enabled=true")
    shown = ask("account", "show", "alice@example.org")
    assert shown["settings"] == {"quota_messages": "10", "pop3_delete": "trash"}
    assert shown["enabled"] is True
    assert [box["mailbox"] for box in shown["mailboxes"]] == ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]


def test_an_account_that_disabled_cannot_log_in(run: Run, settings: Path) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--password-stdin", given="sesame\n")
    run("account", "set", "alice@example.org", "enabled=false")
    with pytest.raises(AuthenticationFailed):
        log_in(settings, "alice@example.org", "sesame")


def test_an_account_is_removed_with_its_mail(run: Run, ask: Ask, settings: Path) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "bob@example.org", "--generate")
    assert run("account", "remove", "alice@example.org").exit_code == 0
    assert [each["address"] for each in ask("account", "list", "example.org")] == ["bob@example.org"]


def test_an_alias_comes_and_goes(run: Run, ask: Ask) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--generate")
    run("alias", "add", "Team@example.org", "alice@example.org")
    run("alias", "add", "@example.org", "alice@example.org")
    assert ask("alias", "show", "team@example.org") == {"address": "team@example.org", "targets": ["alice@example.org"]}
    assert {each["address"] for each in ask("alias", "list")} == {"team@example.org", "@example.org"}
    run("alias", "remove", "team@example.org", "@example.org")
    assert ask("alias", "list", "example.org") == []


WRONG: list[tuple[list[str], str]] = [
    (["domain", "add", "example.org"], ""),
    (["domain", "add", "not a domain"], ""),
    (["domain", "add", "example.com", "--postmaster", "me"], ""),
    (["domain", "show", "example.net"], ""),
    (["domain", "remove", "example.net"], ""),
    (["domain", "remove", "example.org"], ""),
    (["account", "add", "alice@example.org", "--password-stdin"], "x\n"),
    (["account", "add", "bob@example.net", "--password-stdin"], "x\n"),
    (["account", "add", "bob", "--password-stdin"], "x\n"),
    (["account", "add", "b ob@example.org", "--password-stdin"], "x\n"),
    (["account", "add", "b..ob@example.org", "--password-stdin"], "x\n"),
    (["account", "add", '"bob"@example.org', "--password-stdin"], "x\n"),
    (["account", "add", "bob@example.org", "--password-stdin"], "\n"),
    (["account", "add", "bob@example.org", "--password-stdin", "--generate"], "x\n"),
    (["account", "add", "bob@example.org"], ""),
    (["account", "add", "bob@example.org", "--generate", "--set", "color=blue"], ""),
    (["account", "password", "bob@example.org", "--generate"], ""),
    (["account", "set", "alice@example.org", "quota_bytes=many"], ""),
    (["account", "set", "alice@example.org", "quota_bytes"], ""),
    (["account", "remove", "bob@example.org"], ""),
    (["account", "remove", "bob"], ""),
    (["alias", "add", "alice@example.org", "alice@example.org"], ""),
    (["alias", "add", "info@example.org", "someone"], ""),
    (["domain", "add", "example.com", "--send-to", "mail.example.com"], ""),
    (["domain", "set", "example.org"], ""),
    (["domain", "set", "example.org", "color=blue"], ""),
    (["domain", "set", "example.org", "postmaster=me"], ""),
    (["domain", "set", "example.org", "smart_host=smtp.example.net"], ""),
    (["domain", "set", "example.org", "smart_host_tls=maybe"], ""),
    (["domain", "set", "example.org", "mta_sts=maybe"], ""),
    (["domain", "set", "example.org", "backup=perhaps"], ""),
    (["domain", "set", "example.net", "postmaster=me@example.net"], ""),
    (["domain", "records", "example.net"], ""),
    (["domain", "check", "example.net"], ""),
    (["domain", "dkim", "example.net"], ""),
    (["domain", "dkim", "example.org", "activate"], ""),
    (["alias", "remove", "info@example.org"], ""),
    (["alias", "show", "info@example.org"], ""),
    (["account", "list", "example.net"], ""),
]


@pytest.mark.parametrize(("words", "given"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_what_cannot_be_is_said_with_what_to_do_and_nothing_changes(run: Run, ask: Ask, words: list[str], given: str) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--generate")
    before = ask("domain", "show", "example.org")
    done = run(*words, given=given)
    assert isinstance(done.exception, OperatorError)
    assert done.exception.problem
    assert done.exception.hint
    assert ask("domain", "show", "example.org") == before


def test_the_settings_file_may_be_named_before_the_command(run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("domain", "add", "example.org")
    monkeypatch.delenv("PILLARBOX_CONFIG")
    assert "example.org" in run("--config", settings, "domain", "list").stdout
    assert "example.org" in run("--config", "nowhere.toml", "domain", "list", "--config", settings).stdout


def test_a_running_server_is_told(run: Run, settings: Path) -> None:
    heard: list[AccountId | str] = []

    async def listen() -> None:
        hints = Hints(settings.parent / "data" / "run", heard.append, lambda: heard.append("system"))
        await asyncio.to_thread(run, "domain", "add", "example.org")
        while not heard:
            await asyncio.sleep(0.001)
        hints.close()

    asyncio.run(asyncio.wait_for(listen(), 60))
    assert heard == ["system"]


def test_how_much_an_account_has_sent_and_may_is_shown(run: Run, ask: Ask, settings: Path) -> None:
    run("domain", "add", "example.org")
    run("account", "add", "alice@example.org", "--generate", "--set", "send_hour=5000", "--set", "send_day=0")
    spend(settings, "alice@example.org", 12)
    shown = ask("account", "show", "alice@example.org")["sending"]
    assert shown["sent"] == {"hour": {"used": 12, "most": 5000}, "day": {"used": 12, "most": 0}}
    assert shown["answered"]["day"]["most"] > 0
    assert "to 12 of 5000 this hour, to 12 in 24 hours" in run("account", "show", "alice@example.org").output
