"""What TLS a host of a domain must show: DANE before MTA-STS, both before nothing (RFC 7672, RFC 8461 §2, RFC 8689).

A domain may publish TLSA records for its hosts, a policy that names them, both, or neither; a message may ask for more than
that (REQUIRETLS) or for less ("TLS-Required: No"). This is the one place where they meet.
"""

from dataclasses import dataclass, replace

from ..checks import dane, mtasts
from .hop import SUBMISSIONS, Level, Requirement, SmartHost, TlsFailure, TlsPolicy

NO_POLICY = "no-policy-found"
LOOK_UP_FAILED = "4.7.5"
NOT_NAMED = "4.7.5"
NOT_SAFE_ENOUGH = "5.7.30"
MISCONFIGURED = "4.3.5"


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds for all hosts of a domain, and for the message at hand."""

    domain: str
    alias: str = ""
    """What `domain` is an alias for, where it is one."""
    is_signed: bool = False
    """Whether DNSSEC proves that these are its hosts."""
    sts: mtasts.Policy | None = None
    require_tls: bool = False
    """RFC 8689 §4.2.1"""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a host must show."""

    tls: Requirement
    policy: TlsPolicy | None
    why: str = ""
    failure: TlsFailure | None = None
    """Something to report though mail goes all the same."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A host that must not be given the mail."""

    code: str
    why: str
    failure: TlsFailure | None = None


def demand(host: str, published: dane.Published, policies: Policies) -> Demand | Unfit:
    """What `host`, for which `published` is known, must show before it is given mail for the domain."""
    found = _by_dane(host, published, policies) or _by_sts(host, policies) or _by_chance(host, published, policies)
    if isinstance(found, Unfit) or not policies.require_tls or found.tls.is_authenticated:
        return found
    return _verified_name(host, found, policies)


def of_smart_host(smart_host: SmartHost, published: dane.Published, *, is_local: bool, require_tls: bool) -> Demand | Unfit:
    """What our own smart host must show; `is_local`: on this machine. A password goes to none but the right one."""
    host = smart_host.host
    implicit = smart_host.port == SUBMISSIONS
    has_secret = smart_host.login is not None and not is_local
    if smart_host.tls == "none":
        if has_secret:
            return Unfit(MISCONFIGURED, f"the smart host {host} wants a log-in, and TLS is switched off for it")
        if require_tls:
            return Unfit(NOT_SAFE_ENOUGH, f"the smart host {host} is spoken to without TLS")
        return Demand(Requirement(Level.ENCRYPTED if implicit else Level.NONE, (host,), implicit=implicit), None)
    if smart_host.tls == "verify" or has_secret or require_tls:
        return Demand(Requirement(Level.VERIFIED, (host,), implicit=implicit), None)
    found = _by_dane(host, published, Policies(host)) or _by_chance(host, published, Policies(host))
    if isinstance(found, Unfit):
        return replace(found, failure=None)
    return replace(found, tls=replace(found.tls, implicit=implicit), policy=None)


def _by_dane(host: str, published: dane.Published, policies: Policies) -> Demand | Unfit | None:
    """RFC 7672 §2.2; the names are those of its §3.2.2."""
    match published.kind:
        case dane.Kind.UNKNOWN:
            failure = TlsFailure(TlsPolicy("tlsa", policies.domain), host, "dnssec-invalid", published.reason)
            return Unfit(LOOK_UP_FAILED, f"{host}: whether it has TLSA records could not be found out", failure)
        case dane.Kind.USABLE:
            names = tuple(dict.fromkeys(filter(None, (published.name, policies.domain, policies.alias))))
            tls = Requirement(Level.DANE, names, published.records)
            return Demand(tls, _tlsa(published, policies), f"TLSA records of {published.name} say which certificate it has")
    return None


def _by_sts(host: str, policies: Policies) -> Demand | Unfit | None:
    """RFC 8461 §4, §5"""
    if policies.sts is None:
        return None
    document = policies.sts.document
    policy = TlsPolicy("sts", policies.domain, document.lines)
    named = document.names(host)
    failure = None if named else TlsFailure(policy, host, "validation-failure", "mtasts-policy-mx-mismatch")
    said = f"MTA-STS policy {policies.sts.id} of {policies.domain} ({document.mode.value})"
    if document.mode is mtasts.Mode.ENFORCE:
        if failure:
            return Unfit(NOT_NAMED, f"{host}: the {said} does not name it", failure)
        return Demand(Requirement(Level.VERIFIED, (host,)), policy, f"{said} names it")
    return Demand(
        Requirement(Level.OPPORTUNISTIC, (host,), testing=named),
        policy,
        f"{said} {'names' if named else 'does not name'} it",
        failure,
    )


def _by_chance(host: str, published: dane.Published, policies: Policies) -> Demand:
    if published.kind is dane.Kind.UNUSABLE:
        return Demand(Requirement(Level.ENCRYPTED, (host,)), _tlsa(published, policies), published.reason)
    return Demand(Requirement(Level.OPPORTUNISTIC, (host,)), TlsPolicy(NO_POLICY, policies.domain))


def _verified_name(host: str, found: Demand, policies: Policies) -> Demand | Unfit:
    """REQUIRETLS: a right certificate will do, if it is certain that the host is the domain's (RFC 8689 §4.2.1)."""
    named = policies.sts is not None and policies.sts.document.names(host)
    if policies.is_signed or named or host == policies.domain:
        return Demand(
            Requirement(Level.VERIFIED, (host,)), found.policy, "the message requires TLS (REQUIRETLS)", found.failure
        )
    return Unfit(NOT_SAFE_ENOUGH, f"{host}: neither DNSSEC nor MTA-STS proves it to be a host of {policies.domain}")


def _tlsa(published: dane.Published, policies: Policies) -> TlsPolicy:
    return TlsPolicy("tlsa", policies.domain, tuple(map(dane.text, published.records)))
