"""Whether an address may send for a domain, as the domain says (RFC 7208; RFC 8616 for addresses beyond ASCII).

    result = yield from check_sender(ip, "alice@example.org", helo="mail.example.org", receiver="mx.example.net")

One evaluation goes through the records of a domain and of those it includes or redirects to. What bounds it:

    terms that ask            limits.spf_lookups, over all records; then permerror
    answers without records   limits.spf_void_lookups, one a term; then permerror
    hosts of one mx           limits.spf_names; more are a permerror
    names of one ptr, %{p}    limits.spf_names; more are not seen

An include or a redirect is a term that asks: nothing here goes deeper than they are allowed to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Literal, NoReturn

from ..errors import Invalid
from ..limits import CheckLimits
from . import spf_macros, spf_record
from .names import ascii_domain, is_askable, is_domain, is_within, shortened
from .questions import NO_NAME, Address, Answer, Asking, IPAddress, Mx, Ptr, Status, Together, Txt
from .spf_macros import Text
from .spf_record import Mechanism, Record

DEFAULT_LIMITS = CheckLimits()


class Result(StrEnum):
    """RFC 7208 §2.6"""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


Identity = Literal["mailfrom", "helo"]


@dataclass(frozen=True, slots=True)
class SpfResult:
    """What a domain says of an address that sends in its name."""

    result: Result
    domain: str
    """Whose record was looked for: A-labels in lower case, or as it came where that is no domain."""
    sender: str = ""
    """The address that was checked."""
    identity: Identity = "mailfrom"
    """Where the domain was taken from."""
    mechanism: str = ""
    """The term of the domain's own record that decided; "default" where none did."""
    explanation: str = ""
    """The domain's own words on a fail (exp=): printable ASCII, and nobody's but theirs."""
    problem: str = ""
    """Why it is an error, or none."""


class _Error(Exception):
    """The check ends here."""

    def __init__(self, result: Result, problem: str) -> None:
        super().__init__(problem)
        self.result = result


@dataclass(frozen=True, slots=True)
class _Found:
    """What a record said."""

    result: Result
    mechanism: str
    explanation: Text | None
    domain: str
    """Whose `explanation` it is."""


def check_sender(
    ip: IPAddress,
    mail_from: str,
    *,
    helo: str,
    receiver: str = "",
    limits: CheckLimits = DEFAULT_LIMITS,
    now: int = 0,
) -> Asking[SpfResult]:
    """The MAIL FROM identity, or where that is empty the HELO identity as postmaster's (RFC 7208 §2.4)."""
    if mail_from:
        return check_host(ip, mail_from.rpartition("@")[2], mail_from, helo=helo, receiver=receiver, limits=limits, now=now)
    return check_helo(ip, helo, receiver=receiver, limits=limits, now=now)


def check_helo(
    ip: IPAddress, helo: str, *, receiver: str = "", limits: CheckLimits = DEFAULT_LIMITS, now: int = 0
) -> Asking[SpfResult]:
    """The HELO identity (RFC 7208 §2.3)."""
    sender = f"postmaster@{helo}"
    return check_host(ip, helo, sender, helo=helo, receiver=receiver, limits=limits, now=now, identity="helo")


def check_host(
    ip: IPAddress,
    domain: str,
    sender: str,
    *,
    helo: str,
    receiver: str = "",
    limits: CheckLimits = DEFAULT_LIMITS,
    now: int = 0,
    identity: Identity = "mailfrom",
) -> Asking[SpfResult]:
    """RFC 7208 §4: whether `ip` may send for `domain`; `sender`, `helo`, `receiver` and `now` (Unix time) are for macros.

    Asks for TXT, A or AAAA, MX and PTR.
    """
    local, _, host = sender.rpartition("@")
    sender = f"{local or 'postmaster'}@{host if host.isascii() else ascii_domain(host)}"
    name = ascii_domain(domain)
    if "." not in name or not is_domain(name):
        return SpfResult(Result.NONE, domain, sender, identity, problem="that is not a domain name of the Internet")
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    evaluation = _Evaluation(ip, sender, helo, receiver, limits, now)
    try:
        found = yield from evaluation.of_domain(name)
    except _Error as error:
        return SpfResult(error.result, name, sender, identity, problem=str(error))
    if found is None:
        return SpfResult(Result.NONE, name, sender, identity, problem="the domain has no SPF record")
    explanation = yield from evaluation.explanation_of(found)
    return SpfResult(found.result, name, sender, identity, found.mechanism, explanation)


class _Evaluation:
    """One check under way: what it is about, and how much has been asked."""

    def __init__(self, ip: IPAddress, sender: str, helo: str, receiver: str, limits: CheckLimits, now: int) -> None:
        self.ip = ip
        self.limits = limits
        self.lookups = 0
        self.voids = 0
        self.names: tuple[str, ...] | None = None
        local, _, host = sender.rpartition("@")
        self.is_ascii = local.isascii()
        self.values = {
            "s": sender,
            "l": local,
            "o": host,
            "i": spf_macros.dotted(ip),
            "v": spf_macros.family(ip),
            "h": helo,
            "c": str(ip),
            "r": receiver or "unknown",
            "t": str(now),
        }

    def of_domain(self, domain: str) -> Asking[_Found | None]:
        """What a domain's record says; None where it has none. Raises _Error."""
        record = yield from self.record_of(domain)
        if record is None:
            return None
        for mechanism in record.mechanisms:
            matches = yield from self.matches(mechanism, domain)
            if matches:
                return _Found(Result(mechanism.verdict), mechanism.text, record.explanation, domain)
        if record.redirect:
            found = yield from self.redirected(record.redirect, domain)
            return found
        return _Found(Result.NEUTRAL, "default", None, domain)

    def record_of(self, domain: str) -> Asking[Record | None]:
        """RFC 7208 §4.4, §4.5"""
        answer = yield from self.ask(domain, Txt(domain))
        found = spf_record.select(answer.records)
        if not found:
            return None
        if len(found) > 1:
            self.wrong(f"{domain} has {len(found)} SPF records")
        if len(found[0]) > self.limits.spf_record:
            self.wrong(f"the record of {domain} is too long")
        try:
            return spf_record.parse(found[0])
        except Invalid as error:
            return self.wrong(f"{domain}: {error}")

    def redirected(self, target: Text, domain: str) -> Asking[_Found]:
        """RFC 7208 §6.1: what another domain says instead."""
        self.count()
        name = yield from self.expand(target, domain)
        found = yield from self.of_domain(name)
        return found or self.wrong(f"redirect: {name} has no SPF record")

    def matches(self, mechanism: Mechanism, domain: str) -> Asking[bool]:
        """RFC 7208 §5"""
        if mechanism.name == "all":
            return True
        if mechanism.network:
            return mechanism.covers(mechanism.network, self.ip)
        self.count()
        name = domain
        if mechanism.domain:
            name = yield from self.expand(mechanism.domain, domain)
        match mechanism.name:
            case "include":
                return (yield from self.included(name))
            case "a":
                return (yield from self.has_address(mechanism, name))
            case "mx":
                return (yield from self.has_mx(mechanism, name))
            case "ptr":
                return (yield from self.has_name(name))
        return (yield from self.exists(name))

    def included(self, name: str) -> Asking[bool]:
        """RFC 7208 §5.2"""
        found = yield from self.of_domain(name)
        if found is None:
            self.wrong(f"include: {name} has no SPF record")
        return found.result is Result.PASS

    def has_address(self, mechanism: Mechanism, name: str) -> Asking[bool]:
        """RFC 7208 §5.3"""
        answer = yield from self.ask(name, self.address_of(name), is_term=True)
        return any(mechanism.covers(address, self.ip) for address in answer.records)

    def has_mx(self, mechanism: Mechanism, name: str) -> Asking[bool]:
        """RFC 7208 §5.4. The hosts are asked for together; one that matches makes up for one that nobody can tell of."""
        answer = yield from self.ask(name, Mx(name), is_term=True)
        if len(answer.records) > self.limits.spf_names:
            self.wrong(f"{name} has more than {self.limits.spf_names} MX records")
        answers = yield from self.addresses_of([host for _, host in sorted(answer.records)])
        if any(mechanism.covers(address, self.ip) for answer in answers for address in answer.records):
            return True
        for answer in answers:
            self.known(answer, f"a mail host of {name}")
        return False

    def has_name(self, name: str) -> Asking[bool]:
        """RFC 7208 §5.5"""
        names = yield from self.confirmed_names(is_term=True)
        return any(is_within(each, name) for each in names)

    def exists(self, name: str) -> Asking[bool]:
        """RFC 7208 §5.7: an A record, whatever the family of the address that sends."""
        answer = yield from self.ask(name, Address(name, 4), is_term=True)
        return bool(answer.records)

    def confirmed_names(self, *, is_term: bool) -> Asking[tuple[str, ...]]:
        """The names of the address that lead back to it, of the first few there are (RFC 7208 §5.5)."""
        if self.names is None:
            answer: Answer = yield Ptr(self.ip)
            if is_term and answer.is_absent:
                self.count_void()
            names = [name.lower() for name in answer.records[: self.limits.spf_names]]
            answers = yield from self.addresses_of(names)
            self.names = tuple(name for name, found in zip(names, answers, strict=True) if self.ip in found.records)
        return self.names

    # Asking, and counting.

    def address_of(self, name: str) -> Address:
        return Address(name, 4 if self.ip.version == 4 else 6)

    def addresses_of(self, names: Sequence[str]) -> Asking[Sequence[Answer]]:
        """An answer a name."""
        asked = [name for name in names if is_askable(name)]
        if not asked:
            return [NO_NAME for _ in names]
        answers = yield Together(tuple(self.address_of(name) for name in asked))
        known = dict(zip(asked, answers, strict=True))
        return [known.get(name, NO_NAME) for name in names]

    def ask(self, name: str, question: Txt | Mx | Address, *, is_term: bool = False) -> Asking[Answer]:
        """An answer that is known; what cannot be a name has none. Raises _Error."""
        answer: Answer = (yield question) if is_askable(name) else NO_NAME
        self.known(answer, name)
        if is_term and answer.is_absent:
            self.count_void()
        return answer

    def known(self, answer: Answer, name: str) -> None:
        if answer.status is Status.TRY_LATER:
            raise _Error(Result.TEMPERROR, f"{name} cannot be looked up now")

    def count(self) -> None:
        """One more term that asks (RFC 7208 §4.6.4)."""
        self.lookups += 1
        if self.lookups > self.limits.spf_lookups:
            self.wrong(f"more than {self.limits.spf_lookups} terms that need a look-up")

    def count_void(self) -> None:
        """One more term that found nothing (RFC 7208 §4.6.4)."""
        self.voids += 1
        if self.voids > self.limits.spf_void_lookups:
            self.wrong(f"more than {self.limits.spf_void_lookups} look-ups that found nothing")

    def wrong(self, problem: str) -> NoReturn:
        raise _Error(Result.PERMERROR, problem)

    # Macros.

    def expand(self, text: Text, domain: str) -> Asking[str]:
        """A name to ask of; empty where there can be none: a local part beyond ASCII is in no name (RFC 8616 §4)."""
        if not self.is_ascii and text.letters & spf_macros.LOCAL_PART:
            return ""
        expanded = yield from self.expanded(text, domain)
        return shortened(expanded).lower()

    def expanded(self, text: Text, domain: str) -> Asking[str]:
        values = {**self.values, "d": domain}
        if "p" in text.letters:
            names = yield from self.confirmed_names(is_term=False)
            values["p"] = spf_macros.nearest(names, domain)
        return text.expand(values)

    def explanation_of(self, found: _Found) -> Asking[str]:
        """RFC 7208 §6.2: what the domain says to a fail; empty where anything is wrong with it."""
        if found.result is not Result.FAIL or found.explanation is None:
            return ""
        name = yield from self.expand(found.explanation, found.domain)
        answer: Answer = (yield Txt(name)) if is_askable(name) else NO_NAME
        if len(answer.records) != 1 or len(answer.records[0]) > self.limits.spf_explanation:
            return ""
        try:
            text = spf_macros.explain_string(answer.records[0].decode("ascii"))
        except (Invalid, UnicodeDecodeError):
            return ""
        said = yield from self.expanded(text, found.domain)
        is_sayable = said.isascii() and said.isprintable() and len(said) <= self.limits.spf_explanation
        return said if is_sayable else ""
