"""The store in plain Python, for tests: what the other backends must agree with. It keeps nothing."""

from .accounts import MemoryAccounts
from .mail import MemoryMail

__all__ = ["MemoryAccounts", "MemoryMail"]
