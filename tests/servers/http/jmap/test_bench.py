"""Work on whole messages: so much at a time of one account, in threads of its own, and nobody else waits for it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from jmapping import ALICE, BOB, USING, persons
from pillarbox.ids import AccountId
from pillarbox.message import safe_html
from pillarbox.servers.http.jmap.bench import Bench
from postbag import Postbag

ONE, OTHER = AccountId(1), AccountId(2)
PATIENCE = 60


class Work:
    """What goes on until it is told to end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.goes_on = threading.Event()

    def named(self, name: str) -> Callable[[], str]:
        def work() -> str:
            self.begun.append(name)
            assert self.goes_on.wait(PATIENCE)
            return name

        return work


@asynccontextmanager
async def working() -> AsyncIterator[Work]:
    work = Work()
    try:
        async with asyncio.timeout(PATIENCE):
            yield work
    finally:
        work.goes_on.set()


async def test_so_much_of_one_account_is_done_at_a_time_and_others_do_not_wait_for_it() -> None:
    bench = Bench(2)
    async with working() as work:
        hers = [asyncio.ensure_future(bench.do(ONE, work.named(f"hers {number}"))) for number in range(20)]
        await asyncio.sleep(0)
        assert await bench.do(OTHER, lambda: "his") == "his"
        assert set(work.begun) <= {"hers 0", "hers 1"}
        work.goes_on.set()
        assert await asyncio.gather(*hers) == [f"hers {number}" for number in range(20)]
    assert await bench.do(ONE, lambda: "hers at last") == "hers at last"


async def test_what_nobody_waits_for_any_more_still_has_its_turn() -> None:
    """Else whoever asks and goes, again and again, would have all of the threads."""
    bench = Bench(1)
    async with working() as work:
        for number in range(20):
            asking = asyncio.ensure_future(bench.do(ONE, work.named(f"hers {number}")))
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        assert await bench.do(OTHER, lambda: "his") == "his"
        assert work.begun in ([], ["hers 0"])
        work.goes_on.set()
        assert await bench.do(ONE, lambda: "hers at last") == "hers at last"
    assert work.begun == ["hers 0"]


async def test_what_fails_gives_its_turn_back() -> None:
    bench = Bench(1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await bench.do(ONE, lambda: 1 / 0)


async def test_hostile_mail_that_one_person_opens_holds_up_nobody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not their reading, and nothing that is done in the threads everybody shares."""
    clean = safe_html.clean
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
    async with persons(tmp_path) as people, working() as work:
        hostile = work.named("hostile")

        def slowly(source: str, *how: Any, **more: Any) -> safe_html.Cleaned:
            if "hostile" in source:
                hostile()
            return clean(source, *how, **more)

        monkeypatch.setattr(safe_html, "clean", slowly)
        asked = []
        for address, text in ((ALICE, "hostile"), (BOB, "harmless")):
            bag = await Postbag(people[address]).learn()
            which = await bag.receive(f"From: x@sender.example\r\nContent-Type: text/html\r\n\r\n<p>{text}".encode())
            asked.append(("EmailView/get", {"accountId": bag.account, "ids": [which]}))
        using = (*USING, "urn:x-pillarbox:webmail")
        hers = [asyncio.ensure_future(people[ALICE].request(asked[0], using=using)) for _ in range(8)]
        while len(work.begun) < 2:
            await asyncio.sleep(0)
        answer = await people[BOB].request(asked[1], using=using)
        assert answer["methodResponses"][0][1]["list"][0]["html"] == '<div class="mail"><p>harmless</p></div>'
        assert await asyncio.to_thread(str, "done") == "done"
        assert work.begun == ["hostile"] * 2
        assert not any(each.done() for each in hers)
        work.goes_on.set()
        for said in await asyncio.gather(*hers):
            assert "hostile" in said["methodResponses"][0][1]["list"][0]["html"]
