"""What a worker does besides serving: mail on its way out, and the reports of it."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

import structlog

from ..checks.questions import IPAddress
from ..errors import OperatorError
from ..limits import Limits
from ..mail.directory import BACKUP
from ..mail.office import Office
from ..mta import dispatch
from ..mta.hop import Login, SmartHost
from ..mta.local import filing
from ..mta.queue import Runner
from ..mta.reports import Reporting
from ..net.client_tls import ClientTls
from ..net.dns import Resolver, system_servers
from ..net.http import Fetcher
from ..settings import Settings, address
from ..store.queued import Destination, NewQueued

log = structlog.get_logger(__name__)


def resolver(settings: Settings, limits: Limits) -> Resolver:
    """Who answers all questions of this process. Raises OperatorError."""
    named = [place for text in settings.dns.servers if not isinstance(place := address(text), str)]
    return Resolver(named or system_servers(), validating=settings.dns.validating, limits=limits.dns, fetch=Fetcher(limits.dns))


OURS: Final = ("submission", "bounce", "report", "reply")
"""Kinds of mail whose From is ours to vouch for: a stranger's, forwarded, is not sent under a domain's own log-in."""


class SmartHosts:
    """Which mail goes by a smart host: that of the domain it is for, else of the one it is from, else of all."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def of(self, message: NewQueued, destination: Destination) -> SmartHost | None:
        theirs = await self._office.kept.domain(destination)
        if theirs is not None and (server := theirs.settings.get(BACKUP, "mx")) != "mx":
            return SmartHost.parse(server)
        ours = await self._office.kept.domain(message.from_domain) if message.kind in OURS else None
        if ours is not None and (host := ours.settings.get("smart_host")):
            user, password = ours.settings.get("smart_host_user", ""), ours.settings.get("smart_host_password", "")
            return SmartHost.parse(
                host, login=Login(user, password) if user else None, tls=ours.settings.get("smart_host_tls", "auto")
            )
        return self._of_all()

    def _of_all(self) -> SmartHost | None:
        outgoing = self._office.settings.outgoing
        if not outgoing.smart_host:
            return None
        login = None
        if outgoing.smart_host_user:
            login = Login(outgoing.smart_host_user, _password(outgoing.smart_host_password_file))
        return SmartHost.parse(outgoing.smart_host, login=login, tls=outgoing.smart_host_tls)


def _password(path: str) -> str:
    try:
        return Path(path).read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        problem = f"the password of the smart host cannot be read: {error}"
        raise OperatorError(problem, "see outgoing.smart_host_password_file") from error


class Post:
    """The queue's runner and the reports, as tasks of one worker."""

    def __init__(self, office: Office, answers: Resolver, own: frozenset[tuple[IPAddress, int]]) -> None:
        """`own`: where we take mail ourselves. Raises OperatorError."""
        settings = office.settings
        trusted = Path(settings.outgoing.trusted_certificates) if settings.outgoing.trusted_certificates else None
        self._hosts = SmartHosts(office)
        self.runner: Runner = dispatch.runner(
            office.kept.queue(),
            office.kept.journal(),
            answers,
            ClientTls(trusted, office.limits.connection),
            office.clock,
            settings=settings,
            limits=office.limits,
            own=own,
            deliver=filing(office.delivery.deliver_queued),
            destination_of=office.directory.destination,
            smart_host_of=self._hosts.of,
            signed=office.signing.signed,
            signatures=office.submission.signatures,
            moved=office.moved,
            kept_by=office.onward.kept_by,
        )
        self.reporting = Reporting(
            kept=office.kept,
            answers=answers,
            clock=office.clock,
            hostname=settings.hostname,
            settings=settings.outgoing,
            sign=office.signing.of,
            route=office.directory.destination,
            limits=office.limits.checks,
        )
        office.outgoing.wake = self.runner.wake
        office.delivery.intake = self.reporting.take_in


def own_places(settings: Settings) -> frozenset[tuple[IPAddress, int]]:
    """The addresses that our smtp door is bound to; of all addresses, those this machine has."""
    found: set[tuple[IPAddress, int]] = set()
    for text in settings.listen.smtp:
        place = address(text)
        if isinstance(place, str):
            continue
        for one in _addresses(place[0]):
            found.add((one, place[1]))
    return frozenset(found)


def _addresses(host: str) -> list[IPAddress]:
    try:
        bound = ip_address(host or "0.0.0.0")
    except ValueError:
        return []
    return [bound] if not bound.is_unspecified else _of_this_machine()


def _of_this_machine() -> list[IPAddress]:
    """Every address of every interface, by the kernel's own lists."""
    found: list[IPAddress] = []
    for name in ("/proc/net/fib_trie", "/proc/net/if_inet6"):
        try:
            text = Path(name).read_text("ascii", "replace")
        except OSError:
            continue
        found += _local_of_trie(text) if name.endswith("trie") else _of_if_inet6(text)
    return list(dict.fromkeys(found))


def _local_of_trie(text: str) -> list[IPAddress]:
    """The addresses before each "host LOCAL" of the kernel's routing trie."""
    found: list[IPAddress] = []
    last = ""
    for line in text.split("\n"):
        if "|--" in line:
            last = line.rpartition(" ")[2]
        elif "host LOCAL" in line:
            found.append(ip_address(last))
    return found


def _of_if_inet6(text: str) -> list[IPAddress]:
    lines = [line.split()[0] for line in text.split("\n") if line.strip()]
    return [ip_address(bytes.fromhex(line)) for line in lines if len(line) == 32]
