"""Failure reports: what is taken from them, whatever they look like, and what is no failure report."""

from dataclasses import asdict

import pytest

from pillarbox.checks import failure
from pillarbox.checks.failure import TEXT, Failure, Report
from pillarbox.message import structure

TOP = b"From: Abuse desk <dmarc@Receiver.example>\r\nMessage-ID: <r1@receiver.example>\r\n"
ABOUT = (
    b"Feedback-Type: auth-failure\r\n"
    b"User-Agent: Lua/1.0\r\n"
    b"Version: 1\r\n"
    b"Original-Mail-From: <bounces@news.example.org>\r\n"
    b"Arrival-Date: Sat, 21 Nov 2026 12:00:00 +0100\r\n"
    b"Source-IP: 192.0.2.1\r\n"
    b"Authentication-Results: mx.receiver.example; dkim=fail header.d=example.org;\r\n spf=softfail smtp.mailfrom=x@y\r\n"
    b"Reported-Domain: Example.ORG.\r\n"
    b"Auth-Failure: dmarc\r\n"
    b"Delivery-Result: Reject\r\n"
    b"Identity-Alignment: none\r\n"
    b"DKIM-Domain: example.org\r\n"
    b"DKIM-Identity: @example.org\r\n"
    b"DKIM-Selector: s1\r\n"
    b"Incidents: 3\r\n"
)
ORIGINAL = (
    b"From: =?utf-8?q?Bj=C3=B6rn?= <news@Example.org>\r\nTo: victim@receiver.example\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <m1@example.org>\r\n"
)


def report(
    about: bytes = ABOUT,
    original: bytes = ORIGINAL + b"\r\nthe secret body\r\n",
    kind: bytes = b"message/rfc822",
    top: bytes = TOP,
) -> bytes:
    return (
        top + b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nA message failed.\r\n"
        b"--b\r\nContent-Type: message/feedback-report\r\n\r\n%b\r\n"
        b"--b\r\nContent-Type: %b\r\n\r\n%b\r\n--b--\r\n" % (about, kind, original)
    )


def read(message: bytes) -> Report | None:
    return failure.read(message, structure.parse(message))


def found_in(message: bytes) -> Report:
    found = read(message)
    assert found is not None
    return found


def test_all_that_is_kept_of_a_report() -> None:
    assert found_in(report()) == Report(
        id="r1@receiver.example",
        organisation="receiver.example",
        domain="example.org",
        arrived_at=1_795_258_800,
        failure=Failure(
            source="192.0.2.1",
            count=3,
            auth_failure="dmarc",
            delivery_result="reject",
            alignment="none",
            header_from="news@example.org",
            envelope_from="bounces@news.example.org",
            dkim="fail",
            dkim_domain="example.org",
            dkim_selector="s1",
            spf="softfail",
            subject="Grüße",
            message_id="m1@example.org",
            arrival="2026-11-21T11:00:00+00:00",
        ),
    )


def test_neither_the_message_nor_whom_it_was_for_is_kept() -> None:
    kept = str(asdict(found_in(report())))
    assert "secret" not in kept
    assert "victim" not in kept


@pytest.mark.parametrize(
    ("kind", "original"),
    [
        (b"message/rfc822", ORIGINAL + b"\r\nbody"),
        (b"message/global", ORIGINAL + b"\r\nbody"),
        (b"text/rfc822-headers", ORIGINAL),
        (b"text/rfc822-headers; charset=utf-8", ORIGINAL + b"\r\n"),
        (b"message/rfc822-headers", ORIGINAL),
    ],
)
def test_the_message_is_told_of_in_any_form(kind: bytes, original: bytes) -> None:
    found = found_in(report(original=original, kind=kind)).failure
    assert (found.header_from, found.subject) == ("news@example.org", "Grüße")


@pytest.mark.parametrize(
    ("field", "instead", "domain"),
    [
        (b"Reported-Domain: Example.ORG.\r\n", b"", "example.org"),
        (b"Reported-Domain: Example.ORG.\r\n", b"Reported-Domain: b\xc3\xbccher.example\r\n", "xn--bcher-kva.example"),
        (b"Reported-Domain: Example.ORG.\r\n", b"Reported-Domain: no domain\r\n", "example.org"),
        (b"Reported-Domain: Example.ORG.\r\n", b"Reported-Domain: sub.example.org (ours)\r\n", "example.org"),
    ],
)
def test_the_domain_is_the_one_reported_else_the_author_s(field: bytes, instead: bytes, domain: str) -> None:
    assert found_in(report(ABOUT.replace(field, instead))).domain == domain


@pytest.mark.parametrize(
    ("old", "new", "name", "expected"),
    [
        (b"192.0.2.1", b"[2001:DB8::1]", "source", "2001:db8::1"),
        (b"192.0.2.1", b"somewhere", "source", ""),
        (b"Incidents: 3", b"Incidents: " + b"9" * 5000, "count", 1),
        (b"Incidents: 3", b"Incidents: 0", "count", 1),
        (b"Incidents: 3", b"Incidents: \xd9\xa3", "count", 1),
        (b"Auth-Failure: dmarc", b"X: y", "auth_failure", ""),
        (b"<bounces@news.example.org>", b"rfc822; <a@b.example>", "envelope_from", "a@b.example"),
        (b"<bounces@news.example.org>", b"<>", "envelope_from", ""),
        (b"DKIM-Selector: s1", b"DKIM-Selector: \x1b[31m\xff" + b"x" * 5000, "dkim_selector", None),
        (b"Sat, 21 Nov 2026 12:00:00 +0100", b"yesterday", "arrival", ""),
        (b"spf=softfail", b"spf=\x1b[2J", "spf", ""),
    ],
)
def test_what_a_field_says_is_taken_only_where_it_can_be(old: bytes, new: bytes, name: str, expected: object) -> None:
    value = asdict(found_in(report(ABOUT.replace(old, new))).failure)[name]
    if expected is None:
        assert len(value) <= TEXT
        assert value.isprintable()
    else:
        assert value == expected


def test_a_report_without_a_name_is_known_by_what_it_says() -> None:
    nameless = report(top=b"From: x@receiver.example\r\n")
    assert found_in(nameless).id == found_in(nameless).id != ""
    assert found_in(nameless).id != found_in(report(ABOUT + b"X: y\r\n", top=b"From: x@receiver.example\r\n")).id


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"Subject: hello\r\n\r\nhow are you?\r\n",
        report(ABOUT.replace(b"auth-failure", b"abuse")),
        report(ABOUT.replace(b"Feedback-Type", b"X")),
        report(b""),
        report(b"Feedback-Type: auth-failure\r\n", b""),
        report().replace(b"message/feedback-report", b"message/delivery-status"),
        report().replace(b"multipart/report", b"multipart/mixed"),
        report().replace(b"--b\r\n", b"--b\r\n\r\n" * 10 + b"--b\r\n"),
    ],
)
def test_what_is_no_failure_report_is_none(message: bytes) -> None:
    assert read(message) is None


@pytest.mark.parametrize("cut", range(0, len(report()), 7))
def test_a_report_cut_short_anywhere_is_read_or_not(cut: int) -> None:
    read(report()[:cut])


def test_a_long_report_is_read_in_its_beginning_only() -> None:
    long = report(ABOUT + b"X: y\r\n" * 200_000 + b"Authentication-Results: a; spf=pass\r\n" * 1000)
    assert found_in(long).failure.spf == "softfail"
