import base64
import itertools
import mmap
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.cases import CASES, NOW, private_key, questions, run_dkim, stems
from pillarbox.checks import dkim, dkim_key, dkim_sign, keys
from pillarbox.checks.dkim import DkimResult
from pillarbox.checks.dkim_signature import Unusable, read_tags
from pillarbox.checks.questions import Answer, Breath, Status, Together, Txt
from pillarbox.limits import CheckLimits, MiB
from pillarbox.message import headers
from pillarbox.testing.fake_dns import Zone

MESSAGE = (
    b"From: Ada <ada@example.org>\r\nTo: bob@example.com\r\nSubject: hello\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n"
    b"\r\nHello  Bob \r\n\r\n"
)
RSA = dkim_sign.SigningKey.load("example.org", "r", private_key("rsa2048"))
ED25519 = dkim_sign.SigningKey.load("example.org", "e", private_key("ed25519"))
LIMITS = CheckLimits()


def published(*names: str) -> Zone:
    zone = Zone()
    for selector, name in (("r", "rsa2048"), ("e", "ed25519")):
        if not names or selector in names:
            zone.add(f"{selector}._domainkey.example.org", "TXT", keys.record(private_key(name)).encode())
    return zone


def verified(message: bytes, zone: Zone | None = None, **more: Any) -> list[DkimResult]:
    return list((zone or published()).run(dkim.verify(message, **({"now": NOW} | more))))


def signed(message: bytes = MESSAGE, *signers: dkim_sign.SigningKey) -> bytes:
    return dkim_sign.sign_all(message, signers or [RSA], now=NOW) + message


# The cases in files.


@pytest.mark.parametrize("case", stems("dkim"))
def test_a_case_is_judged_as_expected(case: str) -> None:
    path = CASES / "dkim" / case
    message, zone = path.with_suffix(".eml").read_bytes(), path.with_suffix(".dns").read_text()
    assert run_dkim(message, zone) == path.with_suffix(".expect").read_text().splitlines(), path.with_suffix(".why").read_text()


def test_the_cases_are_there() -> None:
    assert len(stems("dkim")) > 100


def test_a_mapped_file_is_judged_as_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "message"
    path.write_bytes(signed())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert list(published().run(dkim.verify(mapped, now=NOW))) == verified(signed())
        assert dkim_sign.sign(mapped, RSA, now=NOW, start=len(mapped) - len(MESSAGE)) == dkim_sign.sign(MESSAGE, RSA, now=NOW)


def test_a_header_that_has_been_read_is_not_read_again() -> None:
    message = signed()
    assert verified(message, header=headers.read(message)) == verified(message)


# What is asked.


def test_all_keys_are_asked_for_at_once_and_each_once() -> None:
    message = signed(signed(signed()), ED25519)
    asking = dkim.verify(message, now=NOW)
    question = next(asking)
    assert question == Together((Txt("e._domainkey.example.org"), Txt("r._domainkey.example.org")))


def test_a_signature_that_is_none_asks_nothing() -> None:
    zone = published()
    assert [found.verdict for found in verified(b"DKIM-Signature: v=1; a=rsa-sha256\r\n" + MESSAGE, zone)] == ["permerror"]
    assert zone.asked == []


def test_a_key_that_cannot_be_had_hides_no_other() -> None:
    zone = published("e")
    zone.fails("r._domainkey.example.org")
    assert [found.verdict for found in verified(signed(MESSAGE, RSA, ED25519), zone)] == ["temperror", "pass"]


def test_a_long_header_lets_others_have_their_turn() -> None:
    message = b"Subject: %b\r\n" % (b"a  long \t subject " * 50_000) + MESSAGE
    for turns in (dkim.verify(signed(message), now=NOW), dkim_sign.signing(message, [RSA], now=NOW)):
        assert questions(turns, published()).count(Breath()) >= 12


def test_a_long_body_lets_others_have_their_turn() -> None:
    message = signed(MESSAGE + b"a line of text\r\n" * (4 * MiB // 16))
    assert questions(dkim.verify(message, now=NOW), published()).count(Breath()) >= 16


# Limits.


def many(count: int) -> bytes:
    return dkim_sign.sign(MESSAGE, ED25519, now=NOW) * count + MESSAGE


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 1), (LIMITS.signatures, LIMITS.signatures), (LIMITS.signatures + 1, LIMITS.signatures)]
)
def test_so_many_signatures_are_looked_at(count: int, expected: int) -> None:
    assert [found.verdict for found in verified(many(count))] == ["pass"] * expected


@pytest.mark.parametrize(("more", "verdict"), [(0, "fail"), (1, "permerror")])
def test_a_field_may_be_so_long(more: int, verdict: str) -> None:
    field = dkim_sign.sign(MESSAGE, ED25519, now=NOW).replace(b" v=1;", b" v=1; z=;")
    padding = b"x" * (LIMITS.signature_field + more - len(field))
    assert verified(field.replace(b" z=;", b" z=%b;" % padding) + MESSAGE)[0].verdict == verdict


@pytest.mark.parametrize(("others", "verdict"), [(LIMITS.signature_keys - 1, "pass"), (LIMITS.signature_keys, "permerror")])
def test_so_many_records_of_a_name_are_looked_at(others: int, verdict: str) -> None:
    zone = Zone()
    for _ in range(others):
        zone.add("r._domainkey.example.org", "TXT", b"v=DKIM1; p=")
    zone.add("r._domainkey.example.org", "TXT", keys.record(private_key("rsa2048")).encode())
    assert verified(signed(), zone)[0].verdict == verdict


@pytest.mark.parametrize(("bits", "verdict"), [(2048, "pass"), (2047, "policy")])
def test_a_key_may_be_so_large(bits: int, verdict: str) -> None:
    assert verified(signed(), limits=CheckLimits(key_bits=bits))[0].verdict == verdict


# Keys.


def test_a_key_of_an_enormous_exponent_is_not_used() -> None:
    numbers = RSA.private.public_key().public_numbers()  # type: ignore[union-attr]
    odd = RSAPublicNumbers((1 << 65) + 1, numbers.n).public_key()  # type: ignore[union-attr]
    text = base64.b64encode(odd.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    found = dkim_key.select(Answer(Status.FOUND, (b"v=DKIM1; p=" + text,)), "rsa", LIMITS)
    assert isinstance(found, Unusable)
    assert found.reason == "the key is too large"


@pytest.mark.parametrize("algorithm", keys.ALGORITHMS)
def test_a_new_key_signs_and_its_record_verifies(algorithm: str) -> None:
    private = keys.generate(algorithm)
    zone = Zone()
    strings = keys.zone_strings(keys.record(private))
    assert all(len(string) <= 255 for string in strings)
    zone.add("x._domainkey.example.org", "TXT", " ".join(f'"{string}"' for string in strings))
    key = dkim_sign.SigningKey.load("example.org", "x", private)
    assert verified(signed(MESSAGE, key), zone)[0].verdict == "pass"


def test_a_private_key_is_in_no_repr() -> None:
    assert "private" not in repr(RSA)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"a=1", ["a"]),
        (b" a = 1 ; b = 2 ; ", ["a", "b"]),
        (b"a=;b=", ["a", "b"]),
        (b"a=1=2; B_9=x y\r\n\tz", ["a", "B_9"]),
        (b"a=\xc3\xbc", ["a"]),
    ],
)
def test_a_tag_list_is_read(text: bytes, names: list[str]) -> None:
    assert list(read_tags(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b";",
        b"a",
        b"a=1;;",
        b";a=1",
        b"a=1; ;b=2",
        b"=1",
        b"9=1",
        b"_a=1",
        b"a b=1",
        b"a=1; a=1",
        b"a=\0",
        b"a=\r\nb",
        b"a=\r",
    ],
)
def test_what_is_no_tag_list_is_refused(text: bytes) -> None:
    with pytest.raises(Unusable):
        read_tags(text)


def test_b_is_found_where_it_stands() -> None:
    text = b"v=1; b = ab\r\n cd ;bh=x"
    tag = read_tags(text)["b"]
    assert (text[: tag.start], text[tag.end :]) == (b"v=1; b =", b";bh=x")


# Signing.


def test_a_signature_stands_in_lines_of_78_letters() -> None:
    many_fields = b"".join(name.encode() + b": x\r\n" for name, _ in dkim_sign.SIGNED if name != "From")
    message = b"From: a@example.org\r\n" + many_fields + b"\r\nx\r\n"
    field = dkim_sign.sign_all(message, [RSA, ED25519], now=NOW, expires=NOW + 60)
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert [found.verdict for found in verified(field + message)] == ["pass", "pass"]


def test_rsa_stands_first_and_without_keys_there_is_nothing() -> None:
    assert [found.algorithm for found in verified(signed(MESSAGE, ED25519, RSA))] == ["rsa-sha256", "ed25519-sha256"]
    assert dkim_sign.sign_all(MESSAGE, [], now=NOW) == b""


@pytest.mark.parametrize("name", [name for name, more in dkim_sign.SIGNED if more == dkim_sign.ALWAYS])
@pytest.mark.parametrize("at_the_end", [False, True])
def test_nobody_can_add_what_people_see(name: str, at_the_end: bool) -> None:
    field = f"{name}: another\r\n".encode()
    header, body = signed(MESSAGE, ED25519).split(b"\r\n\r\n", 1)
    forged = header + b"\r\n" + field + b"\r\n" + body if at_the_end else field + header + b"\r\n\r\n" + body
    assert verified(forged)[0].verdict == "fail"


def test_a_list_may_add_its_own_fields() -> None:
    assert verified(b"List-Id: <a.example.org>\r\nSender: list@example.org\r\n" + signed(MESSAGE, ED25519))[0].verdict == "pass"


def test_a_field_that_is_there_very_often_makes_no_endless_signature() -> None:
    message = b"Comments: x\r\n" + b"List-Post: x\r\n" * 1500 + MESSAGE
    assert verified(signed(message, ED25519))[0].signed.count("list-post") == dkim_sign.MOST_TIMES


def test_expiry_and_time_are_said() -> None:
    field = dkim_sign.sign(MESSAGE, ED25519, now=NOW, expires=NOW + 1000)
    assert b"t=%d; x=%d;" % (NOW, NOW + 1000) in field
    assert verified(field + MESSAGE, now=NOW + 1000 + LIMITS.signature_skew)[0].verdict == "pass"
    assert verified(field + MESSAGE, now=NOW + 1001 + LIMITS.signature_skew)[0].verdict == "permerror"


@pytest.mark.parametrize(
    "message",
    [
        b"From: a@example.org\r\n\r\n",
        b"From: a@example.org\r\n",
        b"From: \xff\xfe\r\nSubject: \xc3\xbc\r\n\r\n\xff\r\n",
        b"From: a@example.org\r\n\r\n\r\n \r\n\r\n",
        b"Subject: no from\r\n\r\nx",
        b"\r\nonly a body\r\n",
        b"",
        b"From: a@example.org\r\nTo:\r\n \t\r\n x\r\n\r\nx \t\r\ny",
    ],
)
def test_whatever_is_signed_verifies(message: bytes) -> None:
    assert [found.verdict for found in verified(signed(message, RSA, ED25519))] == ["pass", "pass"]


# Hostile.


FRAGMENTS = [
    b";",
    b"=",
    b"\r\n ",
    b"\t",
    b"v=1",
    b"b=",
    b"bh=",
    b"h=from",
    b":",
    b"d=example.org",
    b"i=@",
    b"\xff",
    b"l=9",
    b"x=1",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=4), max_size=12), st.sampled_from([b" b=", b" h=", b" d=", b"v="])
)
def test_nothing_in_a_signature_raises(pieces: list[bytes], where: bytes) -> None:
    field = dkim_sign.sign(MESSAGE, ED25519, now=NOW)
    found = verified(field.replace(where, b"".join(pieces) + where, 1) + MESSAGE)
    assert all(each.verdict in ("pass", "fail", "policy", "permerror") for each in found)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=60) | st.lists(st.sampled_from([b"v=DKIM1", b";", b"p=", b"AAAA", b"k=rsa", b"t=s", b"="])).map(b"".join)
)
def test_nothing_in_a_key_record_raises(record: bytes) -> None:
    zone = Zone()
    zone.add("r._domainkey.example.org", "TXT", record)
    assert verified(signed(MESSAGE, RSA), zone)[0].verdict == "permerror"


def test_many_names_cost_little() -> None:
    """A name that is signed eight thousand times, and no field is hashed twice."""
    names = b":".join([b"from"] * 3000)
    field = dkim_sign.sign(MESSAGE, ED25519, now=NOW).replace(b"h=From", b"h=%b:From" % names)
    assert verified(field + b"From: x@example.org\r\n" * 1500 + MESSAGE)[0].verdict == "fail"


def test_every_result_speaks_of_the_message_in_printable_letters_only() -> None:
    tags = (b"d", b"s", b"b", b"a", b"i")
    for tag, value in itertools.product(tags, (b"\xff", b"\xc3\xbc", b"(x)\t\r\n y", b'"; dkim=pass')):
        for found in verified(b"DKIM-Signature: v=1; %b=%b\r\n%b" % (tag, value, MESSAGE)):
            texts = (found.domain, found.selector, found.algorithm, found.reason)
            assert all(text.isascii() and text.isprintable() for text in texts)
