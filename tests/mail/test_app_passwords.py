"""App passwords: their form, who they let in where, and how they end."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pillarbox.errors import AuthenticationFailed, Invalid
from pillarbox.mail import app_passwords, presence
from pillarbox.mail.accounts import Entry, Origin
from pillarbox.mail.app_passwords import made, plain
from pillarbox.mail.office import Office
from pillarbox.mail.passwords import Passwords
from pillarbox.store.models import Account, Credential
from pillarbox.testing.house import house

ALICE = "alice@example.org"
IMAP, POP3, SUBMISSION = (Origin("192.0.2.1", service) for service in ("imap", "pop3", "submission"))


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


async def account_of(office: Office, address: str = ALICE) -> Account:
    account = await office.kept.account(address)
    assert account is not None
    return account


def test_they_are_random_grouped_and_known_by_their_form() -> None:
    words = {made() for _ in range(200)}
    assert len(words) == 200
    for each in words:
        assert [len(group) for group in each.split("-")] == [4] * 7
        whole = plain(each)
        assert whole == each.replace("-", "")
        assert plain(each.upper()) == plain(f" {each.replace('-', ' ')} ") == plain(whole) == whole


def test_a_slip_of_the_finger_and_other_peoples_passwords_have_not_their_form() -> None:
    body = "pillarboxabcdefghijklmnopq"
    words = body + app_passwords._check(body)
    assert plain(words) == words
    for place, char in enumerate(words):
        assert plain(words[:place] + ("a" if char != "a" else "b") + words[place + 1 :]) is None
    for other in ("", "sesame", words[:-1], words + "a", "a" * 28, words + " " * 99, "é" * 28, words.replace("i", "1")):
        assert plain(other) is None


async def test_one_opens_what_it_is_for_and_nothing_else(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        alice = await account_of(office)
        kept, words = await office.accounts.app_passwords.add(alice, "phone", {"imap", "smtp"})
        _, all_words = await office.accounts.app_passwords.add(alice, "laptop")
        for origin in (IMAP, SUBMISSION):
            entry = await office.accounts.log_in(ALICE, words.upper(), origin)
            assert (entry.account.id, entry.app_password) == (alice.id, kept.id)
        for origin in (IMAP, POP3, SUBMISSION):
            assert (await office.accounts.log_in("Alice@Example.ORG", all_words, origin)).app_password
            assert (await office.accounts.log_in(ALICE, "sesame", origin)).app_password is None
        for address, origin in ((ALICE, POP3), ("bob@example.org", IMAP), ("nobody@example.org", IMAP), ("", IMAP)):
            with pytest.raises(AuthenticationFailed):
                await office.accounts.log_in(address, words, origin)


async def test_what_is_kept_is_no_password(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        kept, words = await office.accounts.app_passwords.add(await account_of(office), "phone")
        with pytest.raises(AuthenticationFailed):
            await office.accounts.log_in(ALICE, kept.digest, IMAP)
        data = (tmp_path / "system.db").read_bytes() + b"".join(path.read_bytes() for path in tmp_path.glob("system.db-*"))
        assert kept.digest.encode() in data
        assert words.encode() not in data
        assert words.replace("-", "").encode() not in data


async def test_one_that_is_taken_back_opens_nothing_and_closes_what_it_opened(tmp_path: Path) -> None:
    class Guest:
        ended = False

        def abort(self) -> None:
            self.ended = True

    async with house(tmp_path) as office:
        alice = await account_of(office)
        (phone, words), (laptop, others) = [
            await office.accounts.app_passwords.add(alice, name) for name in ("phone", "laptop")
        ]
        guests = Guest(), Guest(), Guest()
        for guest, key in zip(guests, (phone.id, laptop.id, None), strict=True):
            office.presence.enter(guest, Entry(alice, key))
        assert await office.presence.look_over() == 0
        await office.accounts.app_passwords.remove(alice, phone.id)
        assert await office.presence.look_over() == 1
        assert [guest.ended for guest in guests] == [True, False, False]
        with pytest.raises(AuthenticationFailed):
            await office.accounts.log_in(ALICE, words, IMAP)
        assert (await office.accounts.log_in(ALICE, others, IMAP)).app_password == laptop.id


async def test_what_nobody_has_told_is_seen_in_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Guest:
        def __init__(self) -> None:
            self.ended = asyncio.Event()

        def abort(self) -> None:
            self.ended.set()

    monkeypatch.setattr(presence, "LOOK_EVERY", 0)
    async with house(tmp_path) as office:
        alice = await account_of(office)
        phone, _ = await office.accounts.app_passwords.add(alice, "phone")
        guest = Guest()
        office.presence.enter(guest, Entry(alice, phone.id))
        watching = asyncio.ensure_future(office.presence.keep_watch())
        await office.accounts.app_passwords.remove(alice, phone.id)
        await asyncio.wait_for(guest.ended.wait(), 60)
        watching.cancel()


async def test_who_has_become_a_group_is_put_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Guest:
        ended = False

        def abort(self) -> None:
            self.ended = True

    async def as_group(self: object, key: int) -> Account:
        return replace(alice, is_group=True)

    async with house(tmp_path) as office:
        alice = await account_of(office)
        guest, gone = Guest(), Guest()
        for each in (guest, gone):
            office.presence.enter(each, Entry(alice))
        office.presence.leave(gone)
        monkeypatch.setattr(type(office.kept), "account_by_id", as_group)
        assert await office.presence.look_over() == 1
        assert guest.ended
        assert not gone.ended
        monkeypatch.undo()


async def test_the_last_use_is_noted_once_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()

    async def noted(office: Office) -> tuple[int | None, str | None]:
        await office.accounts.app_passwords.close()
        (kept,) = await office.accounts.app_passwords.of(await account_of(office))
        return kept.last_used_at, kept.last_address

    async with house(tmp_path, clock=clock) as office:
        _, words = await office.accounts.app_passwords.add(await account_of(office), "phone")
        assert await noted(office) == (None, None)
        began = int(clock.at.timestamp())
        for address in ("192.0.2.1", "192.0.2.2"):
            await office.accounts.log_in(ALICE, words, Origin(address, "imap"))
            assert await noted(office) == (began, "192.0.2.1")
        clock.at += timedelta(seconds=61)
        notes = 0
        note_use = office.kept.note_use

        async def counted(*said: Any) -> None:
            nonlocal notes
            notes += 1
            await note_use(*said)

        monkeypatch.setattr(office.kept, "note_use", counted)
        await asyncio.gather(*(office.accounts.log_in(ALICE, words, Origin("192.0.2.3", "imap")) for _ in range(5)))
        assert await noted(office) == (began + 61, "192.0.2.3")
        assert notes == 1


async def test_the_work_is_one_digest_and_no_hash_whoever_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []

    async def check(self: Passwords, credentials: Sequence[Credential], password: str) -> bool:
        checked.append(len(credentials))
        return False

    monkeypatch.setattr(Passwords, "check", check)
    async with house(tmp_path) as office:
        _, words = await office.accounts.app_passwords.add(await account_of(office), "phone")
        asked: list[int] = []
        kept = office.accounts.app_passwords._kept.app_passwords

        async def app_passwords_of(account: int) -> object:
            asked.append(account)
            return await kept(account)  # type: ignore[arg-type]

        monkeypatch.setattr(office.kept, "app_passwords", app_passwords_of)
        await office.accounts.log_in(ALICE, words, IMAP)
        for address, password in ((ALICE, made()), ("nobody@example.org", words)):
            with pytest.raises(AuthenticationFailed):
                await office.accounts.log_in(address, password, IMAP)
        assert len(asked) == 3
        assert checked == []
        for address in (ALICE, "nobody@example.org"):
            with pytest.raises(AuthenticationFailed):
                await office.accounts.log_in(address, words[:-1], IMAP)
        assert checked == [2, 0], "what has not their form is checked as any password is"
        assert len(asked) == 3


async def test_nothing_else_may_look_like_one(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        with pytest.raises(Invalid):
            await office.accounts.set_password(await account_of(office), made())


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "a\x1b[2J", "x" * 101])
async def test_a_device_has_a_name_that_can_be_shown(tmp_path: Path, label: str) -> None:
    async with house(tmp_path) as office:
        with pytest.raises(Invalid):
            await office.accounts.app_passwords.add(await account_of(office), label)


async def test_a_group_has_none(tmp_path: Path) -> None:
    async with house(tmp_path) as office:
        with pytest.raises(Invalid):
            await office.accounts.app_passwords.add(replace(await account_of(office), is_group=True), "phone")


def test_protocols_are_those_there_are() -> None:
    assert app_passwords.protocols_of([" IMAP ", "smtp"]) == {"imap", "smtp"}
    for wrong in (["imap", "gopher"], [""]):
        with pytest.raises(Invalid, match="imap, pop3, smtp"):
            app_passwords.protocols_of(wrong)
