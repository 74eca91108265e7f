"""The life of a signing key: made, published, used, laid aside, forgotten."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.checks import keys
from pillarbox.errors import NotFound
from pillarbox.mail.keyring import Keyring
from pillarbox.mail.office import Office
from pillarbox.store.models import DomainKey
from pillarbox.testing.house import DOMAIN, house

NAMES = {"rsa": "r", "ed25519": "e"}


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    private = {algorithm: keys.generate("ed25519") for algorithm in NAMES}
    monkeypatch.setattr(keys, "generate", private.__getitem__)
    async with house(tmp_path) as made:
        yield made


@pytest.fixture
def ring(office: Office) -> Keyring:
    return Keyring(office.kept, DOMAIN, office.clock)


async def states(office: Office) -> list[str]:
    return sorted(key.state for key in await office.kept.keys(DOMAIN))


async def test_there_is_a_key_of_each_kind_named_by_its_month(office: Office, ring: Keyring) -> None:
    made = await ring.make("active")
    month = f"{office.clock.now():%Y%m}"
    assert {key.selector: (key.algorithm, key.state) for key in made} == {
        f"{month}{letter}": (algorithm, "active") for algorithm, letter in NAMES.items()
    }
    assert [key.selector for key in await office.kept.keys(DOMAIN)] == sorted(key.selector for key in made)


async def test_keys_of_one_month_have_names_of_their_own(office: Office, ring: Keyring) -> None:
    for _ in range(3):
        await ring.make("retired")
    assert len({key.selector for key in await office.kept.keys(DOMAIN)}) == 6


async def test_keys_are_changed_in_three_steps(office: Office, ring: Keyring) -> None:
    old = await ring.make("active")
    new = await ring.rotate()
    assert await states(office) == ["active", "active", "pending", "pending"]
    assert await ring.rotate() == await ring.pending()
    assert len(await office.kept.keys(DOMAIN)) == 4
    assert {key.selector for key in await ring.activate()} == {key.selector for key in new}
    assert await states(office) == ["active", "active", "retired", "retired"]
    assert {key.selector for key in await ring.forget_retired()} == {key.selector for key in old}
    assert await states(office) == ["active", "active"]


async def test_nothing_is_activated_where_nothing_waits(office: Office, ring: Keyring) -> None:
    await ring.make("active")
    with pytest.raises(NotFound):
        await ring.activate()
    assert await states(office) == ["active", "active"]


async def test_a_domain_that_is_not_ours_gets_no_keys(office: Office) -> None:
    with pytest.raises(NotFound):
        await Keyring(office.kept, "example.net", office.clock).make("active")


async def test_whatever_happens_in_between_something_signs(
    office: Office, ring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ring.make("active")
    await ring.rotate()
    seen: list[int] = []
    change = office.kept.change_key

    async def watched(key: DomainKey) -> None:
        await change(key)
        seen.append((await states(office)).count("active"))

    monkeypatch.setattr(office.kept, "change_key", watched)
    await ring.activate()
    assert len(seen) == 4
    assert min(seen) >= 2


async def test_only_active_keys_sign(office: Office, ring: Keyring) -> None:
    message = b"From: alice@example.org\r\n\r\nhello\r\n"
    active = await ring.make("active")
    await ring.make("retired")
    await ring.rotate()
    signed = await office.signing.signed(message)
    assert sorted(re.findall(rb" s=([a-z0-9]+)", signed)) == sorted(key.selector.encode() for key in active)
