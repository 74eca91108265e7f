"""Mail arriving, being changed and moved, while processes are killed: what was acknowledged, and what may be.

Every client keeps a ledger of what it was told. An operation whose answer never came may have happened or not; the next
look at the mailbox decides, and must find one of the two. Message ids say what a message must contain, so that a torn one
cannot pass for whole.
"""

import contextlib
import hashlib
import imaplib
import os
import random
import re
import signal
import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pillarbox.testing.served import HOST, PASSWORD, Served

PATIENCE = 60.0
ENOUGH = 100
"""Messages of one owner: every look reads them all."""
GONE = ""
"""The mailbox of a message that is in none."""
DROPPED = (OSError, EOFError, imaplib.IMAP4.abort, smtplib.SMTPException)


def letter(name: str) -> bytes:
    """The message of that name: mostly small, now and then beyond what is kept beside the metadata."""
    dice = random.Random(name)
    size = dice.choice((1, 3, 10, 30, 100)) if dice.random() < 0.9 else 2000
    lines = b"".join(hashlib.sha256(b"%b%d" % (name.encode(), n)).hexdigest().encode() + b"\r\n" for n in range(size))
    return b"X-Name: %b\r\nSubject: %b\r\nFrom: a@example.net\r\n\r\n%b" % (name.encode(), name.encode(), lines)


@dataclass
class Figures:
    """What a run did, to be printed."""

    kills: int = 0
    delivered: int = 0
    changed: int = 0
    in_doubt: int = 0
    in_doubt_kept: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)


class Client(threading.Thread):
    """Works until told to end; a dropped connection is opened again, anything else that goes wrong is kept in `failure`."""

    def __init__(self, server: Served, figures: Figures, seed: str) -> None:
        super().__init__(name=seed)
        self.server, self.figures, self.dice = server, figures, random.Random(seed)
        self.ending = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.ending.is_set():
                with contextlib.suppress(*DROPPED):
                    self.session()
                self.ending.wait(0.02)
        except BaseException as error:
            self.failure = error

    def session(self) -> None:
        raise NotImplementedError


class Sender(Client):
    """Delivers by SMTP, each message once: acknowledged, or in doubt."""

    def __init__(self, server: Served, figures: Figures, seed: str, accounts: list[str]) -> None:
        super().__init__(server, figures, seed)
        self.accounts = accounts
        self.acknowledged: dict[str, set[str]] = {account: set() for account in accounts}
        self.doubtful: dict[str, set[str]] = {account: set() for account in accounts}
        self.serial = 0

    def session(self) -> None:
        with smtplib.SMTP(HOST, self.server.ports["smtp"], timeout=PATIENCE) as client:
            while not self.ending.is_set():
                self.serial += 1
                name = f"{self.name}-{self.serial}"
                chosen = self.dice.sample(self.accounts, self.dice.choice((1, 1, 1, 2)))
                for account in chosen:
                    self.doubtful[account].add(name)
                refused = client.sendmail("a@example.net", chosen, letter(name))
                for account in set(chosen) - set(refused):
                    self.doubtful[account].remove(name)
                    self.acknowledged[account].add(name)
                    self.figures.add(delivered=1)


@dataclass(frozen=True)
class State:
    mailbox: str
    flagged: bool = False


NOWHERE = State(GONE)


class Owner(Client):
    """Appends, flags, moves and expunges by IMAP in two mailboxes nobody else touches."""

    def __init__(self, server: Served, figures: Figures, seed: str, account: str) -> None:
        super().__init__(server, figures, seed)
        self.account = account
        self.mailboxes = (f"Work-{seed}", f"Done-{seed}")
        self.possible: dict[str, set[State]] = {}
        self.uids: dict[str, dict[int, str]] = {mailbox: {} for mailbox in self.mailboxes}
        """Whose UID it was, for all time."""
        self.validity: dict[str, bytes] = {}
        self.selected = ""
        self.serial = 0

    def session(self) -> None:
        with self.connected() as client:
            self.look(client)
            while not self.ending.is_set():
                full = sum(states != {NOWHERE} for states in self.possible.values()) > ENOUGH
                bring = self.expunge if full else self.append
                self.dice.choice((bring, bring, self.flag, self.move, self.expunge))(client)

    def connected(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(HOST, self.server.ports["imap"], timeout=PATIENCE)
        client.login(self.account, PASSWORD)
        self.selected = ""
        for mailbox in self.mailboxes:
            if mailbox not in self.validity:
                client.create(mailbox)
        return client

    def look(self, client: imaplib.IMAP4) -> None:
        """Compare what is there with what may be, and remember it as what is."""
        found: dict[str, State] = {}
        for mailbox in self.mailboxes:
            for name, uid, flagged in self.listed(client, mailbox):
                assert name not in found, f"{name} is there twice"
                assert self.uids[mailbox].setdefault(uid, name) == name, f"UID {uid} of {mailbox} was used again"
                found[name] = State(mailbox, flagged)
            self.selected = mailbox
        assert found.keys() <= self.possible.keys(), "a message nobody wrote"
        for name, states in self.possible.items():
            now = found.get(name, NOWHERE)
            assert now in states, f"{name} is {now}, and may be {states}"
            if len(states) > 1:
                self.figures.add(in_doubt=1, in_doubt_kept=int(now.mailbox != GONE))
            self.possible[name] = {now}

    def listed(self, client: imaplib.IMAP4, mailbox: str) -> list[tuple[str, int, bool]]:
        select(client, mailbox)
        (validity,) = client.untagged_responses["UIDVALIDITY"]
        assert self.validity.setdefault(mailbox, validity) == validity
        highest = max(self.uids[mailbox], default=0)
        (following,) = client.untagged_responses["UIDNEXT"]
        assert int(following) > highest, f"UIDNEXT went back to {following} in {mailbox}"
        if client.untagged_responses["EXISTS"] == [b"0"]:
            return []
        found = []
        for part in okay(client.uid("fetch", "1:*", "(FLAGS BODY.PEEK[])")):
            if isinstance(part, tuple):
                name = re.match(rb"X-Name: (\S+)\r\n", part[1])[1].decode()
                assert part[1] == letter(name), f"{name} is torn"
                uid = re.search(rb"UID (\d+)", part[0])[1]
                found.append((name, int(uid), rb"\Flagged" in part[0]))
        return found

    def append(self, client: imaplib.IMAP4) -> None:
        self.serial += 1
        name, mailbox = f"{self.name}-{self.serial}", self.dice.choice(self.mailboxes)
        self.possible[name] = {NOWHERE, State(mailbox)}
        answer = okay(client.append(mailbox, "", "", letter(name)))
        uid = int(re.search(rb"APPENDUID \d+ (\d+)", answer[0])[1])
        assert uid > max(self.uids[mailbox], default=0), f"UID {uid} of {mailbox} is not above those before"
        self.uids[mailbox][uid] = name
        self.settle(name, State(mailbox))

    def flag(self, client: imaplib.IMAP4) -> None:
        if (picked := self.pick()) is None:
            return
        name, uid, state = picked
        after = State(state.mailbox, not state.flagged)
        self.select(client, state.mailbox)
        self.possible[name] = {state, after}
        okay(client.uid("store", uid, "+FLAGS" if after.flagged else "-FLAGS", r"(\Flagged)"))
        self.settle(name, after)

    def move(self, client: imaplib.IMAP4) -> None:
        if (picked := self.pick()) is None:
            return
        name, uid, state = picked
        (target,) = set(self.mailboxes) - {state.mailbox}
        self.select(client, state.mailbox)
        after = State(target, state.flagged)
        self.possible[name] = {state, after}
        okay(client.uid("move", uid, target))
        copied = client.response("COPYUID")[1][-1].split()[-1]
        assert int(copied) > max(self.uids[target], default=0)
        self.uids[target][int(copied)] = name
        self.settle(name, after)

    def expunge(self, client: imaplib.IMAP4) -> None:
        if (picked := self.pick()) is None:
            return
        name, uid, state = picked
        self.select(client, state.mailbox)
        okay(client.uid("store", uid, "+FLAGS.SILENT", r"(\Deleted)"))
        self.possible[name] = {state, NOWHERE}
        okay(client.uid("expunge", uid))
        self.settle(name, NOWHERE)

    def settle(self, name: str, state: State) -> None:
        self.possible[name] = {state}
        self.figures.add(changed=1)

    def pick(self) -> tuple[str, str, State] | None:
        """A message that is certainly there: its name, its UID, how it is."""
        there = [(name, *states) for name, states in self.possible.items() if states != {NOWHERE}]
        if not there:
            return None
        name, state = self.dice.choice(there)
        uid = max(uid for uid, owner in self.uids[state.mailbox].items() if owner == name)
        return name, str(uid), state

    def select(self, client: imaplib.IMAP4, mailbox: str) -> None:
        if self.selected != mailbox:
            select(client, mailbox)
            self.selected = mailbox


class Torment:
    """A load on a server, and someone who kills its processes."""

    def __init__(self, server: Served, accounts: list[str], seed: int) -> None:
        self.server, self.accounts, self.dice = server, accounts, random.Random(seed)
        self.figures = Figures()
        self.senders = [Sender(server, self.figures, f"s{seed}x{number}", accounts) for number in range(3)]
        self.owners = [Owner(server, self.figures, f"o{seed}x{number}", accounts[number]) for number in range(3)]

    def run(self, kills: int) -> None:
        """Kill so many times, then let everyone compare. Raises what any client found wrong."""
        clients: list[Client] = [*self.senders, *self.owners]
        for client in clients:
            client.start()
        try:
            for _ in range(kills):
                self.wait(self.dice.uniform(0.05, 0.6))
                self.kill()
                self.until_served()
            self.wait(0.5)
        finally:
            for client in clients:
                client.ending.set()
            for client in clients:
                client.join()
        self.blame()
        self.compare()

    def kill(self) -> None:
        """A random process of the server, supervisor included, which is then started again."""
        victim = self.dice.choice((None, *self.server.workers()))
        if victim is None:
            workers = self.server.workers()
            self.server.kill()
            wait_until(lambda: not any(map(is_alive, workers)), "workers outlive their supervisor")
            self.server.start()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        self.figures.add(kills=1)

    def until_served(self) -> None:
        """Until acknowledgements come again, and everyone is still content."""
        goal = self.figures.delivered + self.figures.changed + 10
        wait_until(
            lambda: self.blame() or self.figures.delivered + self.figures.changed >= goal, "nothing is acknowledged any more"
        )

    def wait(self, seconds: float) -> None:
        self.senders[0].ending.wait(seconds)

    def blame(self) -> bool:
        for client in (*self.senders, *self.owners):
            if client.failure:
                raise client.failure
        return False

    def compare(self) -> None:
        for owner in self.owners:
            with owner.connected() as client:
                owner.look(client)
        for account in self.accounts:
            self.compare_inbox(account)

    def compare_inbox(self, account: str) -> None:
        """Everything acknowledged is there once and whole; what was in doubt at most once."""
        with imaplib.IMAP4(HOST, self.server.ports["imap"], timeout=PATIENCE) as client:
            client.login(account, PASSWORD)
            select(client, "INBOX")
            found = [part[1] for part in okay(client.fetch("1:*", "(BODY.PEEK[])")) if isinstance(part, tuple)]
        names = [re.search(rb"^X-Name: (\S+)\r\n", body, re.MULTILINE)[1].decode() for body in found]
        for name, body in zip(names, found, strict=True):
            assert body.endswith(letter(name)), f"{name} is torn"
        acknowledged = set[str]().union(*(sender.acknowledged[account] for sender in self.senders))
        doubtful = set[str]().union(*(sender.doubtful[account] for sender in self.senders))
        assert len(names) == len(set(names)), "a message was doubled"
        assert acknowledged <= set(names), f"lost: {acknowledged - set(names)}"
        assert set(names) <= acknowledged | doubtful
        self.figures.add(in_doubt=len(doubtful), in_doubt_kept=len(doubtful & set(names)))


def select(client: imaplib.IMAP4, mailbox: str) -> None:
    client.untagged_responses.clear()
    okay(client.select(mailbox))


def okay(answer: tuple[str, list[bytes]]) -> list[bytes]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.abort(data)
    return data


def wait_until(condition: Callable[[], object], otherwise: str, within: float = 90.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
