import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.cases import CASES, NOW, questions, run_arc, stems
from pillarbox.checks import arc
from pillarbox.checks.questions import Together
from pillarbox.limits import CheckLimits
from pillarbox.message import headers
from pillarbox.testing.fake_dns import Zone

FOLDER = CASES / "arc"
THREE = (FOLDER / "04-three.eml").read_bytes()
ZONE = (FOLDER / "04-three.dns").read_text()
LIMITS = CheckLimits()


@pytest.mark.parametrize("case", stems("arc"))
def test_a_case_is_judged_as_expected(case: str) -> None:
    path = FOLDER / case
    message, zone = path.with_suffix(".eml").read_bytes(), path.with_suffix(".dns").read_text()
    assert run_arc(message, zone) == path.with_suffix(".expect").read_text().splitlines(), path.with_suffix(".why").read_text()


def test_the_cases_are_there() -> None:
    assert len(stems("arc")) > 30


def test_what_each_sealer_found_is_told_from_the_first_to_the_last() -> None:
    found = Zone(ZONE).run(arc.verify(THREE, now=NOW, header=headers.read(THREE)))
    assert [sealer.domain for sealer in found.sealers] == ["one.example", "two.example", "three.example"]
    assert found.sealers[0].results.startswith(b"one.example; spf=pass smtp.mailfrom=ada@example.org;")


def test_keys_of_older_sets_are_asked_for_only_where_the_newest_holds() -> None:
    zone = Zone(ZONE)
    assert zone.run(arc.verify(THREE.replace(b"Hello", b"Bye"), now=NOW)).verdict == "fail"
    assert {getattr(question, "name", "") for question in zone.asked} == {"s._domainkey.three.example"}


def test_all_other_keys_are_asked_for_at_once() -> None:
    asked = [each for each in questions(arc.verify(THREE, now=NOW), Zone(ZONE)) if isinstance(each, Together)]
    assert [len(each.questions) for each in asked] == [1, 2]


@pytest.mark.parametrize(("limit", "verdict"), [(3, "pass"), (2, "fail")])
def test_so_many_sets_there_may_be(limit: int, verdict: str) -> None:
    assert Zone(ZONE).run(arc.verify(THREE, now=NOW, limits=CheckLimits(arc_sets=limit))).verdict == verdict


@pytest.mark.parametrize(("shorter", "reason"), [(0, ""), (1, "a field is too long")])
def test_a_field_may_be_so_long(shorter: int, reason: str) -> None:
    header = headers.read(THREE)
    longest = max(
        len(header.data[field.value_start : field.end - 2])
        for field in header.fields
        if field.name in (arc.SIGNATURE, arc.SEAL)
    )
    found = Zone(ZONE).run(arc.verify(THREE, now=NOW, limits=CheckLimits(signature_field=longest - shorter)))
    assert found.reason == reason


def test_a_message_signature_of_the_future_fails() -> None:
    assert Zone(ZONE).run(arc.verify(THREE, now=NOW - LIMITS.signature_skew - 1)).reason == "it was signed in the future"
    assert Zone(ZONE).run(arc.verify(THREE, now=NOW - LIMITS.signature_skew)).verdict == "pass"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [b"i=1;", b"i=2;", b"cv=", b"ARC-Seal:", b"ARC-Message-Signature:", b"ARC-Authentication-Results:", b"bh="]
    ),
    st.sampled_from([b";", b"=", b"\r\n ", b"i=3;", b"\xff", b"", b"\0", b"i=" + b"9" * 5000, b"ARC-Seal: i=1\r\n"])
    | st.binary(max_size=5),
)
def test_nothing_in_a_chain_raises(where: bytes, pieces: bytes) -> None:
    found = Zone(ZONE).run(arc.verify(THREE.replace(where, pieces, 1), now=NOW))
    assert found.verdict in ("none", "pass", "fail")
    assert found.reason.isascii()
