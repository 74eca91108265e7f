"""Passwords that are proved and not sent: which are good where, and how little a stranger learns."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pillarbox.errors import AuthenticationFailed
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.mail.passwords import Salting, scram_of, scram_read
from pillarbox.mail.proofs import TRIED, Asked
from pillarbox.settings import MailPolicy, Settings
from pillarbox.store.models import Account
from pillarbox.testing.house import cheap_passwords, house
from proving import Proving, prove, proves

ALICE, BOB = "alice@example.org", "bob@example.org"
SERVICES = ("imap", "pop3", "submission")


async def account_of(office: Office, address: str = ALICE) -> Account:
    account = await office.kept.account(address)
    assert account is not None
    return account


async def asked(office: Office, name: str, service: str = "imap") -> Asked:
    return await office.accounts.scram_keys(name, Origin("", service))


async def salting_of(office: Office, address: str = ALICE) -> Salting:
    keys = scram_of(await office.kept.credentials((await account_of(office, address)).id))
    assert keys is not None
    return keys.salting


def wanting(office: Office, iterations: int) -> None:
    office.accounts.policy = replace(office.accounts.policy, scram_iterations=iterations)


async def test_an_app_password_proves_itself_where_it_may_be_used_and_is_known(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        phone, words = await office.accounts.app_passwords.add(alice, "phone", {"imap", "smtp"})
        laptop, all_words = await office.accounts.app_passwords.add(alice, "laptop")
        for service in SERVICES:
            assert (await prove(office, ALICE, "sesame", service)).app_password is None
            assert (await prove(office, ALICE, all_words, service)).app_password == laptop.id
            assert await proves(office, ALICE, words, service) is (service != "pop3")
            assert not await proves(office, BOB, words, service)
            assert not await proves(office, "nobody@example.org", words, service)
        assert (await prove(office, ALICE, words)).app_password == phone.id


async def test_its_use_is_noted(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        _, words = await office.accounts.app_passwords.add(alice, "phone")
        await prove(office, ALICE, words, origin="192.0.2.7")
        await office.accounts.app_passwords.close()
        (kept,) = await office.accounts.app_passwords.of(alice)
        assert kept.last_address == "192.0.2.7"


async def test_where_the_own_password_is_barred_an_app_password_is_not(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        _, words = await office.accounts.app_passwords.add(alice, "phone")
        await office.kept.change_account(replace(alice, settings={"password_protocols": "pop3"}))
        for service in SERVICES:
            assert await proves(office, ALICE, "sesame", service) is (service == "pop3")
            assert await proves(office, ALICE, words, service)


async def test_one_that_is_taken_back_proves_nothing_even_in_the_middle_of_it(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        phone, words = await office.accounts.app_passwords.add(alice, "phone")
        late = Proving(office, ALICE, words)
        first = await late.asked()
        await office.accounts.app_passwords.remove(alice, phone.id)
        for trying in (late.answered(first), prove(office, ALICE, words)):
            with pytest.raises(AuthenticationFailed, match=r"^wrong name or password$"):
                await trying


async def test_an_own_password_that_is_changed_or_barred_in_the_middle_proves_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        for change in (
            lambda: office.accounts.set_password(alice, "sesame seed"),
            lambda: office.kept.change_account(replace(alice, settings={"password_protocols": "none"})),
            lambda: office.kept.change_account(replace(alice, enabled=False)),
        ):
            await office.kept.change_account(alice)
            await office.accounts.set_password(alice, "sesame")
            late = Proving(office, ALICE, "sesame")
            first = await late.asked()
            await change()
            with pytest.raises(AuthenticationFailed):
                await late.answered(first)


async def test_a_new_password_leaves_app_passwords_good(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        _, words = await office.accounts.app_passwords.add(alice, "phone")
        before = await salting_of(office)
        wanting(office, 5000)
        await office.accounts.set_password(alice, "open")
        assert await salting_of(office) == before
        assert await proves(office, ALICE, words)
        assert await proves(office, ALICE, "open")
        assert not await proves(office, ALICE, "sesame")


async def test_a_new_password_has_the_iterations_now_wanted_where_no_app_password_needs_the_old(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        before = await salting_of(office)
        wanting(office, 5000)
        await office.accounts.set_password(await account_of(office), "open")
        assert await salting_of(office) == Salting(before.salt, 5000)
        _, words = await office.accounts.app_passwords.add(await account_of(office), "phone")
        for password in ("open", words):
            assert await proves(office, ALICE, password)


async def test_keys_that_were_made_by_a_salt_of_their_own_keep_it(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice, salting = await account_of(office), Salting(os.urandom(16), 4500)
        await office.kept.set_credentials(alice.id, cheap_passwords().credentials("sesame", salting))
        kept, words = await office.accounts.app_passwords.add(alice, "phone")
        keys = scram_read(kept.scram)
        assert keys is not None
        assert keys.salting == salting
        for password in ("sesame", words):
            assert await proves(office, ALICE, password)


async def test_where_no_keys_are_wanted_none_are_made_and_later_ones_fit_together(tmp_path: Path) -> None:
    settings = Settings(hostname="mail.example.org", mail=MailPolicy(scram_iterations=0))
    async with house(tmp_path, settings) as office:
        alice = await account_of(office)
        early, early_words = await office.accounts.app_passwords.add(alice, "early")
        assert early.scram == ""
        assert scram_of(await office.kept.credentials(alice.id)) is None
        wanting(office, 4096)
        _, words = await office.accounts.app_passwords.add(alice, "phone")
        assert await proves(office, ALICE, words)
        for password in ("sesame", early_words):
            assert not await proves(office, ALICE, password)
            assert (await office.accounts.log_in(ALICE, password, Origin("", "imap"))).account.id == alice.id
        await office.accounts.set_password(alice, "open")
        for password in ("open", words):
            assert await proves(office, ALICE, password)


async def test_of_the_most_that_may_be_each_is_found(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        wanting(office, 1)
        alice = await account_of(office)
        await office.accounts.set_password(alice, "sesame")
        most = office.limits.store.app_passwords
        made = [await office.accounts.app_passwords.add(alice, f"device {number}") for number in range(most)]
        for kept, words in (made[0], made[most // 2], made[-1]):
            assert (await prove(office, ALICE, words)).app_password == kept.id
        assert (await prove(office, ALICE, "sesame")).app_password is None
        assert not await proves(office, ALICE, "wrong")
        assert len((await asked(office, ALICE)).pairs) == 256


async def test_a_stranger_sees_nothing_change(tmp_path: Path) -> None:
    """Neither that an account is made, barred, switched off or given app passwords, nor which protocols it may use."""
    carol, seen = "carol@example.org", list[Asked]()

    async def look(office: Office) -> None:
        seen.extend([await asked(office, carol, service) for service in SERVICES])

    async with house(tmp_path) as office:
        await look(office)
        account = await office.accounts.add(carol, "sesame")
        await look(office)
        for number in range(TRIED - 1):
            await office.accounts.app_passwords.add(account, f"device {number}", {"imap"})
        await look(office)
        for changed in (replace(account, settings={"password_protocols": "none"}), replace(account, enabled=False)):
            await office.kept.change_account(changed)
            await look(office)
        assert set(seen[-1].pairs) == set(seen[0].pairs), "whoever is switched off has no key that could fit"
        await office.accounts.set_password(account, "open")
        await look(office)
        await office.kept.remove_account(account.id)
        await look(office)
        assert len({(each.salt, each.iterations, len(each.pairs)) for each in seen}) == 1
        assert len(seen[0].salt) == 16
        assert len(seen[0].pairs) == TRIED
        assert seen[0] == seen[-1], "and whoever is not here is made up alike every time"


async def test_salts_are_everyones_own(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        names: Sequence[str] = (ALICE, BOB, "nobody@example.org", "nobody@example.com")
        assert len({(await asked(office, name)).salt for name in names}) == len(names)


async def test_what_is_made_up_lets_nobody_in(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        for name in (ALICE, "nobody@example.org"):
            made_up = (await asked(office, name)).pairs[-1][0]
            with pytest.raises(AuthenticationFailed):
                await office.accounts.scram_log_in(name, made_up, Origin("", "imap"))


async def test_a_proof_that_is_none_counts_as_a_wrong_password_does(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        for number in range(1, 4):
            with pytest.raises(AuthenticationFailed):
                await prove(office, ALICE, "wrong", origin="192.0.2.1")
            assert office.accounts.throttle._count((ALICE, "*")) == number
