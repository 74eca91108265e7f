"""What leaves in our name carries our signatures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.mail.keyring import Keyring
from pillarbox.mail.office import Office
from pillarbox.testing.house import house

LETTER = b"From: <postmaster@%b>\r\nSubject: returned\r\n\r\nSorry.\r\n"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        await Keyring(made.kept, "example.org", made.clock).make("active")
        yield made


@pytest.mark.parametrize(("author", "domain"), [(b"example.org", b"example.org"), (b"mail.example.org", b"example.org")])
async def test_a_letter_of_the_server_is_signed_by_its_domain_or_the_one_above(
    office: Office, author: bytes, domain: bytes
) -> None:
    signed = await office.signing.signed(LETTER % author)
    assert signed.endswith(LETTER % author)
    assert signed.count(b"d=%b;" % domain) == 2


@pytest.mark.parametrize("author", [b"example.net", b"org", b"notexample.org"])
async def test_nobody_elses_letter_is_signed(office: Office, author: bytes) -> None:
    assert await office.signing.signed(LETTER % author) == LETTER % author


async def test_new_keys_sign_as_soon_as_they_are_active(office: Office) -> None:
    ring = Keyring(office.kept, "example.org", office.clock)
    fresh = await ring.rotate()
    signed = await office.signing.signed(LETTER % b"example.org")
    assert not any(b"s=%b;" % key.selector.encode() in signed for key in fresh)
    await ring.activate()
    signed = await office.signing.signed(LETTER % b"example.org")
    assert all(b"s=%b;" % key.selector.encode() in signed for key in fresh)
    assert signed.count(b"DKIM-Signature:") == 2


async def test_the_servers_own_name_has_a_postmaster_too(office: Office) -> None:
    (found,) = await office.directory.resolve("postmaster", "mail.example.org")
    assert found.account.address == "alice@example.org"  # type: ignore[union-attr]
