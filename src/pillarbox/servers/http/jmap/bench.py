"""Where whole messages are worked on: in threads of its own, so that neither log-ins nor uploads nor deliveries wait for them,
and only so much at a time of whoever asks. Ten megabytes of markup take seconds, and anybody may be sent, and open, many.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

from pillarbox.ids import AccountId
from pillarbox.mail.office import Office

from .turns import Turns

_T = TypeVar("_T")
_PEOPLE: Final = 4
"""Whose work goes on at a time: all of them together have one interpreter, and the loop needs it, too."""


class Bench:
    """One a worker."""

    def __init__(self, a_person: int) -> None:
        self._turns = Turns(a_person)
        self._pool = ThreadPoolExecutor(a_person * _PEOPLE, "messages")

    async def do(self, account: AccountId, work: Callable[[], _T]) -> _T:
        """What the work returns, or raises. It cannot be broken off: though nobody waits for it any more, no other work of the
        same account is begun before it is over."""
        turn = self._turns.of(account)
        await turn.acquire()
        try:
            doing = asyncio.get_running_loop().run_in_executor(self._pool, work)
        except BaseException:
            turn.release()
            raise
        doing.add_done_callback(lambda _: turn.release())
        return await asyncio.shield(doing)


_BENCHES: "WeakKeyDictionary[Office, Bench]" = WeakKeyDictionary()


def of(office: Office) -> Bench:
    """The worker's."""
    bench = _BENCHES.get(office)
    if bench is None:
        bench = _BENCHES[office] = Bench(office.limits.jmap.working)
    return bench
