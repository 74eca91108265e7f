from dataclasses import replace
from pathlib import Path

import pyotp

from pillarbox.mail.accounts import Entry, Origin
from pillarbox.testing.house import PASSWORD, house


class Guest:
    ended = False

    def abort(self) -> None:
        self.ended = True


async def test_who_is_barred_or_gone_is_put_out_and_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice, bob = [await office.kept.account(f"{name}@example.org") for name in ("alice", "bob")]
        assert alice is not None
        assert bob is not None
        guests = Guest(), Guest(), Guest()
        for guest, account in zip(guests, (alice, alice, bob), strict=True):
            office.presence.enter(guest, Entry(account))
        assert await office.presence.look_over() == 0
        await office.kept.change_account(replace(alice, enabled=False))
        assert await office.presence.look_over() == 2
        assert [guest.ended for guest in guests] == [True, True, False]
        await office.kept.remove_account(bob.id)
        assert await office.presence.look_over() >= 1
        assert guests[2].ended


async def test_a_new_password_puts_out_who_has_come_by_the_old_one_and_nobody_else(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        accounts, origin = office.accounts, Origin("192.0.2.7", "imap", "PLAIN")
        own = await accounts.log_in("alice@example.org", PASSWORD, origin)
        _, words = await accounts.app_passwords.add(own.account, "phone")
        phone = await accounts.log_in("alice@example.org", words, origin)
        guests = Guest(), Guest()
        for guest, entry in zip(guests, (own, phone), strict=True):
            office.presence.enter(guest, entry)
        assert await office.presence.look_over() == 0
        await accounts.set_password(own.account, "another sesame")
        assert await office.presence.look_over() == 1
        assert [guest.ended for guest in guests] == [True, False]


async def test_a_second_factor_puts_out_who_has_come_by_the_password_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        accounts, origin = office.accounts, Origin("192.0.2.7", "imap", "PLAIN")
        own = await accounts.log_in("alice@example.org", PASSWORD, origin)
        _, words = await accounts.app_passwords.add(own.account, "phone")
        phone, other = [
            await accounts.log_in(*each, origin) for each in (("alice@example.org", words), ("bob@example.org", PASSWORD))
        ]
        guests = Guest(), Guest(), Guest()
        for guest, entry in zip(guests, (own, phone, other), strict=True):
            office.presence.enter(guest, entry)
        app = pyotp.TOTP((await accounts.second_factors.begin(own.account, "here")).secret)
        assert await office.presence.look_over() == 0, "it counts for nothing yet"
        await accounts.second_factors.confirm(own.account, app.at(office.clock.now()))
        assert await office.presence.look_over() == 1
        assert [guest.ended for guest in guests] == [True, False, False]


async def test_who_has_come_by_a_door_that_takes_the_password_no_more_is_put_out(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        guests = Guest(), Guest()
        for guest, service in zip(guests, ("imap", "submission"), strict=True):
            entry = await office.accounts.log_in("alice@example.org", PASSWORD, Origin("192.0.2.7", service))
            office.presence.enter(guest, entry)
        await office.kept.change_account(replace(entry.account, settings={"password_protocols": "smtp"}))
        assert await office.presence.look_over() == 1
        assert [guest.ended for guest in guests] == [True, False]
