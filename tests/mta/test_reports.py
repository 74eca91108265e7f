import gzip
import io
import json
import tracemalloc
import zipfile
import zlib
from base64 import encodebytes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from pillarbox.checks import aggregate, dkim_sign, keys, tlsrpt
from pillarbox.checks.aggregate import Auth
from pillarbox.limits import CheckLimits
from pillarbox.mta.report_files import read_report, unpacked
from pillarbox.mta.report_mail import Report, dmarc_mail, tls_mail
from pillarbox.mta.report_trust import is_vouched_for
from pillarbox.mta.reports import Reporting, is_report_address
from pillarbox.settings import Outgoing, Settings
from pillarbox.store.memory import MemoryAccounts
from pillarbox.store.models import Domain
from pillarbox.store.queued import LOCAL, DmarcCount, QueueFilter, ReceivedReport, TlsCount
from pillarbox.testing.fake_dns import Zone
from pillarbox.testing.house import house
from servers.smtp.talk import conversation, messages_of

LIMITS = CheckLimits()
MIB = 1 << 20
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
YESTERDAY = "2026-11-20"
SIGNATURE = b"DKIM-Signature: made up\r\n"
CAME = b"Received: by mail.example.org with ESMTPS id x\r\n"
PASSED = b"Authentication-Results: mail.example.org; dmarc=pass header.from=google.com\r\n" + CAME
"""What is on top of mail that came in by the smtp door, and passed."""


async def route(address: str) -> str:
    domain = address.rpartition("@")[2]
    return LOCAL if domain == "example.org" else domain


DMARC = DmarcCount(
    day=YESTERDAY,
    policy_domain="example.net",
    policy="v=DMARC1; p=reject; rua=mailto:dmarc@example.net",
    source="192.0.2.1",
    disposition="none",
    dkim="pass",
    spf="fail",
    header_from="example.net",
    envelope_from="example.net",
    auth=Auth(dkim=[{"domain": "example.net", "selector": "s", "result": "pass"}]).encode(),
    count=4,
)
TLS = TlsCount(
    day=YESTERDAY,
    policy_domain="example.net",
    policy_type="no-policy-found",
    policy="[]",
    mx="mx.example.net",
    result="",
    count=9,
)
ZONE = """
    _dmarc.example.net                                TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.net"
    _smtp._tls.example.net                            TXT "v=TLSRPTv1; rua=mailto:tls@example.net,https://example.net/r"
    example.net._report._dmarc.collector.example      TXT "v=DMARC1"
"""


@dataclass
class Noon:
    """A clock that stands still."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


async def signature(message: bytes, domain: str) -> bytes:
    assert domain in ("example.org", "another.example")
    return SIGNATURE


@dataclass
class Desk:
    """A reporting office with nothing around it."""

    kept: MemoryAccounts = field(default_factory=MemoryAccounts)
    zone: Zone = field(default_factory=lambda: Zone(ZONE))
    clock: Noon = field(default_factory=Noon)
    settings: Outgoing = Outgoing()  # noqa: RUF009

    def reporting(self) -> Reporting:
        return Reporting(
            kept=self.kept,
            answers=self.zone,
            clock=self.clock,
            hostname="mail.example.org",
            settings=self.settings,
            sign=signature,
            route=route,
        )

    async def queued(self) -> list[tuple[str, EmailMessage]]:
        """Whom each message in the queue is for, and what goes over the wire."""
        found = []
        for each in await self.kept.queue().listed(QueueFilter()):
            data = await self.kept.queue().read(each.message.id)
            assert data.startswith(SIGNATURE)
            message = message_from_bytes(data, policy=policy.default)
            assert isinstance(message, EmailMessage)
            assert not [part.defects for part in message.walk() if part.defects]
            found.append((each.recipients[0].address, message))
        return sorted(found, key=lambda pair: pair[0])


@pytest.fixture
async def desk() -> Desk:
    found = Desk()
    await found.kept.add_domain(Domain("another.example"))
    await found.kept.add_domain(Domain("example.org"))
    return found


def attachment(message: EmailMessage) -> tuple[str, str, bytes]:
    part = (
        list(message.iter_parts())[1] if message.get_content_type() == "multipart/report" else next(message.iter_attachments())
    )
    return part.get_content_type(), part.get_filename() or "", part.get_payload(decode=True)  # type: ignore[return-value]


def read(message: bytes, limits: CheckLimits = LIMITS) -> ReceivedReport | None:
    reading = read_report(message, limits, 17)
    try:
        while True:
            next(reading)
    except StopIteration as end:
        found: ReceivedReport | None = end.value
        return found


# Sent.


async def test_a_dmarc_report_goes_to_who_asked_for_it(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([DMARC, replace(DMARC, source="192.0.2.2", count=1)])
    assert await desk.reporting().send_due() == 1
    ((to, message),) = await desk.queued()
    assert to == "dmarc@example.net"
    assert message["From"].addresses[0].addr_spec == "dmarc-reports@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    content_type, name, data = attachment(message)
    assert content_type == "application/gzip"
    begins_at = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp())
    receiver, domain, begin, end, rest = name.split("!")
    assert (receiver, domain, int(begin), int(end)) == ("example.org", "example.net", begins_at, begins_at + 86399)
    unique, _, extension = rest.partition(".")
    assert extension == "xml.gz"
    assert unique.isalnum()
    subject = " ".join(message["Subject"].split())
    assert subject == f"Report Domain: example.net Submitter: example.org Report-ID: <{unique}@example.org>"
    report = read(message.as_bytes())
    assert report is not None
    assert (report.kind, report.id, report.organisation) == ("dmarc", f"{unique}@example.org", "example.org")
    assert [(row["source"], row["count"], row["disposition"]) for row in json.loads(report.rows)] == [
        ("192.0.2.1", 4, "pass"),
        ("192.0.2.2", 1, "pass"),
    ]
    assert gzip.decompress(data).startswith(b"<?xml")


async def test_a_report_is_queued_as_what_must_not_come_back(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([DMARC])
    await desk.kept.journal().count_tls([TLS])
    await desk.reporting().send_due()
    for each in await desk.kept.queue().listed(QueueFilter()):
        message = each.message
        assert (message.kind, message.accountable, message.body, message.smtputf8) == ("report", False, "7BIT", False)
        assert message.sender.endswith("-reports@example.org")
        assert message.expires_at - message.created_at == 86400
        assert [(one.destination, one.notify) for one in each.recipients] == [("example.net", "NEVER")]
        assert message.tls_optional == message.sender.startswith("tls-")


async def test_a_tls_report_goes_to_who_asked_for_it(desk: Desk) -> None:
    await desk.kept.journal().count_tls([TLS, replace(TLS, result="certificate-expired", count=2)])
    assert await desk.reporting().send_due() == 1
    ((to, message),) = await desk.queued()
    assert to == "tls@example.net"
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "tlsrpt"
    assert (message["TLS-Report-Domain"], message["TLS-Report-Submitter"]) == ("example.net", "example.org")
    assert message["TLS-Required"] == "No"
    content_type, name, data = attachment(message)
    assert content_type == "application/tlsrpt+gzip"
    assert name.startswith("example.org!example.net!")
    assert name.endswith(".json.gz")
    found = tlsrpt.parse(gzip.decompress(data), LIMITS)
    assert {(row.result, row.count) for row in found.rows} == {("", 9), ("certificate-expired", 2)}
    report = read(message.as_bytes())
    assert report is not None
    assert (report.kind, report.domain, report.organisation) == ("tls", "example.net", "example.org")


URL = "https://example.net/r"


async def test_a_tls_report_is_posted_to_who_wants_it_by_https(desk: Desk) -> None:
    desk.zone.document(URL, "", status=201)
    await desk.kept.journal().count_tls([TLS])
    assert await desk.reporting().send_due() == 2
    (post,) = desk.zone.posted
    assert (post.url, post.content_type) == (URL, "application/tlsrpt+gzip")
    assert [(row.policy_domain, row.count) for row in tlsrpt.parse(gzip.decompress(post.body), LIMITS).rows] == [
        ("example.net", 9)
    ]
    assert await desk.reporting().send_due() == 0
    assert len(desk.zone.posted) == 1


@pytest.mark.parametrize(("status", "taken"), [(200, True), (202, True), (204, True), (302, False), (404, False), (503, False)])
async def test_what_a_website_does_not_take_is_tried_again_with_the_next_look(desk: Desk, status: int, taken: bool) -> None:
    desk.zone.document(URL, "", status=status)
    await desk.kept.journal().count_tls([TLS])
    assert await desk.reporting().send_due() == 1 + taken
    desk.zone.document(URL, "")
    assert await desk.reporting().send_due() == 1 - taken
    assert await desk.reporting().send_due() == 0
    assert len(desk.zone.posted) == 2 - taken
    assert [address for address, _ in await desk.queued()] == ["tls@example.net"]
    assert await desk.kept.journal().is_reported("tls", "example.net", YESTERDAY)


async def test_a_website_that_is_not_there_keeps_no_other_report_back(desk: Desk) -> None:
    rua = "v=TLSRPTv1; rua=https://gone.example/r,mailto:tls@example.net,https://example.net/r"
    desk.zone.remove("_smtp._tls.example.net")
    desk.zone.add("_smtp._tls.example.net", "TXT", f'"{rua}"')
    desk.zone.document(URL, "")
    await desk.kept.journal().count_tls([TLS])
    assert [await desk.reporting().send_due() for _ in range(3)] == [2, 0, 0]
    assert sorted(post.url for post in desk.zone.posted) == [URL] + ["https://gone.example/r"] * 3
    desk.clock.at += timedelta(days=1)
    assert await desk.reporting().send_due() == 0
    assert len(desk.zone.posted) == 4


async def test_what_was_sent_is_not_sent_again(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([DMARC])
    await desk.kept.journal().count_tls([TLS])
    desk.zone.document(URL, "")
    assert await desk.reporting().send_due() == 3
    assert await desk.reporting().send_due() == 0
    assert await desk.kept.journal().is_reported("dmarc", "example.net", YESTERDAY)
    assert await desk.kept.journal().is_reported("tls", "example.net", YESTERDAY)


async def test_two_who_send_at_once_send_one_report(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([DMARC])
    first = await desk.reporting().send_due()
    other = Desk(zone=desk.zone)
    await other.kept.add_domain(Domain("example.org"))
    await other.kept.journal().count_dmarc([DMARC])
    other.kept.queue = desk.kept.queue  # type: ignore[method-assign]
    assert (first, await other.reporting().send_due()) == (1, 0)


async def test_what_we_have_to_say_to_ourselves_is_kept_and_not_sent(desk: Desk) -> None:
    ours = "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org,mailto:boss@example.org"
    await desk.kept.journal().count_dmarc([replace(DMARC, policy_domain="example.org", policy=ours)])
    assert await desk.reporting().send_due() == 2
    assert [to for to, _ in await desk.queued()] == ["boss@example.org"]
    (report,) = await desk.kept.journal().received_reports("dmarc", "example.org", 0)
    assert (report.organisation, json.loads(report.rows)[0]["count"]) == ("example.org", 4)


async def test_each_policy_of_a_day_has_its_report(desk: Desk) -> None:
    changed = replace(DMARC, policy="v=DMARC1; p=none; rua=mailto:dmarc@example.net")
    await desk.kept.journal().count_dmarc([DMARC, changed])
    assert await desk.reporting().send_due() == 2


async def test_other_days_are_left_alone(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([replace(DMARC, day="2026-11-19"), replace(DMARC, day="2026-11-21")])
    assert await desk.reporting().send_due() == 0


@pytest.mark.parametrize(
    ("rua", "to"),
    [
        ("mailto:a@example.net,mailto:b@sub.example.net", ["a@example.net", "b@sub.example.net"]),
        ("mailto:x@collector.example", ["x@collector.example"]),
        ("mailto:x@victim.example", []),
        ("mailto:a@example.net!1k", []),
        ("mailto:a@example.net!10m", ["a@example.net"]),
        ("https://example.net/r", []),
        ("mailto:a%3E%20NOTIFY@example.net", []),
        ("mailto:a%3Eb@example.net", []),
    ],
)
async def test_a_dmarc_report_goes_only_where_it_may(desk: Desk, rua: str, to: list[str]) -> None:
    rows = [replace(DMARC, policy=f"v=DMARC1; p=none; rua={rua}", source=f"2001:db8::{n:x}") for n in range(200)]
    await desk.kept.journal().count_dmarc(rows)
    await desk.reporting().send_due()
    assert [address for address, _ in await desk.queued()] == to
    assert await desk.kept.journal().is_reported("dmarc", "example.net", YESTERDAY)


async def test_what_cannot_be_decided_now_is_tried_again(desk: Desk) -> None:
    desk.zone.fails("example.net._report._dmarc.sick.example", "TXT")
    desk.zone.remove("_smtp._tls.example.net")
    desk.zone.fails("_smtp._tls.example.net")
    rua = "mailto:dmarc@example.net,mailto:x@sick.example"
    await desk.kept.journal().count_dmarc([replace(DMARC, policy=f"v=DMARC1; p=none; rua={rua}")])
    await desk.kept.journal().count_tls([TLS])
    assert await desk.reporting().send_due() == 1
    desk.zone.remove("example.net._report._dmarc.sick.example", "TXT")
    desk.zone.remove("_smtp._tls.example.net")
    desk.zone.add("example.net._report._dmarc.sick.example", "TXT", "v=DMARC1")
    desk.zone.add("_smtp._tls.example.net", "TXT", '"v=TLSRPTv1; rua=mailto:tls@example.net"')
    assert await desk.reporting().send_due() == 2
    assert [address for address, _ in await desk.queued()] == ["dmarc@example.net", "tls@example.net", "x@sick.example"]


async def test_nothing_is_sent_where_it_is_switched_off(desk: Desk) -> None:
    desk.settings = Outgoing(reports=False)
    await desk.kept.journal().count_dmarc([DMARC])
    assert await desk.reporting().send_due() == 0


async def test_nothing_is_sent_without_a_domain_to_send_it_from() -> None:
    desk = Desk()
    await desk.kept.journal().count_dmarc([DMARC])
    assert await desk.reporting().send_due() == 0


async def test_reports_are_not_all_sent_at_midnight(desk: Desk) -> None:
    await desk.kept.journal().count_dmarc([DMARC])
    desk.clock.at = NOW.replace(hour=0)
    assert await desk.reporting().send_due() == 0
    desk.clock.at = NOW.replace(hour=4)
    assert await desk.reporting().send_due() == 1


REPORT = Report(
    domain="d" * 60 + ".example", submitter="s" * 60 + ".example", sender="x@y.example", id="abc", begins_at=1, ends_at=2
)


@pytest.mark.parametrize("data", [dmarc_mail(REPORT, b"<x/>", to="a@b", at=NOW), tls_mail(REPORT, b"{}", to="a@b", at=NOW)])
def test_a_report_is_seven_bits_in_short_lines(data: bytes) -> None:
    assert data.isascii()
    assert all(len(line) < 260 for line in data.split(b"\r\n"))


# Received.


def xml(domain: str = "example.org", rows: int = 1) -> bytes:
    row = aggregate.Row(source="192.0.2.9", count=2, disposition="none", dkim="fail", spf="pass", header_from=domain)
    return aggregate.build(
        aggregate.Feedback(
            organisation="google.com",
            email="x@google.com",
            id="17",
            begins_at=100,
            ends_at=200,
            domain=domain,
            rows=[row] * rows,
        )
    )


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return packed.getvalue()


def mail(data: bytes, content_type: str = "application/gzip", name: str = "r.xml.gz") -> bytes:
    message = EmailMessage()
    message["Subject"] = "Report Domain: example.org"
    message.set_content("see the attachment")
    main, _, sub = content_type.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes(policy=policy.SMTP)


TLS_JSON = tlsrpt.build(
    [replace(TLS, policy_domain="example.org"), replace(TLS, policy_domain="example.org", result="starttls-not-supported")],
    organisation="Google Inc.", contact="x@google.com", report_id="t1", begins_at=100, ends_at=200,
)  # fmt: skip
PACKINGS = {
    "gzip": mail(gzip.compress(xml())),
    "zip": mail(zipped(("r.xml", xml())), "application/zip", "r.zip"),
    "zip, stored": mail(zipped(("r.xml", xml()), method=zipfile.ZIP_STORED), "application/x-zip-compressed", "r.zip"),
    "zip with its folder": mail(zipped(("reports/", b""), ("reports/r.xml", xml())), "application/zip", "r.zip"),
    "xml": mail(xml(), "text/xml", "r.xml"),
    "gzip called zip": mail(gzip.compress(xml()), "application/zip", "r.zip"),
    "octet-stream by its name": mail(gzip.compress(xml()), "application/octet-stream", "google.com!example.org!100!200.xml.gz"),
    "the whole message": b"Content-Type: application/gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + encodebytes(gzip.compress(xml())),
    "tls, gzip": mail(gzip.compress(TLS_JSON), "application/tlsrpt+gzip", "r.json.gz"),
    "tls, json": mail(TLS_JSON, "application/tlsrpt+json", "r.json"),
    "tls, octet-stream": mail(TLS_JSON, "application/octet-stream", "r.json"),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_report_is_found_in_any_packing(packing: str) -> None:
    found = read(PACKINGS[packing])
    assert found is not None
    rows = json.loads(found.rows)
    if found.kind == "tls":
        assert (found.id, found.organisation, found.domain, len(rows)) == ("t1", "Google Inc.", "example.org", 2)
        assert rows[0]["policy"] == []
    else:
        assert (found.id, found.organisation, found.domain, len(rows)) == ("17", "google.com", "example.org", 1)
    assert (found.begins_at, found.ends_at, found.received_at) == (100, 200, 17)
    assert (found.kind == "tls") == packing.startswith("tls")


def test_rows_are_kept_in_one_list_however_many() -> None:
    found = read(mail(gzip.compress(xml(rows=1234))))
    assert found is not None
    assert len(json.loads(found.rows)) == 1234


FAILED = (
    b"From: google.com <x@google.com>\r\nMessage-ID: <f1@google.com>\r\n"
    b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
    b"--b\r\n\r\nA message failed.\r\n"
    b"--b\r\nContent-Type: message/feedback-report\r\n\r\n"
    b"Feedback-Type: auth-failure\r\nReported-Domain: example.org\r\nArrival-Date: Thu, 1 Jan 1970 00:00:10 +0000\r\n\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: bob@example.org\r\n\r\nthe secret body\r\n--b--\r\n"
)


async def test_a_failure_report_is_kept_without_the_message_s_body(desk: Desk) -> None:
    assert await desk.reporting().take_in(PASSED + FAILED, ["dmarc-reports@example.org"])
    (report,) = await desk.kept.journal().received_reports("dmarc-failure", "example.org", 0)
    assert (report.id, report.organisation, report.begins_at, report.ends_at) == ("f1@google.com", "google.com", 10, 10)
    (row,) = json.loads(report.rows)
    assert (row["header_from"], row["count"], row["arrival"]) == ("bob@example.org", 1, "1970-01-01T00:00:10+00:00")
    assert "secret" not in report.rows


@pytest.mark.parametrize("date", [b"", b"Fri, 31 Dec 9999 00:00:00 +0000", b"nonsense"])
def test_a_failure_without_a_time_that_can_be_is_of_when_it_came(date: bytes) -> None:
    found = read(FAILED.replace(b"Thu, 1 Jan 1970 00:00:10 +0000", date))
    assert found is not None
    assert (found.begins_at, found.received_at) == (17, 17)


NOT_REPORTS = {
    "no attachment": b"Subject: x\r\n\r\nhello\r\n",
    "a picture": mail(b"\x89PNG", "image/png", "x.png"),
    "broken gzip": mail(gzip.compress(xml())[:-20]),
    "gzip of noise": mail(gzip.compress(b"noise")),
    "broken zip": mail(zipped(("r.xml", xml()))[:-30], "application/zip", "r.zip"),
    "two files": mail(zipped(("a.xml", xml()), ("b.xml", xml())), "application/zip", "r.zip"),
    "no file": mail(zipped(), "application/zip", "r.zip"),
    "an archive in an archive": mail(zipped(("r.zip", zipped(("r.xml", xml())))), "application/zip", "r.zip"),
    "gzip in gzip": mail(gzip.compress(gzip.compress(xml()))),
    "a packing few know": mail(zipped(("r.xml", xml()), method=zipfile.ZIP_LZMA), "application/zip", "r.zip"),
    "json of something else": mail(b'{"a": 1}', "application/json", "r.json"),
    "json nested too deep": mail(b'{"a":' + b"[" * 100_000, "application/json", "r.json"),
}


@pytest.mark.parametrize("case", NOT_REPORTS)
def test_what_is_no_report_is_none(case: str) -> None:
    assert read(NOT_REPORTS[case]) is None


def overlapping() -> bytes:
    """An archive whose directory names one file thousands of times."""
    packed = zipped(("r.xml", b"\0" * MIB))
    start = packed.index(b"PK\x01\x02")
    end = packed.index(b"PK\x05\x06")
    directory = packed[start:end] * 2000
    tail = bytearray(packed[end:])
    tail[8:12] = (2000).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    return packed[:start] + directory + bytes(tail)


def lying() -> bytes:
    """An archive that claims its file to be small."""
    packed = bytearray(zipped(("r.xml", b"\0" * 40 * MIB)))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = packed.index(signature) + place
        packed[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(packed)


def zeros() -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packing.compress(b"\0" * MIB) for _ in range(100)) + packing.flush()


STRINGS = b'{"policies":[{"policy":{"policy-type":"sts","policy-domain":"x","policy-string":['
BOMBS: Mapping[str, Callable[[], bytes]] = {
    "gzip": zeros,
    "many members of gzip": lambda: gzip.compress(b"") * 40_000,
    "zip": lambda: zipped(("r.xml", b"\0" * 100 * MIB)),
    "zip that lies about its size": lying,
    "zip whose files overlap": overlapping,
    "zip of many files": lambda: zipped(*((f"{n}.xml", b"") for n in range(5000))),
    "json of many strings": lambda: gzip.compress(STRINGS + b'"ab",' * (700 << 10) + b'"ab"'),
    "xml of many rows": lambda: gzip.compress(b"<feedback>" + b"<record/>" * (2 * MIB)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_archive_takes_more_memory_than_its_limit(name: str) -> None:
    limits = CheckLimits(report_unpacked=4 * MIB)
    message = mail(BOMBS[name]())
    tracemalloc.start()
    try:
        found = read(message, limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found is None
    assert peak < 12 * MIB + 3 * len(message)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(("r", data)), bytes])
@pytest.mark.parametrize("more", [0, 1])
def test_a_file_is_unpacked_up_to_the_limit(pack: object, more: int) -> None:
    packed = pack(b"x" * (1000 + more))  # type: ignore[operator]
    expected = None if more else b"x" * 1000
    limits = CheckLimits(report_unpacked=1000, report_bytes=len(packed) if packed[:1] != b"x" else 1000)
    assert unpacked(packed, limits) == expected


@pytest.mark.parametrize("more", [0, 1])
def test_an_attachment_is_read_up_to_the_limit(more: int) -> None:
    packed = gzip.compress(xml())
    assert (read(mail(packed), CheckLimits(report_bytes=len(packed) - more)) is None) is bool(more)


@pytest.mark.parametrize(
    ("recipients", "domain", "kept"),
    [
        (["dmarc-reports@example.org"], "example.org", True),
        (["bob@example.org", "DMARC-Reports@example.org"], "example.org", True),
        (["tls-reports@example.org"], "sub.example.org", True),
        (["dmarc-reports@example.org"], "example.com", False),
        (["bob@example.org"], "example.org", False),
        (["dmarc-reports@example.org"], ".".join("a" * 5000), False),
    ],
)
async def test_reports_on_our_domains_are_kept(desk: Desk, recipients: list[str], domain: str, kept: bool) -> None:
    message = PASSED + mail(gzip.compress(xml(domain)))
    assert await desk.reporting().take_in(message, recipients) is kept
    found = await desk.kept.journal().received_reports(None, None, 0)
    assert [report.domain for report in found] == ([domain] if kept else [])


@pytest.mark.parametrize(
    ("top", "kept"),
    [
        (PASSED, True),
        (b"Return-Path: <x@google.com>\r\n" + PASSED, True),
        (PASSED.replace(b"pass", b"fail"), False),
        (PASSED.replace(b"pass", b"temperror"), False),
        (PASSED.replace(b"mail.example.org;", b"mail.google.com;"), False),
        (CAME + PASSED, False),
        (CAME, False),
        (b"", False),
    ],
)
async def test_a_report_is_kept_only_where_its_author_s_domain_stands_by_it(desk: Desk, top: bytes, kept: bool) -> None:
    message = top + mail(gzip.compress(xml()))
    assert await desk.reporting().take_in(message, ["dmarc-reports@example.org"]) is kept
    assert len(await desk.kept.journal().received_reports(None, None, 0)) == kept


@pytest.mark.parametrize(
    ("outcomes", "vouched"),
    [
        ("dmarc=none header.from=google.com; dkim=pass header.d=google.com", True),
        ("dmarc=none header.from=mail.google.com; dkim=fail header.d=google.com; dkim=pass header.d=google.com", True),
        ("dmarc=none header.from=google.com; dkim=pass header.d=other.example", False),
        ("dmarc=none header.from=google.com; dkim=pass header.d=notgoogle.com", False),
        ("dmarc=none header.from=google.com; dkim=fail header.d=google.com", False),
        ("dmarc=none header.from=google.com; spf=pass smtp.mailfrom=x@bounces.google.com", True),
        ("dmarc=none header.from=google.com; spf=pass smtp.mailfrom=x@other.example", False),
        ("dmarc=none header.from=google.com; spf=softfail smtp.mailfrom=x@google.com", False),
        ("dmarc=none header.from=google.com; spf=pass smtp.helo=google.com", False),
        ("dmarc=none header.from=google.com", False),
        ("dmarc=none; dkim=pass", False),
        ("dmarc=fail header.from=google.com; dkim=pass header.d=google.com", False),
        ("dkim=pass header.d=google.com", False),
        ("none", False),
    ],
)
def test_where_there_is_no_policy_an_aligned_signature_or_spf_vouches(outcomes: str, vouched: bool) -> None:
    top = f"Authentication-Results: MAIL.example.org; {outcomes}\r\nReceived: by mail.example.org with ESMTPS id x\r\n\r\n"
    assert Zone().run(is_vouched_for(top.encode(), "mail.example.org", now=0, limits=LIMITS)) is vouched


@pytest.mark.parametrize(
    ("author", "top", "vouched"),
    [
        ("x@google.com", b"", True),
        ("x@mail.google.com", b"", True),
        ("x@google.com", CAME + PASSED, True),
        ("x@google.com", PASSED.replace(b"pass", b"fail"), False),
        ("x@other.example", b"", False),
        ("x@google.com", b"From: y@google.com\r\n", False),
    ],
)
def test_what_was_not_checked_when_it_came_is_vouched_for_by_its_signature(author: str, top: bytes, vouched: bool) -> None:
    key = keys.generate("ed25519")
    zone = Zone(f'k._domainkey.google.com TXT "{keys.record(key)}"')
    message = f"From: {author}\r\nSubject: report\r\n\r\nbody\r\n".encode()
    signed = dkim_sign.sign(message, dkim_sign.SigningKey.load("google.com", "k", key), now=1_700_000_000) + message
    trusting = is_vouched_for(top + signed, "mail.example.org", now=1_700_000_000, limits=LIMITS)
    assert zone.run(trusting) is vouched
    tampered = is_vouched_for(
        (top + signed).replace(b"Subject: r", b"Subject: R"), "mail.example.org", now=1_700_000_000, limits=LIMITS
    )
    assert not zone.run(tampered)


async def test_a_report_that_comes_twice_is_kept_once(desk: Desk) -> None:
    message = PASSED + mail(gzip.compress(xml()))
    assert await desk.reporting().take_in(message, ["dmarc-reports@example.org"])
    assert await desk.reporting().take_in(message, ["dmarc-reports@example.org"])
    assert len(await desk.kept.journal().received_reports("dmarc", "example.org", 0)) == 1


async def test_mail_that_is_no_report_is_left_to_others(desk: Desk) -> None:
    assert not await desk.reporting().take_in(PASSED + b"Subject: hello\r\n\r\nwho are you?\r\n", ["dmarc-reports@example.org"])


async def test_a_notification_about_a_report_is_taken_away(desk: Desk) -> None:
    message = (
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nsorry\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;a\r\n\r\nFinal-Recipient: rfc822;b@x\r\n--b--\r\n"
    )
    assert await desk.reporting().take_in(message, ["dmarc-reports@example.org"])
    assert not await desk.reporting().take_in(message, ["bob@example.org"])


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("dmarc-reports@x", True),
        ("TLS-reports@x", True),
        ("postmaster@x", False),
        ("dmarc-reports", False),
        ("a@tls-reports", False),
    ],
)
def test_report_addresses_are_known(address: str, is_one: bool) -> None:
    assert is_report_address(address) is is_one


async def test_what_is_sent_is_what_is_taken_in(desk: Desk) -> None:
    """The way of a report from one of us to the other."""
    await desk.kept.journal().count_dmarc([DMARC])
    await desk.reporting().send_due()
    ((_, message),) = await desk.queued()
    theirs = Desk()
    await theirs.kept.add_domain(Domain("example.net"))
    assert await theirs.reporting().take_in(PASSED + message.as_bytes(policy=policy.SMTP), ["dmarc-reports@example.net"])
    (report,) = await theirs.kept.journal().received_reports("dmarc", "example.net", 0)
    assert report.organisation == "example.org"
    assert json.loads(report.rows)[0]["auth"]["dkim"][0]["selector"] == "s"
    assert timedelta(seconds=report.ends_at - report.begins_at + 1) == timedelta(days=1)


GOOD = """
    192.0.2.7          PTR  mx.good.example
    mx.good.example    A    192.0.2.7
    good.example       TXT  "v=spf1 a:mx.good.example -all"
"""


@pytest.mark.parametrize(("policy", "kept"), [("", True), ("v=DMARC1; p=none", True), ("v=DMARC1; p=none; aspf=s", False)])
async def test_what_comes_in_by_the_smtp_door_is_believed_by_what_was_found_there(
    tmp_path: Path, policy: str, kept: bool
) -> None:
    """All the way, as the door writes its findings; what nobody vouches for is somebody's mail."""
    zone = Zone(GOOD + (f'_dmarc.good.example TXT "{policy}"' if policy else ""))
    async with house(tmp_path, Settings(hostname="mail.example.org"), answers=zone) as office:
        await office.accounts.add_alias("postmaster@example.org", ["alice@example.org"])
        desk = Desk(kept=office.kept, zone=zone)  # type: ignore[arg-type]
        office.delivery.intake = desk.reporting().take_in
        message = b"From: x@sub.good.example\r\n" + mail(gzip.compress(xml()))
        async with conversation(office, peer="192.0.2.7") as client:
            assert (await client.send_mail(message, "dmarc-reports@example.org", sender="x@good.example"))[:3] == "250"
        assert len(await office.kept.journal().received_reports("dmarc", "example.org", 0)) == kept
        assert len(await messages_of(office, "alice@example.org")) == (not kept)
