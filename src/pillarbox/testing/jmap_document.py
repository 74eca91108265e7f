"""docs/jmap.md: every method, and of each type every property, filter and sort key, with the tests that show it.

A test shows what it names: a method, or one of the words of a type whose methods its file calls; in its own lines, or in those
of the functions it calls for it.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from ..limits import Limits
from ..proto.jmap import principal, push, quota
from ..proto.jmap.mail import body, email, identity, mailbox, sort, submission, vacation
from ..proto.jmap.mail import filter as filters
from ..servers.http.jmap import capabilities
from ..servers.http.jmap.call import MethodRow
from ..servers.http.jmap.methods import TABLE
from ..servers.http.jmap.methods.thread import PROPERTIES as OF_THREADS

FOLDER: Final = "tests/servers/http"
_HELPERS: Final = ("tests/postbag.py", "tests/jmapping.py", "tests/listener.py")
_SECTION = re.compile(r"RFC \d+ §[\d.]*\d")
_MOST: Final = 4
"""Tests that are named of one thing; the others are counted."""


@dataclass(frozen=True, slots=True)
class Type:
    """What a type has beside its methods."""

    name: str
    properties: Sequence[str]
    conditions: Iterable[str] = ()
    sorts: Sequence[str] = ()


TYPES: Final = (
    Type("Mailbox", (*mailbox.PROPERTIES, mailbox.SHARE_WITH), filters.MAILBOX_CONDITIONS, sort.OF_MAILBOXES),
    Type("Thread", OF_THREADS),
    Type("Email", email.PROPERTIES, filters.EMAIL_CONDITIONS, sort.OF_EMAILS),
    Type("EmailBodyPart", body.PROPERTIES),
    Type("Identity", identity.PROPERTIES),
    Type("EmailSubmission", submission.PROPERTIES, sorted(submission.CONDITIONS), submission.SORTS),
    Type("VacationResponse", vacation.PROPERTIES),
    Type("Quota", quota.PROPERTIES, sorted(quota.CONDITIONS), ("name", "used")),
    Type("Principal", principal.PROPERTIES, principal.CONDITIONS, principal.SORTS),
    Type("ShareNotification", principal.NOTICE_PROPERTIES, principal.NOTICE_CONDITIONS, principal.NOTICE_SORTS),
    Type("PushSubscription", (*push.PROPERTIES, *push.HIDDEN)),
)


@dataclass(slots=True)
class Shown:
    """A test, and what it names."""

    name: str
    own: frozenset[str]
    """In its own lines."""
    words: set[str] = field(default_factory=set)
    of_file: frozenset[str] = frozenset()
    """What anything in its file names."""


@cache
def tests(root: Path) -> Sequence[Shown]:
    """Those of JMAP, by file and place."""
    helpers = _functions(ast.parse((root / name).read_text("utf-8")) for name in _HELPERS if (root / name).exists())
    return [one for path in sorted((root / FOLDER).rglob("test_*.py")) for one in _of_file(path, helpers)]


def _of_file(path: Path, helpers: Mapping[str, ast.AST]) -> Iterator[Shown]:
    tree = ast.parse(path.read_text("utf-8"))
    known = {**helpers, **_functions([tree])}
    whole = frozenset(_words(tree))
    for node in tree.body:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("test_"):
            words, ahead, seen = set[str](), [node.name], set[str]()
            while ahead:
                name = ahead.pop()
                if name in known and name not in seen:
                    seen.add(name)
                    words.update(_words(known[name]))
                    ahead += _called(known[name])
            yield Shown(f"{path.stem}::{node.name}", frozenset(_words(node)), words, whole | words)


def _functions(trees: Iterable[ast.AST]) -> dict[str, ast.AST]:
    """Every function and method, by its name; the tables of a file by theirs."""
    found: dict[str, ast.AST] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                found[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.col_offset == 0:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name):
                    found[target.id] = node
    return found


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _words(tree: ast.AST) -> Iterator[str]:
    """Texts, without what stands behind a colon or a slash in them too, and names of arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            yield node.value.partition("/")[0].partition(":")[0]
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg.partition("__")[0]


def showing(root: Path, method: str) -> Sequence[str]:
    """The tests that show a method; where none has it in one piece, those that put it together."""
    type_, _, verb = method.partition("/")
    together = [one.name for one in tests(root) if {f"{type_}/", verb} <= one.words]
    return _naming(method, tests(root)) or together


def naming(root: Path, type_: str, word: str) -> Sequence[str]:
    """The tests that show a word of a type."""
    owner = "Email" if type_ == "EmailBodyPart" else type_
    return _naming(word, [one for one in tests(root) if any(name.startswith(f"{owner}/") for name in one.of_file)])


def _naming(word: str, among: Sequence[Shown]) -> Sequence[str]:
    """Those that name it themselves; where none does, those that have it named."""
    themselves = [one.name for one in among if word in one.own]
    return themselves or [one.name for one in among if word in one.words]


def where(name: str, row: MethodRow) -> str:
    """The section that a method says it keeps, or which capability of ours it is of."""
    function = row.function
    module = __import__(function.__module__, fromlist=["__doc__"]).__doc__ or ""
    found = _SECTION.search(function.__doc__ or "") or _SECTION.search(module)
    return found[0] if found is not None and not row.capability.startswith("urn:x-") else "ours"


def document(root: Path, table: Callable[[Sequence[str], Iterable[Sequence[str]]], str]) -> str:
    limits = Limits()
    text = "# JMAP\n\n<!-- Written by `make docs` from the code. -->\n\n"
    text += "The tests are below `tests/servers/http`; each names what it shows.\n\n## Capabilities\n\n"
    of_account = capabilities.of_account(limits.jmap, limits.smtp)
    rows = [(f"`{name}`", _count(name), _properties(of_account.get(name))) for name in sorted(capabilities.KNOWN)]
    text += table(("capability", "methods", "of an account"), rows)
    text += "\n## Methods\n\n"
    methods = [(f"`{name}`", where(name, row), f"`{row.capability}`", _few(showing(root, name))) for name, row in TABLE.items()]
    text += table(("method", "where", "capability", "shown by"), methods)
    for one in TYPES:
        text += f"\n## {one.name}\n"
        for title, words in (("property", one.properties), ("filter", one.conditions), ("sort", one.sorts)):
            if words := tuple(words):
                shown = [(f"`{word}`", _few(naming(root, one.name, word))) for word in words]
                text += f"\n{table((title, 'shown by'), shown)}"
    return text


def _count(capability: str) -> str:
    return str(sum(row.capability == capability for row in TABLE.values()) or "")


def _properties(value: object) -> str:
    return " ".join(f"`{name}`" for name in value) if isinstance(value, dict) else ""


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return " ".join(f"`{name}`" for name in names[:_MOST]) + more
