"""One account's mail at hand: how its verbs get at the account's file, and as whom."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import apsw

from ...ids import AccountId, MailboxId, ModSeq
from ..blobs.disk import Incoming
from ..models import Added, FlagChange, FlagsChanged, NewMessage, Uids, Usage
from . import adding, flags
from .account_file import AccountFile
from .statements import MESSAGES
from .transaction import Transaction

T = TypeVar("T")


class OpenedMail:
    """It holds no connection: `opened` finds, or opens, the account's file."""

    def __init__(self, account: AccountId, opened: Callable[[AccountId], AccountFile]) -> None:
        self.account = account
        self.viewer = account
        self._opened = opened
        self._messages = MESSAGES
        """The table of messages as the viewer sees them."""

    def _read(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        return self._opened(self.account).read(work)

    def _ask(self, work: Callable[[apsw.Connection, AccountId], T]) -> T:
        return self._opened(self.account).ask(work)

    async def _write(self, work: Callable[[Transaction], T], *, durable: bool = True, small: bool = False) -> T:
        return await self._opened(self.account).write(work, durable=durable, small=small)

    # What the viewer's \\Seen is part of.

    def _add(
        self,
        tx: Transaction,
        mailbox: MailboxId | str,
        messages: Sequence[NewMessage],
        quota: Usage | None,
        incoming: Incoming | None,
        inline_body: int,
        *,
        claim: bool = False,
    ) -> Added:
        return adding.add(tx, mailbox, messages, quota, incoming, inline_body, claim=claim)

    def _change(
        self, tx: Transaction, mailbox: MailboxId, uids: Uids, change: FlagChange, unchanged_since: ModSeq | None
    ) -> FlagsChanged:
        return flags.change(tx, mailbox, uids, change, unchanged_since)
