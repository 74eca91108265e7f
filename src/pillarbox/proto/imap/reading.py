"""What a client's line is: a whole command, or the offer of a message (RFC 9051 §2.2.1, §6.3.12)."""

from . import codes
from .commands import Append, Command, State
from .events import AppendOffered
from .parse import COMMANDS, append, lexis
from .parse.scanner import Scanner, SyntaxProblem
from .responses import Status, Tagged


class Refused(Exception):
    """The command in hand is not to be read further; carries its answer."""

    def __init__(self, answer: Tagged) -> None:
        super().__init__(answer.text)
        self.answer = answer


def command(scan: Scanner, state: State) -> Command:
    """A whole command, valid in this state. Raises Refused, with the tag as far as there is one."""
    tag = b"*"
    try:
        tag = scan.match(lexis.TAG, "a tag")
        production = COMMANDS.get(_name(scan))
        if production is None:
            raise SyntaxProblem("unknown command")
        _check_state(tag, production.command, state)
        found = production.parse(tag, scan)
        scan.end()
    except SyntaxProblem as problem:
        raise Refused(Tagged(tag, Status.BAD, str(problem))) from None
    return found


def first_message(scan: Scanner, state: State, size: int) -> AppendOffered | None:
    """The message that the literal of this size behind the line is; None if it is an argument. Raises Refused."""
    tag = b"*"
    try:
        tag = scan.match(lexis.TAG, "a tag")
        if _name(scan) != Append.name:
            return None
        _check_state(tag, Append, state)
        mailbox = append.mailbox(scan)
        if mailbox is None:
            return None
        prefix = append.message(scan)
    except SyntaxProblem as problem:
        raise Refused(Tagged(tag, Status.BAD, str(problem))) from None
    return _offer(scan, AppendOffered(tag, mailbox, size, *prefix))


def after_message(last: AppendOffered, scan: Scanner, size: int | None) -> AppendOffered | Append:
    """What follows a message on its line: another, of this size, or with None the end of the APPEND. Raises Refused."""
    try:
        if last.utf8:
            scan.expect(b")")
        if size is None:
            scan.end()
            return Append(last.tag, last.mailbox, last.index + 1)
        prefix = append.message(scan)
    except SyntaxProblem as problem:
        raise Refused(Tagged(last.tag, Status.BAD, str(problem))) from None
    if not size:  # RFC 3502 §6.3.11: how a client that has changed its mind says so
        raise Refused(Tagged(last.tag, Status.NO, "cancelled by an empty message"))
    if last.index + 1 == scan.limits.append_messages:
        raise Refused(Tagged(last.tag, Status.NO, "too many messages in one APPEND", codes.LIMIT))
    return _offer(scan, AppendOffered(last.tag, last.mailbox, size, *prefix, index=last.index + 1))


def tag_of(line: bytes) -> bytes:
    """The tag of a line that will not be read, `*` if there is none."""
    found = lexis.TAG.match(line)
    return found[0] if found and line.startswith(b" ", found.end()) else b"*"


def _name(scan: Scanner) -> bytes:
    """SP command-name ; of the commands under UID, both words"""
    scan.space()
    name = lexis.keyword(scan, "a command")
    if name == b"UID":
        scan.space()
        return b"UID " + lexis.keyword(scan, "a command")
    return name


def _check_state(tag: bytes, kind: type[Command], state: State) -> None:
    if state not in kind.valid_in:
        raise Refused(Tagged(tag, Status.BAD, f"not while {state.value}", codes.CLIENT_BUG))


def _offer(scan: Scanner, offer: AppendOffered) -> AppendOffered:
    if offer.size > scan.limits.message:
        raise Refused(Tagged(offer.tag, Status.NO, "the message is too big", codes.TOO_BIG))
    return offer
