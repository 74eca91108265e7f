"""Thousands of messages on their way out at once, to hosts of every kind, while processes are killed: none is lost, none sent
twice but where a reply was outstanding, and nobody waits for another's dead host."""

import contextlib
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailing import SENDER, SESSIONS, Account, Killer, Mailing, Submitter, kept, percentiles
from pillarbox.store.queued import State
from pillarbox.testing import dns_server
from pillarbox.testing.served import DOMAIN, Served, free_ports
from sinks import Manner, Sinks
from torment import wait_until

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
QUICK = Manner(pause=0.03)
"""Long enough for a reply to be outstanding when a process is killed."""
DUMPED = re.compile(rb"^X-Number: (\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Host:
    """Where some domains' mail goes."""

    address: str
    domains: Sequence[str]
    manner: Manner | None = None
    """How it behaves if it is one of ours."""
    options: Sequence[str] = ()
    """What smtp-sink is told if it is one. Neither: nobody listens there."""

    @property
    def is_slow(self) -> bool:
        """Whether a message may wait for its turn longer than the test lasts."""
        return "-w" in self.options or (self.manner is not None and self.manner.deaf)


def small() -> list[Host]:
    ours = [Host(f"127.1.0.{n}", [f"d{n}.example", f"e{n}.example"], QUICK) for n in range(1, 5)]
    return [*ours, Host("127.1.1.1", ["slow.example"], Manner(pause=1.0)), Host("127.1.1.2", ["dead.example"])]


def large() -> list[Host]:
    """180 domains on 30 hosts that are well, and 20 that are not."""
    well = [Host(f"127.1.0.{n}", [f"d{n}-{k}.example" for k in range(6)], QUICK) for n in range(1, 31)]
    ill: list[tuple[str, Manner | None, Sequence[str]]] = [
        *[(f"dead{n}", None, ()) for n in range(4)],
        *[(f"deaf{n}", Manner(deaf=True), ()) for n in range(2)],
        *[(f"slow{n}", Manner(pause=5.0), ()) for n in range(4)],
        *[(f"slower{n}", None, ("-w", "10")) for n in range(2)],
        *[(f"full{n}", None, ("-r", "RCPT")) for n in range(2)],
        *[(f"late{n}", None, ("-r", ".")) for n in range(2)],
        ("closed", None, ("-r", "CONNECT")),
        ("rude", None, ("-q", "EHLO")),
        ("drops", None, ("-q", "DATA")),
        ("away", None, ("-Q", "MAIL")),
    ]
    return [*well, *[Host(f"127.1.1.{n}", [f"{name}.example"], *how) for n, (name, *how) in enumerate(ill, 1)]]


@pytest.mark.timeout(600)
def test_a_kill_loses_nothing_of_a_mailing(tmp_path: Path) -> None:
    mail_out(tmp_path, small(), count=300, pace=60, kills=1, supervisor=0, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(SMTP_SINK is None, reason="Debian's smtp-sink plays the hosts that are not well")
def test_ten_thousand_messages_and_fifty_kills(tmp_path: Path) -> None:
    usual = mail_out(tmp_path, large(), count=10_000, pace=50, kills=50, supervisor=0.1, seed=2)
    assert usual[len(usual) // 2] < 1.0
    assert usual[len(usual) * 99 // 100] < 5.0


def mail_out(
    folder: Path, hosts: Sequence[Host], *, count: int, pace: float, kills: int, supervisor: float, seed: int
) -> Sequence[float]:
    """All of it; seconds that messages to quick hosts took while nothing was killed."""
    domains = [domain for host in hosts for domain in host.domains]
    with street(folder, hosts) as (sinks, server):
        mailing = Mailing(domains, count, pace, seed)
        began = time.monotonic()
        with submitters(server, mailing) as working:
            Killer(server, mailing, supervisor=supervisor, seed=seed).kill(kills, within=count / pace)
            wait_until(lambda: working() or mailing.is_over, "not all is taken in", within=count / pace + 120)
        submitted = time.monotonic() - began
        await_arrival(sinks, mailing, hosts)
        sample = one_of(mailing, hosts[0].domains[0])
        assert server.stop() == 0
        told = server.run("trace", sample)  # what happened is written down a little later than it happens
        server.run("verify")
        account = Account(mailing, sinks.got, kept(server))
        assert not sinks.unexpected
    assert all(word in told for word in ("received", "queued", "delivered", "S: 250")), told
    return compared(account, hosts, folder, submitted)


@contextlib.contextmanager
def street(folder: Path, hosts: Sequence[Host]) -> Iterator[tuple[Sinks, Served]]:
    """Every host at its address, a name server that says so, and a server whose mail goes to them."""
    (port,) = free_ports(1)
    zone = folder / "zone"
    zone.write_text("\n".join(line for n, host in enumerate(hosts) for line in records(n, host)))
    with contextlib.ExitStack() as stack:
        sinks = stack.enter_context(Sinks(port))
        for host in hosts:
            if host.manner:
                sinks.open(host.address, host.manner)
            elif host.options:
                stack.enter_context(smtp_sink(folder / host.domains[0], host, port))
        names = stack.enter_context(dns_server.process(zone))
        outgoing = f"[outgoing]\nport = {port}\nipv6 = false\naccount_hour = 0\naccount_day = 0\n"
        settings = f'{outgoing}[dns]\nservers = ["{names}"]\n[connections]\ndrain = 2\n'
        server = Served(folder / "served", settings=settings)
        server.run("domain", "add", DOMAIN)
        server.add_accounts([SENDER])
        server.start()
        stack.callback(lambda: server.process and server.stop())
        yield sinks, server


def records(n: int, host: Host) -> Iterator[str]:
    yield f"mx{n}.example A {host.address}"
    for domain in host.domains:
        yield f"{domain} MX 10 mx{n}.example"


@contextlib.contextmanager
def smtp_sink(folder: Path, host: Host, port: int) -> Iterator[None]:
    """Debian's; whatever it takes is a file in the folder."""
    assert SMTP_SINK
    folder.mkdir()
    words = [SMTP_SINK, "-u", "root", "-d", f"{folder}/m", *host.options, f"{host.address}:{port}", "200"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL) as running:
        try:
            yield
        finally:
            running.terminate()


@contextlib.contextmanager
def submitters(server: Served, mailing: Mailing) -> Iterator[Callable[[], bool]]:
    """At work; the function raises what any of them found wrong."""
    clients = [Submitter(server, mailing, number) for number in range(SESSIONS)]

    def blame() -> bool:
        for client in clients:
            if client.failure:
                raise client.failure
        return False

    for client in clients:
        client.start()
    try:
        yield blame
    finally:
        for client in clients:
            client.ending.set()
        for client in clients:
            client.join()
    blame()


def await_arrival(sinks: Sinks, mailing: Mailing, hosts: Sequence[Host]) -> None:
    """Until every host of ours that speaks has what was acknowledged for it."""
    theirs = {domain for host in hosts if host.manner and not host.manner.deaf for domain in host.domains}
    wanted = {
        (number, recipient)
        for number, one in mailing.acknowledged.items()
        for recipient in one.recipients
        if domain_of(recipient) in theirs
    }
    wait_until(lambda: wanted <= {(one.number, one.recipient) for one in sinks.got}, "not all arrives", within=120)


def one_of(mailing: Mailing, domain: str) -> str:
    """What the server calls the last message to a domain."""
    return [one.name for one in mailing.acknowledged.values() if domain_of(one.recipients[0]) == domain][-1]


def compared(account: Account, hosts: Sequence[Host], folder: Path, submitted: float) -> Sequence[float]:
    """Everything that must hold, and the figures."""
    strange = {domain for host in hosts if host.options for domain in host.domains}
    quick = {domain for host in hosts if host.manner == QUICK for domain in host.domains}
    slow = {domain for host in hosts if host.is_slow for domain in host.domains}
    mailing = account.mailing
    assert not mailing.refused
    account.check_nothing_is_made_up()
    waiting = account.check_nothing_is_lost(strange, slow)
    check_dumps(account, hosts, folder)
    doubled = account.doubled()
    assert len(doubled) <= account.cut() * max(len(one.recipients) for one in mailing.acknowledged.values())
    everything, usual = account.waits(lambda recipient: domain_of(recipient) in quick)
    whom = Counter(kill.whom for kill in mailing.kills)
    print(
        f"\n{len(mailing.acknowledged)} messages acknowledged in {submitted:.0f} s, {len(mailing.doubtful)} in doubt; "
        f"kills: {dict(whom)}; {len(account.got)} copies arrived, none lost, "
        f"{len(doubled)} doubled of {account.cut()} connections cut; {waiting} recipients wait"
        f"\nfrom the 250 to the host, no kill near: {percentiles(usual)}; all: {percentiles(everything)}"
    )
    return usual


def check_dumps(account: Account, hosts: Sequence[Host], folder: Path) -> None:
    """What the queue calls delivered, smtp-sink has written."""
    delivered = {(kept.destination, n) for n, _, kept in account.promised() if kept.state is State.DELIVERED}
    for host in hosts:
        if host.options:
            (domain,) = host.domains
            has = {found[1].decode() for path in (folder / domain).iterdir() if (found := DUMPED.search(path.read_bytes()))}
            lost = {number for name, number in delivered if name == domain} - has
            assert not lost, f"{domain} has not got {lost}"


def domain_of(recipient: str) -> str:
    return recipient.rpartition("@")[2]
