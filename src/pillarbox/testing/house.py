"""A whole office on a throw-away folder: two people in one domain, as tests and trials want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from argon2 import PasswordHasher

from ..checks.questions import Answers
from ..clock import Clock
from ..limits import Limits
from ..mail.office import Office
from ..mail.passwords import Passwords
from ..servers.imap.forms import FORMS
from ..settings import Settings
from ..store.sqlite.accounts import SqliteAccounts

DOMAIN = "example.org"
PEOPLE = ("alice@example.org", "bob@example.org")
PASSWORD = "sesame"


def cheap_passwords() -> Passwords:
    """Hashes that cost a test nothing, and protect nothing."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), threads=1)


@asynccontextmanager
async def house(
    folder: Path,
    settings: Settings | None = None,
    *,
    limits: Limits | None = None,
    clock: Clock | None = None,
    answers: Answers | None = None,
) -> AsyncIterator[Office]:
    """Alice and Bob at example.org, password "sesame"; when it closes, what is kept must be without fault."""
    settings = replace(settings or Settings(hostname="mail.example.org"), data_dir=folder)
    office = Office(
        settings,
        SqliteAccounts(folder),
        FORMS,
        limits=limits,
        clock=clock,
        passwords=cheap_passwords(),
        answers=answers,
    )
    try:
        if await office.kept.domain(DOMAIN) is None:
            await office.accounts.add_domain(DOMAIN)
            for address in PEOPLE:
                await office.accounts.add(address, PASSWORD)
        yield office
        for account in await office.kept.accounts():
            faults = await office.kept.mail(account.id).verify()
            assert not faults, (account.address, faults)
    finally:
        await office.close()
