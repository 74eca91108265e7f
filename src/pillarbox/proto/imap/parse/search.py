"""SEARCH: a program of keys, read without recursion (RFC 9051 §6.4.4, RFC 5032, RFC 7162 §3.1.5, RFC 8474, RFC 8514)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pillarbox.proto.imap import commands, criteria
from pillarbox.proto.imap.commands import SearchReturn
from pillarbox.proto.imap.criteria import Key, When, Which

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
RETURNS = {option.value: option for option in SearchReturn}


def search(tag: bytes, scan: Scanner, uid: bool) -> commands.Search:
    """search = "SEARCH" [SP search-return-opts] SP search-program
    ; search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)"""
    returns: frozenset[SearchReturn] | None = None
    charset: str | None = None
    scan.space()
    if scan.accept_word(b"RETURN"):
        returns = _returns(scan)
        scan.space()
    if scan.accept_word(b"CHARSET"):
        charset = lexis.astring(scan, "a charset").decode("ascii", "replace").upper()
        scan.space()
    return commands.Search(tag, program(scan), charset, returns, uid)


def _returns(scan: Scanner) -> frozenset[SearchReturn]:
    """search-return-opts = "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" ; none means ALL"""
    options: list[SearchReturn] = []
    for _ in scan.items():
        option = RETURNS.get(lexis.keyword(scan, "a return option"))
        if option is None:
            raise SyntaxProblem("unknown return option")
        options.append(option)
    return frozenset(options or [SearchReturn.ALL])


@dataclass(slots=True)
class _Frame:
    """Keys that wait to become one: the whole program or a parenthesis, or the arguments of NOT or OR."""

    whole: Callable[[tuple[Key, ...]], Key]
    wanted: int
    """How many keys; 0 for as many as there are."""
    keys: list[Key] = field(default_factory=list)


def program(scan: Scanner) -> Key:
    """search-key *(SP search-key) ; with those of parentheses, NOT and OR inside one another no deeper than the limit"""
    frames = [_Frame(_all_of, 0)]
    leaves = 0
    while True:
        key = _open(scan, frames)
        leaves += key is not None
        if leaves > scan.limits.search_keys:
            raise SyntaxProblem("too many search keys")
        while key is not None:
            top = frames[-1]
            top.keys.append(key)
            if not _is_full(scan, top, outermost=len(frames) == 1):
                scan.space()
                break
            frames.pop()
            key = top.whole(tuple(top.keys))
            if not frames:
                return key


def _open(scan: Scanner, frames: list[_Frame]) -> Key | None:
    """The next plain key; None when what is here has opened a frame, or widened an OR, and its keys are to follow."""
    if len(frames) > scan.limits.nesting + 1:
        raise SyntaxProblem("the search is nested too deeply")
    if scan.accept(b"("):
        frames.append(_Frame(_all_of, 0))
    elif scan.accept_word(b"NOT"):
        frames.append(_Frame(lambda keys: criteria.Not(keys[0]), 1))
    elif not scan.accept_word(b"OR"):
        return _leaf(scan)
    elif frames[-1].whole is criteria.Or:
        frames[-1].wanted += 1
    else:
        frames.append(_Frame(criteria.Or, 2))
    return None


def _is_full(scan: Scanner, frame: _Frame, outermost: bool) -> bool:
    if frame.wanted:
        return len(frame.keys) == frame.wanted
    return not scan.has_more() if outermost else scan.accept(b")")


def _all_of(keys: tuple[Key, ...]) -> Key:
    return keys[0] if len(keys) == 1 else criteria.And(keys)


def _leaf(scan: Scanner) -> Key:
    """search-key, those that have no keys inside"""
    if scan.sees(b"0123456789*$"):
        return criteria.Numbers(lexis.sequence_set(scan))
    name = lexis.keyword(scan, "a search key")
    key = PLAIN.get(name)
    if key is not None:
        return key
    argument = WITH_ARGUMENT.get(name)
    if argument is None:
        raise SyntaxProblem("unknown search key")
    scan.space()
    return argument(scan)


def _has(flag: str) -> Key:
    return criteria.HasFlag(flag)


PLAIN: dict[bytes, Key] = {
    b"ALL": criteria.All(),
    b"ANSWERED": _has("\\Answered"),
    b"DELETED": _has("\\Deleted"),
    b"DRAFT": _has("\\Draft"),
    b"FLAGGED": _has("\\Flagged"),
    b"SEEN": _has("\\Seen"),
    b"RECENT": _has("\\Recent"),
    b"UNANSWERED": criteria.Not(_has("\\Answered")),
    b"UNDELETED": criteria.Not(_has("\\Deleted")),
    b"UNDRAFT": criteria.Not(_has("\\Draft")),
    b"UNFLAGGED": criteria.Not(_has("\\Flagged")),
    b"UNSEEN": criteria.Not(_has("\\Seen")),
    b"OLD": criteria.Not(_has("\\Recent")),
    b"NEW": criteria.And((_has("\\Recent"), criteria.Not(_has("\\Seen")))),
    b"SAVEDATESUPPORTED": criteria.SaveDateSupported(),
}


def _field(scan: Scanner, name: str) -> Key:
    """("BCC" / "CC" / "FROM" / "SUBJECT" / "TO") SP astring"""
    return criteria.Header(name, _value(scan))


def _header(scan: Scanner) -> Key:
    """ "HEADER" SP header-fld-name SP astring"""
    name = lexis.utf8(lexis.astring(scan, "a field name"))
    scan.space()
    return criteria.Header(name, _value(scan))


def _value(scan: Scanner) -> bytes:
    """astring ; in the command's charset, so an unquoted one with 8-bit bytes is forgiven where UTF-8 is"""
    found = lexis.string(scan)
    if found is not None:
        return found
    return scan.match(lexis.ASTRING_UTF8 if scan.utf8 or scan.tolerances.raw_utf8 else lexis.ASTRING, "a string")


def _day(scan: Scanner, which: Which, when: When) -> Key:
    """("BEFORE" / "ON" / "SINCE" / "SENTBEFORE" / …) SP date"""
    return criteria.Day(which, when, lexis.day(scan))


def _keyword(scan: Scanner) -> Key:
    """ "KEYWORD" SP flag-keyword"""
    return criteria.HasFlag(lexis.atom(scan, "a keyword").decode("ascii"))


def _mod_seq(scan: Scanner) -> Key:
    """ "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer"""
    entry = None
    if scan.sees(b'"'):
        name = lexis.astring(scan)
        scan.space()
        kind = lexis.keyword(scan, "an entry type")
        if kind not in (b"PRIV", b"SHARED", b"ALL"):
            raise SyntaxProblem("unknown entry type")
        entry = b"%b %b" % (name, kind.lower())
        scan.space()
    return criteria.ChangedSince(lexis.number64(scan, "a mod-sequence"), entry)


def _object_id(scan: Scanner) -> str:
    """objectid = 1*255(ALPHA / DIGIT / "_" / "-")"""
    quoted = lexis.string(scan)
    if quoted is None:
        return scan.match(OBJECT_ID, "an object id").decode("ascii")
    if not OBJECT_ID.fullmatch(quoted):
        raise SyntaxProblem("expected an object id")
    return quoted.decode("ascii")


WITH_ARGUMENT: dict[bytes, Callable[[Scanner], Key]] = {
    **{name.encode("ascii"): partial(_field, name=name.title()) for name in ("BCC", "CC", "FROM", "SUBJECT", "TO")},
    **{
        prefix + when.name.encode("ascii"): partial(_day, which=which, when=when)
        for prefix, which in ((b"", Which.RECEIVED), (b"SENT", Which.SENT), (b"SAVED", Which.SAVED))
        for when in When
    },
    b"BODY": lambda scan: criteria.Body(_value(scan)),
    b"TEXT": lambda scan: criteria.Text(_value(scan)),
    b"HEADER": _header,
    b"KEYWORD": _keyword,
    b"UNKEYWORD": lambda scan: criteria.Not(_keyword(scan)),
    b"LARGER": lambda scan: criteria.Larger(lexis.number64(scan, "a size")),
    b"SMALLER": lambda scan: criteria.Smaller(lexis.number64(scan, "a size")),
    b"YOUNGER": lambda scan: criteria.Younger(lexis.nz_number(scan, "an interval")),
    b"OLDER": lambda scan: criteria.Older(lexis.nz_number(scan, "an interval")),
    b"UID": lambda scan: criteria.Uids(lexis.sequence_set(scan)),
    b"MODSEQ": _mod_seq,
    b"EMAILID": lambda scan: criteria.EmailIs(_object_id(scan)),
    b"THREADID": lambda scan: criteria.ThreadIs(_object_id(scan)),
}

COMMANDS = {
    b"SEARCH": Production(commands.Search, partial(search, uid=False)),
    b"UID SEARCH": Production(commands.Search, partial(search, uid=True)),
}
