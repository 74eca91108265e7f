"""Authentication-Results: nothing a stranger chose says more than it is, and nobody speaks in our name."""

from ipaddress import ip_address

import pytest
from authres import AuthenticationResultsHeader
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillarbox.checks import authres
from pillarbox.checks.authres import Outcome, parse, without_ours, write
from pillarbox.checks.dkim import DkimResult
from pillarbox.checks.dmarc import DmarcResult
from pillarbox.checks.dmarc import Result as Dmarc
from pillarbox.checks.dmarc_record import Policy, Record
from pillarbox.checks.sender import Reverse, ReverseResult
from pillarbox.checks.spf import Result as Spf
from pillarbox.checks.spf import SpfResult
from pillarbox.message import headers

US = "mx.example.org"


def value(field: bytes) -> bytes:
    return headers.read(field + b"\r\n").all(b"authentication-results")[0]


def test_what_our_checks_found_is_one_field() -> None:
    field = write(
        US,
        [
            authres.of_spf(SpfResult(Spf.PASS, "example.com", "alice@Example.com")),
            *authres.of_dkim(
                [DkimResult("fail", "the body was changed", "example.com", "s1", "@example.com", "rsa-sha256", tag="ab+/cd==")]
            ),
            authres.of_dmarc(DmarcResult(Dmarc.PASS, "example.com", Policy.REJECT, record=Record("v=DMARC1"))),
            authres.of_reverse(ReverseResult(Reverse.PASS, ip_address("2001:db8::1"), "mail.example.com")),
        ],
    )
    assert field == (
        b"Authentication-Results: mx.example.org;"
        b" spf=pass\r\n\tsmtp.mailfrom=alice@example.com;"
        b' dkim=fail reason="the body was changed"\r\n'
        b"\theader.d=example.com header.i=@example.com header.s=s1 header.a=rsa-sha256\r\n"
        b'\theader.b="ab+/cd==";'
        b" dmarc=pass header.from=example.com policy.dmarc=reject;\r\n"
        b'\tiprev=pass policy.iprev="2001:db8::1"\r\n'
    )


def test_a_message_without_a_signature_has_a_result_that_says_so() -> None:
    assert write(US, authres.of_dkim([])) == b"Authentication-Results: mx.example.org; dkim=none\r\n"


def test_nothing_found_is_said() -> None:
    assert write(US, []) == b"Authentication-Results: mx.example.org; none\r\n"


def test_the_name_in_helo_is_named_as_such() -> None:
    assert b"smtp.helo=mx.example.com" in write(US, [authres.of_spf(SpfResult(Spf.FAIL, "mx.example.com", identity="helo"))])


VALUES = [
    ("a@b.example", b"a@b.example"),
    ("b.example", b"b.example"),
    ("bounce+a=b.example@c.example", b"bounce+a=b.example@c.example"),
    ("böb@b.example", "böb@b.example".encode()),
    ("a b@c.example", b"c.example"),
    ('"a; dkim=pass"@b.example', b"b.example"),
    ("a;dkim=pass@b.example", b"b.example"),
    ("x; dkim=pass", b'"x? dkim=pass"'),
    ('x" dkim=pass', b'"x\\" dkim=pass"'),
    ("x\\", b'"x\\\\"'),
    ("x\r\nSubject: y", b'"x??Subject: y"'),
    ("x\x00", b'"x?"'),
    ("(x)", b'"(x)"'),
    (f"{'a' * 500}@b.example", b"b.example"),
    ("b" * 500, b"b" * 400),
]


@pytest.mark.parametrize(("said", "written"), VALUES)
def test_a_value_is_one_value(said: str, written: bytes) -> None:
    field = write(US, [Outcome("spf", "none", (("smtp.mailfrom", said),))])
    assert b"smtp.mailfrom=" + written + b"\r\n" in field


TEXTS = st.text(max_size=60) | st.text(alphabet='ab@.;="\\()\r\n\t ,dkimpass', max_size=40)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
@example('"; dkim=pass', "\\", '\\"; dkim=pass ("')
def test_no_value_adds_a_result_or_a_field(sender: str, reason: str, account: str) -> None:
    field = write(
        US, [Outcome("spf", "fail", (("smtp.mailfrom", sender),), reason), Outcome("auth", "pass", (("smtp.auth", account),))]
    )
    assert [name for name, _ in headers.read(field + b"\r\n")] == [b"authentication-results"]
    found = parse(value(field))
    assert found is not None
    assert [(outcome.method, outcome.result) for outcome in found.outcomes] == [("spf", "fail"), ("auth", "pass")]
    assert field.count(b";") == 2
    assert all(len(line) < 998 for line in field.split(b"\r\n"))


def test_another_library_reads_what_we_write() -> None:
    field = write(US, [Outcome("spf", "pass", (("smtp.mailfrom", "a@b.example"),), 'say "x"'), Outcome("dkim", "none")])
    theirs = AuthenticationResultsHeader.parse(field.decode().replace("\r\n", ""))
    assert theirs.authserv_id == US
    assert [(each.method, each.result) for each in theirs.results] == [("spf", "pass"), ("dkim", "none")]


FIELDS = [
    # RFC 8601 Appendix B
    (b"example.org 1; none", "example.org", "1", []),
    (b"example.com; spf=pass smtp.mailfrom=example.net", "example.com", "1", [("spf", "pass")]),
    (b"example.com; auth=pass (cleartext) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net", "example.com", "1",
     [("auth", "pass"), ("spf", "pass")]),
    (b"example.com; sender-id=fail header.from=example.net; dkim=pass (good) header.d=example.com", "example.com", "1",
     [("sender-id", "fail"), ("dkim", "pass")]),
    (b"foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail "
     b"policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
     "foo.example.net", "1", [("dkim", "fail")]),
    # what others write
    (b'"example.org"; dkim=pass', "example.org", "1", [("dkim", "pass")]),
    (b"(a (b) \\) c) example.org (d); DKIM = Pass", "example.org", "1", [("dkim", "pass")]),
    (b"example.org; dkim=pass; ; =; spf; x=;", "example.org", "1", [("dkim", "pass")]),
    (b"example.org", "example.org", "1", []),
    (b'example.org; spf=pass smtp.mailfrom="a;dkim=pass"@b.example', "example.org", "1", [("spf", "pass")]),
    (b"example.org; spf=pass (dkim=pass; arc=pass", "example.org", "1", [("spf", "pass")]),
    (b'example.org; spf=pass reason="dkim=pass; x', "example.org", "1", [("spf", "pass")]),
    ("büro.example; spf=pass".encode(), "büro.example", "1", [("spf", "pass")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "version", "results"), FIELDS)
def test_a_field_is_read(text: bytes, name: str, version: str, results: list[tuple[str, str]]) -> None:
    found = parse(text)
    assert found is not None
    assert (found.authserv_id, found.version) == (name, version)
    assert [(outcome.method, outcome.result) for outcome in found.outcomes] == results


@pytest.mark.parametrize(("count", "read"), [(100, 100), (101, 100)])
def test_only_so_many_results_are_read(count: int, read: int) -> None:
    found = parse(b"example.org" + b"; spf=pass" * count)
    assert found is not None
    assert len(found.outcomes) == read


def test_properties_are_read() -> None:
    found = parse(b'example.org; spf=fail reason="not (you)" smtp . mailfrom = "a b"@c.example (x) policy.x="1;2"; dkim=none')
    assert found is not None
    assert found.first("spf") == Outcome("spf", "fail", (("smtp.mailfrom", "a b@c.example"), ("policy.x", "1;2")), "not (you)")
    assert found.first("arc") is None


@pytest.mark.parametrize("text", [b"", b" ", b"(x)", b"; spf=pass", b"(", b"x" * 20_000])
def test_a_field_without_a_name_is_none(text: bytes) -> None:
    assert parse(text) is None


@given(st.binary(max_size=80))
def test_whatever_is_read_raises_nothing(text: bytes) -> None:
    parse(text)
    without_ours(b"Authentication-Results:" + text, US)


OURS = [
    b"mx.example.org; spf=pass",
    b"MX.Example.ORG; spf=pass",
    b"mx.example.org",
    b"mx.example.org 1; spf=pass",
    b"mx.example.org.; spf=pass",
    b'"mx.example.org"; spf=pass',
    b'"mx\\.example.org"; spf=pass',
    b'"mx".example.org; spf=pass',
    b"(hello) mx.example.org; spf=pass",
    b"(hello; you) mx.example.org(bye); spf=pass",
    b"(" + b"x" * 3000 + b") mx.example.org; spf=pass",
    b"mx.(x)example.(y)org; spf=pass",
    b"mx . example . org; spf=pass",
    b"mx.\r\n example.org; spf=pass",
    b"\r\n\tmx.example.org; spf=pass",
    b"\r\n (\r\n )\r\n mx.example.org\r\n ; spf=pass",
    b"(mx.example.org; spf=pass",
    b'"mx.example.org; spf=pass',
    b"\x00mx.example.org; spf=pass",
    b"x" * 20_000,
    "ｍｘ．example。org; spf=pass".encode(),
]


@pytest.mark.parametrize("text", OURS)
@pytest.mark.parametrize("name", [b"Authentication-Results:", b"authentication-RESULTS \t:", b"Authentication-Results\r\n :"])
def test_who_speaks_in_our_name_is_removed(text: bytes, name: bytes) -> None:
    before, after = b"Received: x\r\n\ty\r\n", b"Subject: z\r\n"
    assert without_ours(before + name + text + b"\r\n" + after, US) == before + after


@pytest.mark.parametrize(("count", "left"), [(100, 100), (101, 100)])
def test_only_so_many_fields_are_looked_at_and_left(count: int, left: int) -> None:
    header = b"Authentication-Results: example.net; none\r\n" * count
    assert without_ours(header, US).count(b"\r\n") == left


@pytest.mark.parametrize(("count", "is_left"), [(200, True), (201, False)])
def test_who_hides_behind_comments_is_removed(count: int, is_left: bool) -> None:
    header = b"Authentication-Results: " + b"()" * count + b"example.net; none\r\n"
    assert without_ours(header, US) == (header if is_left else b"")


THEIRS = [
    b"example.org; spf=pass",
    b"mx.example.org.example.net; spf=pass",
    b"amx.example.org; spf=pass",
    b"mx.example.com; spf=pass smtp.helo=mx.example.org",
    b"mx.example.com; spf=pass (mx.example.org)",
    b"spf=pass smtp.mailfrom=mx.example.org; dkim=none",
    b"",
]


@pytest.mark.parametrize("text", THEIRS)
def test_who_speaks_for_himself_stays(text: bytes) -> None:
    header = b"Received: x\r\nAuthentication-Results: " + text + b"\r\nX-Authentication-Results: mx.example.org\r\n\r\n"
    assert without_ours(header, US) == header


def test_a_name_beyond_ascii_is_known_in_all_its_forms() -> None:
    for name in ("bücher.example", "xn--bcher-kva.example", "BÜCHER.example"):
        for ours in ("bücher.example", "XN--bcher-kva.example"):
            assert without_ours(f"Authentication-Results: {name}; none\r\nA: b\r\n".encode(), ours) == b"A: b\r\n"


def test_all_are_found_whatever_stands_between() -> None:
    claim = b"Authentication-Results: mx.example.org; spf=pass\r\n"
    header = b" folded\r\n" + claim + b"no field\r\n" + claim + claim + b"A: b\n" + claim[:-2] + b"\n" + claim[:-2]
    assert without_ours(header, US) == b" folded\r\nno field\r\nA: b\n"


def test_what_comes_after_an_empty_line_is_no_header() -> None:
    body = b"\r\nAuthentication-Results: mx.example.org; spf=pass\r\n"
    assert without_ours(b"A: b\r\n" + body, US) == b"A: b\r\n" + body


HOSTILE = [b"(" * 15_000, b"()" * 8000, b'"\\' * 8000, b"x " * 8000, b";" * 16_000, b"a=b " * 4000, b". " * 8000]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_field_is_read_in_no_time(text: bytes) -> None:
    parse(text)
    without_ours(b"Authentication-Results: " + text, US)
