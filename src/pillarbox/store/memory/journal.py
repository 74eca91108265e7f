"""What happened to mail, in memory: `pillarbox.store.api.Journal`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from ..queued import DmarcCount, Event, ReceivedReport, TlsCount


class MemoryJournal:
    def __init__(self) -> None:
        self._events: list[Event] = []
        self._dmarc: Counter[DmarcCount] = Counter()
        self._tls: Counter[TlsCount] = Counter()
        self._sent: set[tuple[str, str, str]] = set()
        self._received: dict[tuple[str, str, str, str], ReceivedReport] = {}

    async def note(self, events: Sequence[Event]) -> None:
        self._events += events

    async def trace(self, key: str) -> Sequence[Event]:
        ids = {key, *(event.id for event in self._events if event.facts.get("message_id") == key)}
        return sorted((event for event in self._events if event.id in ids), key=lambda event: event.at)

    async def count_dmarc(self, rows: Sequence[DmarcCount]) -> None:
        for row in rows:
            self._dmarc[replace(row, count=0)] += row.count

    async def dmarc_counts(self, day: str) -> Sequence[DmarcCount]:
        found = [replace(row, count=count) for row, count in self._dmarc.items() if row.day == day]
        return sorted(found, key=lambda row: row.policy_domain)

    async def count_tls(self, rows: Sequence[TlsCount]) -> None:
        for row in rows:
            self._tls[replace(row, count=0)] += row.count

    async def tls_counts(self, day: str) -> Sequence[TlsCount]:
        found = [replace(row, count=count) for row, count in self._tls.items() if row.day == day]
        return sorted(found, key=lambda row: row.policy_domain)

    async def is_reported(self, kind: str, domain: str, day: str) -> bool:
        return (kind, domain, day) in self._sent

    async def reported(self, kind: str, domain: str, day: str) -> None:
        self._sent.add((kind, domain, day))

    async def keep_report(self, report: ReceivedReport) -> bool:
        key = (report.kind, report.domain, report.organisation, report.id)
        if key in self._received:
            return False
        self._received[key] = report
        return True

    async def received_reports(self, kind: str | None, domain: str | None, since: int) -> Sequence[ReceivedReport]:
        found = [
            report
            for report in self._received.values()
            if kind in (None, report.kind) and domain in (None, report.domain) and report.begins_at >= since
        ]
        return sorted(found, key=lambda report: report.begins_at)

    async def forget(self, before: int) -> None:
        day = datetime.fromtimestamp(before, UTC).date().isoformat()
        self._events = [event for event in self._events if event.at >= before]
        self._dmarc = Counter({row: count for row, count in self._dmarc.items() if row.day >= day})
        self._tls = Counter({row: count for row, count in self._tls.items() if row.day >= day})
        self._sent = {sent for sent in self._sent if sent[2] >= day}
        self._received = {key: report for key, report in self._received.items() if report.received_at >= before}
