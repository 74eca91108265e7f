"""What an account has to be at for the next thing to be done to it: whoever has looked and now acts on that says so, and
each backend looks again within the transaction that would be the first to change anything.

It is said by context, not by argument, since any verb that writes may be that first one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from ..ids import AccountId, ModSeq


class Moved(Exception):
    """The account is elsewhere: nothing has been done."""


@dataclass(slots=True)
class Expected:
    account: AccountId
    modseq: ModSeq
    is_met: bool = False
    """Whether something has been done since it was seen: what follows is one's own doing."""

    def check(self, modseq: ModSeq) -> None:
        """Raises Moved."""
        if not self.is_met and modseq != self.modseq:
            raise Moved


_EXPECTED: ContextVar[Expected | None] = ContextVar("expected", default=None)


@contextmanager
def expecting(account: AccountId, modseq: ModSeq) -> Iterator[None]:
    """Within, the first verb that changes the account raises Moved, and does nothing, where its modseq is another."""
    token = _EXPECTED.set(Expected(account, modseq))
    try:
        yield
    finally:
        _EXPECTED.reset(token)


def expected(account: AccountId) -> Expected | None:
    """What whoever asks expects of an account; to be asked for in their own task, not in a thread."""
    found = _EXPECTED.get()
    return found if found is not None and found.account == account else None
