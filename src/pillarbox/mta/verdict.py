"""What a host's answer, or its silence, means for a recipient (RFC 5321 §4.2.1, RFC 3463)."""

from dataclasses import dataclass, replace
from typing import Final

from ..proto.smtp.replies import Reply
from ..store.queued import State
from .schedule import is_greylisting

LONGEST: Final = 1000
"""Characters kept of what was said."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a recipient, or of a host."""

    state: State
    """DELIVERED, FAILED or WAITING."""
    code: str
    """Enhanced: "5.1.1"."""
    said: str
    is_settled: bool = False
    """No other host is to be tried at once: this one may have taken the message after all."""
    is_full: bool = False
    """The host takes no more recipients in one transaction: another may follow at once."""
    relayed: bool = False
    """Handed to a host that knows nothing of delivery reports."""
    expanded: bool = False
    """Passed on to several, as an alias says: none of them tells of success."""
    greylisted: bool = False
    """Likely to be taken when we come back soon."""

    @property
    def may_go_elsewhere(self) -> bool:
        """Whether another host of the route may be tried at once (RFC 5321 §5.1)."""
        return self.state is State.WAITING and not (self.is_settled or self.is_full or self.greylisted)

    def softened(self) -> "Verdict":
        """The same, but not for good: a host's refusal of us is not a refusal of the message."""
        if self.state is not State.FAILED:
            return self
        return replace(self, state=State.WAITING, code="4" + self.code[1:])


def of(reply: Reply) -> Verdict:
    """A final reply: 2yz delivered, 5yz failed, anything else waits."""
    kind = reply.code // 100
    state = State.DELIVERED if kind == 2 else State.FAILED if kind == 5 else State.WAITING
    code = reply.enhanced or ("4.0.0" if state is State.WAITING else f"{kind}.0.0")
    return Verdict(state, code, said(reply))


def of_recipient(reply: Reply) -> Verdict:
    """A refusal of one recipient. 452 says that there are too many at a time, and so does 552 of servers that go by RFC 821
    (RFC 5321 §4.5.3.1.10), unless an enhanced code says that it means something else."""
    if (reply.code == 452 and reply.enhanced in ("", "4.5.3")) or (reply.code == 552 and reply.enhanced in ("", "5.5.3")):
        return Verdict(State.WAITING, "4.5.3", said(reply), is_full=True)
    return replace(of(reply), greylisted=is_greylisting(reply.code, reply.enhanced, reply.text))


def said(reply: Reply) -> str:
    """A reply on one line."""
    enhanced = f" {reply.enhanced}" if reply.enhanced else ""
    return f"{reply.code}{enhanced} {' '.join(reply.lines)}"[:LONGEST]


def waiting(code: str, text: str) -> Verdict:
    return Verdict(State.WAITING, code, text[:LONGEST])


def failed(code: str, text: str) -> Verdict:
    return Verdict(State.FAILED, code, text[:LONGEST])
