"""The records of a domain: what is to be published, that a zone file may have it, and what is said of what is published."""

from dataclasses import replace
from ipaddress import ip_address

import dns.name
import dns.zone
import pytest

from pillarbox.checks import keys, mtasts
from pillarbox.checks.published import Finding, State, examine
from pillarbox.checks.publishing import Key, Need, Plan, Record, records, zone
from pillarbox.checks.questions import Answer, Fetch, Fetched, Status
from pillarbox.limits import CheckLimits
from pillarbox.testing.fake_dns import Zone

OLD, RSA, NEW = keys.generate("ed25519"), keys.generate("rsa"), keys.generate("ed25519")
OTHER = keys.record(keys.generate("rsa"))
EVERYTHING = frozenset({"smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "https"})
PLAN = Plan(
    domain="example.org",
    hostname="mail.example.org",
    keys=[
        Key("202610e", keys.record(OLD), "retired"),
        Key("202611r", keys.record(RSA), "active"),
        Key("202611e", keys.record(NEW), "pending"),
    ],
    addresses=[ip_address("192.0.2.1"), ip_address("2001:db8::1")],
    doors=EVERYTHING,
    tlsa="ab" * 32,
)
POLICY = "version: STSv1\nmode: enforce\nmx: mail.example.org\nmax_age: 604800\n"


def named(plan: Plan, name: str, kind: str) -> list[str]:
    return [record.value for record in records(plan) if (record.name, record.type) == (name, kind)]


# What to publish.


def loaded(plan: Plan) -> set[tuple[str, str, str]]:
    """A zone fragment as a name server reads it: TXT strings joined again."""
    found = set()
    read = dns.zone.from_text(zone(plan), origin=dns.name.root, relativize=False, check_origin=False)
    for name, _, data in read.iterate_rdatas():
        kind = data.rdtype.name
        if kind == "TXT":
            assert all(len(part) <= 255 for part in data.strings)
        value = b"".join(data.strings).decode() if kind == "TXT" else data.to_text()
        found.add((name.to_text(omit_final_dot=True), kind, value))
    return found


def test_a_zone_file_can_hold_every_record_that_is_not_optional() -> None:
    wanted = {(one.name, one.type, one.value) for one in records(PLAN) if one.need is not Need.OPTIONAL}
    assert loaded(PLAN) == wanted
    assert any(len(value) > 255 for _, _, value in wanted)


@pytest.mark.parametrize("record", [one for one in records(PLAN) if one.need is Need.OPTIONAL], ids=lambda one: one.type)
def test_what_is_optional_stands_in_the_zone_as_a_comment_that_may_be_taken_in(record: Record) -> None:
    assert f"; {record.line()}\n" in zone(PLAN)
    dns.zone.from_text(record.line(), origin=dns.name.root, relativize=False, check_origin=False)


def test_every_record_says_what_it_is_for() -> None:
    lines = zone(PLAN).split("\n")
    for record in records(PLAN):
        at = next(at for at, line in enumerate(lines) if line.removeprefix("; ") == record.line())
        assert lines[at - 1] == f"; {record.why}"
        assert record.why.endswith((".", ".)"))


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("example.org", "MX", "10 mail.example.org."),
        ("example.org", "TXT", "v=spf1 mx ~all"),
        ("mail.example.org", "TXT", "v=spf1 a -all"),
        ("mail.example.org", "A", "192.0.2.1"),
        ("mail.example.org", "AAAA", "2001:db8::1"),
        ("_dmarc.example.org", "TXT", "v=DMARC1; p=quarantine; rua=mailto:dmarc-reports@example.org"),
        ("_smtp._tls.example.org", "TXT", "v=TLSRPTv1; rua=mailto:tls-reports@example.org"),
        ("_mta-sts.example.org", "TXT", f"v=STSv1; id={mtasts.id_of(PLAN.policy)}"),
        ("mta-sts.example.org", "CNAME", "mail.example.org."),
        ("autoconfig.example.org", "CNAME", "mail.example.org."),
        ("autodiscover.example.org", "CNAME", "mail.example.org."),
        ("_submissions._tcp.example.org", "SRV", "0 1 465 mail.example.org."),
        ("_submission._tcp.example.org", "SRV", "10 1 587 mail.example.org."),
        ("_imaps._tcp.example.org", "SRV", "0 1 993 mail.example.org."),
        ("_imap._tcp.example.org", "SRV", "10 1 143 mail.example.org."),
        ("_pop3s._tcp.example.org", "SRV", "20 1 995 mail.example.org."),
        ("_pop3._tcp.example.org", "SRV", "30 1 110 mail.example.org."),
        ("_jmap._tcp.example.org", "SRV", "0 1 443 mail.example.org."),
        ("ua-auto-config.example.org", "CNAME", "mail.example.org."),
        ("_25._tcp.mail.example.org", "TLSA", f"3 1 1 {'ab' * 32}"),
        ("mail.example.org", "CAA", '0 issue "letsencrypt.org"'),
        ("202611r._domainkey.example.org", "TXT", keys.record(RSA)),
    ],
)
def test_the_records_of_a_domain(name: str, kind: str, value: str) -> None:
    assert named(PLAN, name, kind) == [value]


def test_what_is_not_offered_is_said_to_be_nowhere() -> None:
    plan = replace(PLAN, doors=frozenset({"smtp", "imaps"}))
    offered = [record.name for record in records(plan) if record.type == "SRV" and record.value != "0 0 0 ."]
    assert offered == ["_imaps._tcp.example.org"]


@pytest.mark.parametrize(("service", "said"), [("imaps", "imaps (RFC 6186, RFC 8314)"), ("jmap", "jmap (RFC 8620 §2.2)")])
def test_a_service_is_called_by_its_name_and_not_by_the_door_it_is_behind(service: str, said: str) -> None:
    [record] = [record for record in records(PLAN) if record.name == f"_{service}._tcp.example.org"]
    assert record.why == f"How mail programs find {said}."


def test_what_only_a_web_server_makes_true_is_a_comment_where_there_is_none() -> None:
    plan = replace(PLAN, doors=EVERYTHING - {"https"})
    needs = {record.name.partition(".")[0]: record.need for record in records(plan) if record.type in ("TXT", "CNAME")}
    assert {name for name, need in needs.items() if need is Need.OPTIONAL} == {
        "_mta-sts",
        "mta-sts",
        "autoconfig",
        "autodiscover",
        "ua-auto-config",
    }


def test_what_programs_are_told_is_vouched_for_where_it_is_known() -> None:
    assert named(PLAN, "_ua-auto-config.example.org", "TXT") == []
    plan = replace(PLAN, configuration="v=UAAC1; a=sha256; d=abc=")
    assert named(plan, "_ua-auto-config.example.org", "TXT") == ["v=UAAC1; a=sha256; d=abc="]


def test_another_policy_has_another_id() -> None:
    modes = [replace(PLAN, sts=mode) for mode in mtasts.Mode]
    announced = [value for plan in modes for value in named(plan, "_mta-sts.example.org", "TXT")]
    assert len(set(announced)) == len(modes)
    assert all(mtasts.record_id((value.encode(),)) for value in announced)


@pytest.mark.parametrize("mode", mtasts.Mode)
def test_the_policy_that_is_written_reads_as_it_is_meant(mode: mtasts.Mode) -> None:
    text = mtasts.written("mail.example.org", mode).encode()
    read = mtasts.read(Answer(Status.FOUND, (Fetched(200, "text/plain; charset=utf-8", text),)))
    assert isinstance(read, mtasts.Document)
    assert (read.mode, read.mx, read.max_age) == (mode, ("mail.example.org",), mtasts.PUBLISHED_FOR)


def test_a_zone_shows_the_policy_only_where_nobody_serves_it() -> None:
    assert "; version: STSv1" not in squeezed(zone(PLAN))
    assert "; version: STSv1" in squeezed(zone(replace(PLAN, doors=EVERYTHING - {"https"})))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_a_name_has_one_spf_record_though_it_be_both_host_and_domain() -> None:
    plan = replace(PLAN, hostname="example.org")
    assert named(plan, "example.org", "TXT") == ["v=spf1 mx ~all"]


def test_a_host_of_another_zone_is_not_put_into_this_one() -> None:
    plan = replace(PLAN, domain="example.net")
    assert all(name.endswith("example.net") for name, _, _ in loaded(plan))
    assert "; mail.example.org." in zone(plan)


def test_a_server_that_has_the_name_of_a_page_leads_to_itself_by_its_address() -> None:
    assert named(replace(PLAN, hostname="autoconfig.example.org"), "autoconfig.example.org", "CNAME") == []


def test_an_address_of_its_own_to_send_from_is_let_send() -> None:
    plan = replace(PLAN, send_from=[ip_address("192.0.2.1"), ip_address("192.0.2.7"), ip_address("2001:db8::7")])
    assert named(plan, "example.org", "TXT") == ["v=spf1 mx ip4:192.0.2.7 ip6:2001:db8::7 ~all"]


def test_whose_mail_leaves_by_a_smart_host_is_told_to_name_it() -> None:
    assert "include: that the owner of smtp.example.com:587 tells" in zone(replace(PLAN, smart_host="smtp.example.com:587"))


def test_an_address_that_is_not_known_is_asked_for() -> None:
    assert "address of mail.example.org is not known here" in zone(replace(PLAN, addresses=[]))
    assert "not known" not in zone(PLAN)


def test_a_domain_we_only_stand_in_for_needs_one_record() -> None:
    plan = replace(PLAN, domain="friends.example", is_backup=True)
    assert [(one.type, one.value) for one in records(plan)] == [("MX", "20 mail.example.org.")]
    assert loaded(plan) == {("friends.example", "MX", "20 mail.example.org.")}


def test_a_key_laid_aside_is_still_to_be_seen_and_a_new_one_too() -> None:
    needs = {one.name.partition(".")[0]: one.need for one in records(PLAN) if "_domainkey" in one.name}
    assert needs == {"202610e": Need.ADVISED, "202611r": Need.REQUIRED, "202611e": Need.REQUIRED}


# Whether it is published.


def right() -> Zone:
    """A name system in which all is as it should be."""
    made = Zone()
    for record in records(PLAN):
        made.add(record.name, record.type, record.value.encode() if record.type == "TXT" else record.value)
    made.document("https://mta-sts.example.org/.well-known/mta-sts.txt", POLICY)
    return made


def examined(published: Zone, plan: Plan = PLAN) -> list[Finding]:
    return [published.run(examine(record, plan, CheckLimits())) for record in records(plan)]


def test_what_is_published_as_it_was_printed_is_right() -> None:
    assert {one.record.line(): (one.state, one.is_fault) for one in examined(right())} == {
        one.line(): (State.RIGHT, False) for one in records(PLAN)
    }


def test_where_nothing_is_published_all_is_missing() -> None:
    found = examined(Zone())
    assert {one.state for one in found} == {State.MISSING}
    assert [one.is_fault for one in found] == [one.need is Need.REQUIRED for one in records(PLAN)]


def test_where_nobody_can_say_nothing_is_said_to_be_wrong() -> None:
    sick = Zone()
    for record in records(PLAN):
        sick.fails(record.name)
    assert {one.state for one in examined(sick)} == {State.UNKNOWN}


KEY = "202611r._domainkey.example.org"
W, R, U, M = State.WRONG, State.RIGHT, State.UNKNOWN, State.MISSING
OTHERWISE: list[tuple[str, str, list[str], State, str]] = [
    ("example.org", "MX", ["10 mx.example.net."], W, "does not come to mail.example.org"),
    ("example.org", "MX", ["0 ."], W, "takes no mail"),
    ("example.org", "MX", ["5 mx.example.net.", "10 mail.example.org."], R, "others come before"),
    ("example.org", "MX", ["1 mail.example.org.", "10 mx.example.net."], R, ""),
    ("mail.example.org", "A", ["192.0.2.99"], W, "elsewhere"),
    ("mail.example.org", "A", ["192.0.2.99", "192.0.2.1"], R, ""),
    ("example.org", "TXT", ["v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"], R, ""),
    ("example.org", "TXT", ["V=SPF1 +all", "google-site-verification=x"], R, ""),
    ("example.org", "TXT", ["v=spf1 ip4:192.0.2.1 -all"], W, "does not let 2001:db8::1 send (fail)"),
    ("example.org", "TXT", ["v=spf1 -all"], W, "does not let 192.0.2.1 send (fail)"),
    ("example.org", "TXT", ["v=spf1 mx ~al"], W, "permerror"),
    ("example.org", "TXT", ["v=spf1 mx ~all", "v=spf1 a ~all"], W, "several"),
    ("example.org", "TXT", ["v=spf1 include:sick.example -all"], U, "nobody could say"),
    ("example.org", "TXT", ["v=spf10 mx ~all"], M, ""),
    (KEY, "TXT", [OTHER], W, "another key"),
    (KEY, "TXT", [OTHER.replace("v=DKIM1; ", "")], W, "another key"),
    (KEY, "TXT", [keys.record(RSA).replace("v=DKIM1; ", "")], R, ""),
    (KEY, "TXT", [keys.record(RSA).replace("k=rsa;", "k=rsa; t=y;")], R, "t=y"),
    (KEY, "TXT", [keys.record(RSA).replace("k=rsa;", "k=rsa; s=other;")], W, "not for email"),
    (KEY, "TXT", ["v=DKIM1; p="], W, "revoked"),
    (KEY, "TXT", [keys.record(NEW)], W, "another type"),
    (KEY, "TXT", [OTHER, keys.record(RSA)], W, "several"),
    (KEY, "TXT", ["something else"], M, ""),
    ("_dmarc.example.org", "TXT", ["v=DMARC1; p=reject; rua=mailto:dmarc-reports@example.org"], R, ""),
    ("_dmarc.example.org", "TXT", ["v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org"], R, "nothing happens"),
    ("_dmarc.example.org", "TXT", ["v=DMARC1; p=reject"], R, "reports go elsewhere"),
    ("_dmarc.example.org", "TXT", ["v=DMARC1; p=perhaps"], W, "no policy"),
    ("_dmarc.example.org", "TXT", ["v=DMARC1; p=reject", "v=DMARC1; p=none"], W, "several"),
    ("_dmarc.example.org", "TXT", ["v=dmarc1; p=reject"], M, ""),
    ("_smtp._tls.example.org", "TXT", ["v=TLSRPTv1; rua=https://example.net/tls"], R, "reports go elsewhere"),
    ("_smtp._tls.example.org", "TXT", ["v=TLSRPTv1;"], W, "nobody"),
    (
        "_smtp._tls.example.org",
        "TXT",
        ["v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@d.example"],
        W,
        "several",
    ),
    ("_mta-sts.example.org", "TXT", ["v=STSv1; id=20261121"], R, "enforce"),
    ("_mta-sts.example.org", "TXT", ["v=STSv1; id="], W, "well-formed"),
    ("_mta-sts.example.org", "TXT", ["v=STSv1; id=1", "v=STSv1; id=2"], W, "several"),
    ("mta-sts.example.org", "CNAME", ["www.example.net."], W, "elsewhere"),
    ("_imaps._tcp.example.org", "SRV", ["5 7 993 mail.example.org."], R, ""),
    ("_imaps._tcp.example.org", "SRV", ["0 1 993 mail.example.net."], W, "elsewhere"),
    ("_imaps._tcp.example.org", "SRV", ["0 1 143 mail.example.org."], W, "elsewhere"),
    ("_25._tcp.mail.example.org", "TLSA", [f"3 1 1 {'cd' * 32}"], W, "another key"),
    ("_25._tcp.mail.example.org", "TLSA", [f"3 1 1 {'cd' * 32}", f"3 1 1 {'AB' * 32}"], R, ""),
    ("mail.example.org", "CAA", ['0 issue "ca.example.net"'], R, ""),
]


@pytest.mark.parametrize(("name", "kind", "values", "state", "says"), OTHERWISE)
def test_what_is_said_of_other_records(name: str, kind: str, values: list[str], state: State, says: str) -> None:
    published = right()
    published.fails("sick.example")
    published.remove(name, kind)
    for value in values:
        published.add(name, kind, value.encode() if kind == "TXT" else value)
    (found,) = [one for one in examined(published) if (one.record.name, one.record.type) == (name, kind)]
    assert found.state is state, found
    assert says in found.says
    assert bool(says) == bool(found.says)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("", "of no use"),
        (POLICY.replace("mail.example.org", "*.example.net"), "does not name mail.example.org"),
        (POLICY.replace("604800", "soon"), "of no use"),
    ],
)
def test_a_policy_that_is_promised_must_be_there_and_name_the_server(policy: str, says: str) -> None:
    published = right()
    if policy:
        published.document("https://mta-sts.example.org/.well-known/mta-sts.txt", policy)
    else:
        published.documents.clear()
    (found,) = [one for one in examined(published) if one.record.name == "_mta-sts.example.org"]
    assert (found.state, found.is_fault) == (State.WRONG, False)
    assert says in found.says


def test_no_document_is_asked_for_that_nobody_promised() -> None:
    published = right()
    published.remove("_mta-sts.example.org")
    examined(published)
    assert not any(isinstance(question, Fetch) for question in published.asked)


def test_a_host_that_is_an_alias_is_no_place_for_mail() -> None:
    published = right()
    published.remove("mail.example.org")
    published.add("mail.example.org", "CNAME", "host.example.net.")
    published.add("host.example.net", "A", "192.0.2.1")
    found = next(one for one in examined(published) if one.record.type == "A")
    assert found.state is State.WRONG
    assert "alias" in found.says


def test_a_page_may_have_an_address_instead_of_an_alias() -> None:
    published = right()
    published.remove("autoconfig.example.org")
    published.add("autoconfig.example.org", "AAAA", "2001:db8::5")
    found = next(one for one in examined(published) if one.record.name == "autoconfig.example.org")
    assert (found.state, found.found) == (State.RIGHT, ["2001:db8::5"])


def test_what_is_not_offered_must_not_be_promised() -> None:
    plan = replace(PLAN, doors=EVERYTHING - {"pop3"})
    found = next(one for one in examined(right(), plan) if one.record.name == "_pop3._tcp.example.org")
    assert found.state is State.WRONG
    assert "does not offer" in found.says


def test_a_key_that_dane_names_wrongly_is_a_fault_though_nobody_needs_dane() -> None:
    found = examined(right(), replace(PLAN, tlsa="ef" * 32))[-1]
    assert (found.state, found.is_fault) == (State.WRONG, True)


@pytest.mark.parametrize(
    ("published", "state"),
    [
        (["10 mx.friends.example.", "20 mail.example.org."], State.RIGHT),
        (["20 mail.example.org."], State.WRONG),
        (["10 mail.example.org.", "20 mx.friends.example."], State.WRONG),
        (["10 mx.friends.example."], State.WRONG),
    ],
)
def test_who_stands_in_for_others_comes_after_them(published: list[str], state: State) -> None:
    plan = replace(PLAN, domain="friends.example", is_backup=True)
    there = Zone("\n".join(f"friends.example MX {value}" for value in published))
    assert [one.state for one in examined(there, plan)] == [state]


def test_whose_mail_leaves_by_a_smart_host_may_let_that_one_send_and_not_us() -> None:
    published = right()
    published.remove("example.org", "TXT")
    published.add("example.org", "TXT", b"v=spf1 include:example.com -all")
    plan = replace(PLAN, smart_host="smtp.example.com:587")
    found = next(one for one in examined(published, plan) if one.record.name == "example.org" and one.record.type == "TXT")
    assert found.state is State.RIGHT
    assert "smtp.example.com" in found.says
