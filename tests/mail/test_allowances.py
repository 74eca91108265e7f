"""How much one account sends: whoever has got hold of its password does not send a hundred thousand in a night."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from outbound import StillClock
from pillarbox.errors import TooMany
from pillarbox.limits import SendingLimits
from pillarbox.mail.allowances import ANSWERED, FORWARDED, SENT
from pillarbox.mail.office import Office
from pillarbox.settings import Outgoing, Settings
from pillarbox.store.models import Account
from pillarbox.store.queued import HOUR, Allowance
from pillarbox.testing.house import house

ALICE = "alice@example.org"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def office(tmp_path: Path, clock: StillClock) -> AsyncIterator[Office]:
    async with house(tmp_path, clock=clock) as made:
        yield made


async def alice(office: Office, **settings: str) -> Account:
    found = await office.kept.account(ALICE)
    assert found
    changed = replace(found, settings=settings)
    await office.kept.change_account(changed)
    return changed


def test_a_night_is_bounded_where_nobody_has_set_anything() -> None:
    assert 0 < SendingLimits().hour <= SendingLimits().day <= 10_000
    assert (Outgoing().account_hour, Outgoing().account_day) == (SendingLimits().hour, SendingLimits().day)


async def test_what_an_account_may_is_its_own_setting_or_else_the_servers(office: Office) -> None:
    of = office.allowances.of
    assert of(await alice(office)) == Allowance(SendingLimits().hour, SendingLimits().day)
    office.reload(replace(office.settings, outgoing=Outgoing(account_hour=7, account_day=9)))
    assert of(await alice(office)) == Allowance(7, 9)
    assert of(await alice(office, send_hour="5000", send_day="0")) == Allowance(5000, 0)
    assert of(await alice(office, send_hour="many"), FORWARDED) == Allowance(7, 9)
    assert of(await alice(office), ANSWERED) == Allowance(0, SendingLimits().answers_day)
    for settings, most in (({}, 7), ({"send_hour": "0"}, 9), ({"send_hour": "0", "send_day": "0"}, None)):
        assert office.allowances.most(await alice(office, **settings)) == most


async def test_who_has_sent_enough_waits_and_hears_why(office: Office, clock: StillClock) -> None:
    account = await alice(office, send_hour="3", send_day="4")
    await office.allowances.spend(account, 2, "one")
    with pytest.raises(TooMany, match="3 an hour and 4 a day"):
        await office.allowances.spend(account, 2, "two")
    (event,) = await office.kept.journal().trace("two")
    assert (event.name, dict(event.facts)) == ("withheld", {"account": ALICE, "of": SENT, "recipients": "2"})
    await office.allowances.spend(account, 1, "three")
    clock.move(HOUR)
    await office.allowances.spend(account, 1, "four")
    with pytest.raises(TooMany):
        await office.allowances.spend(account, 1, "five")
    clock.move(24 * HOUR)
    await office.allowances.spend(account, 1, "six")


async def test_workers_share_what_was_counted(office: Office, clock: StillClock, tmp_path: Path) -> None:
    account = await alice(office, send_hour="2")
    async with house(tmp_path, Settings(hostname="mail.example.org"), clock=clock) as other:
        await office.allowances.spend(account, 1, "one")
        await other.allowances.spend(account, 1, "two")
        for each in (office, other):
            with pytest.raises(TooMany):
                await each.allowances.spend(account, 1, "three")
