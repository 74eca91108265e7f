"""SEARCH: a program of keys, read without recursion.

RFC 9051 §6.4.4, RFC 5032, RFC 5267 §4, RFC 5465 §7, RFC 5466, RFC 6203, RFC 7162 §3.1.5, RFC 8474, RFC 8514, RFC 9394 §3.1.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap import commands, criteria
from pillarbox.proto.imap.attributes import FetchItem
from pillarbox.proto.imap.commands import SearchReturn
from pillarbox.proto.imap.criteria import Key, When, Which
from pillarbox.proto.imap.sequence import Partial, SequenceSet

from . import fetch, lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem

FILTER_NAME = re.compile(rb'[^\x00-\x20\x7f-\xff(){%*"\\\]/]{1,255}')
OBJECT_ID = re.compile(rb"[A-Za-z0-9_-]{1,255}")
RETURNS = {option.value: option for option in SearchReturn}


class Returns(NamedTuple):
    """What stands behind RETURN."""

    options: frozenset[SearchReturn] | None = None
    partial: Partial | None = None
    fetched: tuple[FetchItem, ...] = ()


def search(tag: bytes, scan: Scanner, uid: bool) -> commands.Search:
    """search = "SEARCH" [SP search-return-opts] SP search-program"""
    scan.space()
    options, partial_, fetched = returns(scan)
    charset, key = charset_and_program(scan, options)
    return commands.Search(tag, key, charset, options, uid, partial_, fetched)


def charset_and_program(scan: Scanner, options: frozenset[SearchReturn] | None) -> tuple[str | None, Key]:
    """search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)"""
    charset: str | None = None
    if scan.accept_word(b"CHARSET"):
        charset = charset_name(scan)
        scan.space()
    return charset, program_for(scan, options)


def charset_name(scan: Scanner) -> str:
    """charset = atom / quoted ; in capitals"""
    return lexis.astring(scan, "a charset").decode("ascii", "replace").upper()


def program_for(scan: Scanner, options: frozenset[SearchReturn] | None) -> Key:
    """search-key *(SP search-key) ; relevancy is only of what is fuzzy (RFC 6203 §4)"""
    key = program(scan)
    if options is not None and SearchReturn.RELEVANCY in options and not is_fuzzy(key):
        raise SyntaxProblem("RELEVANCY goes with FUZZY")
    return key


def is_fuzzy(key: Key) -> bool:
    return any(isinstance(each, criteria.Fuzzy | criteria.Filter) for each in criteria.walk(key))


def returns(scan: Scanner) -> Returns:
    """[search-return-opts SP] ; search-return-opts = "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
    ; none in it means ALL; ALL and PARTIAL not both, and PARTIAL once (RFC 9394 §3.1)
    ; "UPDATE" [SP "(" fetch-att *(SP fetch-att) ")"] (RFC 5465 §8)"""
    if not scan.accept_word(b"RETURN"):
        return Returns()
    options: set[SearchReturn] = set()
    partial_: Partial | None = None
    fetched: tuple[FetchItem, ...] = ()
    for _ in scan.items():
        option = RETURNS.get(lexis.keyword(scan, "a return option"))
        if option is None:
            raise SyntaxProblem("unknown return option")
        if option is SearchReturn.PARTIAL:
            if partial_ is not None:
                raise SyntaxProblem("PARTIAL can be asked for once")
            scan.space()
            partial_ = lexis.partial_range(scan)
        elif option is SearchReturn.UPDATE and scan.accept(b" ("):
            fetched = fetch.attributes(scan)
        options.add(option)
    if partial_ is not None and SearchReturn.ALL in options:
        raise SyntaxProblem("ALL and PARTIAL exclude each other")
    scan.space()
    return Returns(frozenset(options) or frozenset({SearchReturn.ALL}), partial_, fetched)


def criterion(value: bytes, limits: ImapLimits) -> Key:
    """search-criteria, kept somewhere in UTF-8, with its literals (RFC 5466 §3.2). Raises SyntaxProblem."""
    lexis.utf8(value)
    fragments, literals = _pieces(value)
    scan = Scanner(fragments, literals, limits, utf8=True)
    key = program(scan)
    scan.end()
    return key


def _pieces(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """A text cut at its literals."""
    fragments: list[bytes] = []
    literals: list[bytes] = []
    at = 0
    while (end := text.find(b"\r\n", at)) >= 0:
        header = lexis.literal_header(text[at:end])
        if header is None:
            raise SyntaxProblem("a line break with no literal before it")
        fragments.append(text[at : at + header.start])
        at = end + 2 + header.size
        if at > len(text):
            raise SyntaxProblem("the literal is cut off")
        literals.append(text[end + 2 : at])
    return [*fragments, text[at:]], literals


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
    elif scan.accept_word(b"FUZZY"):
        frames.append(_Frame(lambda keys: criteria.Fuzzy(keys[0]), 1))
    elif not scan.accept_word(b"OR"):
        return _leaf(scan)
    elif frames[-1].whole is criteria.Or:
        frames[-1].wanted += 1
        if frames[-1].wanted > scan.limits.search_keys:
            raise SyntaxProblem("too many search keys")
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


def _uids_but(first: int, last: int) -> Key:
    """("UIDAFTER" / "UIDBEFORE") SP uniqueid (RFC 9738 §3): the one and all on this side of it are left out."""
    return criteria.Not(criteria.Uids(SequenceSet(((first, last),))))


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


def _filter(scan: Scanner) -> Key:
    """ "FILTER" SP filter-name ; filter-name = 1*<any ATOM-CHAR except "/">"""
    return criteria.Filter(scan.match(FILTER_NAME, "the name of a filter").decode("ascii"))


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
    b"UIDAFTER": lambda scan: _uids_but(1, lexis.nz_number(scan, "a UID")),
    b"UIDBEFORE": lambda scan: _uids_but(lexis.nz_number(scan, "a UID"), lexis.NUMBER_MAX),
    b"MODSEQ": _mod_seq,
    b"FILTER": _filter,
    b"EMAILID": lambda scan: criteria.EmailIs(_object_id(scan)),
    b"THREADID": lambda scan: criteria.ThreadIs(_object_id(scan)),
}


def cancel_update(tag: bytes, scan: Scanner) -> commands.CancelUpdate:
    """cancelupdate = "CANCELUPDATE" 1*(SP quoted) ; no more than there can be searches that are kept up to date"""
    tags: list[bytes] = []
    while not tags or scan.has_more():
        scan.space()
        tags.append(lexis.astring(scan, "a tag"))
        if len(tags) > scan.limits.contexts:
            raise SyntaxProblem("too many tags")
    return commands.CancelUpdate(tag, tuple(tags))


COMMANDS = {
    b"SEARCH": Production(commands.Search, partial(search, uid=False)),
    b"UID SEARCH": Production(commands.Search, partial(search, uid=True)),
    b"CANCELUPDATE": Production(commands.CancelUpdate, cancel_update),
}
