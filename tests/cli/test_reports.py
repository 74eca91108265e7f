"""What others reported, printed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pillarbox.checks import tlsrpt
from pillarbox.checks.aggregate import Auth, Row, rows_json
from pillarbox.cli.desk import office_at
from pillarbox.limits import CheckLimits
from pillarbox.mta.report_files import read_report
from pillarbox.store.queued import ReceivedReport, TlsCount
from pillarbox.testing.fake_dns import Zone

Run = Callable[..., Result]
Ask = Callable[..., Any]
DAY = 86_400
NOW = int(datetime.now(UTC).timestamp())
FORGED = Row(source="203.0.113.9", count=7, disposition="reject", dkim="fail", spf="fail", header_from="example.org")
OURS = Row(source="192.0.2.1", count=41, disposition="none", dkim="pass", spf="fail", header_from="example.org", auth=Auth())
TLS = (
    TlsCount("2026-11-20", "example.org", "sts", '["version: STSv1"]', "mail.example.org", "", count=90),
    TlsCount(
        "2026-11-20",
        "example.org",
        "sts",
        '["version: STSv1"]',
        "mail.example.org",
        "certificate-expired",
        "192.0.2.1",
        count=3,
    ),
)


def keep(settings: Path, *reports: ReceivedReport | None) -> None:
    async def kept() -> None:
        async with office_at(str(settings)) as office:
            for report in reports:
                assert report is not None
                await office.kept.journal().keep_report(report)

    asyncio.run(kept())


def dmarc(name: str, begins_at: int, *rows: Row, domain: str = "example.org") -> ReceivedReport:
    return ReceivedReport(
        kind="dmarc",
        id=name,
        organisation="big.example",
        domain=domain,
        begins_at=begins_at,
        ends_at=begins_at + DAY,
        received_at=NOW,
        rows=rows_json(rows),
    )


def tls() -> ReceivedReport | None:
    """As it is read out of the message in which it comes."""
    text = tlsrpt.build(
        TLS, organisation="other.example", contact="x@other.example", report_id="t1", begins_at=NOW - DAY, ends_at=NOW
    )
    message = b"Content-Type: application/tlsrpt+json\r\n\r\n" + text
    return Zone().run(read_report(message, CheckLimits(), NOW))


@pytest.fixture
def reported(run: Run, settings: Path) -> Path:
    keep(
        settings,
        dmarc("a", NOW - 2 * DAY, FORGED, OURS),
        dmarc("b", NOW - 20 * DAY, OURS, domain="example.net"),
        dmarc("c", NOW - 90 * DAY, OURS),
        tls(),
    )
    return settings


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], {"a", "b", "t1"}),
        (["--days", "365"], {"a", "b", "c", "t1"}),
        (["--days", "7"], {"a", "t1"}),
        (["--kind", "dmarc"], {"a", "b"}),
        (["--kind", "tls"], {"t1"}),
        (["--domain", "EXAMPLE.net"], {"b"}),
        (["--failed"], {"a", "t1"}),
    ],
)
def test_options_say_which(ask: Ask, reported: Path, words: list[str], found: set[str]) -> None:
    assert {report["id"] for report in ask("reports", *words)} == found


def test_each_row_is_a_line_for_people(run: Run, reported: Path) -> None:
    lines = [" ".join(line.split()) for line in run("reports").stdout.splitlines()]
    day = datetime.fromtimestamp(NOW - 2 * DAY, UTC).strftime("%Y-%m-%d")
    assert f"{day} dmarc example.org big.example 7 reject (dkim fail, spf fail) 203.0.113.9" in lines
    assert f"{day} dmarc example.org big.example 41 none (dkim pass, spf fail) 192.0.2.1" in lines
    assert any(line.endswith("tls example.org other.example 3 certificate-expired mail.example.org") for line in lines)
    assert any("90 success" in line for line in lines)


def test_only_what_failed_is_shown_where_that_is_asked(run: Run, ask: Ask, reported: Path) -> None:
    rows = [row for report in ask("reports", "--failed") for row in report["rows"]]
    assert [row["count"] for row in rows] == [7, 3]
    assert "success" not in run("reports", "--failed").stdout


def test_scripts_get_all_that_was_said(ask: Ask, reported: Path) -> None:
    (report,) = ask("reports", "--kind", "tls")
    assert report["organisation"] == "other.example"
    assert {row["policy_type"] for row in report["rows"]} == {"sts"}
    assert datetime.fromisoformat(report["begins"]).timestamp() == NOW - DAY


FAILURE = (
    b"From: x@big.example\r\nMessage-ID: <f1@big.example>\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: auth-failure\r\nReported-Domain: example.org\r\n"
    b"Auth-Failure: dmarc\r\nDelivery-Result: reject\r\nSource-IP: 203.0.113.9\r\n\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: boss@example.org\r\nSubject: pay me\r\n\r\nnow\r\n--b--\r\n"
)


@pytest.mark.parametrize("words", [[], ["--failed"], ["--kind", "failure"]])
def test_one_message_that_failed_is_a_line_of_its_own(run: Run, reported: Path, words: list[str]) -> None:
    keep(reported, Zone().run(read_report(FAILURE, CheckLimits(), NOW)))
    lines = [" ".join(line.split()) for line in run("reports", *words).stdout.splitlines()]
    assert any("big.example 1 dmarc reject boss@example.org pay me 203.0.113.9" in line for line in lines)
