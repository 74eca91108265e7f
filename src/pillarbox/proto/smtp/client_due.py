"""What a client waits to be answered, which replies can answer it, and for how long it waits (RFC 5321 §4.3.2, §4.5.3.2)."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from operator import attrgetter

from ...limits import SmtpClientLimits
from . import client_events as e
from .replies import Reply

SHUTTING_DOWN = 421
CONTINUE = 334
START_CONTENT = 354


class Due(Enum):
    """What a reply that is still to come answers."""

    GREETING = auto()
    EHLO = auto()
    HELO = auto()
    STARTTLS = auto()
    AUTH = auto()
    RSET = auto()
    TIDYING = auto()
    """An RSET of the engine's own."""
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    CHUNK = auto()
    END = auto()
    """The end of the content."""
    NOTHING = auto()
    """The end of an empty message that went to nobody."""
    QUIT = auto()


WITHIN: Mapping[Due, Callable[[SmtpClientLimits], float]] = {
    Due.GREETING: attrgetter("greeting"),
    Due.DATA: attrgetter("data_start"),
    Due.CHUNK: attrgetter("data_block"),
    Due.END: attrgetter("data_end"),
    Due.NOTHING: attrgetter("data_end"),
}
"""Where the time is another than a command's."""

REFUSED: Mapping[Due, Callable[[Reply], e.Event]] = {
    Due.GREETING: e.Greeted,
    Due.EHLO: e.HelloRefused,
    Due.HELO: e.HelloRefused,
    Due.STARTTLS: e.TlsRefused,
    Due.AUTH: e.AuthRefused,
    Due.RSET: e.ResetDone,
    Due.TIDYING: e.MailRefused,
    Due.QUIT: e.QuitDone,
}
"""How a refusal is told of what is no part of a transaction."""


def is_in_place(due: Due, reply: Reply) -> bool:
    """Whether such a reply can answer that: 354 is for DATA alone, which has no 2yz, and 334 for AUTH."""
    match reply.code // 100:
        case 2:
            return due is not Due.DATA
        case 3:
            return (due, reply.code) in ((Due.DATA, START_CONTENT), (Due.AUTH, CONTINUE))
        case _:
            return True
