"""COPY and MOVE (RFC 9051 §6.4.7, §6.4.8)."""

from functools import partial

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.sequence import Messages

from . import lexis
from .production import Production
from .scanner import Scanner


def copy(tag: bytes, scan: Scanner, uid: bool) -> commands.Copy:
    """copy = "COPY" SP sequence-set SP mailbox"""
    return commands.Copy(tag, *_arguments(scan), uid)


def move(tag: bytes, scan: Scanner, uid: bool) -> commands.Move:
    """move = "MOVE" SP sequence-set SP mailbox"""
    return commands.Move(tag, *_arguments(scan), uid)


def _arguments(scan: Scanner) -> tuple[Messages, str]:
    scan.space()
    messages = lexis.sequence_set(scan)
    scan.space()
    return messages, lexis.mailbox(scan)


COMMANDS = {
    b"COPY": Production(commands.Copy, partial(copy, uid=False)),
    b"UID COPY": Production(commands.Copy, partial(copy, uid=True)),
    b"MOVE": Production(commands.Move, partial(move, uid=False)),
    b"UID MOVE": Production(commands.Move, partial(move, uid=True)),
}
