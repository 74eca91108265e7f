"""One account's mail in memory, at hand."""

from abc import abstractmethod
from collections.abc import Sequence

from ...clock import Clock
from ...ids import AccountId, MailboxId
from ..models import NewMessage, Uids
from .state import Box, Placement, State


class OpenedMail:
    def __init__(self, state: State, clock: Clock, viewer: AccountId, identifiers: int) -> None:
        self.account: AccountId = state.account
        self.viewer = viewer
        self._state = state
        self._clock = clock
        self._identifiers = identifiers

    def _seen(self, placement: Placement) -> Placement:
        """As the viewer sees it."""
        return placement if self.viewer == self.account else placement.to(self.viewer)

    @abstractmethod
    async def carried(self, mailbox: MailboxId, uids: Uids) -> Sequence[NewMessage]: ...

    @abstractmethod
    def _add(self, box: Box, message: NewMessage) -> Placement: ...

    @abstractmethod
    def _flag(self, one: Placement, flags: int, words: str) -> None: ...

    @abstractmethod
    def _expunge(self, box: Box, picked: list[Placement]) -> None: ...
