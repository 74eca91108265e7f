import json
import tracemalloc
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.checks import aggregate, dmarc_record
from pillarbox.checks.aggregate import NAMESPACE, Auth, Feedback, Row, published
from pillarbox.limits import CheckLimits

LIMITS = CheckLimits()
MIB = 1 << 20
PASSING = Row(
    source="192.0.2.1",
    count=3,
    disposition="none",
    dkim="pass",
    spf="fail",
    header_from="example.org",
    envelope_from="bounces.example.org",
    auth=Auth(
        dkim=[{"domain": "example.org", "selector": "s1", "result": "pass"}],
        spf=[{"domain": "bounces.example.org", "scope": "mfrom", "result": "softfail"}],
    ),
)
FAILING = Row(
    source="2001:db8::1",
    count=1,
    disposition="quarantine",
    dkim="fail",
    spf="fail",
    header_from="sub.example.org",
    auth=Auth(reasons=[{"type": "local_policy", "comment": "as configured <here> & now"}]),
)
POLICY = published(dmarc_record.parse(b"v=DMARC1; p=reject; sp=quarantine; adkim=s; fo=1:d; rua=mailto:a@example.org", 10))
FEEDBACK = Feedback(
    organisation="example.net",
    email="dmarc-reports@example.net",
    id="abc@example.net",
    begins_at=1_795_132_800,
    ends_at=1_795_219_199,
    domain="example.org",
    policy=POLICY,
    rows=[PASSING, FAILING],
)


def read(xml: bytes, limits: CheckLimits = LIMITS) -> Feedback | None:
    reading = aggregate.read(xml, limits)
    try:
        while True:
            next(reading)
    except StopIteration as end:
        found: Feedback | None = end.value
        return found


def report(rows: bytes = b"", root: bytes = b"<feedback>") -> bytes:
    return (
        root + b"<report_metadata><org_name>google.com</org_name><email>x@google.com</email><report_id>17</report_id>"
        b"<date_range><begin>1795132800</begin><end>1795219199</end></date_range></report_metadata>"
        b"<policy_published><domain>Example.ORG</domain><adkim>r</adkim><p>none</p><pct>100</pct></policy_published>"
        + rows + b"</feedback>"
    )  # fmt: skip


def record(
    source: bytes = b"192.0.2.1", count: bytes = b"2", auth: bytes = b"<spf><domain>x</domain><result>pass</result></spf>"
) -> bytes:
    return (
        b"<record><row><source_ip>%b</source_ip><count>%b</count><policy_evaluated><disposition>none</disposition>"
        b"<dkim>fail</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>example.org</header_from></identifiers>"
        b"<auth_results>%b</auth_results></record>" % (source, count, auth)
    )


# Written.


def test_a_report_says_what_was_counted() -> None:
    found = read(aggregate.build(FEEDBACK, "Pillarbox"))
    assert found is not None
    assert (found.organisation, found.email, found.id) == ("example.net", "dmarc-reports@example.net", "abc@example.net")
    assert (found.begins_at, found.ends_at, found.domain) == (1_795_132_800, 1_795_219_199, "example.org")
    assert found.policy == POLICY
    passing, failing = found.rows
    assert (passing.source, passing.count, passing.auth) == ("192.0.2.1", 3, PASSING.auth)
    assert failing == FAILING


def test_the_elements_stand_as_rfc_9990_lists_them() -> None:
    root = ElementTree.fromstring(aggregate.build(FEEDBACK, "Pillarbox"))

    def names(path: str) -> list[str]:
        found = root if path == "." else root.find("/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/")))
        assert found is not None
        return [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in found]

    assert root.tag == f"{{{NAMESPACE}}}feedback"
    assert names(".") == ["version", "report_metadata", "policy_published", "record", "record"]
    assert names("report_metadata") == ["org_name", "email", "report_id", "date_range", "generator"]
    assert names("policy_published") == ["domain", "discovery_method", "p", "sp", "fo", "adkim", "aspf", "testing"]
    assert names("record") == ["row", "identifiers", "auth_results"]
    assert names("record/row") == ["source_ip", "count", "policy_evaluated"]
    assert names("record/row/policy_evaluated") == ["disposition", "dkim", "spf"]
    assert names("record/auth_results/dkim") == ["domain", "selector", "result"]


@pytest.mark.parametrize(
    ("policy", "dkim", "spf", "disposition", "said"),
    [
        ("reject", "pass", "fail", "none", "pass"),
        ("quarantine", "fail", "pass", "none", "pass"),
        ("none", "pass", "pass", "none", "none"),
        ("reject", "fail", "fail", "none", "none"),
        ("reject", "fail", "fail", "reject", "reject"),
        ("reject", "pass", "pass", "quarantine", "quarantine"),
    ],
)
def test_a_pass_under_a_policy_is_called_so(policy: str, dkim: str, spf: str, disposition: str, said: str) -> None:
    row = Row(source="::1", count=1, disposition=disposition, dkim=dkim, spf=spf, header_from="x")
    found = read(aggregate.build(Feedback(
        organisation="o", email="e", id="i", begins_at=0, ends_at=1, domain="d", policy={"p": policy}, rows=[row]
    )))  # fmt: skip
    assert found is not None
    assert found.rows[0].disposition == said


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (b"v=DMARC1; p=none", {"p": "none", "fo": "0", "adkim": "r", "aspf": "r", "testing": "n"}),
        (b"v=DMARC1; rua=mailto:x@y.example", {"p": "none", "fo": "0", "adkim": "r", "aspf": "r", "testing": "n"}),
        (
            b"v=DMARC1; p=reject; np=quarantine; t=y; aspf=s",
            {"p": "reject", "np": "quarantine", "fo": "0", "adkim": "r", "aspf": "s", "testing": "y"},
        ),
    ],
)
def test_a_published_policy_has_its_defaults(policy: bytes, expected: dict[str, str]) -> None:
    assert published(dmarc_record.parse(policy, 10)) == {"discovery_method": "treewalk", **expected}


def test_no_text_breaks_the_xml() -> None:
    evil = "</domain><count>9\0\x1b\ud800]]>&amp;\ufffe"
    row = Row(source="::1", count=1, disposition="none", dkim="fail", spf="fail", header_from=evil)
    found = read(aggregate.build(Feedback(
        organisation=evil, email="e", id="i", begins_at=0, ends_at=1, domain="d", rows=[row]
    )))  # fmt: skip
    assert found is not None
    assert [each.count for each in found.rows] == [1]
    assert found.organisation == "</domain><count>9???]]>&amp;?"


def test_results_are_counted_together_where_they_are_the_same() -> None:
    assert Auth.decode(PASSING.auth.encode()).encode() == PASSING.auth.encode()
    assert Auth(dkim=[{"a": "1", "b": "2"}]).encode() == Auth(dkim=[{"b": "2", "a": "1"}]).encode()
    assert Auth.decode("no JSON") == Auth()


# Read.


VARIANTS = {
    "google, no namespace": report(record()),
    "a declaration": b'<?xml version="1.0" encoding="UTF-8" ?>\n' + report(record()),
    "a byte order mark": b"\xef\xbb\xbf" + report(record()),
    "white space before it": b"\r\n \n" + report(record()),
    "microsoft's schemas": report(record(), b'<feedback xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://x/y">'),
    "the first namespace": report(record(), b'<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">'),
    "rfc 9990's namespace": report(record(), b'<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"><version>1.0</version>'),
    "a prefix": report(record(), b"<feedback>").replace(b"<feedback>", b'<d:feedback xmlns:d="urn:x">').replace(
        b"</feedback>", b"</d:feedback>"
    ),
    "latin-1": b'<?xml version="1.0" encoding="ISO-8859-1"?>' + report(record()),
    "utf-16": report(record()).decode().encode("utf-16"),
    "something after it": report(record()) + b"\0\0 garbage",
    "extensions": report(b'<extension><x:a xmlns:x="u"><x:b>c</x:b></x:a></extension>' + record()),
    "comments": report(b"<!-- <record/> -->" + record()),
}  # fmt: skip


@pytest.mark.parametrize("case", VARIANTS)
def test_reports_of_all_kinds_are_read(case: str) -> None:
    found = read(VARIANTS[case])
    assert found is not None
    assert (found.organisation, found.id, found.domain, found.begins_at) == ("google.com", "17", "example.org", 1795132800)
    assert [(row.source, row.count, row.spf, row.header_from) for row in found.rows] == [
        ("192.0.2.1", 2, "pass", "example.org")
    ]
    assert found.rows[0].auth.spf == [{"domain": "x", "result": "pass"}]


@pytest.mark.parametrize(
    ("source", "count", "kept"),
    [
        (b"192.0.2.1", b"1", 1),
        (b"2001:DB8:0::1", b"1", 1),
        (b"not an address", b"1", 0),
        (b"", b"1", 0),
        (b"192.0.2.1", b"0", 0),
        (b"192.0.2.1", b"-1", 0),
        (b"192.0.2.1", b"", 0),
        (b"192.0.2.1", "٣".encode(), 0),
        (b"192.0.2.1", b"9" * 12, 1),
        (b"192.0.2.1", b"9" * 13, 0),
        (b"192.0.2.1", b"9" * 5000, 0),
    ],
)
def test_rows_that_make_no_sense_are_passed_over(source: bytes, count: bytes, kept: int) -> None:
    found = read(report(record(source, count)))
    assert found is not None
    assert len(found.rows) == kept


def test_what_is_shown_on_a_terminal_does_nothing_there() -> None:
    found = read(report().replace(b"google.com<", "a\u202eb\u0085c<".encode()))
    assert found is not None
    assert found.organisation == "a b c"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"hello",
        b"<html><body/></html>",
        b"<feedback/>",
        report()[:-5],
        report().replace(b"<report_id>17</report_id>", b""),
        report().replace(b"1795132800", b"yesterday"),
        report().replace(b"Example.ORG", b""),
        b'<!DOCTYPE feedback SYSTEM "http://example.com/x">' + report(),
        b'<!DOCTYPE feedback [<!ENTITY a "b">]>' + report(),
        report(b"&unknown;"),
        b'<?xml version="1.0" encoding="x-unknown"?>' + report(),
        b'<?xml version="1.0" encoding="utf-7"?>' + report(),
    ],
)
def test_what_is_no_report_is_none(xml: bytes) -> None:
    assert read(xml) is None


LAUGHS = b"<!DOCTYPE f [<!ENTITY a0 'ha'>" + b"".join(
    b"<!ENTITY a%d '&a%d;&a%d;&a%d;&a%d;'>" % (n, n - 1, n - 1, n - 1, n - 1) for n in range(1, 30)
)


def bombs() -> Iterator[tuple[str, bytes]]:
    size = MIB
    yield "entities within entities", LAUGHS + b"]><feedback>&a29;</feedback>"
    yield "elements within elements", (b"<feedback>" + b"<a>" * size)[:size]
    yield "many names of elements", b"<feedback>" + b"".join(b"<a%d/>" % n for n in range(size // 9))
    yield "many names of attributes", b"<feedback>" + b"".join(b"<a b%d=''/>" % n for n in range(size // 14))
    yield "many attributes of one element", b"<feedback><a" + b"".join(b" b%d=''" % n for n in range(size // 10)) + b"/>"
    yield "one long name", b"<feedback><" + b"a" * size + b"/>"
    yield "one long text", b"<feedback><version>" + b"a" * size + b"</version>"
    yield "many texts", b"<feedback><version>" + (b"x" * 60_000 + b"<b/>") * (size // 60_000)
    yield "many rows", b"<feedback>" + b"<record/>" * (size // 9)
    yield "many results", report(record(auth=b"<dkim><domain>a</domain></dkim>" * (size // 32)))


BOMBS = dict(bombs())


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_report_takes_more_memory_than_a_few_times_its_size(bomb: str) -> None:
    tracemalloc.start()
    try:
        found = read(BOMBS[bomb])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * MIB + 2 * len(BOMBS[bomb])
    assert found is None or len(found.rows[0].auth.dkim) == aggregate.RESULTS


@pytest.mark.parametrize(("rows", "is_read"), [(2, True), (3, False)])
def test_rows_are_read_up_to_the_limit(rows: int, is_read: bool) -> None:
    assert (read(report(record() * rows), CheckLimits(report_rows=2)) is not None) is is_read


@pytest.mark.parametrize("more", [0, 1])
def test_bytes_are_read_up_to_the_limit(more: int) -> None:
    xml = report(record())
    assert (read(xml, CheckLimits(report_unpacked=len(xml) - more)) is None) is bool(more)


def test_a_long_report_lets_others_have_their_turn() -> None:
    assert sum(1 for _ in aggregate.read(report(record() * 1000), LIMITS)) >= 10


def test_rows_become_json() -> None:
    assert json.loads(aggregate.rows_json([PASSING]))[0] == {
        "source": "192.0.2.1", "count": 3, "disposition": "none", "dkim": "pass", "spf": "fail", "header_from": "example.org",
        "envelope_from": "bounces.example.org",
        "auth": {"dkim": [{"domain": "example.org", "selector": "s1", "result": "pass"}],
                 "spf": [{"domain": "bounces.example.org", "scope": "mfrom", "result": "softfail"}], "reasons": []},
    }  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 700))
def test_no_bytes_break_the_reader(noise: bytes, at: int) -> None:
    xml = report(record())
    read(xml[:at] + noise + xml[at:])
    read(noise)
