"""Whom an address reaches: here, elsewhere, both, or nobody."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pillarbox.errors import Invalid, NotFound, NotPermitted
from pillarbox.mail.directory import BACKUP, Elsewhere, Recipient
from pillarbox.mail.office import Office
from pillarbox.store.queued import LOCAL
from pillarbox.testing.house import house


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with house(tmp_path) as made:
        await made.accounts.add_alias("friends@example.org", ["bob@example.org", "carol@example.com", "dave@Example.NET"])
        await made.accounts.add_alias("away@example.org", ["carol@example.com"])
        await made.accounts.add_alias("round@example.org", ["round@example.org", "away@example.org"])
        await made.accounts.add_domain("backup.example", {BACKUP: "mx"})
        yield made


async def reached(office: Office, address: str) -> list[str]:
    local, _, domain = address.rpartition("@")
    found = await office.directory.resolve(local, domain)
    return [one.account.address if isinstance(one, Recipient) else f"{one.kind}:{one.address}" for one in found]


async def test_an_alias_may_lead_to_people_here_and_elsewhere(office: Office) -> None:
    assert await reached(office, "friends@example.org") == [
        "bob@example.org",
        "forward:carol@example.com",
        "forward:dave@example.net",
    ]


async def test_an_alias_of_an_alias_leads_elsewhere_once_and_says_which_address_of_ours_sent_it_there(office: Office) -> None:
    (found,) = await office.directory.resolve("round", "example.org")
    assert found == Elsewhere("carol@example.com", "example.com", "forward", "away@example.org")


async def test_another_domains_mail_is_not_ours_to_take(office: Office) -> None:
    with pytest.raises(NotPermitted):
        await office.directory.resolve("carol", "example.com")


async def test_a_backup_domains_mail_is_taken_for_whoever_it_is(office: Office) -> None:
    (found,) = await office.directory.resolve("Who.Ever", "backup.example")
    assert found == Elsewhere("Who.Ever@backup.example", "backup.example", "relay")
    assert not await office.directory.is_local_domain("backup.example")


async def test_a_bounce_of_what_we_forwarded_goes_back_to_its_sender(office: Office) -> None:
    path = await office.directory.rewritten("eve@example.com", "away@example.org")
    local, _, domain = path.rpartition("@")
    assert domain == "example.org"
    assert await reached(office, path) == ["return:eve@example.com"]
    with pytest.raises(NotFound):
        await office.directory.resolve(local[:-1] + "x", domain)


async def test_a_sender_of_ours_needs_no_rewriting(office: Office) -> None:
    assert await office.directory.rewritten("alice@example.org", "away@example.org") == "alice@example.org"
    assert await office.directory.rewritten("", "away@example.org") == ""


@pytest.mark.parametrize(
    ("address", "destination"),
    [
        ("alice@example.org", LOCAL),
        ("alice@EXAMPLE.ORG.", LOCAL),
        ("x@backup.example", "backup.example"),
        ("x@Example.Net", "example.net"),
        ("x@bücher.example", "xn--bcher-kva.example"),
        ("x@[192.0.2.1]", "[192.0.2.1]"),
        ("x@[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]"),
    ],
)
async def test_mail_is_grouped_by_where_it_goes(office: Office, address: str, destination: str) -> None:
    assert await office.directory.destination(address) == destination


@pytest.mark.parametrize("address", ["x@", "x", "x@-.example", "x@[192.0.2.1", "x@[a b]", "x@exa mple.com"])
async def test_what_can_be_no_domain_is_no_destination(office: Office, address: str) -> None:
    with pytest.raises(Invalid):
        await office.directory.destination(address)


@pytest.mark.parametrize("local", ["postmaster", "abuse", "dmarc-reports", "tls-reports", "Postmaster+x"])
async def test_some_names_always_reach_someone(office: Office, local: str) -> None:
    assert await reached(office, f"{local}@example.org") == ["alice@example.org"]
