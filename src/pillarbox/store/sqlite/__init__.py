"""The store embedded: SQLite databases in a data folder, one an account, and large messages as files beside them."""

from .accounts import SqliteAccounts
from .mail import SqliteMail

__all__ = ["SqliteAccounts", "SqliteMail"]
