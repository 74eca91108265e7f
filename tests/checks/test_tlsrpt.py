"""RFC 8460, as tables."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pillarbox.checks.tlsrpt import Row, build, destinations, parse
from pillarbox.limits import CheckLimits
from pillarbox.store.queued import TlsCount

LIMITS = CheckLimits()
BEGIN = 1_800_000_000 // 86400 * 86400


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([b"v=TLSRPTv1; rua=mailto:reports@example.com"], ["mailto:reports@example.com"]),
        ([b"v=TLSRPTv1;rua=https://reports.example/v1"], ["https://reports.example/v1"]),
        ([b"v=TLSRPTv1 ; rua=mailto:a@b.example , https://c.example/;"], ["mailto:a@b.example", "https://c.example/"]),
        ([b"v=TLSRPTv1; x=y; rua=mailto:a@b.example; rua=mailto:c@d.example"], ["mailto:a@b.example"]),
        ([b"v=spf1 -all", b"v=TLSRPTv1; rua=mailto:a@b.example"], ["mailto:a@b.example"]),
        ([b"v=TLSRPTv1; rua=MAILTO:a@b.example,http://x.example,ftp:y,file:///etc"], ["MAILTO:a@b.example"]),
        ([b"v=TLSRPTv1; rua=mailto:a@b.example?subject=a=b"], ["mailto:a@b.example?subject=a=b"]),
        ([b"v=TLSRPTv1; rua="], []),
        ([b"v=TLSRPTv1"], []),
        ([b"v=TLSRPTv1; rua=mailto:a@b.example", b"v=TLSRPTv1; rua=mailto:c@d.example"], []),
        ([b"v=TLSRPTv2; rua=mailto:a@b.example"], []),
        ([b"v=TLSRPTv1; rua=mailto:\xc3\xa4@b.example"], []),
        ([b"v=TLSRPTv1; rua=mailto:" + b"a" * 2000], []),
        ([], []),
    ],
)
def test_a_record_says_where_reports_go(records: list[bytes], found: list[str]) -> None:
    assert list(destinations(records)) == found


def test_a_record_with_a_thousand_destinations_has_ten() -> None:
    assert len(destinations([b"v=TLSRPTv1; rua=" + b",".join([b"mailto:a@b.example"] * 1000)])) == 10


STS = TlsCount(
    "2027-01-15",
    "example.org",
    "sts",
    '["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400"]',
    "mx.example.org",
    "",
    "192.0.2.1",
    "198.51.100.1",
    count=5326,
)
FAILED = replace(STS, result="certificate-expired", detail="since yesterday", count=3)
DANE = replace(STS, policy_type="tlsa", policy='["3 1 1 ABCD"]', count=2)
NOTHING = replace(STS, policy_type="no-policy-found", policy="", count=1)


def built(*counts: TlsCount) -> dict[str, Any]:
    data = build(counts, organisation="Bücher AG", contact="a@b.example", report_id="1", begins_at=BEGIN, ends_at=BEGIN + 86399)
    report: dict[str, Any] = json.loads(data)
    return report


def test_a_report_has_a_part_a_policy_with_its_counts() -> None:
    report = built(STS, NOTHING, FAILED, DANE, replace(STS, receiving_ip="192.0.2.2", count=10))
    assert report["organization-name"] == "Bücher AG"
    assert report["date-range"] == {"start-datetime": "2027-01-15T00:00:00Z", "end-datetime": "2027-01-15T23:59:59Z"}
    assert [part["policy"]["policy-type"] for part in report["policies"]] == ["no-policy-found", "sts", "tlsa"]
    none, sts, dane = report["policies"]
    assert sts["policy"] == {
        "policy-type": "sts",
        "policy-domain": "example.org",
        "policy-string": ["version: STSv1", "mode: testing", "mx: *.example.org", "max_age: 86400"],
        "mx-host": ["*.example.org"],
    }
    assert sts["summary"] == {"total-successful-session-count": 5336, "total-failure-session-count": 3}
    assert sts["failure-details"] == [
        {
            "result-type": "certificate-expired",
            "sending-mta-ip": "198.51.100.1",
            "receiving-mx-hostname": "mx.example.org",
            "receiving-ip": "192.0.2.1",
            "failed-session-count": 3,
            "failure-reason-code": "since yesterday",
        }
    ]
    assert dane["policy"]["policy-string"] == ["3 1 1 ABCD"]
    assert none["policy"] == {"policy-type": "no-policy-found", "policy-domain": "example.org"}


def test_what_is_not_known_is_not_said() -> None:
    failure = replace(FAILED, mx="", receiving_ip="", sending_ip="", detail="", result="sts-policy-fetch-error")
    assert built(failure)["policies"][0]["failure-details"] == [
        {"result-type": "sts-policy-fetch-error", "failed-session-count": 3}
    ]


def test_a_report_of_ours_is_read_as_it_was_meant() -> None:
    data = build([STS, FAILED], organisation="A", contact="c", report_id="7", begins_at=BEGIN, ends_at=BEGIN + 86399)
    report = parse(data, LIMITS)
    assert (report.organisation, report.contact, report.id) == ("A", "c", "7")
    assert (report.begins_at, report.ends_at) == (BEGIN, BEGIN + 86399)
    good, bad = report.rows
    assert (good.result, good.count, good.policy_type) == ("", 5326, "sts")
    assert (bad.result, bad.count, bad.mx, bad.receiving_ip) == ("certificate-expired", 3, "mx.example.org", "192.0.2.1")
    assert json.loads(bad.policy) == json.loads(STS.policy)


def test_rows_that_were_read_can_be_counted_again() -> None:
    row = Row(policy_domain="a.example", policy_type="sts", policy="[]", count=3)
    assert json.loads(build([row], organisation="", contact="", report_id="", begins_at=0, ends_at=0))["policies"]


# Reports of others.

PART: dict[str, Any] = {
    "policy": {"policy-type": "sts", "policy-domain": "Example.ORG", "policy-string": ["mx: a"], "mx-host": "a"},
    "summary": {"total-successful-session-count": 1, "total-failure-session-count": 0},
}
REPORT: dict[str, Any] = {
    "organization-name": "Others",
    "date-range": {"start-datetime": "2027-01-15T00:00:00Z", "end-datetime": "2027-01-15T23:59:59Z"},
    "contact-info": "them",
    "report-id": "x",
    "policies": [PART],
}
FAILURE = {"result-type": "validation-failure", "failed-session-count": 2}


def received(**changes: Any) -> bytes:
    return json.dumps({**REPORT, **changes}).encode()


@pytest.mark.parametrize(
    ("data", "results"),
    [
        (received(), [("", 1)]),
        (b"\xef\xbb\xbf" + received(), [("", 1)]),
        (received(policies=[]), []),
        (received(policies=[PART, PART]), [("", 1), ("", 1)]),
        (received(policies=[{**PART, "failure-details": None}]), [("", 1)]),
        (received(policies=[{**PART, "failure-details": []}]), [("", 1)]),
        (received(policies=[{**PART, "failure-details": [FAILURE]}]), [("", 1), ("validation-failure", 2)]),
        (
            received(policies=[{**PART, "failure-details": [{**FAILURE, "result-type": ""}]}]),
            [("", 1), ("validation-failure", 2)],
        ),
        (
            received(
                policies=[{**PART, "summary": {"total-successful-session-count": "4", "total-failure-session-count": "5"}}]
            ),
            [("", 4), ("validation-failure", 5)],
        ),
        (received(policies=[{**PART, "policy": {**PART["policy"], "policy-string": None}}]), [("", 1)]),
        (received(policies=[{**PART, "policy": {**PART["policy"], "policy-string": "one"}}]), [("", 1)]),
        (received(**{"organization-name": None, "future": [{"a": [1]}]}), [("", 1)]),
        (
            received(**{"date-range": {"start-datetime": "2027-01-15T00:00:00", "end-datetime": "2027-01-15T01:00:00+01:00"}}),
            [("", 1)],
        ),
    ],
)
def test_reports_are_read_as_they_come(data: bytes, results: list[tuple[str, int]]) -> None:
    report = parse(data, LIMITS)
    assert [(row.result, row.count) for row in report.rows] == results
    assert report.begins_at == BEGIN
    assert {row.policy_domain for row in report.rows} <= {"example.org"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        received()[:-1],
        received(policies=None),
        received(policies=[{}]),
        received(**{"report-id": None}),
        received(**{"date-range": {"start-datetime": "yesterday", "end-datetime": "today"}}),
        received(policies=[{**PART, "failure-details": [{}]}]),
        received(policies=[{**PART, "failure-details": [{**FAILURE, "failed-session-count": -1}]}]),
        received(policies=[{**PART, "failure-details": [{**FAILURE, "failed-session-count": 1 << 60}]}]),
        received().replace(b'"total-successful-session-count": 1', b'"total-successful-session-count": ' + b"9" * 5000),
        received(policies=[{**PART, "failure-details": [{**FAILURE, "failed-session-count": "many"}]}]),
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data, LIMITS)


def test_a_report_may_have_so_many_bytes_and_rows_and_no_more() -> None:
    data = received(policies=[{**PART, "failure-details": [FAILURE] * 10}])
    assert parse(data, replace(LIMITS, report_rows=11, report_unpacked=len(data))).rows
    for limits in (
        replace(LIMITS, report_rows=10),
        replace(LIMITS, report_rows=9),
        replace(LIMITS, report_unpacked=len(data) - 1),
    ):
        with pytest.raises(ValueError, match="too large"):
            parse(data, limits)


def test_words_of_others_reach_no_terminal_as_they_are() -> None:
    report = parse(received(**{"organization-name": "a\x1b[31m\r\nb" + "c" * 5000}), LIMITS)
    assert report.organisation.startswith("a [31m  b")
    assert len(report.organisation) <= 300
