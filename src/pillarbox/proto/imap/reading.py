"""What a client's line is: a whole command, or the offer of a message (RFC 9051 §2.2.1, §6.3.12)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pillarbox.limits import ImapLimits

from . import codes
from .commands import Append, Command, Replace, State
from .events import AppendOffered
from .parse import COMMANDS, append, lexis
from .parse.scanner import Scanner, SyntaxProblem
from .responses import Status, Tagged


class Refused(Exception):
    """The command in hand is not to be read further; carries its answer."""

    def __init__(self, answer: Tagged) -> None:
        super().__init__(answer.text)
        self.answer = answer


Kinds = Collection[type[Command]]
APPENDING: Final[Mapping[bytes, type[Append | Replace]]] = {b"APPEND": Append, b"REPLACE": Replace, b"UID REPLACE": Replace}


def command(scan: Scanner, state: State, unknown: Kinds = ()) -> Command:
    """A whole command, valid in this state and none of the unknown. Raises Refused, with the tag as far as there is one."""
    tag = b"*"
    try:
        tag = scan.match(lexis.TAG, "a tag")
        production = COMMANDS.get(_name(scan))
        if production is None or production.command in unknown:
            raise SyntaxProblem("unknown command")
        _check_state(tag, production.command, state)
        found = production.parse(tag, scan)
        scan.end()
    except SyntaxProblem as problem:
        raise Refused(Tagged(tag, Status.BAD, str(problem))) from None
    return found


@dataclass(frozen=True, slots=True)
class Messages:
    """What a line says of the messages of an APPEND or REPLACE."""

    offers: Sequence[AppendOffered]
    """In order; a literal can only be the last."""
    command: Append | Replace | None
    """What it has become; None: more of it is to come."""


def is_url_ahead(fragments: Sequence[bytes]) -> bool:
    """Whether the literal that now follows can only be a URL of CATENATE: then what came before it need not be read yet, and
    a thousand of them are not read a thousand times."""
    last = fragments[-1]
    if last[-1:] != b" " or last.rstrip(b" ")[-4:].upper() not in (b" URL", b"(URL"):
        return False
    return len(fragments) > 1 or b"CATENATE " in last.upper()


def first_messages(scan: Scanner, state: State, unknown: Kinds, size: int | None) -> Messages | None:
    """The messages on a line that ends with the header of a literal of this size, or (None) the command. Raises Refused.

    None where that is no command of this kind, or where the literal is an argument of it.
    """
    tag = b"*"
    try:
        tag = scan.match(lexis.TAG, "a tag")
        name = _name(scan)
        kind = APPENDING.get(name)
        if kind is None or kind in unknown:
            return None
        _check_state(tag, kind, state)
        replaces, mailbox = append.target(name, scan)
        if replaces is None:
            first = AppendOffered(tag, mailbox, 0, index=-1, command=Append(tag, mailbox, 0))
        else:
            made = Replace(tag, mailbox, replaces, name == b"UID REPLACE")
            first = AppendOffered(tag, mailbox, 0, index=-1, command=made)
        return _messages(first, append.pieces(scan, None, size is not None), scan.limits, size)
    except append.ArgumentAhead:
        return None
    except SyntaxProblem as problem:
        raise Refused(Tagged(tag, Status.BAD, str(problem))) from None


def after_message(last: AppendOffered, scan: Scanner, size: int | None) -> Messages | None:
    """The same of what follows on the line of a literal that was on offer. Raises Refused."""
    try:
        piece = append.Piece(last.flags, last.received_at, last.binary, last.utf8, last.part)
        return _messages(last, append.pieces(scan, piece, size is not None), scan.limits, size)
    except append.ArgumentAhead:
        return None
    except SyntaxProblem as problem:
        raise Refused(Tagged(last.tag, Status.BAD, str(problem))) from None


def _messages(last: AppendOffered, pieces: Iterable[append.Piece], limits: ImapLimits, size: int | None) -> Messages:
    """The pieces behind `last` as offers, the last of them the literal of this size, if there is one."""
    offers = []
    for piece in pieces:
        index = last.index + (not piece.part)
        last = AppendOffered(last.tag, last.mailbox, 0, *piece, index, _with(last.command, piece, index))
        if piece.url is None:
            last = replace(last, size=size or 0)
        _check_offer(last, limits)
        offers.append(last)
    return Messages(offers, last.command if size is None else None)


def _with(command: Append | Replace | None, piece: append.Piece, index: int) -> Append | Replace | None:
    """The command with one piece more."""
    catenates = piece.part is not None
    cuts = piece.url is not None and "/;PARTIAL=" in piece.url.upper()
    match command:
        case Append():
            return replace(command, messages=index + 1, catenates=command.catenates or catenates, cuts=command.cuts or cuts)
        case Replace() if index:
            raise SyntaxProblem("one message takes the place of another")
        case Replace() if catenates:
            return replace(command, catenates=True, cuts=command.cuts or cuts)
    return command


def _check_offer(offer: AppendOffered, limits: ImapLimits) -> None:
    if offer.part is None and not offer.size:  # RFC 3502 §6.3.11: how a client that has changed its mind says so
        raise Refused(Tagged(offer.tag, Status.NO, "cancelled by an empty message"))
    if offer.index == limits.append_messages:
        raise Refused(Tagged(offer.tag, Status.NO, "too many messages in one APPEND", codes.LIMIT))
    if offer.part == limits.catenated_parts:
        raise Refused(Tagged(offer.tag, Status.NO, "too many parts of one message", codes.LIMIT))
    if offer.size > limits.message:
        raise Refused(Tagged(offer.tag, Status.NO, "the message is too big", codes.TOO_BIG))


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
