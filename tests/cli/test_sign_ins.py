"""Where people are signed in, and the way back for whoever has lost everything, from the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pillarbox.cli.desk import office_at
from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Origin
from pillarbox.store.factors import Passkey, Totp

Run = Callable[..., Result]
Ask = Callable[..., Any]
ALICE = "alice@example.org"


@pytest.fixture
def alice(run: Run) -> str:
    run("domain", "add", "example.org", "--no-keys")
    run("account", "add", ALICE, "--password-stdin", given="sesame\n")
    return ALICE


async def begin(settings: Path) -> str:
    async with office_at(str(settings)) as office:
        account = await office.kept.account(ALICE)
        assert account
        return (await office.accounts.sign_ins.begin(account, "192.0.2.7", "Browser/1"))[1]


def test_browsers_are_listed_without_their_cookies_and_ended(run: Run, ask: Ask, settings: Path, alice: str) -> None:
    cookie = asyncio.run(begin(settings))
    (shown,) = ask("account", "sign-in", "list", alice)
    assert (shown["kind"], shown["name"], shown["last_address"]) == ("browser", "Browser/1", "192.0.2.7")
    assert cookie not in run("account", "sign-in", "list", alice).stdout
    assert run("account", "sign-in", "end", alice, "99").exit_code != 0
    assert run("account", "sign-in", "end", alice, str(shown["id"])).exit_code == 0
    assert ask("account", "sign-in", "list", alice) == []


async def guard(settings: Path) -> None:
    async with office_at(str(settings)) as office:
        account = await office.kept.account(ALICE)
        assert account
        await office.kept.set_totp(account.id, Totp("SECRET", True))
        await office.kept.add_passkey(Passkey(account.id, 0, "x", "localhost", b"c", b"k"))
        await office.kept.set_recovery_codes(account.id, [b"1"])
        await office.accounts.sign_ins.begin(account, "", "")


async def is_let_in(settings: Path) -> bool:
    async with office_at(str(settings)) as office:
        try:
            await office.accounts.log_in(ALICE, "sesame", Origin("", "imap"))
        except AuthenticationFailed:
            return False
        return True


def test_who_has_lost_everything_gets_back_in(run: Run, ask: Ask, settings: Path, alice: str) -> None:
    asyncio.run(guard(settings))
    assert not asyncio.run(is_let_in(settings))
    assert run("account", "sign-in", "reset", alice).exit_code == 0
    assert asyncio.run(is_let_in(settings))
    assert ask("account", "sign-in", "list", alice) == []
    assert run("account", "sign-in", "reset", alice).exit_code == 0, "a second time does nothing"
