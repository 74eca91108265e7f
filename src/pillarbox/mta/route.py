"""Where mail for a destination goes: the hosts to try, in their order, and the TLS each must show (RFC 5321 §5).

    a smart host          takes everything, whatever the destination
    an address literal    is where it says, if that is allowed
    a domain              has MX hosts: by preference, equals in random order; without MX its own address; null MX: none
    ourselves among them  we are a backup: only hosts preferred to us are tried, for ours is where it came from
    each host             has addresses, IPv6 and IPv4 in turn, and a TLS to show (`requirement`), or is left out

Nothing here waits or tells time: what must be known is asked by yielding.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest

from ..checks import dane, mtasts
from ..checks.abreast import abreast
from ..checks.questions import Address, Answer, Asking, IPAddress, Mx, MxRecord, Status, Together
from ..limits import SmtpClientLimits
from .addresses import bare, is_suitable, literal, parsed
from .hop import Hop, Level, NoRoute, Note, Requirement, Route, SmartHost, TlsFailure, TlsPolicy
from .requirement import NOT_SAFE_ENOUGH, Demand, Policies, Unfit, demand, of_smart_host

SMTP = 25
Random = Callable[[int], int]
"""A number from 0 up to, not including, the one given: `random.randrange`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteOptions:
    """What holds for every route."""

    hostname: str
    """Our name: an MX record that has it is us."""
    own: frozenset[tuple[IPAddress, int]] = frozenset()
    """Where we take mail ourselves, address and port: not the wildcard address, but all that it stands for."""
    port: int = SMTP
    """Of other domains' hosts."""
    ipv6: bool = True
    mta_sts: bool = True
    literals: bool = False
    """Whether mail to name@[192.0.2.1] is taken there."""
    limits: SmtpClientLimits


@dataclass(slots=True, kw_only=True)
class _Search:
    """One search for a route: what was asked for, and what is learned on the way."""

    destination: str
    now: int
    random: Random
    options: RouteOptions
    require_tls: bool
    tls_optional: bool
    remembered: bytes | None
    notes: list[Note] = field(default_factory=list)
    failures: list[TlsFailure] = field(default_factory=list)
    left_out: list["_Nowhere"] = field(default_factory=list)

    def leave_out(self, code: str, why: str) -> None:
        self.left_out.append(_Nowhere(code, why))

    def end(self) -> "_Nowhere":
        """What to say where every host was left out. Trouble that may pass comes first: then nothing is final."""
        return next((trouble for trouble in self.left_out if trouble.code.startswith("4")), self.left_out[0])


class _Nowhere(Exception):
    """There is no way, or none by way of one host."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


@dataclass(frozen=True, slots=True)
class _Host:
    """A host that may be on the route."""

    name: str
    preference: int = 0
    why: str = ""
    is_implicit: bool = False
    """The domain itself, for want of an MX record."""
    answers: tuple[Answer, ...] = ()
    addresses: tuple[IPAddress, ...] = ()


def route(
    destination: str,
    *,
    now: int,
    random: Random,
    options: RouteOptions,
    smart_host: SmartHost | None = None,
    require_tls: bool = False,
    tls_optional: bool = False,
    remembered: bytes | None = None,
) -> Asking[Route | NoRoute]:
    """The way to `destination`, a domain in A-labels or an address literal in brackets; by `smart_host` where there is one.

    `now` is in seconds since 1970. `require_tls` is REQUIRETLS (RFC 8689 §4.2), `tls_optional` the message's "TLS-Required: No"
    (§5), which counts only without it. `remembered`: what was noted under `note_name(destination)` at an earlier route.
    Yields Mx, Address, Cname, Tlsa, Txt and Fetch.
    """
    search = _Search(
        destination=destination,
        now=now,
        random=random,
        options=options,
        require_tls=require_tls,
        tls_optional=tls_optional and not require_tls,
        remembered=remembered,
    )
    try:
        if smart_host is not None:
            hops = yield from _by_smart_host(search, smart_host)
        elif destination.startswith("["):
            hops = _by_literal(search)
        else:
            hops = yield from _by_mx(search)
    except _Nowhere as end:
        return NoRoute(end.code, end.said, *_learned(search))
    return Route(hops, *_learned(search))


def note_name(destination: str) -> str:
    """Under what name to remember what a route to it notes."""
    return f"mta-sts:{destination}"


def is_null_mx(answer: Answer) -> bool:
    """Whether a domain says that it takes no mail (RFC 7505 §3): none can be sent to it (5.1.10), nor answered (5.7.27)."""
    return bool(answer.records) and all(not record.host for record in answer.records)


def _learned(search: _Search) -> tuple[tuple[Note, ...], tuple[TlsFailure, ...], tuple[str, ...]]:
    return tuple(search.notes), tuple(search.failures), tuple(host.said for host in search.left_out)


# A domain.


def _by_mx(search: _Search) -> Asking[tuple[Hop, ...]]:
    """RFC 5321 §5.1"""
    answer: Answer = yield Mx(search.destination)
    hosts = _in_order(search, _exchangers(search, answer))
    hosts = _preferred_to_us(search, hosts, lambda host: host.name == search.options.hostname)
    hosts = hosts[: search.options.limits.hosts]
    hosts = yield from _with_addresses(search, hosts)
    hosts = _preferred_to_us(search, hosts, lambda host: any(_is_own(search, address) for address in host.addresses))
    hosts = _reachable(search, hosts)
    hops = yield from _with_demands(search, answer, hosts)
    if not hops:
        raise search.end()
    return _within(hops, search.options.limits.hosts)


def _exchangers(search: _Search, answer: Answer) -> Sequence[_Host]:
    """The hosts a domain names, or itself where it names none. Raises _Nowhere."""
    domain = search.destination
    if answer.status is Status.TRY_LATER:
        raise _Nowhere("4.4.3", f"the name servers for {domain} cannot be asked{_because(answer)}")
    if answer.status is Status.NO_NAME:
        raise _Nowhere("5.1.2", f"there is no domain {domain}")
    if answer.status is Status.NO_DATA:
        return [_Host(domain, why=f"{domain} has no MX record: its own address is used", is_implicit=True)]
    if is_null_mx(answer):
        raise _Nowhere("5.1.10", f"{domain} takes no mail (null MX)")
    best: dict[str, int] = {}
    records: Iterable[MxRecord] = sorted(record for record in answer.records if record.host)
    for record in records:
        best.setdefault(record.host, record.preference)
    return [_Host(name, preference, f"MX {preference} of {domain}") for name, preference in best.items()]


def _in_order(search: _Search, hosts: Sequence[_Host]) -> Sequence[_Host]:
    """By preference, those of the same in random order, so that they share the load (RFC 5321 §5.1)."""
    drawn = [(host.preference, search.random(1 << 30), number, host) for number, host in enumerate(hosts)]
    return [host for _, _, _, host in sorted(drawn)]


def _preferred_to_us(search: _Search, hosts: Sequence[_Host], is_us: Callable[[_Host], bool]) -> Sequence[_Host]:
    """Where we are one of them, only those preferred to us: else mail would go in circles (RFC 5321 §5.1). Raises _Nowhere."""
    ours = min((host.preference for host in hosts if is_us(host)), default=None)
    if ours is None:
        return hosts
    left = [host for host in hosts if host.preference < ours]
    if not left:
        raise _Nowhere("5.4.6", f"mail for {search.destination} loops back to us")
    return left


def _reachable(search: _Search, hosts: Sequence[_Host]) -> Sequence[_Host]:
    """Those that have an address; the others are left out."""
    for host in hosts:
        if not host.addresses:
            code, why = _addressless(search, host)
            search.leave_out(code, why)
    return [host for host in hosts if host.addresses]


def _addressless(search: _Search, host: _Host) -> tuple[str, str]:
    unknown = next((answer for answer in host.answers if answer.status is Status.TRY_LATER), None)
    if parsed(host.name):
        return "5.4.4", f"{host.name} is an address where an MX record has the name of a host"
    if unknown is not None:
        return "4.4.3", f"the addresses of {host.name} cannot be looked up{_because(unknown)}"
    if any(answer.records for answer in host.answers):
        return "5.4.4", f"{host.name} has only addresses that no mail server can have"
    if host.is_implicit:
        return "5.1.2", f"{host.name} has neither MX record nor address"
    return "5.4.4", f"{host.name}, which is to take mail for {search.destination}, has no address"


# Addresses.


def _with_addresses(search: _Search, hosts: Sequence[_Host]) -> Asking[Sequence[_Host]]:
    """Each with its addresses, as far as they are known."""
    named = [host for host in hosts if not parsed(host.name)]
    found = yield from abreast([_addresses(host.name, search.options.ipv6) for host in named])
    answers = dict(zip((host.name for host in named), found, strict=True))
    return [_with(host, answers.get(host.name, ())) for host in hosts]


def _addresses(name: str, ipv6: bool) -> Asking[tuple[Answer, ...]]:
    if not ipv6:
        return ((yield Address(name, 4)),)
    answers: tuple[Answer, ...] = yield Together((Address(name, 6), Address(name, 4)))
    return answers


def _with(host: _Host, answers: tuple[Answer, ...]) -> _Host:
    """IPv6 and IPv4 in turn, so that one of them failing costs one attempt, not all (RFC 8305 §4)."""
    in_turn = chain.from_iterable(zip_longest(*(answer.records for answer in answers)))
    addresses = dict.fromkeys(bare(address) for address in in_turn if address is not None)
    return replace(host, answers=answers, addresses=tuple(filter(is_suitable, addresses)))


def _is_own(search: _Search, address: IPAddress) -> bool:
    """Whether we are asked for there. On the usual port whatever is on this machine is us."""
    port = search.options.port
    return (address, port) in search.options.own or (port == SMTP and address.is_loopback)


def _within(hops: Sequence[Hop], most: int) -> tuple[Hop, ...]:
    """At most so many addresses in all, of each host some (RFC 5321 §5.1 leaves the number to us)."""
    share = max(2, most // len(hops))
    left = most
    kept = []
    for hop in hops:
        addresses = hop.addresses[: min(share, left)]
        left -= len(addresses)
        if addresses:
            kept.append(replace(hop, addresses=addresses))
    return tuple(kept)


# What each must show.


def _with_demands(search: _Search, mx: Answer, hosts: Sequence[_Host]) -> Asking[Sequence[Hop]]:
    """As hops; hosts that the domain's policies keep us from are left out."""
    policies = Policies(search.destination, mx.name, mx.secure, require_tls=search.require_tls)
    published = [dane.Published(dane.Kind.ABSENT)] * len(hosts)
    if not search.tls_optional:
        if mx.secure:
            published = yield from abreast([dane.look_up(host.name, search.options.port, host.answers) for host in hosts])
        if any(found.kind is not dane.Kind.USABLE for found in published):
            policies = replace(policies, sts=(yield from _sts_policy(search)))
    demands = [demand(host.name, found, policies) for host, found in zip(hosts, published, strict=True)]
    return [hop for host, found in zip(hosts, demands, strict=True) if (hop := _hop(search, host, found))]


def _hop(search: _Search, host: _Host, found: Demand | Unfit, smart_host: SmartHost | None = None) -> Hop | None:
    """None where it is left out."""
    if found.failure is not None:
        search.failures.append(found.failure)
    if isinstance(found, Unfit):
        search.leave_out(found.code, found.why)
        return None
    port, login = (smart_host.port, smart_host.login) if smart_host else (search.options.port, None)
    return Hop(host.name, host.addresses, port, found.tls, found.policy, login, tuple(filter(None, (host.why, found.why))))


def _sts_policy(search: _Search) -> Asking[mtasts.Policy | None]:
    """The domain's MTA-STS policy; what is learned of it is noted."""
    if not search.options.mta_sts:
        return None
    domain = search.destination
    known = mtasts.Remembered.decode(search.remembered) if search.remembered else None
    found = yield from mtasts.discover(domain, known, search.now)
    if found.remember is not None:
        search.notes.append(Note(note_name(domain), found.remember.encode(), found.remember.until))
    if found.problem is not None:
        strings = found.policy.document.lines if found.policy else ()
        search.failures.append(TlsFailure(TlsPolicy("sts", domain, strings), "", found.problem.result, found.problem.detail))
    return found.policy


# Other ways.


def _by_literal(search: _Search) -> tuple[Hop, ...]:
    """RFC 5321 §4.1.3"""
    address = literal(search.destination)
    if address is None or not search.options.literals:
        raise _Nowhere("5.1.2", f"no mail is taken to {search.destination}: there is no domain name")
    address = bare(address)
    if _is_own(search, address):
        raise _Nowhere("5.4.6", f"mail for {search.destination} loops back to us")
    if not is_suitable(address):
        raise _Nowhere("5.1.2", f"no mail server can be at {search.destination}")
    if search.require_tls:
        raise _Nowhere(NOT_SAFE_ENOUGH, f"{search.destination} has no name that a certificate could prove")
    return (Hop(search.destination, (address,), search.options.port, Requirement(Level.OPPORTUNISTIC)),)


def _by_smart_host(search: _Search, smart_host: SmartHost) -> Asking[tuple[Hop, ...]]:
    """Whatever is wrong with it is for its owner to mend, and no reason to return anyone's mail."""
    why = f"smart host {smart_host.host}"
    if address := parsed(smart_host.host):
        host = _Host(smart_host.host, why=why, addresses=(bare(address),))
    else:
        host = _with(_Host(smart_host.host, why=why), (yield from _addresses(smart_host.host, search.options.ipv6)))
    if not host.addresses:
        unknown = any(answer.status is Status.TRY_LATER for answer in host.answers)
        raise _Nowhere("4.4.3" if unknown else "4.3.5", f"the {why} {'cannot be looked up' if unknown else 'has no address'}")
    if any((address, smart_host.port) in search.options.own for address in host.addresses):
        raise _Nowhere("4.4.6", f"the {why} is ourselves")
    published = dane.Published(dane.Kind.ABSENT)
    if smart_host.tls == "auto" and smart_host.login is None:
        published = yield from dane.look_up(host.name, smart_host.port, host.answers)
    is_local = all(address.is_loopback for address in host.addresses)
    found = of_smart_host(smart_host, published, is_local=is_local, require_tls=search.require_tls)
    hop = _hop(search, host, found, smart_host)
    if hop is None:
        raise search.end()
    return _within([hop], search.options.limits.hosts)


def _because(answer: Answer) -> str:
    return f": {answer.reason}" if answer.reason else ""
