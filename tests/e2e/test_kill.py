"""kill -9 of any process at any moment: nothing acknowledged is lost or doubled, and `pillarbox verify` finds nothing."""

from pathlib import Path

import pytest

from pillarbox.testing.served import DOMAIN, served
from torment import Torment

ACCOUNTS = [f"k{number}@{DOMAIN}" for number in range(4)]


@pytest.mark.timeout(600)
def test_three_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    torment(tmp_path, kills=3, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    torment(tmp_path, kills=100, seed=2)


def torment(folder: Path, kills: int, seed: int) -> None:
    with served(folder, workers=2, accounts=ACCOUNTS) as server:
        run = Torment(server, ACCOUNTS, seed)
        run.run(kills)
        assert server.stop() == 0
        server.run("verify")
    figures = run.figures
    assert figures.kills == kills
    print(
        f"{figures.kills} kills, {figures.delivered} deliveries and {figures.changed} changes acknowledged, none lost, "
        f"{figures.in_doubt} in doubt, of which {figures.in_doubt_kept} were kept"
    )
