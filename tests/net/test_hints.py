"""Hints between processes: heard by all others, lost without harm."""

import asyncio
from pathlib import Path

from pillarbox.ids import AccountId
from pillarbox.net.hints import Hints, tell


class Ear:
    def __init__(self, run: Path) -> None:
        self.heard: asyncio.Queue[object] = asyncio.Queue()
        self.hints = Hints(run, self.heard.put_nowait, lambda: self.heard.put_nowait("system"), self.heard.put_nowait)

    async def next(self) -> object:
        return await asyncio.wait_for(self.heard.get(), 60)


async def test_an_account_that_changed_is_told_to_all_others_and_not_to_oneself(tmp_path: Path) -> None:
    one, two, three = (Ear(tmp_path) for _ in range(3))
    one.hints.send(AccountId(17))
    assert [await two.next(), await three.next()] == [17, 17]
    two.hints.send(AccountId(18))
    assert await one.next() == 18, "what oneself said is not heard"
    for ear in (one, two, three):
        ear.hints.close()


async def test_many_changes_in_one_turn_travel_together(tmp_path: Path) -> None:
    one, two = Ear(tmp_path), Ear(tmp_path)
    for _ in range(3):
        for number in range(1, 3001):
            one.hints.send(AccountId(number))
    assert [await two.next() for _ in range(3000)] == list(range(1, 3001))
    one.hints.close()
    two.hints.close()


async def test_a_command_is_heard_though_it_hears_nothing(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    tell(tmp_path, [AccountId(5)], system=True)
    assert [await ear.next(), await ear.next()] == ["system", 5]
    ear.hints.close()


async def test_how_a_log_in_ended_is_told_to_all_others_as_it_was_said(tmp_path: Path) -> None:
    one, two = Ear(tmp_path), Ear(tmp_path)
    one.hints.send_log_in(b"-alice\x00192.0.2.1")
    one.hints.send_log_in(b"x" * 100_000)
    one.hints.send_log_in(b"")
    assert [await two.next(), await two.next()] == [b"-alice\x00192.0.2.1", b""]
    assert one.heard.empty()
    one.hints.close()
    two.hints.close()


async def test_nobody_listening_is_no_trouble(tmp_path: Path) -> None:
    tell(tmp_path / "missing", [AccountId(5)])
    ear = Ear(tmp_path)
    ear.hints.send(AccountId(1))
    ear.hints.close()
    tell(tmp_path, [AccountId(5)])
    assert list(tmp_path.iterdir()) == []


async def test_the_socket_of_a_process_that_died_is_swept_away(tmp_path: Path) -> None:
    dead, alive = Ear(tmp_path), Ear(tmp_path)
    asyncio.get_running_loop().remove_reader(dead.hints._socket)
    dead.hints._socket.close()
    alive.hints.send(AccountId(1))
    alive.hints.close()
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_with_a_very_long_path_serves_too(tmp_path: Path) -> None:
    run = tmp_path / ("long" * 20) / ("longer" * 20)
    one, two = Ear(run), Ear(run)
    one.hints.send(AccountId(9))
    assert await two.next() == 9
    one.hints.close()
    two.hints.close()
    assert list(run.iterdir()) == []


async def test_a_datagram_that_is_no_hint_is_passed_over(tmp_path: Path) -> None:
    one, two = Ear(tmp_path), Ear(tmp_path)
    one.hints._socket.sendto(b"rubbish", str(next(path for path in tmp_path.iterdir() if path.name == two.hints._name)))
    one.hints.send(AccountId(2))
    assert await two.next() == 2
    one.hints.close()
    two.hints.close()
