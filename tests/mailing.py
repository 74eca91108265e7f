"""A mailing to many domains through the queue of a server whose processes are killed meanwhile.

Sixteen people's programs submit it, each message with a number in its header; a ledger says which were acknowledged. What the
hosts of those domains have (`sinks`) and what the queue still holds are compared with it at the end.
"""

import asyncio
import contextlib
import hashlib
import itertools
import os
import random
import signal
import smtplib
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pillarbox.store.queued import Queued, QueuedRecipient, QueueFilter, State
from pillarbox.store.sqlite import SqliteAccounts
from pillarbox.testing.served import DOMAIN, HOST, PASSWORD, Served
from sinks import Got
from torment import Client, Figures, is_alive, wait_until

SESSIONS = 16
SENDER = f"news@{DOMAIN}"
LINES = 75
"""Of 64 characters: messages of 5 kB."""
NEAR = 2.0
"""Seconds around a kill in which how long a message takes says nothing of usual days."""
SEEN_WITHIN = 30.0
"""Seconds that a busy machine may take to let go of what a killed process had, and to tell a host so."""
ALL = 1 << 30


@dataclass(frozen=True)
class Acknowledged:
    """A message we were promised that it will arrive."""

    name: str
    """What the server calls it."""
    recipients: Sequence[str]
    at: float
    """When the 250 came."""


@dataclass(frozen=True)
class Kill:
    at: float
    whom: str
    """"a worker" or "the supervisor"."""


@dataclass
class Mailing:
    """What is sent to whom at what pace, and what came of it."""

    domains: Sequence[str]
    count: int
    pace: float
    """Messages a second, all sessions together."""
    seed: int = 1
    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    doubtful: dict[str, Sequence[str]] = field(default_factory=dict)
    """Messages whose reply never came: they may arrive or not."""
    refused: list[str] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self._began = time.monotonic()

    @property
    def is_over(self) -> bool:
        return len(self.acknowledged) >= self.count

    def next(self) -> tuple[str, Sequence[str], float]:
        """A number, its recipients, and when it is to be sent."""
        number = next(self._numbers)
        dice = random.Random(f"{self.seed} {number}")
        several = dice.randint(2, 5) if dice.random() < 0.15 else 1
        first = self.domains[number % len(self.domains)]
        others = [dice.choice(self.domains) for _ in range(several - 1)]
        recipients = [f"r{n}@{domain}" for n, domain in enumerate([first, *others])]
        return str(number), recipients, self._began + number / self.pace


class Submitter(Client):
    """Logs in, and sends one after another; what gets no reply is not sent again, so that nobody gets it twice by us."""

    def __init__(self, server: Served, mailing: Mailing, number: int) -> None:
        super().__init__(server, Figures(), f"submitter-{number}")
        self.mailing = mailing

    def session(self) -> None:
        with smtplib.SMTP(HOST, self.server.ports["submission"], timeout=90) as client:
            client.starttls()
            client.login(SENDER, PASSWORD)
            while not self.ending.is_set() and not self.mailing.is_over:
                self.send(client)
        self.ending.set()

    def send(self, client: smtplib.SMTP) -> None:
        number, recipients, due = self.mailing.next()
        if (early := due - time.monotonic()) > 0:
            self.ending.wait(early)
        codes = [client.mail(SENDER)[0], *(client.rcpt(recipient)[0] for recipient in recipients)]
        if any(code != 250 for code in codes):
            self.refused(number, codes[-1])
            return
        self.mailing.doubtful[number] = recipients
        code, said = client.data(letter(number))
        if code == 250:
            self.mailing.acknowledged[number] = Acknowledged(said.split()[-1].decode(), recipients, time.monotonic())
        else:
            self.refused(number, code)
        del self.mailing.doubtful[number]

    def refused(self, number: str, code: int) -> None:
        """A server that is stopping says goodbye: behind a message, that may mean that it was taken or not (RFC 5321 §3.8)."""
        if code == 421:
            raise smtplib.SMTPServerDisconnected("goodbye")
        self.mailing.refused.append(f"{number}: {code}")


def letter(number: str) -> bytes:
    lines = b"".join(hashlib.sha256(b"%b %d" % (number.encode(), n)).hexdigest().encode() + b"\r\n" for n in range(LINES))
    head = f"X-Number: {number}\r\nSubject: News {number}\r\nFrom: <{SENDER}>\r\nMessage-ID: <{number}@{DOMAIN}>\r\n\r\n"
    return head.encode() + lines


# Killing.


class Killer:
    """Ends processes of a server, and has it up again."""

    def __init__(self, server: Served, mailing: Mailing, *, supervisor: float, seed: int) -> None:
        """`supervisor`: how likely it is the supervisor."""
        self._server, self._mailing = server, mailing
        self._supervisor = supervisor
        self._dice = random.Random(seed)

    def kill(self, count: int, within: float) -> None:
        """So often, at random moments of a time."""
        began = time.monotonic()
        for moment in sorted(self._dice.uniform(0, within) for _ in range(count)):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            self._kill()

    def _kill(self) -> None:
        wait_until(self._server.workers, "there is no worker to kill")
        if self._dice.random() < self._supervisor:
            workers = self._server.workers()
            self._mailing.kills.append(Kill(time.monotonic(), "the supervisor"))
            self._server.kill()
            for worker in workers if self._dice.random() < 0.5 else ():  # else they find out, and end by themselves
                with contextlib.suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
            wait_until(lambda: not any(map(is_alive, workers)), "workers outlive their supervisor")
            self._server.start()
        else:
            self._mailing.kills.append(Kill(time.monotonic(), "a worker"))
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._dice.choice(self._server.workers()), signal.SIGKILL)


# What came of it.


@dataclass(frozen=True)
class Account:
    """The ledger, the hosts and the queue, side by side."""

    mailing: Mailing
    got: Sequence[Got]
    kept: Mapping[str, Queued]
    """What the queue has of every message, over or not, by its name."""

    def copies(self) -> Mapping[tuple[str, str], Sequence[Got]]:
        """By number and recipient, the first one first."""
        found: dict[tuple[str, str], list[Got]] = defaultdict(list)
        for one in sorted(self.got, key=lambda one: one.at):
            found[one.number, one.recipient].append(one)
        return found

    def promised(self) -> Iterator[tuple[str, str, QueuedRecipient]]:
        """Every recipient of every acknowledged message, with its number and what the queue says of it."""
        for number, one in self.mailing.acknowledged.items():
            assert one.name in self.kept, f"message {number} was acknowledged, and the queue knows nothing of it"
            states = {recipient.address: recipient for recipient in self.kept[one.name].recipients}
            for recipient in one.recipients:
                yield number, recipient, states[recipient]

    def check_nothing_is_lost(self, elsewhere: Collection[str], slow: Collection[str]) -> int:
        """What the queue calls delivered a host has; all else waits, and says why. How many wait.

        What the hosts of domains `elsewhere` have is not known here; of `slow` ones the first answer may be still to come.
        """
        copies, waiting = self.copies(), 0
        for number, recipient, kept in self.promised():
            assert kept.state in (State.DELIVERED, State.WAITING), f"message {number} to {recipient}: {kept}"
            if kept.state is State.DELIVERED:
                found = kept.destination in elsewhere or copies[number, recipient]
                assert found, f"message {number} to {recipient} was lost: {kept}"
            else:
                waiting += 1
                assert (kept.code.startswith("4.") and kept.said) or kept.destination in slow, kept
        return waiting

    def check_nothing_is_made_up(self) -> None:
        sent = {number: one.recipients for number, one in self.mailing.acknowledged.items()} | self.mailing.doubtful
        for one in self.got:
            assert one.recipient in sent.get(one.number, ()), one

    def doubled(self) -> Sequence[tuple[Got, Got]]:
        """Copies of the same, one after the other. A copy that is followed by another was the last message of its connection,
        which ended at a kill before it could be recorded: whatever was recorded is never sent again."""
        found = [pair for copies in self.copies().values() for pair in itertools.pairwise(copies)]
        for first, second in found:
            assert first.turn == first.line.turns, f"recorded, for there was a further message, and sent again: {first}"
            kills = [kill for kill in self.mailing.kills if first.at - NEAR / 4 < kill.at < first.answered + NEAR]
            assert kills, f"sent twice without a kill in between: {first} {second}"
            assert first.line is not second.line
        return found

    def cut(self) -> int:
        """Connections that ended without a QUIT, at a kill or soon after, as the hosts saw it: as many replies were outstanding
        at most, one on each."""
        lines = {id(one.line): one.line for one in self.got if one.line.ended and not one.line.has_quit}.values()
        return sum(any(-NEAR / 4 < line.ended - kill.at < SEEN_WITHIN for kill in self.mailing.kills) for line in lines)

    def waits(self, quick: Callable[[str], bool]) -> tuple[list[float], list[float]]:
        """Seconds from the 250 to the host, sorted: all, and those not near a kill; of recipients whose hosts are `quick`."""
        everything, usual = [], []
        copies = self.copies()
        for number, recipient, kept in self.promised():
            if quick(recipient) and kept.state is State.DELIVERED:
                at = self.mailing.acknowledged[number].at
                everything.append(copies[number, recipient][0].at - at)
                if not any(abs(kill.at - at) < NEAR for kill in self.mailing.kills):
                    usual.append(everything[-1])
        return sorted(everything), sorted(usual)


def kept(server: Served) -> Mapping[str, Queued]:
    """Every message the queue knows, once the server has stopped."""

    async def read() -> Sequence[Queued]:
        accounts = SqliteAccounts(server.data)
        try:
            over = [await accounts.queue().listed(QueueFilter(state=state, most=ALL)) for state in State]
            return [one for some in over for one in some]
        finally:
            await accounts.close()

    return {one.message.id: one for one in asyncio.run(read())}


def percentiles(waits: Sequence[float]) -> str:
    if len(waits) < 2:
        return "too few"
    cuts = statistics.quantiles(waits, n=100)
    return f"median {cuts[49]:.2f} s, 99 % {cuts[98]:.2f} s, all {waits[-1]:.2f} s ({len(waits)})"
