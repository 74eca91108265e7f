"""Pictures: found only for mail that is what it says, and kept only if nothing in them is alive."""

import pytest

from pillarbox.checks import bimi, dmarc
from pillarbox.checks.questions import Answer, Fetched, Status
from pillarbox.checks.spf import Result as Spf
from pillarbox.checks.spf import SpfResult
from pillarbox.limits import CheckLimits
from pillarbox.testing.fake_dns import Zone

L = "v=BIMI1; l=https://img.example.com/logo.svg"


def find(records: str, author: str = "example.com", spf: str = "example.com", selector: bytes | None = None) -> bimi.BimiResult:
    """ "name: record | ! name" """
    zone = Zone()
    for line in filter(None, map(str.strip, records.split("|"))):
        if line[0] == "!":
            zone.fails(line[1:].strip())
        else:
            name, _, text = line.partition(": ")
            zone.add(name, "TXT", text.encode())
    result = zone.run(dmarc.evaluate(author, SpfResult(Spf.PASS, spf), []))
    return zone.run(bimi.find(result, selector))


def policy(tags: str) -> str:
    return f"_dmarc.example.com: v=DMARC1; {tags} | "


REJECT = policy("p=reject")
RECORD = f"default._bimi.example.com: {L}"
FOUND = [
    (REJECT + RECORD, "example.com", "pass", "example.com"),
    (policy("p=quarantine") + RECORD, "example.com", "pass", "example.com"),
    (policy("p=quarantine; pct=100") + RECORD, "example.com", "pass", "example.com"),
    (REJECT + RECORD, "a.example.com", "pass", "example.com"),
    (REJECT + RECORD + f" | default._bimi.a.example.com: {L}", "a.example.com", "pass", "a.example.com"),
    (REJECT + f"{RECORD}; a=https://img.example.com/a.pem", "example.com", "pass", "example.com"),
    (REJECT + f"{RECORD}; a=", "example.com", "pass", "example.com"),
    (REJECT, "example.com", "none", "example.com"),
    (REJECT + f"{RECORD} | {RECORD}", "example.com", "none", "example.com"),
    (REJECT + "default._bimi.example.com: v=BIMI2; l=https://a.example/", "example.com", "none", "example.com"),
    (REJECT + "default._bimi.example.com: v=BIMI1; l=; a=;", "example.com", "declined", "example.com"),
    (REJECT + "default._bimi.example.com: v=BIMI1", "example.com", "declined", "example.com"),
    (REJECT + "default._bimi.a.example.com: v=BIMI1; l= | " + RECORD, "a.example.com", "declined", "a.example.com"),
    (REJECT + "default._bimi.example.com: v=BIMI1; l=http://a.example/x.svg", "example.com", "fail", "example.com"),
    (REJECT + "default._bimi.example.com: v=BIMI1; l=https://a.example/; a=file:///x", "example.com", "fail", "example.com"),
    (REJECT + "! default._bimi.example.com", "example.com", "temperror", "example.com"),
    (policy("p=none") + RECORD, "example.com", "skipped", "example.com"),
    (policy("p=reject; sp=none") + RECORD, "example.com", "skipped", "example.com"),
    (policy("p=reject; t=y") + RECORD, "example.com", "skipped", "example.com"),
    (policy("p=none; sp=reject") + RECORD, "a.example.com", "skipped", "a.example.com"),
    (policy("p=none") + "_dmarc.a.example.com: v=DMARC1; p=reject | " + RECORD, "a.example.com", "skipped", "a.example.com"),
    (REJECT + "_dmarc.a.example.com: v=DMARC1; p=reject; sp=none | " + RECORD, "a.example.com", "pass", "example.com"),
    (REJECT + RECORD, "example.net", "skipped", "example.net"),
    (RECORD, "example.com", "skipped", "example.com"),
]  # fmt: skip


@pytest.mark.parametrize(("records", "author", "result", "domain"), FOUND)
def test_a_picture_is_found_where_the_policy_is_enforced(records: str, author: str, result: str, domain: str) -> None:
    found = find(records, author, spf=author)
    assert (found.result, found.domain) == (result, domain), found
    assert (found.location != "") == (result == "pass")


def test_mail_that_fails_has_no_picture() -> None:
    assert find(REJECT + RECORD, spf="example.net").result == "skipped"


SELECTORS = [
    (None, "default"),
    (b"v=BIMI1; s=brand", "brand"),
    (b" v = BIMI1; s = Brand-2 ;", "brand-2"),
    (b"s=brand", "default"),
    (b"v=BIMI1; s=a.b", "default"),
    (b"v=BIMI1; s=", "default"),
    (b"v=BIMI1; s=" + b"x" * 64, "default"),
    (b"v=BIMI1; s=\xff", "default"),
]


@pytest.mark.parametrize(("field", "selector"), SELECTORS)
def test_a_message_may_choose_among_pictures(field: bytes | None, selector: str) -> None:
    found = find(REJECT + f"{selector}._bimi.example.com: {L}", selector=field)
    assert (found.result, found.selector) == ("pass", selector)


URLS = [
    ("https://a.example/x.svg", True),
    ("https://a.example:443/x.svg", True),
    ("https://a.example:8443/x.svg", False),
    ("https://a.example:x/", False),
    ("https://192.0.2.1/x.svg", False),
    ("https://[2001:db8::1]/x.svg", False),
    ("https://[/x.svg", False),
    ("https://localhost/x.svg", False),
    ("https://user@a.example/x.svg", False),
    ("http://a.example/x.svg", False),
    ("https://a.example/ x.svg", False),
    ("", False),
]


@pytest.mark.parametrize(("url", "is_good"), URLS)
def test_only_a_host_by_name_and_https_is_fetched_from(url: str, is_good: bool) -> None:
    assert bimi.is_fetchable(url) is is_good


# The picture itself.

HEAD = b'<svg version="1.2" baseProfile="tiny-ps" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
TITLE = b"<title>A &amp; B</title>"


def svg(inside: bytes = b"", before: bytes = b"") -> bytes:
    return before + HEAD + TITLE + inside + b"</svg>\n"


PICTURES = [
    (svg(), ""),
    (svg(b'<circle cx="1" cy="1" r="1" fill="#fff"/>'), ""),
    (svg(before=b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made - by hand -->\n'), ""),
    (svg(before=b"\xef\xbb\xbf"), ""),
    (svg(b'<defs><linearGradient id="a"/></defs><path fill="url(#a)" d="M0 0"/>'), ""),
    (svg(b'<use xlink:href="#a"/>'), ""),
    (b"", "not an SVG document"),
    (b"<html></html>", "not an SVG document"),
    (svg()[:-8], "not an SVG document"),
    (svg() + b"<svg/>", "not an SVG document"),
    (b"\xff" + svg(), "not UTF-8"),
    (svg().decode().encode("utf-16"), "not UTF-8"),
    (svg(b"\0"), "not an SVG document"),
    (svg(before=b'<?xml version="1.0" encoding="utf-7"?>'), "not UTF-8"),
    (svg().replace(b"tiny-ps", b"tiny"), "not of the profile tiny-ps"),
    (svg(b"<script>alert(1)</script>"), "an element it may not have"),
    (svg(b"<x:ScRiPt >alert(1)</x:ScRiPt>"), "an element it may not have"),
    (svg(b'<image xlink:href="#a"/>'), "an element it may not have"),
    (svg(b'<a xlink:href="#a"/>'), "an element it may not have"),
    (svg(b"<foreignObject/>"), "an element it may not have"),
    (svg(b"<animateTransform/>"), "an element it may not have"),
    (svg(b"<style>*{}</style>"), "an element it may not have"),
    (svg(b'<path onload = "x()"/>'), "an event attribute"),
    (svg(b"<path d='a'onclick='x()'/>"), "an event attribute"),
    (svg(b'<use xlink:href="https://a.example/x.svg#a"/>'), "a reference to something outside"),
    (svg(b'<use href = "//a.example/x.svg#a"/>'), "a reference to something outside"),
    (svg(b'<path fill="url(https://a.example/)"/>'), "a reference to something outside"),
    (svg(b'<path fill="url( \'x.svg#a\')"/>'), "a reference to something outside"),
    (svg(b'<path d="&#x61;"/>'), "text that stands for something else"),
    (svg(b'<path d="javascript:x"/>'), "text that stands for something else"),
    (svg(before=b'<!DOCTYPE svg [<!ENTITY a "b">]>'), "not an SVG document"),
    (svg(b'<!ENTITY a "b">'), "a document type, an entity or a section"),
    (svg(b"<![CDATA[x]]>"), "a document type, an entity or a section"),
    (svg(b'<?xml-stylesheet href="x"?>'), "a processing instruction"),
]  # fmt: skip


@pytest.mark.parametrize(("picture", "fault"), PICTURES)
def test_a_picture_is_kept_only_if_nothing_in_it_is_alive(picture: bytes, fault: str) -> None:
    zone = Zone()
    zone.document("https://a.example/x.svg", picture, content_type="image/svg+xml")
    found = zone.run(bimi.indicator("https://a.example/x.svg"))
    assert found.problem.removeprefix("it has ") == fault
    assert found.svg == (b"" if fault else picture)


def test_a_picture_may_be_as_large_as_the_limit_and_no_larger() -> None:
    most = CheckLimits().indicator_bytes
    for size, is_kept in ((most, True), (most + 1, False)):
        zone = Zone()
        zone.document("https://a.example/x.svg", svg(b" " * (size - len(svg()))))
        assert bool(zone.run(bimi.indicator("https://a.example/x.svg")).svg) is is_kept


ANSWERS = [
    (Answer(Status.TRY_LATER, reason="timeout: no answer"), True),
    (Answer(Status.TRY_LATER, reason="size: too much"), False),
    (Answer(Status.FOUND, (Fetched(404, "", b""),)), False),
    (Answer(Status.FOUND, (Fetched(503, "", b""),)), True),
]


@pytest.mark.parametrize(("answer", "is_later"), ANSWERS)
def test_a_picture_that_cannot_be_had_says_whether_to_try_again(answer: Answer, is_later: bool) -> None:
    zone = Zone()
    zone.documents["https://a.example/x.svg"] = answer
    found = zone.run(bimi.indicator("https://a.example/x.svg"))
    assert (found.svg, found.is_later) == (b"", is_later)
    assert found.problem


@pytest.mark.parametrize("filler", [b"<svg ", b"<!--", b" ", b"<", b"url( ", b" href= ", b"<a:" + b"b" * 50, b'x="'])
def test_a_hostile_picture_is_judged_in_no_time(filler: bytes) -> None:
    bimi.fault(HEAD + filler * (32_000 // len(filler)) + b"</svg>")
    bimi.fault(filler * (32_000 // len(filler)))
