"""The office as a command uses it: on the data folder itself, beside a running server that is told what changed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ..errors import Invalid, MailError, OperatorError
from ..ids import AccountId
from ..mail import addresses
from ..mail.office import Office
from ..net import hints
from ..ops import log
from ..servers import places, privileges
from ..servers.imap.forms import FORMS
from ..settings import Settings
from ..settings_file import find, load
from ..store.models import Account
from ..store.sqlite.accounts import SqliteAccounts

P = ParamSpec("P")
R = TypeVar("R")


def waiting(command: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]:
    """Make an async command one that click can call."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        return asyncio.run(command(*arguments, **options))

    return run


def settings_of(config: str | None) -> Settings:
    """The settings a command works by, as the user the server runs as. Raises OperatorError."""
    settings = load(find(config))
    log.configure("warning", settings.log.form, file=sys.stderr)
    os.umask(0o077)
    privileges.own(settings.data_dir, settings.user)
    privileges.drop(settings.user)
    return settings


@asynccontextmanager
async def office_at(config: str | None) -> AsyncIterator[Office]:
    """The office of a settings file; what was changed is told to a running server at the end."""
    settings = settings_of(config)
    changed: set[AccountId] = set()
    queued: list[None] = []
    office = Office(settings, SqliteAccounts(settings.data_dir), FORMS, tell_others=changed.add)
    office.outgoing.wake = lambda: queued.append(None)
    before = await office.kept.version()
    try:
        yield office
    finally:
        system = await office.kept.version() != before
        hints.tell(places.run(settings), changed, system=system, queue=bool(queued))
        await office.close()


@contextmanager
def about(subject: str, hints: Mapping[type[MailError], str]) -> Iterator[None]:
    """Say what an error is about, and what to do. Raises OperatorError for every MailError."""
    try:
        yield
    except MailError as error:
        raise OperatorError(f"{subject}: {error}", hints.get(type(error), "")) from error


async def account_of(office: Office, address: str) -> Account:
    """Raises OperatorError where there is none."""
    with about(address, {Invalid: "see `pillarbox account list`"}):
        account = await office.kept.account(addresses.canonical(address))
    if account is None:
        raise OperatorError(f"there is no account {address}", "see `pillarbox account list`")
    return account


async def domain_exists(office: Office, name: str) -> None:
    """Raises OperatorError where it is none of ours."""
    if not await office.directory.is_local_domain(name):
        raise OperatorError(f"there is no domain {name}", "see `pillarbox domain list`")


def known_ids(given: Sequence[int], known: Iterable[int], stranger: str, hint: str) -> Sequence[int]:
    """Each of them once. Raises OperatorError, before anything is done to one, for one not known: `stranger` and its id."""
    there = set(known)
    for key in given:
        if key not in there:
            raise OperatorError(f"{stranger} {key}", hint)
    return list(dict.fromkeys(given))
