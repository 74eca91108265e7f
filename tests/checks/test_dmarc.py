"""DMARC by RFC 9989: discovery by the tree walk, policies, alignment; authheaders as a second opinion where RFC 7489 agrees."""

import functools
from typing import Any

import authheaders
import pytest
from authres import DKIMAuthenticationResult, SPFAuthenticationResult

from pillarbox.checks import dmarc
from pillarbox.checks.dmarc import DmarcResult, Identifier
from pillarbox.checks.questions import Address, Txt
from pillarbox.checks.spf import Result as Spf
from pillarbox.checks.spf import SpfResult
from pillarbox.limits import CheckLimits
from pillarbox.message import headers
from pillarbox.testing.fake_dns import Zone

LONG = "a.b.c.d.e.f.g.h.i.j.mail.example.com"


def zone(records: str) -> Zone:
    """ "name: record | name: record | ! name (try later) | + name (exists)" """
    found = Zone()
    for line in filter(None, map(str.strip, records.split("|"))):
        if line[0] == "!":
            found.fails(f"_dmarc.{line[1:].strip()}")
        elif line[0] == "+":
            found.add(line[1:].strip(), "A", "192.0.2.1")
        else:
            name, _, text = line.partition(": ")
            found.add(f"_dmarc.{name}", "TXT", text.encode())
    return found


def evaluate(names: Zone, author: str, spf: str = "", dkim: str = "") -> DmarcResult:
    """SPF passes for `spf`, signatures of the domains in `dkim`."""
    found = SpfResult(Spf.PASS if spf else Spf.FAIL, spf or "elsewhere.example")
    return names.run(dmarc.evaluate(author, found, [(domain, "pass") for domain in dkim.split()]))


P = "v=DMARC1; p="
ORG = f"example.com: {P}reject"

DISCOVERY = [
    # records, author, where the policy is, the organization, the policy
    (ORG, "example.com", "example.com", "example.com", "reject"),
    (ORG, "a.example.com", "example.com", "example.com", "reject"),
    (ORG, "EXAMPLE.com.", "example.com", "example.com", "reject"),
    (ORG, LONG, "example.com", "example.com", "reject"),
    (f"bücher.example: {P}reject", "bücher.example", "", "xn--bcher-kva.example", "none"),
    (f"xn--bcher-kva.example: {P}reject", "Bücher.example", "xn--bcher-kva.example", "xn--bcher-kva.example", "reject"),
    ("", "example.com", "", "example.com", "none"),
    # RFC 9989 §4.10.2: its three examples
    (f"mail.example.com: {P}none | {ORG}", "a.mail.example.com", "example.com", "example.com", "reject"),
    (f"m.example.com: {P}quarantine; psd=n | {ORG}", "a.m.example.com", "m.example.com", "m.example.com", "quarantine"),
    (f"com: {P}reject; psd=y", "a.mail.example.com", "com", "example.com", "reject"),
    # RFC 9989 §4.10: seven labels, then one fewer each time
    (f"g.h.i.j.mail.example.com: {P}reject", LONG, "g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com", "reject"),
    (f"f.g.h.i.j.mail.example.com: {P}reject", LONG, "", LONG, "none"),
    (f"{LONG}: {P}reject", LONG, LONG, LONG, "reject"),
    (f"b.c.d.e.f.g.com: {P}reject", "a.b.c.d.e.f.g.com", "b.c.d.e.f.g.com", "b.c.d.e.f.g.com", "reject"),
    (f"b.c.d.e.f.g.h.com: {P}reject", "a.b.c.d.e.f.g.h.com", "", "a.b.c.d.e.f.g.h.com", "none"),
    (f"c.d.e.f.g.h.com: {P}reject", "a.b.c.d.e.f.g.h.com", "c.d.e.f.g.h.com", "c.d.e.f.g.h.com", "reject"),
    # the author's own comes first, whoever the organization is
    (f"a.example.com: {P}none | {ORG}", "a.example.com", "a.example.com", "example.com", "none"),
    (f"a.example.com: {P}none; sp=reject | {ORG}", "a.example.com", "a.example.com", "example.com", "none"),
    (f"a.example.com: {P}none; psd=n | {ORG}", "a.example.com", "a.example.com", "a.example.com", "none"),
    # what lies between is passed over
    (f"b.example.com: {P}none | {ORG}", "a.b.example.com", "example.com", "example.com", "reject"),
    (f"b.example.com: {P}none | com: {P}reject; psd=y", "a.b.example.com", "com", "example.com", "reject"),
    (f"{ORG} | com: {P}none; psd=y", "a.b.example.com", "example.com", "example.com", "reject"),
    (f"{ORG} | com: {P}none", "a.b.example.com", "com", "com", "none"),
    (f"{ORG} | com: {P}none; psd=u", "a.example.com", "com", "com", "none"),
    (f"{ORG} | com: {P}none; psd=x", "a.example.com", "com", "com", "none"),
    # public suffixes
    (f"co.uk: {P}reject; psd=y", "co.uk", "co.uk", "co.uk", "reject"),
    (f"co.uk: {P}reject; psd=y", "x.co.uk", "co.uk", "x.co.uk", "reject"),
    (f"co.uk: {P}reject; psd=Y | uk: {P}none; psd=y", "a.x.co.uk", "co.uk", "x.co.uk", "reject"),
    (f"uk: {P}none; psd=y | x.co.uk: {P}reject", "a.x.co.uk", "uk", "co.uk", "none"),
    (f"bank: {P}reject; psd=y", "bank", "bank", "bank", "reject"),
    # sp and np are for those below; np for those that are not there
    (f"example.com: {P}none; sp=reject", "example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}none; sp=reject", "a.example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}none; np=reject", "a.example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}none; np=reject | + a.example.com", "a.example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}none; np=reject | + b.a.example.com", "a.example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}none; sp=reject; np=none | + a.example.com", "a.example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}reject; sp=none; np=quarantine", "a.example.com", "example.com", "example.com", "quarantine"),
    (f"com: {P}none; sp=none; np=reject; psd=y", "nowhere.com", "com", "nowhere.com", "reject"),
    # t: one level lower
    (f"example.com: {P}reject; t=y", "example.com", "example.com", "example.com", "quarantine"),
    (f"example.com: {P}quarantine; t=Y", "example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}none; t=y", "example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}none; sp=reject; t=y", "a.example.com", "example.com", "example.com", "quarantine"),
    (f"example.com: {P}reject; t=n", "example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}reject; pct=0; rf=afrf; ri=60", "example.com", "example.com", "example.com", "reject"),
    # several records, others' records, records that are none
    (f"example.com: {P}reject | example.com: {P}none", "example.com", "", "example.com", "none"),
    (f"a.example.com: {P}none | a.example.com: {P}none | {ORG}", "a.example.com", "example.com", "example.com", "reject"),
    (f"example.com: v=spf1 -all | {ORG}", "example.com", "example.com", "example.com", "reject"),
    ("example.com: v=dmarc1; p=reject", "example.com", "", "example.com", "none"),
    ("example.com: v=DMARC12; p=reject", "example.com", "", "example.com", "none"),
    ("example.com: p=reject; v=DMARC1", "example.com", "", "example.com", "none"),
    ("example.com: v = DMARC1 ;p = REJECT;", "example.com", "example.com", "example.com", "reject"),
    # mistakes in policies
    ("example.com: v=DMARC1; rua=mailto:a@example.com", "example.com", "example.com", "example.com", "none"),
    ("example.com: v=DMARC1", "example.com", "", "example.com", "none"),
    (f"example.com: {P}refuse; rua=mailto:a@example.com", "example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}refuse", "example.com", "", "example.com", "none"),
    (f"example.com: {P}refuse; rua=nonsense", "example.com", "", "example.com", "none"),
    (f"example.com: {P}reject; sp=refuse", "example.com", "", "example.com", "none"),
    (f"example.com: {P}reject; sp=refuse; rua=mailto:a@x.example", "a.example.com", "example.com", "example.com", "none"),
    (f"example.com: {P}reject; p=none", "example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}reject; adkim=q; aspf=; =; ;; x", "example.com", "example.com", "example.com", "reject"),
    (f"example.com: {P}reject; x=caf\u00e9", "example.com", "example.com", "example.com", "reject"),
]  # fmt: skip


@pytest.mark.parametrize(("records", "author", "domain", "organization", "policy"), DISCOVERY)
def test_a_policy_is_found(records: str, author: str, domain: str, organization: str, policy: str) -> None:
    found = evaluate(zone(records), author)
    assert (found.domain, found.organization, found.policy) == (domain, organization, policy)
    assert found.result == ("fail" if domain else "none")
    assert bool(found.problem) == (not domain)


STRICT = f"example.com: {P}reject; adkim=s; aspf=s"
ALIGNMENT = [
    # records, author, domain of SPF, domains of DKIM, result, what is aligned
    (ORG, "example.com", "example.com", "", "pass", ["spf"]),
    (ORG, "example.com", "", "example.com", "pass", ["dkim"]),
    (ORG, "example.com", "example.com", "example.com", "pass", ["spf", "dkim"]),
    (ORG, "example.com", "EXAMPLE.COM", "", "pass", ["spf"]),
    (ORG, "example.com", "", "EXAMPLE.COM.", "pass", ["dkim"]),
    (ORG, "example.com", "bounce.example.com", "", "pass", ["spf"]),
    (ORG, "a.example.com", "", "b.example.com", "pass", ["dkim"]),
    (ORG, "a.example.com", "", "example.com", "pass", ["dkim"]),
    (ORG, "example.com", "example.net", "example.org", "fail", []),
    (ORG, "example.com", "badexample.com", "com", "fail", []),
    (ORG, "example.com", "", "x.example x.example a.example.com", "pass", ["dkim"]),
    (STRICT, "example.com", "a.example.com", "a.example.com", "fail", []),
    (STRICT, "a.example.com", "example.com", "example.com", "fail", []),
    (STRICT, "a.example.com", "a.example.com", "", "pass", ["spf"]),
    (f"example.com: {P}reject; adkim=s", "example.com", "a.example.com", "a.example.com", "pass", ["spf"]),
    (f"example.com: {P}reject; aspf=S", "example.com", "a.example.com", "a.example.com", "pass", ["dkim"]),
    # below a domain that is an organization of its own
    (f"{ORG} | b.example.com: {P}none; psd=n", "example.com", "", "b.example.com", "fail", []),
    (f"{ORG} | b.example.com: {P}none; psd=n", "b.example.com", "", "example.com", "fail", []),
    (f"{ORG} | b.example.com: {P}none; psd=n", "a.b.example.com", "", "c.b.example.com", "pass", ["dkim"]),
    (f"{ORG} | b.example.com: {P}none", "example.com", "", "a.b.example.com", "pass", ["dkim"]),
    # one public suffix does not make an organization
    (f"co.uk: {P}reject; psd=y", "x.co.uk", "", "y.co.uk", "fail", []),
    (f"co.uk: {P}reject; psd=y", "a.x.co.uk", "", "b.x.co.uk", "pass", ["dkim"]),
    (f"co.uk: {P}reject; psd=y", "x.co.uk", "", "co.uk", "fail", []),
    (f"co.uk: {P}reject; psd=y", "co.uk", "", "x.co.uk", "fail", []),
    # without a record above, a name is its own organization
    (f"a.example.com: {P}reject", "a.example.com", "", "example.com", "fail", []),
    (f"a.example.com: {P}reject", "a.example.com", "", "b.a.example.com", "pass", ["dkim"]),
    # nobody can say
    (f"! com | {ORG}", "example.com", "example.com", "", "pass", ["spf"]),
    (f"! com | {ORG}", "example.com", "a.example.com", "", "temperror", []),
    (f"! com | {ORG}", "example.com", "", "", "fail", []),
    (f"! com | {ORG}", "example.com", "", "example.net", "fail", []),
    (f"! a.example.com | {ORG}", "example.com", "", "a.example.com", "temperror", []),
    (f"! a.example.com | {ORG}", "a.example.com", "", "a.example.com", "temperror", []),
    (f"! com | example.com: {P}reject; psd=n", "example.com", "a.example.com", "", "pass", ["spf"]),
    ("! com", "example.com", "example.com", "example.com", "temperror", []),
    ("", "example.com", "example.com", "example.com", "none", []),
]  # fmt: skip


@pytest.mark.parametrize(("records", "author", "spf", "dkim", "result", "aligned"), ALIGNMENT)
def test_what_was_found_true_is_the_authors_or_not(
    records: str, author: str, spf: str, dkim: str, result: str, aligned: list[str]
) -> None:
    found = evaluate(zone(records), author, spf, dkim)
    assert found.result == result, found
    assert [identifier.method for identifier in found.aligned] == aligned


@pytest.mark.parametrize("result", [each for each in Spf if each not in (Spf.PASS, Spf.TEMPERROR)])
def test_only_a_pass_counts(result: Spf) -> None:
    names = zone(ORG)
    assert (
        names.run(dmarc.evaluate("example.com", SpfResult(result, "example.com"), [("example.com", result)])).result == "fail"
    )
    assert names.run(dmarc.evaluate("example.com", None, [])).result == "fail"


LATER = [
    # domain of SPF, of DKIM, both to be looked up another time, and of DKIM that passes
    ("example.com", "", "", "temperror"),
    ("", "example.com", "", "temperror"),
    ("a.example.com", "", "", "temperror"),
    ("example.net", "example.org", "", "fail"),
    ("example.com", "", "example.com", "pass"),
    ("", "example.com", "a.example.com", "pass"),
    ("example.net", "", "example.com", "pass"),
]


@pytest.mark.parametrize(("spf", "dkim", "passing", "result"), LATER)
def test_what_may_pass_another_time_is_no_fail(spf: str, dkim: str, passing: str, result: str) -> None:
    signatures = [(domain, verdict) for domain, verdict in ((dkim, "temperror"), (passing, "pass")) if domain]
    found = zone(ORG).run(dmarc.evaluate("example.com", SpfResult(Spf.TEMPERROR, spf) if spf else None, signatures))
    assert found.result == result


def test_the_walk_of_a_long_name_is_the_one_of_the_standard() -> None:
    names = Zone()
    evaluate(names, LONG)
    shorter = ["g.h.i.j.mail.example.com", "h.i.j.mail.example.com", "i.j.mail.example.com", "j.mail.example.com"]
    assert names.asked == [Txt(f"_dmarc.{name}") for name in [LONG, *shorter, "mail.example.com", "example.com", "com"]]


@pytest.mark.parametrize("labels", range(1, 40))
def test_a_walk_asks_no_more_than_eight_questions(labels: int) -> None:
    steps = dmarc.steps(".".join("abcdefgh"[number % 8] for number in range(labels)))
    assert len(steps) == min(labels, 8)
    assert steps[-1].count(".") == 0


def test_whether_a_name_exists_is_asked_only_where_it_matters() -> None:
    for record, asked in ((f"{P}none; sp=none", False), (f"{P}none; np=reject", True)):
        names = zone(f"example.com: {record}")
        evaluate(names, "a.example.com")
        assert (Address("a.example.com", 4) in names.asked) is asked


def test_a_name_that_nobody_can_say_of_is_taken_to_exist() -> None:
    names = zone(f"example.com: {P}none; np=reject")
    names.fails("a.example.com")
    assert evaluate(names, "a.example.com").policy == "none"


def test_signatures_of_one_domain_are_one() -> None:
    names = zone(ORG)
    found = evaluate(names, "example.com", dkim=" ".join(["a.example.com"] * 50))
    assert found.aligned == (Identifier("dkim", "a.example.com"),)
    assert len(names.asked) == 2 + 3


FROM = [
    (b"From: a@example.com\r\n", "fail"),
    (b"From: A <a@example.com>, B <b@EXAMPLE.com>\r\n", "fail"),
    (b"From: a@example.com, b@a.example.com\r\n", "permerror"),
    (b"From: a@example.com\r\nFrom: b@example.net\r\n", "permerror"),
    (b"From: a@example.com\r\nFrom: b@example.com\r\n", "fail"),
    (b"From: undisclosed:;\r\n", "permerror"),
    (b"From: \r\n", "permerror"),
    (b"Subject: none\r\n", "permerror"),
    (b"From: a@[192.0.2.1]\r\n", "permerror"),
    (b"From: a@example.com, nobody\r\n", "permerror"),
    (b'From: "b@example.net" <a@example.com>\r\n', "fail"),
    ("From: a@bücher.example\r\n".encode(), "none"),
    (b"From: a@\xff.example\r\n", "permerror"),
]


@pytest.mark.parametrize(("field", "result"), FROM)
def test_the_author_is_of_one_domain(field: bytes, result: str) -> None:
    found = zone(ORG).run(dmarc.evaluate_message(headers.read(field + b"\r\n"), None, []))
    assert found.result == result
    assert (found.author != "") == (result != "permerror")


# Reports.


def destinations(names: Zone, author: str, kind: Any = "rua") -> tuple[list[str], list[str], list[str]]:
    found = names.run(dmarc.report_destinations(evaluate(names, author), kind))
    return tuple([each.address for each in group] for group in (found.allowed, found.refused, found.undecided))  # type: ignore[return-value]


RUA = f"{P}none; ruf=mailto:f@x.example; rua="
REPORTS = [
    # records, author, allowed, refused, undecided
    (f"example.com: {RUA}mailto:a@example.com", "example.com", ["a@example.com"], [], []),
    (f"example.com: {RUA}MAILTO:b@Example.com!10m,x:y", "a.example.com", ["b@example.com"], [], []),
    (f"example.com: {RUA}mailto:a@in.example.com", "example.com", ["a@in.example.com"], [], []),
    (f"a.example.com: {RUA}mailto:a@example.com | {ORG}", "a.example.com", ["a@example.com"], [], []),
    (f"example.com: {RUA}mailto:a@in.example.com | in.example.com: {P}; psd=n", "example.com", [], ["a@in.example.com"], []),
    (f"example.com: {RUA}mailto:a@x.example", "example.com", [], ["a@x.example"], []),
    (f"example.com: {RUA}mailto:%61%2Bb@example.com?subject=x", "example.com", ["a+b@example.com"], [], []),
    (f"example.com: {RUA}https://example.com/,mailto:,mailto:a,mailto:a@b", "example.com", [], ["a@b"], []),
    (f"example.com: {RUA}mailto:a%0d%0ab@example.com", "example.com", [], [], []),
    (f"com: {RUA}mailto:a@nic.com; psd=y", "example.com", [], ["a@nic.com"], []),
    (f"com: {RUA}mailto:a@com; psd=y", "example.com", ["a@com"], [], []),
    ("", "example.com", [], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("records", "author", "allowed", "refused", "undecided"), REPORTS)
def test_reports_go_where_they_are_wanted(
    records: str, author: str, allowed: list[str], refused: list[str], undecided: list[str]
) -> None:
    assert destinations(zone(records), author) == (allowed, refused, undecided)


AGREEMENTS = [
    ("v=DMARC1", ["a@x.example"], []),
    ("v=DMARC1;", ["a@x.example"], []),
    ("v=DMARC1; rua=mailto:b@x.example,mailto:c@x.example", ["b@x.example", "c@x.example"], []),
    ("v=DMARC1; rua=mailto:b@y.example", [], ["a@x.example"]),
    ("v=DMARC1; ruf=mailto:b@x.example", ["a@x.example"], []),
    ("v=DMARC2", [], ["a@x.example"]),
    ("yes", [], ["a@x.example"]),
]


@pytest.mark.parametrize(("text", "allowed", "refused"), AGREEMENTS)
def test_others_say_whether_they_want_reports(text: str, allowed: list[str], refused: list[str]) -> None:
    names = zone(f"example.com: {RUA}mailto:a@x.example")
    names.add("example.com._report._dmarc.x.example", "TXT", text.encode())
    assert destinations(names, "a.example.com") == (allowed, refused, [])


def test_others_who_cannot_be_asked_are_asked_another_time() -> None:
    names = zone(f"example.com: {RUA}mailto:a@x.example")
    names.fails("example.com._report._dmarc.x.example")
    assert destinations(names, "example.com") == ([], [], ["a@x.example"])
    assert destinations(names, "example.com", "ruf") == ([], [], ["f@x.example"])


def test_a_destination_has_the_size_it_was_given() -> None:
    text = b"v=DMARC1; p=none; rua=mailto:a@x.example!10m, mailto:b@x.example!5, mailto:c@x.example!2K, mailto:d@x.example!x"
    assert [each.most for each in dmarc.dmarc_record.parse(text, 10).rua] == [10 << 20, 5, 2048, None]


@pytest.mark.parametrize(("count", "taken"), [(10, 10), (11, 10)])
def test_only_so_many_destinations_are_read(count: int, taken: int) -> None:
    text = "v=DMARC1; p=none; rua=" + ",".join(f"mailto:a{number}@x.example" for number in range(count))
    assert len(dmarc.dmarc_record.parse(text.encode(), CheckLimits().dmarc_destinations).rua) == taken


@pytest.mark.parametrize(
    "text", [b";" * 60_000, b"=" * 60_000, b"rua=" + b"mailto:" * 9000, b"p=" + b" \t" * 30_000, b"rua=" + b"," * 60_000]
)
def test_a_hostile_record_is_read_in_no_time(text: bytes) -> None:
    dmarc.dmarc_record.parse(b"v=DMARC1;" + text, 10)


# A second opinion.

SECOND = [
    (record, author, spf, dkim)
    for record in (f"{P}reject", f"{P}quarantine; adkim=s", f"{P}none; aspf=s", f"{P}reject; aspf=s; adkim=s")
    for author in ("example.com", "a.example.com")
    for spf, dkim in (("", ""), ("example.com", ""), ("", "example.com"), ("b.example.com", ""), ("", "b.example.com"),
                      ("example.net", "a.example.com"), ("a.example.com", "example.net"))
]  # fmt: skip


registered = functools.cache(authheaders.get_org_domain)
"""It reads the list of public suffixes anew for each name."""


@pytest.mark.parametrize(("record", "author", "spf", "dkim"), SECOND)
def test_authheaders_agrees(record: str, author: str, spf: str, dkim: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authheaders, "get_org_domain", registered)
    monkeypatch.setattr(authheaders.dmarc_lookup, "get_org_domain", registered)
    names = zone(f"example.com: {record}")
    ours = evaluate(names, author, spf, dkim)
    texts = names.records
    result, _, _, policy = authheaders.dmarc_per_from(
        author,
        SPFAuthenticationResult(result="pass", smtp_mailfrom=f"x@{spf}") if spf else None,
        DKIMAuthenticationResult(result="pass", header_d=dkim) if dkim else None,
        dnsfunc=lambda name: "".join(text.strip('"') for text in texts(name, "TXT") or []),
    )
    assert (ours.result, ours.policy) == (result, policy)
