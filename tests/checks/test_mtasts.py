"""RFC 8461, as tables."""

import pytest

from pillarbox.checks.mtasts import (
    FRESH,
    LARGEST,
    LONGEST,
    PATIENCE,
    Document,
    Mode,
    Policy,
    Problem,
    Remembered,
    discover,
    parse,
    policy_url,
    record_id,
)
from pillarbox.checks.questions import Answer, Fetch, Status
from pillarbox.testing.fake_dns import Zone

NOW = 1_800_000_000
DAY = 86400
GOOD = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.org\r\nmx: *.example.net\r\nmax_age: 604800\r\n"
URL = "https://mta-sts.example.org/.well-known/mta-sts.txt"


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([b"v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
        ([b"v=STSv1;id=1"], "1"),
        ([b"v=STSv1 ;\tid=1 ; "], "1"),
        ([b"v=STSv1; id=1; new=thing; id=2"], "1"),
        ([b"v=STSv1; x_y-z.1=!#$; id=1"], "1"),
        ([b"v=spf1 -all", b"v=STSv1; id=1"], "1"),
        ([b"v=STSv1; id=" + b"a" * 32], "a" * 32),
        ([b"v=STSv1; id=" + b"a" * 33], None),
        ([], None),
        ([b"v=STSv1; id=1", b"v=STSv1; id=2"], None),
        ([b"v=STSv1; id=1", b"v=STSv1; id=1"], None),
        ([b"v=STSv1"], None),
        ([b"v=STSv1;"], None),
        ([b"v=STSv1; id="], None),
        ([b"v=STSv1; id=a-b"], None),
        ([b"v=STSv1; id = 1"], None),
        ([b"v=STSv1; id=1; what is this"], None),
        ([b"v=STSv1; id=1;; a=b"], None),
        ([b"v=STSv1; id=1; a=b=c"], None),
        ([b"v=STSv1; id=1; \xc3\xa4=b"], None),
        ([b"v=STSv2; id=1"], None),
        ([b"v=stsv1; id=1"], None),
        ([b" v=STSv1; id=1"], None),
        ([b"v=STSv1; " + b"id=1;" * 800], "1"),
        ([b"v=STSv1; " + b"id=1;" * 900], None),
    ],
)
def test_a_record_has_one_id_or_there_is_no_record(records: list[bytes], found: str | None) -> None:
    assert record_id(tuple(records)) == found


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (GOOD, Document(Mode.ENFORCE, ("mail.example.org", "*.example.net"), 604800)),
        (GOOD.replace("\r\n", "\n"), Document(Mode.ENFORCE, ("mail.example.org", "*.example.net"), 604800)),
        (GOOD.rstrip(), Document(Mode.ENFORCE, ("mail.example.org", "*.example.net"), 604800)),
        (GOOD + "\r\n\r\n", Document(Mode.ENFORCE, ("mail.example.org", "*.example.net"), 604800)),
        ("version:STSv1\nmode:testing\nmx:A.Example\nmax_age:1", Document(Mode.TESTING, ("a.example",), 1)),
        ("max_age: 10 \nmx: a.example\t\nmode: none \nversion: STSv1\t", Document(Mode.NONE, ("a.example",), 10)),
        ("version: STSv1\nmode: none\nmax_age: 0", Document(Mode.NONE, (), 0)),
        ("version: STSv1\nmode: none\nmax_age: 5\nmode: enforce\nmax_age: 6", Document(Mode.NONE, (), 5)),
        ("version: STSv1\nmode: none\nmax_age: 5\nfuture.thing: ä ö ü : ;", Document(Mode.NONE, (), 5)),
        ("version: STSv1\nmode: none\nmax_age: 9999999999", Document(Mode.NONE, (), LONGEST)),
    ],
)
def test_a_policy_is_read(body: str, found: Document) -> None:
    read = parse(body.encode())
    assert (read.mode, read.mx, read.max_age) == (found.mode, found.mx, found.max_age)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "version"),
        ("mode: none\nmax_age: 5", "version"),
        ("version: STSv2\nmode: none\nmax_age: 5", "version"),
        ("version: STSv1\nmax_age: 5", "mode"),
        ("version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 5", "mode"),
        ("version: STSv1\nmode: none", "max_age"),
        ("version: STSv1\nmode: none\nmax_age:", "max_age"),
        ("version: STSv1\nmode: none\nmax_age: -1", "max_age"),
        ("version: STSv1\nmode: none\nmax_age: 1e3", "max_age"),
        ("version: STSv1\nmode: none\nmax_age: ٣", "max_age"),
        ("version: STSv1\nmode: none\nmax_age: " + "9" * 5000, "max_age"),
        ("version: STSv1\nmode: enforce\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: testing\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: none\nmax_age: 5\n<html>", "field"),
        ("version: STSv1\nmode: none\nmax_age: 5\nno colon", "field"),
        ("version: STSv1\nmode: enforce\nmx: *\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: enforce\nmx: a.*.example\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: enforce\nmx: *.*.example\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: enforce\nmx: a..example\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: enforce\nmx: bücher.example\nmax_age: 5", "mx"),
        ("version: STSv1\nmode: enforce\nmx:\nmax_age: 5", "mx"),
        (GOOD + "x: " + "y" * LARGEST, "long"),
    ],
)
def test_what_is_no_policy_says_why(body: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(body.encode())


def test_bytes_that_are_no_text_are_no_policy() -> None:
    with pytest.raises(ValueError, match="text"):
        parse(b"version: STSv1\xff")


@pytest.mark.parametrize(
    ("host", "pattern", "fits"),
    [
        ("mail.example.org", "mail.example.org", True),
        ("MAIL.example.ORG", "mail.example.org", True),
        ("mail.example.org.", "mail.example.org", True),
        ("mx.example.org", "mail.example.org", False),
        ("mx.example.org", "*.example.org", True),
        ("example.org", "*.example.org", False),
        (".example.org", "*.example.org", False),
        ("a.b.example.org", "*.example.org", False),
        ("evil-example.org", "*.example.org", False),
        ("mail.example.org.evil.example", "mail.example.org", False),
    ],
)
def test_a_wildcard_stands_for_one_whole_label(host: str, pattern: str, fits: bool) -> None:
    assert Document(Mode.ENFORCE, (pattern,), 1).names(host) is fits


# Discovery.


def policy(id: str = "1", fetched_at: int = NOW - 100, mode: Mode = Mode.ENFORCE, max_age: int = 604800) -> Policy:  # noqa: A002
    return Policy(id, Document(mode, ("old.example.org",), max_age), fetched_at)


def zone(record: str = "v=STSv1; id=1;", body: str | None = GOOD, **document: object) -> Zone:
    made = Zone()
    if record:
        made.add("_mta-sts.example.org", "TXT", record.encode())
    if body is not None:
        made.document(URL, body, **document)  # type: ignore[arg-type]
    return made


def fetches(zone: Zone) -> int:
    return sum(isinstance(question, Fetch) for question in zone.asked)


def test_a_policy_is_fetched_when_first_heard_of_and_kept() -> None:
    net = zone()
    found = net.run(discover("example.org", None, NOW))
    assert found.policy is not None
    assert found.policy.document.mx == ("mail.example.org", "*.example.net")
    assert found.problem is None
    assert found.remember == Remembered(found.policy)
    assert found.remember.until == NOW + 604800
    assert net.asked[-1] == Fetch(URL, LARGEST)
    assert policy_url("example.org") == URL


@pytest.mark.parametrize(
    ("net", "held", "fetched", "in_force"),
    [
        pytest.param(zone(), policy(), 0, "old.example.org", id="the same id is not fetched again"),
        pytest.param(zone("v=STSv1; id=2"), policy(), 1, "mail.example.org", id="a new id is"),
        pytest.param(zone(), policy(fetched_at=NOW - FRESH), 1, "mail.example.org", id="an old one is, once a day"),
        pytest.param(zone(), policy(fetched_at=NOW - 604800), 1, "mail.example.org", id="one that has expired is"),
        pytest.param(zone(""), policy(), 0, "old.example.org", id="no record: what is kept holds"),
        pytest.param(zone("v=STSv1; id=?"), policy(), 0, "old.example.org", id="a broken record: what is kept holds"),
        pytest.param(zone(""), policy(fetched_at=NOW - 604800), 0, None, id="no record, and it has expired"),
        pytest.param(zone(""), None, 0, None, id="no record, never heard of"),
        pytest.param(zone("v=STSv1; id=2", None), policy(), 1, "old.example.org", id="not to be had: what is kept holds"),
        pytest.param(zone("v=STSv1; id=2", "rubbish"), policy(), 1, "old.example.org", id="rubbish: what is kept holds"),
        pytest.param(zone("v=STSv1; id=2", None), policy(fetched_at=NOW - 604800), 1, None, id="not to be had, expired"),
        pytest.param(zone(), policy(mode=Mode.NONE), 0, None, id="mode none is nothing in force, and not fetched again"),
        pytest.param(
            zone("v=STSv1; id=2", "version: STSv1\nmode: none\nmax_age: 86400"), policy(), 1, None, id="a policy taken back"
        ),
    ],
)
def test_what_is_in_force(net: Zone, held: Policy | None, fetched: int, in_force: str | None) -> None:
    net.asked.clear()
    found = net.run(discover("example.org", Remembered(held) if held else None, NOW))
    assert fetches(net) == fetched
    assert (found.policy.document.mx[0] if found.policy else None) == in_force


def test_a_name_server_that_fails_undoes_nothing() -> None:
    net = Zone("_mta-sts.example.org TRY_LATER")
    assert net.run(discover("example.org", Remembered(policy()), NOW)).policy == policy()
    assert net.run(discover("example.org", None, NOW)).policy is None


@pytest.mark.parametrize(
    ("net", "result"),
    [
        (zone(body=None), "sts-policy-fetch-error"),
        (zone(status=404), "sts-policy-fetch-error"),
        (zone(status=301), "sts-policy-fetch-error"),
        (zone(status=204), "sts-policy-fetch-error"),
        (zone(content_type="text/html"), "sts-policy-invalid"),
        (zone(content_type=""), "sts-policy-invalid"),
        (zone(body="version: STSv1"), "sts-policy-invalid"),
    ],
)
def test_what_is_wrong_is_reported_and_not_tried_again_at_once(net: Zone, result: str) -> None:
    net.asked.clear()
    first = net.run(discover("example.org", None, NOW))
    assert first.problem is not None
    assert first.problem.result == result
    assert first.remember is not None
    assert first.remember.until == NOW + PATIENCE
    again = net.run(discover("example.org", first.remember, NOW + PATIENCE - 1))
    assert (fetches(net), again.problem, again.remember) == (1, first.problem, None)
    net.run(discover("example.org", first.remember, NOW + PATIENCE))
    assert fetches(net) == 2


@pytest.mark.parametrize(
    ("reason", "result"),
    [
        ("tls: certificate has expired", "sts-webpki-invalid"),
        ("connect: refused", "sts-policy-fetch-error"),
        ("timeout: 60 s", "sts-policy-fetch-error"),
        ("size: more than 65536", "sts-policy-fetch-error"),
        ("", "sts-policy-fetch-error"),
    ],
)
def test_why_there_is_no_document_is_told_in_the_words_of_reports(reason: str, result: str) -> None:
    net = zone(body=None)
    net.documents[URL] = Answer(Status.TRY_LATER, reason=reason)
    found = net.run(discover("example.org", None, NOW))
    assert found.problem == Problem(result, reason)


def test_a_failure_keeps_the_policy_that_is_in_force() -> None:
    failed = zone("v=STSv1; id=2", None).run(discover("example.org", Remembered(policy()), NOW))
    assert failed.remember is not None
    assert failed.remember.policy == policy()
    assert failed.remember.until == policy().expires_at
    later = zone("").run(discover("example.org", failed.remember, NOW + 3600))
    assert later.policy == policy()


def test_a_failure_is_forgotten_with_a_new_id() -> None:
    net = zone("v=STSv1; id=3")
    failed = Remembered(policy(), "2", NOW, Problem("sts-policy-invalid", ""))
    found = net.run(discover("example.org", failed, NOW))
    assert found.policy is not None
    assert found.policy.id == "3"
    assert found.remember == Remembered(found.policy)


def test_a_media_type_may_have_parameters() -> None:
    assert zone(content_type="Text/Plain; charset=utf-8").run(discover("example.org", None, NOW)).policy is not None


def test_what_is_remembered_survives_being_kept() -> None:
    whole = Remembered(Policy("1", parse(GOOD.encode()), NOW), "2", NOW, Problem("sts-policy-invalid", "ä"))
    for known in (whole, Remembered(), Remembered(policy())):
        assert Remembered.decode(known.encode()) == known


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"\xff", b'{"policy": {}, "problem": null, "failed_id": "", "failed_at": 0}']
)
def test_what_was_not_written_by_us_is_not_remembered(data: bytes) -> None:
    assert Remembered.decode(data) is None


def test_reports_quote_a_policy_line_by_line_and_no_more_than_need_be() -> None:
    assert parse(GOOD.encode()).lines == (
        "version: STSv1",
        "mode: enforce",
        "mx: mail.example.org",
        "mx: *.example.net",
        "max_age: 604800",
    )
    long = parse((GOOD + "x: y\n" * 5000 + f"z: {'z' * 10_000}").encode())
    assert sum(map(len, long.lines)) < 30_000
