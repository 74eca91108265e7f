"""One account's mail as somebody else sees it: the verbs that \\Seen is part of."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import apsw

from ...ids import AccountId, MailboxId, ModSeq
from ..blobs.disk import Incoming
from ..models import Added, FlagChange, FlagsChanged, Mailbox, NewMessage, Uids, Usage
from . import mailboxes, viewing
from .account_file import AccountFile
from .mail import SqliteMail
from .transaction import Transaction


class ViewedMail(SqliteMail):
    """`pillarbox.store.api.Mail`, its viewer not its account. What is not here is the same for everybody."""

    def __init__(self, account: AccountId, viewer: AccountId, opened: Callable[[AccountId], AccountFile]) -> None:
        super().__init__(account, opened)
        self.viewer = viewer
        self._messages = viewing.messages(viewer)

    async def mailboxes(self) -> Sequence[Mailbox]:
        return self._read(lambda db, account: viewing.counted(db, account, self.viewer, mailboxes.everything(db, account)))

    async def mailbox(self, name: str) -> Mailbox:
        return self._read(lambda db, account: self._counted(db, mailboxes.by_name(db, account, name)))

    async def mailbox_by_id(self, mailbox: MailboxId) -> Mailbox:
        return self._read(lambda db, account: self._counted(db, mailboxes.by_id(db, account, mailbox)))

    async def rename_mailbox(self, mailbox: MailboxId, name: str, *, with_subscriptions: bool = False) -> Mailbox:
        renamed = await super().rename_mailbox(mailbox, name, with_subscriptions=with_subscriptions)
        return await self.mailbox_by_id(renamed.id)

    def _counted(self, db: apsw.Connection, found: Mailbox) -> Mailbox:
        return viewing.counted(db, self.account, self.viewer, [found])[0]

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
        """What the viewer has seen of it is theirs: to its owner, it is new."""
        unseen = [replace(message, flags=message.flags & ~viewing.SEEN) for message in messages]
        added = super()._add(tx, mailbox, unseen, quota, incoming, inline_body, claim=claim)
        seen = [uid for uid, message in zip(added.uids, messages, strict=True) if message.flags & viewing.SEEN]
        if seen:
            viewing.note(tx, self.viewer, mailboxes.selectable(tx.db, tx.account, mailbox).id, seen, seen=True)
        return added

    def _change(
        self, tx: Transaction, mailbox: MailboxId, uids: Uids, change: FlagChange, unchanged_since: ModSeq | None
    ) -> FlagsChanged:
        return viewing.change_flags(tx, self.viewer, mailbox, uids, change, unchanged_since)
