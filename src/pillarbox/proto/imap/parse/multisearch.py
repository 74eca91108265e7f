"""ESEARCH over several mailboxes, and how mailboxes are meant without naming each (RFC 7377, RFC 5465 §6)."""

from pillarbox.proto.imap import commands
from pillarbox.proto.imap.commands import Scope, SearchReturn, Source

from . import lexis
from .production import Production
from .scanner import Scanner, SyntaxProblem
from .search import charset_and_program, returns

SCOPES = {scope.value: scope for scope in Scope}
NAMED = (Scope.SUBTREE, Scope.SUBTREE_ONE, Scope.MAILBOXES)


def esearch(tag: bytes, scan: Scanner) -> commands.MultiSearch:
    """esearch = "ESEARCH" [SP esearch-source-opts] [SP search-return-opts] SP search-program"""
    scan.space()
    sources: tuple[Source, ...] = (Source(Scope.SELECTED),)
    if scan.accept_word(b"IN"):
        sources = source_options(scan)
        scan.space()
    options, partial, fetched = returns(scan)
    options = frozenset({SearchReturn.ALL}) if options is None else options
    charset, key = charset_and_program(scan, options)
    return commands.MultiSearch(tag, key, charset, options, sources, partial, fetched)


def source_options(scan: Scanner) -> tuple[Source, ...]:
    """ "(" filter-mailboxes *(SP filter-mailboxes) ")" ; no scope-options are known (RFC 7377 §4)"""
    sources = tuple(source(scan) for _ in scan.items())
    if not sources:
        raise SyntaxProblem("expected the mailboxes to search")
    return sources


def source(scan: Scanner) -> Source:
    """filter-mailboxes = "selected" / "inboxes" / "personal" / "subscribed" /
    ("subtree" / "subtree-one" / "mailboxes") SP one-or-more-mailbox"""
    scope = SCOPES.get(lexis.keyword(scan, "which mailboxes"))
    if scope is None:
        raise SyntaxProblem("unknown choice of mailboxes")
    if scope not in NAMED:
        return Source(scope)
    scan.space()
    if not scan.sees(b"("):
        return Source(scope, (lexis.mailbox(scan),))
    names = tuple(lexis.mailbox(scan) for _ in scan.items())
    if not names:
        raise SyntaxProblem("expected a mailbox name")
    return Source(scope, names)


COMMANDS = {b"ESEARCH": Production(commands.MultiSearch, esearch)}
