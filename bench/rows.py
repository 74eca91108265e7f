"""What is measured: one function a row of the table, run on a server with a round's mail in a round's account.

The order is the order of running, and matters: idle connections are counted before a process has grown, the first listing
comes before any other, searches before changes. A function
does its work `Plan.times` often, so that it lasts long enough to be measured, and returns how many units it did.
"""

import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench import sink
from bench.mail import Mail
from bench.side import ELSEWHERE, PEOPLE, Side, person, reader
from bench.wire import Imap

SESSIONS = 16
QUIET = 30
"""Seconds that thousands of idle connections are looked at."""
IDLERS = 10
"""The accounts idle connections are spread over."""
NINE = b"DATE FROM TO CC SUBJECT MESSAGE-ID IN-REPLY-TO REFERENCES REPLY-TO"
LISTING = b"FETCH 1:* (ENVELOPE BODYSTRUCTURE FLAGS INTERNALDATE RFC822.SIZE)"
SUBJECTS = (b"spam", b"re: new", b"linux", b"free", b"razor", b"perl", b"money", b"satalk", b"ilug", b"zzzz")
SORT = b"SORT (SUBJECT REVERSE DATE) UTF-8 ALL"
THREAD = b"THREAD REFERENCES UTF-8 ALL"
NUMBER = re.compile(rb"[0-9]+(?=[ ()\r])")
WORDS = (b"install", b"mortgage", b"wednesday", b"kernel", b"unsubscribe", b"zzzzzz")


@dataclass(frozen=True)
class Plan:
    """How much is done, and where."""

    mail: Mail
    round: int
    scale: float
    """1 for a full run, less for a quick one."""

    @property
    def account(self) -> str:
        return reader(self.round)

    @property
    def count(self) -> int:
        return len(self.mail.messages)

    def times(self, full: int) -> int:
        return max(1, round(full * self.scale))


@dataclass(frozen=True)
class Sample:
    """One row once: units done, wall seconds, and the cost of one unit in the row's measure."""

    count: int
    seconds: float
    each: float
    answers: tuple[int, ...] = ()
    """What the server answered, where two servers should agree."""


Work = Callable[[Side, Plan], int | tuple[int, tuple[int, ...]]]
Measure = Callable[[Side, Plan], Sample]


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    bar: float
    measure: Measure = field(repr=False)
    unit: str = "µs"
    timed: bool = True
    """Whether units a second mean something."""
    once: bool = False
    """Measured in the first round only."""


class NotTried(Exception):
    """On this side a row is not measured, for a good reason."""


def cpu_of(work: Work, per: float = 1e6, *, indexed: bool = False) -> Measure:
    """Measure a work by the server's CPU time a unit; what it leaves behind to do is waited for and counted: of new mail, that
    it is `indexed` for search."""

    def measured(side: Side, plan: Plan) -> Sample:
        side.settle()
        used, began = side.cpu(), time.perf_counter()
        done = work(side, plan)
        seconds = time.perf_counter() - began
        if indexed:
            side.settle_index()
        else:
            side.settle()
        count, answers = done if isinstance(done, tuple) else (done, ())
        return Sample(count, seconds, (side.cpu() - used) / count * per, answers)

    return measured


def accept(side: Side, plan: Plan) -> int:
    messages = plan.mail.for_smtp[: plan.times(3000)]
    _send(side, messages, [person(number) for number in range(PEOPLE)])
    side.wait_until_delivered()
    return len(messages)


def relay(side: Side, plan: Plan) -> int:
    """Over when all is there."""
    return _relayed(side, plan)[0]


def relay_clock(side: Side, plan: Plan) -> Sample:
    """From the first message that is there to the last, by the clock."""
    side.settle()
    count, seconds = _relayed(side, plan)
    side.settle()
    return Sample(count, seconds, seconds / count * 1e6)


def _relayed(side: Side, plan: Plan) -> tuple[int, float]:
    messages = plan.mail.for_smtp[: plan.times(3000)]
    with sink.running(side.sink) as taking:
        _send(side, messages, [f"you{number}@{ELSEWHERE}" for number in range(PEOPLE)])
        taking.wait(len(messages))
        side.wait_until_delivered()
    return len(messages), taking.last - taking.first


def _send(side: Side, messages: Sequence[bytes], recipients: Sequence[str]) -> None:
    """All of them over some sessions at a time, each to the next recipient."""
    failures: list[Exception] = []

    def session(number: int) -> None:
        try:
            connection = side.send_mail()
            for index in range(number, len(messages), SESSIONS):
                connection.deliver(recipients[index % len(recipients)], messages[index])
            connection.close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=session, args=(number,)) for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def append(side: Side, plan: Plan) -> int:
    connection = side.read_mail(plan.account)
    for message in plan.mail.messages:
        connection.append(b"INBOX", message)
    connection.close()
    return plan.count


def append_together(side: Side, plan: Plan, at_once: int = 100) -> None:
    """The same mail, many a command and nothing measured: how a large mailbox is made (RFC 3502, RFC 7888)."""
    connection = side.read_mail(plan.account)
    messages = plan.mail.messages
    for first in range(0, len(messages), at_once):
        connection.append_together(b"INBOX", messages[first : first + at_once])
    connection.close()


def open_again(side: Side, plan: Plan) -> int:
    """Somebody logs in, selects all of it and logs out, as a client does when it is started."""
    times = plan.times(200)
    for _ in range(times):
        connection = side.read_mail(plan.account)
        connection.command(b"LOGOUT")
        connection.close()
    return times


def log_in(side: Side, plan: Plan) -> Sample:
    """People who log in again and again, as clients do; the first time, with its slow hash of the password, is not counted."""

    def work(side: Side, _: Plan) -> int:
        for number in range(times):
            connection = side.read_mail(person(number % 4))
            connection.command(b"LOGOUT")
            connection.close()
        return times

    times = 40
    work(side, plan)
    times = plan.times(600)
    return cpu_of(work)(side, plan)


def repeated(command: bytes, times: int, proof: bytes = b" FETCH (") -> Work:
    """One command over all messages, `times` over on one connection; `proof` must be in the answer once a message."""

    def work(side: Side, plan: Plan) -> int:
        connection = side.read_mail(plan.account)
        for _ in range(plan.times(times)):
            connection.command(command)
            if proof and connection.answer(proof) < plan.count:
                raise AssertionError(f"{command!r}: {connection.answer(proof)} of {plan.count}")
        connection.close()
        return plan.times(times) * plan.count

    return work


def one_by_one(command: bytes, full: int) -> Work:
    """A command for each of the first messages, one after the other."""

    def work(side: Side, plan: Plan) -> int:
        connection = side.read_mail(plan.account)
        count = min(plan.times(full), plan.count)
        for number in range(1, count + 1):
            connection.command(command % number)
        connection.close()
        return count

    return work


def search(key: bytes, needles: Sequence[bytes], times: int) -> Work:
    """SEARCH, each time for another word; the answers are how many messages each word was found in."""

    def work(side: Side, plan: Plan) -> tuple[int, tuple[int, ...]]:
        connection = side.read_mail(plan.account)
        chosen = [needles[number % len(needles)] for number in range(plan.times(times))]
        found = tuple(_search(connection, b"SEARCH " + key % needle if b"%" in key else b"SEARCH " + key) for needle in chosen)
        connection.close()
        return len(chosen), tuple(sorted(set(found)))

    return work


def _search(connection: Imap, command: bytes) -> int:
    end = connection.command(command)
    lines = bytes(connection.buffer[:end]).split(b"\r\n")
    return sum(len(line.split()) - 2 for line in lines if line.startswith(b"* SEARCH"))


def ordered(command: bytes, times: int) -> Work:
    """SORT or THREAD of all messages; every one must be in the answer."""

    def work(side: Side, plan: Plan) -> int:
        connection = side.read_mail(plan.account)
        count = plan.times(times) if times > 1 else 1
        for _ in range(count):
            end = connection.command(command)
            found = len(NUMBER.findall(connection.buffer, 0, end))
            if found < plan.count:
                raise AssertionError(f"{command!r}: {found} of {plan.count}")
        connection.close()
        return count

    return work


def store_all(side: Side, plan: Plan) -> int:
    connection = side.read_mail(plan.account)
    times = plan.times(10)
    for number in range(times):
        connection.command(rb"STORE 1:* %bFLAGS.SILENT (\Flagged)" % (b"-" if number % 2 else b"+"))
    connection.close()
    return times * plan.count


def copy_all(side: Side, plan: Plan) -> int:
    connection = side.read_mail(plan.account)
    times = plan.times(3)
    for number in range(times):
        connection.command(b"CREATE copy%d" % number)
        connection.command(b"COPY 1:* copy%d" % number)
    connection.close()
    return times * plan.count


def expunge_all(side: Side, plan: Plan) -> Sample:
    """The copies of the row before; marking them is not counted."""
    times = plan.times(3)
    connections = [side.read_mail(plan.account, mailbox=b"copy%d" % number) for number in range(times)]
    for connection in connections:
        connection.command(rb"STORE 1:* +FLAGS.SILENT (\Deleted)")

    def work(_: Side, plan: Plan) -> int:
        for connection in connections:
            connection.command(b"EXPUNGE")
            if connection.answer(b" EXPUNGE\r\n") != plan.count:
                raise AssertionError("not all were expunged")
            connection.close()
        return times * plan.count

    return cpu_of(work)(side, plan)


def retrieve(at_once: int) -> Work:
    """All messages by POP3, so many RETRs sent at once."""

    def work(side: Side, plan: Plan) -> int:
        connection = side.collect_mail(plan.account)
        for first in range(1, plan.count + 1, at_once):
            connection.retrieve(first, min(first + at_once - 1, plan.count))
        connection.close()
        return plan.count

    return work


def idle_memory(tls: bool) -> Measure:
    """KiB that a connection which logged in, selected INBOX and idles takes, over hundreds of them.

    They stay open until the last of these rows is done, lest one is given the memory that another has left.
    """

    def measured(side: Side, plan: Plan) -> Sample:
        count = plan.times(side.idle_connections)
        for number in range(IDLERS * 4):
            side.read_mail(person(number % IDLERS), tls=tls).close()
        before, began = side.settled_memory(), time.perf_counter()
        for number in range(count):
            connection = side.read_mail(person(number % IDLERS), tls=tls)
            connection.idle()
            side.idle.append(connection)
        seconds = time.perf_counter() - began
        each = (side.settled_memory() - before) / count / 1024
        if tls:
            side.dismiss()
        return Sample(count, seconds, each)

    return measured


def idle_many(side: Side, plan: Plan) -> Sample:
    """KiB each of thousands of connections under TLS, over all the people; they stay open for the next row."""
    count = plan.times(side.many_connections)
    if not side.many_connections:
        raise NotTried
    for number in range(PEOPLE):
        side.read_mail(person(number), tls=True).close()
    before, began = side.settled_memory(), time.perf_counter()
    for number in range(count):
        connection = side.read_mail(person(number % PEOPLE), tls=True)
        connection.idle()
        connection.buffer = bytearray(1 << 10)  # lest the load takes all the memory
        side.idle.append(connection)
    seconds = time.perf_counter() - began
    return Sample(count, seconds, (side.settled_memory() - before) / count / 1024)


def idle_cpu(side: Side, plan: Plan) -> Sample:
    """CPU time a second while nothing happens on any of them."""
    if not side.idle:
        raise NotTried
    side.settle()
    used, began = side.cpu(), time.perf_counter()
    time.sleep(plan.times(QUIET))
    seconds, used = time.perf_counter() - began, side.cpu() - used
    count = len(side.idle)
    side.dismiss()
    return Sample(count, seconds, used / seconds * 1e3)


def idle_latency(side: Side, plan: Plan) -> Sample:
    """Milliseconds from the 250 to the EXISTS in IDLE; the median of some."""
    times = plan.times(20)
    watching = side.read_mail(person(1))
    sending = side.send_mail()
    waits = []
    for _ in range(times):
        watching.idle()
        sending.deliver(person(1), plan.mail.for_smtp[0])
        accepted = time.perf_counter()
        waits.append(watching.told(within=10) - accepted)
        watching.leave_idle()
    watching.close()
    sending.close()
    return Sample(times, sum(waits), max(0.0, median(waits)) * 1e3)


ROWS = (
    Row("idle-plain", "an idle IMAP connection", 40, idle_memory(tls=False), "KiB", timed=False, once=True),
    Row("idle-tls", "an idle IMAP connection, TLS", 80, idle_memory(tls=True), "KiB", timed=False, once=True),
    Row("idle-many", "5,000 idle IMAP connections, TLS, each", 80, idle_many, "KiB", timed=False, once=True),
    Row("idle-cpu", "CPU a second while they idle", 20, idle_cpu, "ms", timed=False, once=True),
    Row("accept", "accept by SMTP, durable, delivered; 200 people, 16 sessions", 800, cpu_of(accept, indexed=True)),
    Row("relay", "relay: accept by SMTP, durable, send on to a sink; 16 sessions", 2070, cpu_of(relay)),
    Row("relay-clock", "the same by the clock, from the first there to the last", 1460, relay_clock),
    Row("append", "APPEND one by one", 300, cpu_of(append, indexed=True)),
    Row(
        "listing-first",
        "FETCH ENVELOPE BODYSTRUCTURE FLAGS INTERNALDATE RFC822.SIZE of all, first time",
        5,
        cpu_of(repeated(LISTING, 1)),
    ),
    Row("listing-again", "the same again", 5, cpu_of(repeated(LISTING, 6))),
    Row("login", "log in, SELECT, log out", 600, log_in),
    Row("flags", "FETCH FLAGS of all", 1.7, cpu_of(repeated(b"FETCH 1:* FLAGS", 30))),
    Row(
        "fields",
        "FETCH of nine header fields, all",
        6,
        cpu_of(repeated(b"FETCH 1:* BODY.PEEK[HEADER.FIELDS (" + NINE + b")]", 6)),
    ),
    Row("bodies", "FETCH BODY[] of all", 9, cpu_of(repeated(b"FETCH 1:* BODY.PEEK[]", 4))),
    Row("part", "FETCH BODY[1], one command each", 50, cpu_of(one_by_one(b"FETCH %d BODY.PEEK[1]", 6000))),
    Row("search-unseen", "SEARCH UNSEEN", 2, cpu_of(search(b"UNSEEN", [b""], 60), 1e3), "ms"),
    Row("search-subject", "SEARCH SUBJECT", 3, cpu_of(search(b'SUBJECT "%b"', SUBJECTS, 10), 1e3), "ms"),
    Row("search-body", "SEARCH BODY", 5, cpu_of(search(b'BODY "%b"', WORDS, 4), 1e3), "ms"),
    Row("search-text", "SEARCH TEXT", 5, cpu_of(search(b'TEXT "%b"', WORDS, 4), 1e3), "ms"),
    Row("sort-first", "SORT (SUBJECT REVERSE DATE) of all, first time", 60, cpu_of(ordered(SORT, 1), 1e3), "ms"),
    Row("sort", "the same again", 15, cpu_of(ordered(SORT, 10), 1e3), "ms"),
    Row("thread-first", "THREAD REFERENCES of all, first time", 60, cpu_of(ordered(THREAD, 1), 1e3), "ms"),
    Row("thread", "the same again", 15, cpu_of(ordered(THREAD, 10), 1e3), "ms"),
    Row("store-all", "STORE on all in one command", 1.7, cpu_of(store_all)),
    Row("store-one", "STORE one by one", 120, cpu_of(one_by_one(rb"STORE %d +FLAGS (\Seen)", 4000))),
    Row("copy", "COPY all", 10, cpu_of(copy_all)),
    Row("expunge", "EXPUNGE all", 5, expunge_all),
    Row("retr", "POP3 RETR one by one", 40, cpu_of(retrieve(1))),
    Row("retr-pipelined", "POP3 RETR pipelined", 25, cpu_of(retrieve(50))),
    Row("idle-latency", "new mail told to IDLE after the 250", 10, idle_latency, "ms", timed=False),
)
OPEN = Row("open", "log in, SELECT all of it, log out", 18_000, cpu_of(open_again))
"""Only worth a row where there is much to select."""
LARGE = ("listing-first", "listing-again", "flags", "search-unseen", "search-subject", "search-body", "sort-first", "sort",
         "thread-first", "thread", "store-all")  # fmt: skip
"""What is measured on a large mailbox."""
GROWING = (*LARGE, "fields", "bodies", "part", "store-one", "copy", "expunge", "retr-pipelined")
"""What is measured on mailboxes of several sizes."""
REQUIRED = ("append",)
"""Rows that others cannot do without: they bring the mail."""
STANDALONE = frozenset({"accept", "relay", "relay-clock", "idle-plain", "idle-tls", "idle-many", "idle-cpu"})
"""Rows that can."""


def chosen(names: Sequence[str]) -> list[Row]:
    """The rows named, in their order, with those they need; all where none is named. Raises KeyError."""
    if unknown := set(names) - {row.name for row in ROWS}:
        raise KeyError(", ".join(sorted(unknown)))
    required = () if names and STANDALONE.issuperset(names) else REQUIRED
    needed = {*names, *required, *(("copy",) if "expunge" in names else ())}
    return [row for row in ROWS if not names or row.name in needed]
