"""Once a day the owners of other domains are told what came in their name and how TLS to them went, and theirs are kept.

What is due is found anew each time, so that a restart loses and doubles nothing: a report's name follows from what it is about,
and the queue takes no second message of one name. A report nobody could decide about (the DNS did not answer) is tried again
until the day after is over.
"""

import asyncio
import base64
import gzip
import hashlib
import random
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TypeVar
from urllib.parse import unquote

import structlog

from ..checks import aggregate, dmarc, dmarc_record, tlsrpt
from ..checks.aggregate import Auth, Feedback, Row
from ..checks.dmarc import Destinations, DmarcResult, Result
from ..checks.dmarc_record import Record
from ..checks.names import ascii_domain, is_domain
from ..checks.questions import Answer, Answers, Asking, Post, Status, Txt
from ..clock import Clock
from ..errors import AlreadyExists, MailError
from ..limits import CheckLimits
from ..mail.directory import BACKUP, DMARC_REPORTS, TLS_REPORTS
from ..message import structure
from ..message.report import read_status
from ..settings import Outgoing
from ..store.api import Accounts
from ..store.queued import LOCAL, Destination, DmarcCount, NewQueued, NewRecipient, TlsCount
from .bounce import content_of
from .report_files import read_report
from .report_mail import TLS_TYPE, Report, dmarc_mail, message_id, tls_mail
from .report_trust import is_vouched_for

log = structlog.get_logger(__name__)

LOOK_EVERY = 3600.0
"""Seconds."""
SPREAD = 4 * 3600
"""RFC 8460 §4.1: reports are sent at some time in the first hours of the day, not all at midnight."""
LIFETIME = 24 * 3600
"""RFC 8460 §5.6: seconds a report is tried for."""
POSTED = 4
"""Reports sent by HTTPS at a time."""
DAY = 24 * 3600
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\x80-\U0010ffff-]{1,64}")
"""Of an address that reports go to: dot-atoms, more or less; nothing that a header or a path would read otherwise."""
MOST_LABELS = 20
"""Of a domain that is looked for among ours."""
GENERATOR = "Pillarbox"


def is_report_address(address: str) -> bool:
    """Whether mail to it is first shown to `Reporting.take_in`."""
    return address.rpartition("@")[0].lower() in (DMARC_REPORTS, TLS_REPORTS)


@dataclass(frozen=True, slots=True)
class _Posting:
    """A TLS report for a destination by HTTPS."""

    url: str
    domain: str
    day: str
    body: bytes


class Reporting:
    """Sends what is due, and takes in what comes."""

    def __init__(
        self,
        *,
        kept: Accounts,
        answers: Answers,
        clock: Clock,
        hostname: str,
        settings: Outgoing,
        sign: Callable[[bytes, str], Awaitable[bytes]],
        route: Callable[[str], Awaitable[Destination]],
        limits: CheckLimits | None = None,
    ) -> None:
        """`sign`: a message and the domain of its From → the fields to put before it. `route`: an address → its destination."""
        self._kept = kept
        self._answers = answers
        self._clock = clock
        self._hostname = hostname
        self._settings = settings
        self._sign = sign
        self._route = route
        self._limits = limits or CheckLimits()
        self._journal = kept.journal()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.send_due()
            except MailError as error:
                log.warning("reports could not be sent now", problem=str(error))
            except Exception:
                log.exception("reports could not be sent")
            await asyncio.sleep(LOOK_EVERY)

    # Telling others.

    async def send_due(self) -> int:
        """Queue the reports on yesterday that were not sent yet, and post those for HTTPS; how many went."""
        midnight = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        submitter = await self._submitter()
        if not self._settings.reports or not submitter or (self._clock.now() - midnight).seconds < _delay(self._hostname):
            return 0
        day = midnight - timedelta(days=1)
        sent = 0
        for domain, counts in _by_domain(await self._journal.dmarc_counts(_name(day))):
            if not await self._journal.is_reported("dmarc", domain, _name(day)):
                sent += await self._send_dmarc(domain, counts, day, submitter)
        postings: list[_Posting] = []
        for domain, tls_counts in _by_domain(await self._journal.tls_counts(_name(day))):
            if not await self._journal.is_reported("tls", domain, _name(day)):
                sent += await self._send_tls(domain, tls_counts, day, submitter, postings)
        return sent + await self._post(postings)

    async def _submitter(self) -> str:
        """The domain of ours that reports: the one this host is in, else the first; "" where there is none."""
        names = sorted(domain.name for domain in await self._kept.domains() if BACKUP not in domain.settings)
        return next((name for name in names if f".{self._hostname}".endswith(f".{name}")), names[0] if names else "")

    async def _send_dmarc(self, domain: str, counts: Sequence[DmarcCount], day: datetime, submitter: str) -> int:
        """A report for each policy the domain had that day (RFC 9990 §2.1), to every address that wants it."""
        sent = 0
        is_decided = True
        for policy, alike in groupby(sorted(counts, key=attrgetter("policy")), attrgetter("policy")):
            record = dmarc_record.parse(policy.encode("latin-1", "replace"), self._limits.dmarc_destinations)
            where = await self._answers.answer(_destinations(record, domain, self._limits))
            is_decided = is_decided and not where.undecided
            if where.allowed:
                report = self._report(DMARC_REPORTS, domain, day, submitter, policy)
                xml = await asyncio.to_thread(aggregate.build, _feedback(report, record, list(alike)), GENERATOR)
                for to in where.allowed:
                    if not LOCAL_PART.fullmatch(to.local):
                        continue
                    mail = dmarc_mail(report, xml, to=to.address, at=self._clock.now())
                    if to.most is None or len(mail) <= to.most:
                        sent += await self._queue(report, mail, to.address)
        if is_decided:
            await self._journal.reported("dmarc", domain, _name(day))
        return sent

    async def _send_tls(
        self, domain: str, counts: Sequence[TlsCount], day: datetime, submitter: str, postings: list[_Posting]
    ) -> int:
        """RFC 8460 §3: to every destination of the domain's record; what goes by HTTPS is left in `postings`.

        Each destination is told once, and the domain is done with when all are.
        """
        answer = await self._answers.answer(_tls_record(domain))
        if answer.status is Status.TRY_LATER:
            return 0
        sent = 0
        report = self._report(TLS_REPORTS, domain, day, submitter)
        text = tlsrpt.build(
            counts,
            organisation=submitter,
            contact=report.sender,
            report_id=report.full_id,
            begins_at=report.begins_at,
            ends_at=report.ends_at,
        )
        left: list[_Posting] = []
        for uri in dict.fromkeys(tlsrpt.destinations(answer.records)):
            if await self._journal.is_reported(_to(uri), domain, _name(day)):
                continue
            if to := _mailbox(uri):
                sent += await self._queue(report, tls_mail(report, text, to=to, at=self._clock.now()), to)
                await self._journal.reported(_to(uri), domain, _name(day))
            elif uri.lower().startswith("https:"):
                left.append(_Posting(uri, domain, _name(day), gzip.compress(text, mtime=0)))
        postings += left
        if not left:
            await self._journal.reported("tls", domain, _name(day))
        return sent

    async def _post(self, postings: list[_Posting]) -> int:
        """A few at a time, until the next look is due. What does not arrive is tried again then, while the day lasts."""
        sent = 0
        random.shuffle(postings)  # so that nobody is always behind others who keep us waiting
        by = self._clock.monotonic() + LOOK_EVERY
        for at in range(0, len(postings), POSTED):
            if self._clock.monotonic() > by:
                break
            sent += sum(await asyncio.gather(*map(self._post_one, postings[at : at + POSTED])))
        return sent

    async def _post_one(self, posting: _Posting) -> bool:
        """Whether it arrived: any 2xx says so (RFC 8460 §5.4)."""
        answer = await self._answers.answer(_posted(posting))
        status = answer.records[0].status if answer.records else 0
        if not 200 <= status < 300:
            log.info("a report was not taken", url=posting.url, domain=posting.domain, said=answer.reason or status)
            return False
        await self._journal.reported(_to(posting.url), posting.domain, posting.day)
        return True

    def _report(self, local: str, domain: str, day: datetime, submitter: str, seed: str = "") -> Report:
        digest = hashlib.sha256("\n".join((local, domain, _name(day), submitter, seed)).encode()).digest()
        begins_at = int(day.timestamp())
        return Report(
            domain=domain,
            submitter=submitter,
            sender=f"{local}@{submitter}",
            id=base64.b32encode(digest[:15]).decode().lower(),
            begins_at=begins_at,
            ends_at=begins_at + DAY - 1,
        )

    async def _queue(self, report: Report, mail: bytes, to: str) -> int:
        """1, or 0 where it was queued before. What is for ourselves is kept at once."""
        now = int(self._clock.now().timestamp())
        name = message_id(report, to)
        destination = await self._route(to)
        if destination == LOCAL and is_report_address(to) and await self._keep(mail):
            return 1
        message = NewQueued(
            id=name.partition("@")[0],
            kind="report",
            sender=report.sender,
            recipients=[NewRecipient(address=to, destination=destination, notify="NEVER", at=now)],
            content=content_of(mail),
            prefix=await self._sign(mail, report.submitter),
            created_at=now,
            expires_at=now + LIFETIME,
            message_id=name,
            subject=f"Report Domain: {report.domain}",
            from_domain=report.submitter,
            body="7BIT" if mail.isascii() else "8BITMIME",
            smtputf8=not mail.isascii(),
            tls_optional=report.sender.startswith(TLS_REPORTS),
            accountable=False,
        )
        try:
            await self._kept.queue().add(message)
        except AlreadyExists:
            return 0
        return 1

    # Being told.

    async def take_in(self, message: bytes, recipients: Sequence[str]) -> bool:
        """Keep the report in a message that came for a report address. False: it is none on a domain of ours, or nobody vouches
        for it, and is mail like any other; a notification about a report of ours needs nobody's eyes."""
        if not any(map(is_report_address, recipients)):
            return False
        if read_status(message, structure.parse(message)) is not None:
            return True
        vouched = is_vouched_for(message, self._hostname, now=int(self._clock.now().timestamp()), limits=self._limits)
        if not await self._answers.answer(vouched):
            log.info("a report that anyone could have written is left to the postmaster")
            return False
        return await self._keep(message)

    async def _keep(self, message: bytes) -> bool:
        """Whether there is a report in it, on a domain of ours."""
        now = int(self._clock.now().timestamp())
        report = await self._answers.answer(read_report(message, self._limits, now))
        if report is None or not await self._is_ours(report.domain):
            return False
        is_new = await self._journal.keep_report(report)
        log.info("report received", kind=report.kind, domain=report.domain, organisation=report.organisation, new=is_new)
        return True

    async def _is_ours(self, domain: str) -> bool:
        """Whether it is a domain of ours or within one."""
        labels = domain.split(".")[-MOST_LABELS:]
        return any([await self._kept.domain(".".join(labels[at:])) is not None for at in range(len(labels))])


Count = TypeVar("Count", DmarcCount, TlsCount)


def _by_domain(counts: Iterable[Count]) -> Iterator[tuple[str, list[Count]]]:
    domain = attrgetter("policy_domain")
    return ((name, list(rows)) for name, rows in groupby(sorted(counts, key=domain), domain))


def _name(day: datetime) -> str:
    return f"{day:%Y-%m-%d}"


def _delay(hostname: str) -> int:
    """Seconds after midnight from which this host reports."""
    return int.from_bytes(hashlib.sha256(hostname.encode()).digest()[:4]) % SPREAD


def _destinations(record: Record, domain: str, limits: CheckLimits) -> Asking[Destinations]:
    if not record.rua:
        return Destinations()
    organization = yield from dmarc.organizational_domain(domain, limits=limits)
    found = DmarcResult(Result.NONE, domain, record=record, domain=domain, organization=organization)
    return (yield from dmarc.report_destinations(found, limits=limits))


def _tls_record(domain: str) -> Asking[Answer]:
    answer: Answer = yield Txt(f"_smtp._tls.{domain}")
    return answer


def _posted(posting: _Posting) -> Asking[Answer]:
    answer: Answer = yield Post(posting.url, TLS_TYPE, posting.body)
    return answer


def _to(uri: str) -> str:
    """What the journal calls a TLS report for one destination."""
    return f"tls {uri}"


def _mailbox(uri: str) -> str:
    """The address of a mailto URI; "" where it is none we can write to."""
    scheme, _, rest = uri.partition(":")
    local, _, host = unquote(rest.partition("?")[0]).rpartition("@")
    domain = ascii_domain(host)
    is_one = scheme.lower() == "mailto" and LOCAL_PART.fullmatch(local) and is_domain(domain)
    return f"{local}@{domain}" if is_one else ""


def _feedback(report: Report, record: Record, counts: Sequence[DmarcCount]) -> Feedback:
    return Feedback(
        organisation=report.submitter,
        email=report.sender,
        id=report.full_id,
        begins_at=report.begins_at,
        ends_at=report.ends_at,
        domain=report.domain,
        policy=aggregate.published(record),
        rows=[
            Row(
                source=count.source,
                count=count.count,
                disposition=count.disposition,
                dkim=count.dkim,
                spf=count.spf,
                header_from=count.header_from,
                envelope_from=count.envelope_from,
                auth=Auth.decode(count.auth),
            )
            for count in counts
        ],
    )
