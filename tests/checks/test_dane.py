"""RFC 7672, 7671 and 6698, as tables; certificates are made here."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pillarbox.checks.dane import Kind, judge, look_up, text, usable
from pillarbox.checks.questions import Address, Cname, Status, Tlsa, TlsaRecord, Together
from pillarbox.testing.fake_dns import Zone

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = timedelta(days=1)
HOST = "mx.example.org"


# Certificates.


@dataclass
class Made:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def make(
    name: str,
    by: Made | None = None,
    *,
    hosts: Sequence[str] = (),
    ca: bool = False,
    path_length: int | None = None,
    valid: tuple[datetime, datetime] = (NOW - DAY, NOW + DAY),
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    return Made(builder.sign(by.key if by else key, hashes.SHA256()), key)


ROOT = make("root", ca=True)
MIDDLE = make("middle", ROOT, ca=True)
LEAF = make("leaf", MIDDLE, hosts=[HOST])
OTHER_ROOT = make("root", ca=True)
"""The same name, another key."""
SELF = make("self")


def record(usage: int, selector: int, matching: int, of: Made) -> TlsaRecord:
    content = of.spki if selector else of.der
    digests: dict[int, Any] = {1: hashlib.sha256, 2: hashlib.sha512}
    return TlsaRecord(usage, selector, matching, digests[matching](content).digest() if matching else content)


def verdict(
    records: Sequence[TlsaRecord], leaf: Made = LEAF, chain: Sequence[Made] = (MIDDLE, ROOT), names: Sequence[str] = (HOST,)
) -> str:
    return judge(records, leaf.der, [made.der for made in chain], names, NOW).result


# What a certificate is judged by.


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize(("usage", "of"), [(3, LEAF), (2, ROOT), (2, MIDDLE)], ids=["EE", "root", "middle"])
def test_every_selector_and_matching_type_matches_what_it_is_of_and_nothing_else(
    usage: int, of: Made, selector: int, matching: int
) -> None:
    found = judge([record(usage, selector, matching, of)], LEAF.der, [MIDDLE.der, ROOT.der], [HOST], NOW)
    assert found.matched
    assert found.record == record(usage, selector, matching, of)
    assert verdict([record(usage, selector, matching, OTHER_ROOT)]) == "certificate-not-trusted"


EXPIRED = make("expired", hosts=["other.example"], valid=(NOW - 2 * DAY, NOW - DAY))
EE = record(3, 1, 1, LEAF)
TA = record(2, 0, 1, ROOT)


@pytest.mark.parametrize(
    ("records", "leaf", "chain", "names", "result"),
    [
        pytest.param([record(3, 1, 1, EXPIRED)], EXPIRED, [], [HOST], "", id="DANE-EE looks at neither dates nor names"),
        pytest.param([record(3, 1, 1, SELF)], SELF, [], [HOST], "", id="DANE-EE needs no authority"),
        pytest.param(
            [record(3, 1, 1, SELF), EE], LEAF, [], [HOST], "", id="one record of several is enough: a key being changed"
        ),
        pytest.param(
            [record(3, 1, 1, ROOT)], LEAF, [MIDDLE, ROOT], [HOST], "certificate-not-trusted", id="EE is not for authorities"
        ),
        pytest.param(
            [record(2, 1, 1, LEAF)], LEAF, [MIDDLE, ROOT], [HOST], "certificate-not-trusted", id="TA is not for the leaf"
        ),
        pytest.param(
            [record(2, 1, 1, SELF)], SELF, [SELF], [HOST], "certificate-not-trusted", id="nor for a leaf that signs itself"
        ),
        pytest.param([TA], LEAF, [ROOT, MIDDLE], [HOST], "", id="a chain in any order"),
        pytest.param([TA], LEAF, [LEAF, MIDDLE, MIDDLE, ROOT], [HOST], "", id="a chain that repeats itself"),
        pytest.param([TA], LEAF, [ROOT], [HOST], "certificate-not-trusted", id="a chain with a link missing"),
        pytest.param([TA], LEAF, [MIDDLE], [HOST], "certificate-not-trusted", id="an authority known by digest must be sent"),
        pytest.param([record(2, 0, 0, ROOT)], LEAF, [MIDDLE], [HOST], "", id="an authority published whole need not be sent"),
        pytest.param([TA], LEAF, [MIDDLE, OTHER_ROOT], [HOST], "certificate-not-trusted", id="a namesake did not sign"),
        pytest.param([TA], LEAF, [OTHER_ROOT, MIDDLE, ROOT], [HOST], "", id="a namesake in the way"),
        pytest.param([TA], LEAF, [MIDDLE, ROOT], ["mx.other.example"], "certificate-host-mismatch", id="for another host"),
        pytest.param([TA], LEAF, [MIDDLE, ROOT], ["example.org", "MX.example.org."], "", id="for the second name"),
        pytest.param([TA], LEAF, [MIDDLE, ROOT], [], "certificate-host-mismatch", id="for no name"),
        pytest.param([TA, record(3, 1, 1, LEAF)], LEAF, [MIDDLE, ROOT], ["x.example"], "", id="EE matches where TA does not"),
        pytest.param([], LEAF, [MIDDLE, ROOT], [HOST], "tlsa-invalid", id="no records"),
        pytest.param(
            [record(0, 0, 1, ROOT), record(1, 0, 1, LEAF)], LEAF, [MIDDLE, ROOT], [HOST], "tlsa-invalid", id="PKIX only"
        ),
    ],
)
def test_a_host_shows_what_its_zone_says(
    records: Sequence[TlsaRecord], leaf: Made, chain: Sequence[Made], names: Sequence[str], result: str
) -> None:
    assert verdict(records, leaf, chain, names) == result


SERVERS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
PEOPLE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
STRANGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
INSIDE = x509.NameConstraints([x509.DNSName("example.org")], None)
OUTSIDE = x509.NameConstraints([x509.DNSName("example.net")], None)
NOT_THERE = x509.NameConstraints(None, [x509.DNSName("example.org")])
SIGNS_NOTHING = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
LAST_WEEK = (NOW - 9 * DAY, NOW - 7 * DAY)
NEXT_WEEK = (NOW + 7 * DAY, NOW + 9 * DAY)


@pytest.mark.parametrize(
    ("root", "leaf", "result"),
    [
        pytest.param({}, {}, "", id="all is well"),
        pytest.param({}, {"valid": LAST_WEEK}, "certificate-expired", id="the leaf has expired"),
        pytest.param({}, {"valid": NEXT_WEEK}, "certificate-expired", id="the leaf is not valid yet"),
        pytest.param({"valid": LAST_WEEK}, {}, "certificate-expired", id="the authority has expired"),
        pytest.param({"ca": False}, {}, "certificate-not-trusted", id="it is no authority"),
        pytest.param({"path_length": 0}, {}, "", id="it may sign leaves"),
        pytest.param({"more": [(SIGNS_NOTHING, True)]}, {}, "certificate-not-trusted", id="it may not sign certificates"),
        pytest.param({}, {"more": [(SERVERS, True)]}, "", id="a leaf for servers"),
        pytest.param({}, {"more": [(PEOPLE, False)]}, "certificate-not-trusted", id="a leaf for people"),
        pytest.param({"more": [(PEOPLE, False)]}, {}, "certificate-not-trusted", id="an authority for people"),
        pytest.param({}, {"more": [(STRANGE, False)]}, "", id="something unknown"),
        pytest.param({}, {"more": [(STRANGE, True)]}, "certificate-not-trusted", id="something unknown and critical"),
        pytest.param({"more": [(INSIDE, True)]}, {}, "", id="may vouch for this domain"),
        pytest.param({"more": [(OUTSIDE, True)]}, {}, "certificate-not-trusted", id="may vouch for another only"),
        pytest.param({"more": [(NOT_THERE, True)]}, {}, "certificate-not-trusted", id="may not vouch for this one"),
        pytest.param({}, {"hosts": ["*.example.org"]}, "", id="a wildcard"),
        pytest.param({}, {"hosts": ["m*.example.org"]}, "certificate-host-mismatch", id="half a wildcard"),
        pytest.param({}, {"hosts": ["*.org"]}, "certificate-host-mismatch", id="a wildcard of another depth"),
        pytest.param({}, {"hosts": []}, "", id="the common name, where there is no other"),
        pytest.param({}, {"hosts": ["x.example"]}, "certificate-host-mismatch", id="the common name, where there is"),
    ],
)
def test_an_authority_vouches_only_for_what_it_may(root: dict[str, Any], leaf: dict[str, Any], result: str) -> None:
    authority = make("authority", **{"ca": True, **root})
    shown = make(HOST, authority, **{"hosts": [HOST], **leaf})
    assert verdict([record(2, 1, 1, authority)], shown, [authority]) == result


def test_a_path_is_no_longer_than_its_authorities_allow() -> None:
    top = make("top", ca=True, path_length=0)
    below = make("below", top, ca=True)
    assert verdict([record(2, 0, 1, top)], make("leaf", below, hosts=[HOST]), [below, top]) == "certificate-not-trusted"


def test_where_two_ways_lead_up_either_will_do() -> None:
    """An authority that was signed twice, by an old root and by a new one."""
    old, new = make("old", ca=True, valid=LAST_WEEK), make("new", ca=True)
    crossed = make("crossed", old, ca=True)
    again = make("crossed", new, ca=True)
    leaf = make("leaf", again, hosts=[HOST])
    records = [record(2, 0, 1, old), record(2, 0, 1, new)]
    assert verdict(records, leaf, [crossed, old, again, new]) == ""


def test_a_long_chain_and_a_chain_of_rubbish_cost_little() -> None:
    authorities = [make("0", ca=True)]
    for number in range(1, 15):
        authorities.append(make(str(number), authorities[-1], ca=True))
    leaf = make("leaf", authorities[-1], hosts=[HOST])
    wanted = [record(2, 0, 1, authorities[0])]
    assert verdict(wanted, leaf, authorities[::-1]) == "certificate-not-trusted"
    assert judge(wanted, leaf.der, [b"\x30\x80" * 1000] * 1000, [HOST], NOW).result == "certificate-not-trusted"


VERSION = LEAF.der.index(b"\xa0\x03\x02\x01\x02") + 4
FUTURE = LEAF.der[:VERSION] + b"\x2f" + LEAF.der[VERSION + 1 :]
"""A certificate of version 48."""


def test_a_certificate_of_the_future_in_a_chain_does_no_harm() -> None:
    assert judge([TA], LEAF.der, [FUTURE, MIDDLE.der, ROOT.der], [HOST], NOW).matched
    assert usable([TlsaRecord(3, 0, 0, FUTURE)]) == ()


@pytest.mark.parametrize("der", [b"", b"\x30", b"rubbish", FUTURE, LEAF.der[:-1], LEAF.der + b"\x00"])
def test_what_is_no_certificate_matches_nothing(der: bytes) -> None:
    assert judge([EE, TA], der, [], [HOST], NOW).result == "validation-failure"


# Which records count.


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ([EE, TA], [EE, TA]),
        ([record(0, 0, 1, ROOT), EE], [EE]),
        ([record(1, 0, 1, LEAF)], []),
        ([TlsaRecord(4, 0, 1, b"x" * 32), TlsaRecord(3, 2, 1, b"x" * 32), TlsaRecord(3, 1, 3, b"x" * 32)], []),
        ([TlsaRecord(3, 1, 1, b"x" * 31), TlsaRecord(3, 1, 1, b""), TlsaRecord(3, 1, 2, b"x" * 32)], []),
        ([TlsaRecord(3, 0, 0, b"rubbish"), TlsaRecord(3, 1, 0, b"rubbish"), TlsaRecord(2, 0, 0, b"")], []),
        ([TlsaRecord(3, 0, 0, LEAF.spki), TlsaRecord(3, 1, 0, LEAF.der)], []),
        ([record(3, 1, 1, LEAF), record(3, 1, 2, LEAF)], [record(3, 1, 2, LEAF)]),
        ([record(3, 1, 2, LEAF), record(3, 0, 1, LEAF)], [record(3, 1, 2, LEAF), record(3, 0, 1, LEAF)]),
        ([record(3, 1, 0, LEAF), record(3, 1, 1, LEAF)], [record(3, 1, 0, LEAF), record(3, 1, 1, LEAF)]),
    ],
)
def test_only_records_that_mail_may_use_and_the_strongest_digests_count(
    given: Sequence[TlsaRecord], used: Sequence[TlsaRecord]
) -> None:
    assert list(usable(given)) == list(used)


def test_a_weaker_digest_is_not_looked_at_beside_a_stronger_one() -> None:
    assert verdict([record(3, 1, 1, LEAF), record(3, 1, 2, ROOT)]) == "certificate-not-trusted"


def test_a_record_as_text_is_as_zone_files_have_it() -> None:
    assert text(TlsaRecord(3, 1, 1, b"\x1f\x85")) == "3 1 1 1F85"


# What is published.

GOOD = f"3 1 1 {'ab' * 32}"
PKIX = f"1 1 1 {'ab' * 32}"


@pytest.mark.parametrize(
    ("zone", "signed", "kind", "name", "asked"),
    [
        pytest.param(f"_25._tcp.{HOST} TLSA {GOOD}", True, Kind.USABLE, HOST, [HOST], id="records"),
        pytest.param(f"_25._tcp.{HOST} TLSA {PKIX}", True, Kind.UNUSABLE, HOST, [HOST], id="records of no use"),
        pytest.param("", True, Kind.ABSENT, "", [HOST], id="no records"),
        pytest.param(f"_25._tcp.{HOST} TRY_LATER", True, Kind.UNKNOWN, HOST, [HOST], id="nobody could say"),
        pytest.param(f"_25._tcp.{HOST} TLSA {GOOD}", False, Kind.ABSENT, "", [], id="a zone that is not signed is not asked"),
        pytest.param(f"_25._tcp.{HOST} TLSA {GOOD}", [HOST], Kind.USABLE, HOST, [HOST], id="only the host's zone is signed"),
        pytest.param(
            f"_25._tcp.{HOST} CNAME tlsa.example.net\ntlsa.example.net TLSA {GOOD}", [HOST], Kind.ABSENT, "", [HOST],
            id="records by an alias into a zone that is not signed",
        ),
        pytest.param(f"_587._tcp.{HOST} TLSA {GOOD}", True, Kind.ABSENT, "", [HOST], id="another port's"),
    ],
)  # fmt: skip
def test_what_a_host_publishes(zone: str, signed: Any, kind: Kind, name: str, asked: Sequence[str]) -> None:
    net = Zone(f"{HOST} A 192.0.2.1\n{zone}", secure=signed)
    answers = net.ask(Together((Address(HOST, 6), Address(HOST, 4))))
    net.asked.clear()
    found = net.run(look_up(HOST, 25, answers))
    assert (found.kind, found.name) == (kind, name)
    assert net.asked == [Tlsa(f"_25._tcp.{host}") for host in asked]


ALIAS = f"{HOST} CNAME real.example.net\nreal.example.net A 192.0.2.1\n"
BY_HOST, BY_REAL = f"_25._tcp.{HOST} TLSA {GOOD}\n", f"_25._tcp.real.example.net TLSA {GOOD}\n"


@pytest.mark.parametrize(
    ("zone", "signed", "kind", "name"),
    [
        pytest.param(BY_HOST + BY_REAL, True, Kind.USABLE, "real.example.net", id="where it leads to comes first"),
        pytest.param(BY_HOST, True, Kind.USABLE, HOST, id="then where it begins"),
        pytest.param("", True, Kind.ABSENT, "", id="neither"),
        pytest.param(
            "_25._tcp.real.example.net TRY_LATER\n" + BY_HOST, True, Kind.UNKNOWN, "real.example.net", id="no guessing"
        ),
        pytest.param(BY_HOST + BY_REAL, ["example.org"], Kind.USABLE, HOST, id="a signed alias into a zone that is not"),
        pytest.param(BY_HOST + BY_REAL, ["example.net"], Kind.ABSENT, "", id="an alias that is not signed"),
    ],
)
def test_an_alias_is_followed_as_far_as_it_is_signed(zone: str, signed: Any, kind: Kind, name: str) -> None:
    net = Zone(ALIAS + zone, secure=signed)
    answers = net.ask(Together((Address(HOST, 6), Address(HOST, 4))))
    found = net.run(look_up(HOST, 25, answers))
    assert (found.kind, found.name) == (kind, name)
    assert (Cname(HOST) in net.asked) is (signed is not True)


def test_a_host_without_addresses_is_asked_nothing() -> None:
    net = Zone(secure=True)
    answers = net.ask(Together((Address(HOST, 6), Address(HOST, 4))))
    assert answers[0].status is Status.NO_NAME
    net.asked.clear()
    assert net.run(look_up(HOST, 25, answers)).kind is Kind.ABSENT
    assert net.asked == []
