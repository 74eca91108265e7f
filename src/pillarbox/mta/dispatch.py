"""All of it put together: a runner of the queue from what the process has at hand."""

import random as chance
from ipaddress import ip_address

from ..checks.questions import Answers, IPAddress
from ..clock import Clock
from ..limits import Limits
from ..net.client_tls import ClientTls
from ..settings import Settings
from ..store.api import Journal, Queue
from .bounce import Bounces
from .calling import Caller
from .pool import Pool
from .queue import Deliver, Runner
from .relay import Relay, Signatures, SmartHostOf
from .route import RouteOptions
from .settling import DestinationOf, KeptBy, Moved, Settling, Signed
from .tls_counts import TlsCounts


def runner(
    queue: Queue,
    journal: Journal,
    answers: Answers,
    tls: ClientTls,
    clock: Clock,
    *,
    settings: Settings,
    limits: Limits,
    own: frozenset[tuple[IPAddress, int]],
    deliver: Deliver,
    destination_of: DestinationOf,
    smart_host_of: SmartHostOf,
    signed: Signed | None = None,
    signatures: Signatures | None = None,
    moved: Moved | None = None,
    kept_by: KeptBy | None = None,
    random: chance.Random | None = None,
) -> Runner:
    """Whoever works the queue off, ready to `run`.

    `own`: where we take mail ourselves. `deliver` files what is LOCAL; `destination_of` says by what an address is grouped;
    `smart_host_of` names the smart host for mail of a domain, if it goes by one; `signed` puts our signature on
    notifications, `signatures` are those of what was held until now; `moved` is told of what somebody submitted, whenever
    something has become of it; `kept_by` says to whose mailbox goes back what was sent on and nobody takes.
    """
    outgoing, random = settings.outgoing, random or chance.SystemRandom()
    counts = TlsCounts(journal, clock, wanted=outgoing.reports)
    sources = [ip_address(address) for address in outgoing.send_from]
    pool = Pool(limits.client.kept, outgoing.connections)
    caller = Caller(tls, clock, settings.hostname, limits=limits, sources=sources, counts=counts, dismiss=pool.dismiss)
    options = RouteOptions(
        hostname=settings.hostname,
        own=own,
        port=outgoing.port,
        ipv6=outgoing.ipv6,
        mta_sts=outgoing.mta_sts,
        limits=limits.client,
    )
    relay = Relay(
        queue,
        answers,
        caller,
        pool,
        counts,
        clock,
        options=options,
        limits=limits.client,
        random=random.randrange,
        smart_host_of=smart_host_of,
        signatures=signatures,
    )
    bounces = Bounces(hostname=settings.hostname, lifetime=outgoing.give_up_after, limits=limits.message)
    settling = Settling(
        queue,
        journal,
        bounces,
        clock,
        destination_of=destination_of,
        warn_after=outgoing.warn_after,
        jitter=random.random,
        lasts=outgoing.give_up_after,
        signed=signed,
        moved=moved,
        kept_by=kept_by,
    )
    return Runner(
        queue,
        relay,
        settling,
        deliver,
        clock,
        connections=outgoing.connections,
        a_destination=outgoing.a_destination,
        drain=settings.connections.drain,
    )
