"""SORT and THREAD, with the search programs they end in (RFC 5256 §5, RFC 5267 §5, RFC 5957 §4, RFC 6203 §6)."""

from functools import partial

from pillarbox.proto.imap import commands, criteria
from pillarbox.proto.imap.commands import SearchReturn, SortCriterion, SortKey, ThreadAlgorithm

from . import lexis, search
from .production import Production
from .scanner import Scanner, SyntaxProblem

KEYS = {key.value: key for key in SortKey}
ALGORITHMS = {algorithm.value: algorithm for algorithm in ThreadAlgorithm}


def sort(tag: bytes, scan: Scanner, uid: bool) -> commands.Sort:
    """sort = "SORT" [SP search-return-opts] SP sort-criteria SP search-criteria"""
    scan.space()
    options, part, fetched = search.returns(scan)
    order = criteria_of(scan)
    charset, key = program(scan, options)
    if any(criterion.key is SortKey.RELEVANCY for criterion in order) and not search.is_fuzzy(key):
        raise SyntaxProblem("RELEVANCY goes with FUZZY")
    return commands.Sort(tag, order, key, charset, options, uid, part, fetched)


def thread(tag: bytes, scan: Scanner, uid: bool) -> commands.Thread:
    """thread = "THREAD" SP thread-alg SP search-criteria"""
    scan.space()
    algorithm = ALGORITHMS.get(lexis.keyword(scan, "a threading algorithm"))
    if algorithm is None:
        raise SyntaxProblem("unknown threading algorithm")
    charset, key = program(scan, None)
    return commands.Thread(tag, algorithm, key, charset, uid)


def criteria_of(scan: Scanner) -> list[SortCriterion]:
    """sort-criteria = "(" sort-criterion *(SP sort-criterion) ")" ; sort-criterion = ["REVERSE" SP] sort-key
    ; a key that was there before decides nothing any more"""
    found: dict[SortKey, SortCriterion] = {}
    for _ in scan.items():
        reverse = scan.accept_word(b"REVERSE")
        key = KEYS.get(lexis.keyword(scan, "a sort key"))
        if key is None:
            raise SyntaxProblem("unknown sort key")
        found.setdefault(key, SortCriterion(key, reverse))
    if not found:
        raise SyntaxProblem("expected a sort key")
    return list(found.values())


def program(scan: Scanner, options: frozenset[SearchReturn] | None) -> tuple[str, criteria.Key]:
    """search-criteria = charset 1*(SP search-key)"""
    scan.space()
    charset = search.charset_name(scan)
    scan.space()
    return charset, search.program_for(scan, options)


COMMANDS = {
    b"SORT": Production(commands.Sort, partial(sort, uid=False)),
    b"UID SORT": Production(commands.Sort, partial(sort, uid=True)),
    b"THREAD": Production(commands.Thread, partial(thread, uid=False)),
    b"UID THREAD": Production(commands.Thread, partial(thread, uid=True)),
}
