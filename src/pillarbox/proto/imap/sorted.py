"""What SORT and THREAD answer (RFC 5256 §4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .responses import STRETCH

OPEN = -1
"""Begins a thread, or a branch of one."""
CLOSE = -2


@dataclass(frozen=True, slots=True)
class Sort:
    """Numbers in the order asked for, with the highest mod-sequence where MODSEQ was asked (RFC 7162 §3.1.6)."""

    numbers: Sequence[int] = field(repr=False)
    mod_seq: int | None = None

    def encode(self, utf8: bool = False) -> bytes:
        if not self.numbers:
            return b"* SORT\r\n"
        tail = "" if self.mod_seq is None else f" (MODSEQ {self.mod_seq})"
        stretches = (self.numbers[at : at + STRETCH] for at in range(0, len(self.numbers), STRETCH))
        found = " ".join([" ".join(map(str, stretch)) for stretch in stretches])
        return f"* SORT {found}{tail}\r\n".encode("ascii")


@dataclass(frozen=True, slots=True)
class Thread:
    """Threads, as marks: places in `numbers`, OPEN and CLOSE.

    thread-list = "(" (thread-members / thread-nested) ")" ; thread-members = nz-number *(SP nz-number) [SP thread-nested]
    """

    marks: Sequence[int] = field(repr=False)
    numbers: Sequence[int] = field(repr=False)

    def encode(self, utf8: bool = False) -> bytes:
        if not self.marks:
            return b"* THREAD\r\n"
        numbers = [str(number) for number in self.numbers]
        text = ["* THREAD "]
        add = text.append
        follows_number = False
        for mark in self.marks:
            if mark == CLOSE:
                add(")")
                follows_number = False
                continue
            if follows_number:
                add(" ")
            add("(" if mark == OPEN else numbers[mark])
            follows_number = mark != OPEN
        add("\r\n")
        return "".join(text).encode("ascii")
