"""Where things lie in a data folder.

system.db               domains, accounts, credentials
queue.db                mail on its way out
queue/                  its large messages; queue/owners/ has a lock of each process that works on it
journal.db              what happened to mail
marks                   whose mail has been written lately; it may be removed while no process runs
accounts/2a/42/mail.db  an account's mail, its id spread over 256 folders
accounts/2a/42/index.db an index of its words; it may be removed, and is made again
accounts/2a/42/blobs/   its large messages
accounts/2a/42/uploads/ files that clients handed in, for a while
accounts/2a/42/locks/   held by processes
spool/                  messages on their way in
"""

import os
from collections.abc import Iterator

from ...ids import AccountId

FANOUT = 256


class Layout:
    """The paths of one data folder; all of it is for the owner's eyes only."""

    def __init__(self, data_dir: str | os.PathLike[str]) -> None:
        self.root = os.path.abspath(os.fspath(data_dir))
        self.system = os.path.join(self.root, "system.db")
        self.queue = os.path.join(self.root, "queue.db")
        self.queue_files = os.path.join(self.root, "queue")
        self.queue_locks = os.path.join(self.queue_files, "owners")
        self.journal = os.path.join(self.root, "journal.db")
        self.marks = os.path.join(self.root, "marks")
        self.accounts = os.path.join(self.root, "accounts")
        self.spool = os.path.join(self.root, "spool")

    def account(self, account: AccountId) -> str:
        return f"{self.accounts}/{account % FANOUT:02x}/{account}"

    def mail(self, account: AccountId) -> str:
        return f"{self.account(account)}/mail.db"

    def index(self, account: AccountId) -> str:
        return f"{self.account(account)}/index.db"

    def blobs(self, account: AccountId) -> str:
        return f"{self.account(account)}/blobs"

    def uploads(self, account: AccountId) -> str:
        return f"{self.account(account)}/uploads"

    def locks(self, account: AccountId) -> str:
        return f"{self.account(account)}/locks"

    def account_folders(self) -> Iterator[AccountId]:
        """Every account that has a folder."""
        if not os.path.isdir(self.accounts):
            return
        for fan in sorted(os.listdir(self.accounts)):
            for name in sorted(os.listdir(os.path.join(self.accounts, fan))):
                if name.isascii() and name.isdigit():
                    yield AccountId(int(name))
