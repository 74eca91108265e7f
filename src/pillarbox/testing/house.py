"""A whole office on a throw-away folder: two people in one domain, as tests and trials want it."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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
    if settings is None and clock is None and not _is_there(folder / "system.db"):
        await copy_into(folder, _usual)
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
        await _settle(office)
        yield office
        for account in await office.kept.accounts():
            faults = await office.kept.mail(account.id).verify()
            assert not faults, (account.address, faults)
    finally:
        await office.close()


async def _settle(office: Office) -> None:
    """The domain and its people, where they are not there yet."""
    if await office.kept.domain(DOMAIN) is None:
        await office.accounts.add_domain(DOMAIN)
        for address in PEOPLE:
            await office.accounts.add(address, PASSWORD)


async def copy_into(folder: Path, made: Callable[[Path], AbstractAsyncContextManager[object]]) -> None:
    """Put in what `made` leaves in a folder. It is made once a process: a copy waits for no disk."""
    if made not in _models:
        with tempfile.TemporaryDirectory(prefix="pillarbox-house-") as model:
            async with made(Path(model)):
                pass
            _models[made] = _packed(Path(model))
    for name, mode, content in _models[made]:
        _unpack(folder / name, mode, content)


def _usual(folder: Path) -> AbstractAsyncContextManager[Office]:
    return house(folder, Settings(hostname="mail.example.org"))


_Entry = tuple[Path, int, bytes | None]
"""Of a folder or a file: its name below the model, its mode, and what is in it."""
_models: dict[object, Sequence[_Entry]] = {}


def _packed(model: Path) -> Sequence[_Entry]:
    """Folders before what is in them."""
    return [
        (path.relative_to(model), path.stat().st_mode & 0o777, path.read_bytes() if path.is_file() else None)
        for path in sorted(model.rglob("*"))
    ]


def _unpack(path: Path, mode: int, content: bytes | None) -> None:
    if content is None:
        path.mkdir(parents=True, exist_ok=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    path.chmod(mode)


def _is_there(path: Path) -> bool:
    return path.exists()
