"""Whether the author's domain vouches for a message, and what its owner wants done if not (RFC 9989).

    result = yield from evaluate("example.org", spf, [("example.org", "pass")])

The policy is the one of the author's domain, else of its organization, else of the public suffix above it. Which domain the
organization's is, the DNS says (the tree walk, RFC 9989 §4.10): the names from a domain upwards are all asked for at once, no
more than eight, and read from the longest to the shortest.

    psd=n                              this is the organization's
    psd=y, above where the walk began  the organization's is the name one label below
    neither                            the shortest name with a record is
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, NamedTuple

from ..limits import CheckLimits, MessageLimits
from ..message import addresses
from ..message.headers import Header
from . import dmarc_record
from .dmarc_record import Destination, Policy, Record
from .names import ascii_domain, is_askable, is_domain, is_within
from .questions import Address, Answer, Asking, Status, Together, Txt
from .spf import SpfResult

DEFAULT_LIMITS = CheckLimits()

SHORTENED_TO = 7
"""Labels of the second name of a walk, at most (RFC 9989 §4.10): it takes no more than eight questions."""


class Result(StrEnum):
    """RFC 9989 §5.3, in the words of RFC 8601 §2.7."""

    NONE = "none"
    PASS = "pass"
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Identifier(NamedTuple):
    """A domain that another check has found to be true."""

    method: Literal["spf", "dkim"]
    domain: str


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found from a domain upwards."""

    start: str
    records: tuple[tuple[str, Record], ...] = ()
    """From the longest name to the shortest."""
    is_whole: bool = True
    """False: nobody could say of one of the names."""

    def at(self, name: str) -> Record | None:
        return next((record for domain, record in self.records if domain == name), None)

    @property
    def organization(self) -> str:
        """The organizational domain (RFC 9989 §4.10.2). A walk ends with a psd=n or psd=y: none is before its last record."""
        if self.public_suffix:
            return _child(self.public_suffix, self.start)
        return self.records[-1][0] if self.records else self.start

    @property
    def public_suffix(self) -> str:
        """The name above that says psd=y; empty where none does."""
        return next((name for name, record in self.records if record.psd == "y" and name != self.start), "")


@dataclass(frozen=True, slots=True)
class DmarcResult:
    """What came of it. `policy` is what the owner wants done if it is a fail; with any other result it says nothing."""

    result: Result
    author: str
    """The domain of From: A-labels in lower case."""
    policy: Policy = Policy.NONE
    """After sp, np and t."""
    applied: Literal["p", "sp", "np"] = "p"
    """The tag `policy` was taken from, or would have been."""
    record: Record | None = None
    """The policy record, as published."""
    domain: str = ""
    """Where it was found."""
    organization: str = ""
    """The organizational domain of the author's."""
    aligned: tuple[Identifier, ...] = ()
    problem: str = ""
    """Why there is no result."""


def authors(header: Header, limits: MessageLimits = MessageLimits()) -> tuple[str, ...]:
    """The domains of all addresses in all From fields, each once, in A-labels; one that cannot be a domain is "" """
    found = (
        ascii_domain((address.host or b"").decode("utf-8", "replace"))
        for value in header.all(b"from")
        for address in addresses.parse(value, limits)
        if address.is_mailbox
    )
    return tuple(dict.fromkeys(name if is_domain(name) else "" for name in found))


def evaluate_message(
    header: Header, spf: SpfResult | None, dkim: Sequence[tuple[str, str]], *, limits: CheckLimits = DEFAULT_LIMITS
) -> Asking[DmarcResult]:
    """`evaluate` for the one domain of From; permerror where there are several, or none (RFC 9989 §5.3.1)."""
    domains = authors(header)
    if len(domains) == 1 and domains[0]:
        return (yield from evaluate(domains[0], spf, dkim, limits=limits))
    problem = "From has addresses of several domains" if len(domains) > 1 else "From has no address with a domain"
    return DmarcResult(Result.PERMERROR, "", problem=problem)


def evaluate(
    from_domain: str, spf: SpfResult | None, dkim: Sequence[tuple[str, str]], *, limits: CheckLimits = DEFAULT_LIMITS
) -> Asking[DmarcResult]:
    """RFC 9989 §5.3: the domain of From, what SPF said of MAIL FROM, and of each signature its domain and "pass" or else.

    Asks for TXT, and for A where a policy is for names that do not exist.
    """
    author = ascii_domain(from_domain)
    if not is_domain(author):
        return DmarcResult(Result.PERMERROR, from_domain, problem="the author's domain is none")
    walk = yield from walk_up(author, limits)
    found = _discover(walk)
    if found.record is None:
        return found
    found = yield from _with_policy(found)
    return (yield from _align(found, walk, _claims(spf, dkim), limits))


def organizational_domain(domain: str, *, limits: CheckLimits = DEFAULT_LIMITS) -> Asking[str]:
    """RFC 9989 §4.10.2; the domain itself where nobody can say."""
    name = ascii_domain(domain)
    if not is_domain(name):
        return name
    walk = yield from walk_up(name, limits)
    return walk.organization if walk.is_whole else name


# The tree walk.


def walk_up(start: str, limits: CheckLimits = DEFAULT_LIMITS) -> Asking[Walk]:
    """RFC 9989 §4.10: the records of a name and of those above it, up to one that says what it is."""
    names = [name for name in steps(start) if is_askable(f"_dmarc.{name}")]
    answers: Iterable[Answer] = yield Together(tuple(Txt(f"_dmarc.{name}") for name in names))
    records: list[tuple[str, Record]] = []
    is_whole = True
    for name, answer in zip(names, answers, strict=True):
        is_whole = is_whole and answer.status is not Status.TRY_LATER
        if record := _only(answer, limits):
            records.append((name, record))
            if record.psd != "u":
                break
    return Walk(start, tuple(records), is_whole)


def steps(start: str) -> list[str]:
    """The names of a walk: the first, and at most seven labels of it, one fewer each time."""
    rest = start.split(".")[1:][-SHORTENED_TO:]
    return [start, *(".".join(rest[at:]) for at in range(len(rest)))]


def _only(answer: Answer, limits: CheckLimits) -> Record | None:
    """The one record; several are none."""
    found = dmarc_record.select(answer.records)
    return dmarc_record.parse(found[0], limits.dmarc_destinations) if len(found) == 1 else None


def _child(name: str, below: str) -> str:
    """The name one label longer, on the way to one below it."""
    return f"{below.removesuffix(name).rstrip('.').rpartition('.')[2]}.{name}"


# The policy.


def _discover(walk: Walk) -> DmarcResult:
    """RFC 9989 §4.10.1: the policy record; a result without one is final."""
    author = walk.start
    for name in (author, walk.organization, walk.public_suffix):
        if record := walk.at(name):
            break
        if not walk.is_whole:
            return DmarcResult(Result.TEMPERROR, author, problem="the policy cannot be looked up now")
    else:
        return DmarcResult(Result.NONE, author, organization=walk.organization, problem="there is no policy")
    if not record.has_valid_policies:
        if not record.wants_reports:
            return DmarcResult(Result.NONE, author, organization=walk.organization, problem=f"the policy of {name} is none")
        record = replace(record, p=Policy.NONE, sp=None, np=None)
    return DmarcResult(Result.FAIL, author, record=record, domain=name, organization=walk.organization)


def _with_policy(found: DmarcResult) -> Asking[DmarcResult]:
    """RFC 9989 §4.10.1, §4.7: which of p, sp and np it is, and what is left of it under test."""
    record = found.record
    assert record is not None
    policy, applied = record.p or Policy.NONE, found.applied
    if found.domain != found.author:
        if record.sp:
            policy, applied = record.sp, "sp"
        if record.np:
            answer: Answer = yield Address(found.author, 4)
            if answer.status is Status.NO_NAME:
                policy, applied = record.np, "np"
    return replace(found, policy=policy.below if record.is_test else policy, applied=applied)


# Alignment.


def _claims(spf: SpfResult | None, dkim: Sequence[tuple[str, str]]) -> list[tuple[Identifier, str]]:
    """What other checks found, or may find another time, each once."""
    found = [(Identifier("dkim", ascii_domain(domain)), result) for domain, result in dkim]
    if spf:
        found.insert(0, (Identifier("spf", ascii_domain(spf.domain)), spf.result))
    return [claim for claim in dict.fromkeys(found) if claim[1] in (Result.PASS, Result.TEMPERROR)]


def _align(
    found: DmarcResult, walk: Walk, claims: Sequence[tuple[Identifier, str]], limits: CheckLimits
) -> Asking[DmarcResult]:
    """RFC 9989 §5.3.4 to §5.3.6: a pass where one is the author's; what may be another time keeps it from being a fail."""
    aligned: list[Identifier] = []
    is_known = True
    walks = {walk.start: walk}
    for identifier, result in claims:
        belongs = yield from _belongs(identifier, found, walks, limits)
        if belongs and result == Result.PASS:
            aligned.append(identifier)
        elif belongs is not False:
            is_known = False
    if aligned:
        return replace(found, result=Result.PASS, aligned=tuple(aligned))
    if not is_known:
        return replace(found, result=Result.TEMPERROR, problem="what the author vouches for cannot be looked up now")
    return found


def _belongs(identifier: Identifier, found: DmarcResult, walks: dict[str, Walk], limits: CheckLimits) -> Asking[bool | None]:
    """RFC 9989 §4.10.2: whether it is the author's domain, or of the same organization. None: nobody can say now."""
    name, record, ours = identifier.domain, found.record, walks[found.author]
    assert record is not None
    if name == found.author:
        return True
    is_strict = (record.aspf if identifier.method == "spf" else record.adkim) == "s"
    if is_strict or not is_domain(name) or not is_within(name, ours.organization):
        return False
    if name not in walks:
        walks[name] = yield from walk_up(name, limits)
    theirs = walks[name]
    return theirs.organization == ours.organization if theirs.is_whole and ours.is_whole else None


# Where reports may go.


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where the owner of a policy wants reports sent, and whether whoever would get them agrees."""

    allowed: tuple[Destination, ...] = ()
    refused: tuple[Destination, ...] = ()
    undecided: tuple[Destination, ...] = ()
    """Nobody could say now."""


def report_destinations(
    result: DmarcResult, kind: Literal["rua", "ruf"] = "rua", *, limits: CheckLimits = DEFAULT_LIMITS
) -> Asking[Destinations]:
    """RFC 9990 §4: those of the policy's own organization, and those elsewhere that say they want them.

    `result` needs `record`, `domain` and `organization` only.
    """
    record = result.record
    if record is None:
        return Destinations()
    owner = result.domain if record.psd == "y" else result.organization
    allowed: list[Destination] = []
    refused: list[Destination] = []
    undecided: list[Destination] = []
    for destination in record.rua if kind == "rua" else record.ruf:
        is_own = yield from _is_own(destination.host, owner, limits)
        if is_own:
            allowed.append(destination)
            continue
        agreed = yield from _agreed(destination, result.domain, kind, limits)
        if agreed is None:
            undecided.append(destination)
        else:
            allowed += agreed
            refused += [] if agreed else [destination]
    return Destinations(tuple(dict.fromkeys(allowed)), tuple(refused), tuple(undecided))


def _is_own(host: str, owner: str, limits: CheckLimits) -> Asking[bool]:
    if host == owner or not is_within(host, owner):
        return host == owner
    theirs = yield from organizational_domain(host, limits=limits)
    return theirs == owner


def _agreed(
    destination: Destination, domain: str, kind: Literal["rua", "ruf"], limits: CheckLimits
) -> Asking[Sequence[Destination] | None]:
    """What another organization says of reports on a domain: no, yes, or yes and to these addresses; None: later."""
    name = f"{domain}._report._dmarc.{destination.host}"
    if not is_askable(name):
        return []
    answer: Answer = yield Txt(name)
    if answer.status is Status.TRY_LATER:
        return None
    agreements = [dmarc_record.parse(text, limits.dmarc_destinations) for text in dmarc_record.select(answer.records)]
    instead = [other for agreement in agreements for other in (agreement.rua if kind == "rua" else agreement.ruf)]
    if not agreements or any(other.host != destination.host for other in instead):
        return []
    return instead or [destination]
