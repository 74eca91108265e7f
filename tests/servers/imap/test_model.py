"""Clients at random on one account, through two offices that share a folder as two workers do: see `model.play`.

`PILLARBOX_MODEL_STEPS` and `PILLARBOX_MODEL_SEED` say how many steps, and which ones.
"""

import os
from itertools import count
from pathlib import Path

import pytest

from model.play import Play
from model.truth import Line
from pillarbox.mail.office import Office
from pillarbox.servers.imap.forms import FORMS
from pillarbox.store.sqlite.accounts import SqliteAccounts
from pillarbox.testing.house import cheap_passwords, house
from servers.imap.parley import Client

STEPS = int(os.environ.get("PILLARBOX_MODEL_STEPS", "1000"))
SEED = int(os.environ.get("PILLARBOX_MODEL_SEED", "0"))


@pytest.mark.timeout(60 + STEPS // 10)
@pytest.mark.parametrize("seed", [SEED] if SEED else [1, 2, 3])
async def test_what_clients_are_told_is_what_is(tmp_path: Path, seed: int) -> None:
    async with house(tmp_path) as here:
        offices = [here]
        there = Office(
            here.settings,
            SqliteAccounts(tmp_path),
            FORMS,
            passwords=cheap_passwords(),
            tell_others=lambda account: here.notify.heard(account),
        )
        offices.append(there)
        opened: list[Client] = []
        turn = count()

        async def connect(number: int) -> Line:
            opened.append(await Client(offices[next(turn) % 2]).log_in())
            return opened[-1]  # type: ignore[return-value]

        try:
            await Play(connect, seed).run(STEPS)
        finally:
            for client in opened:
                if not client.task.done():
                    await client.close()
            await there.close()
