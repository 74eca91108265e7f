"""OAUTHBEARER, XOAUTH2 and EXTERNAL: what a client may say, and what comes of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import AuthenticationFailed
from pillarbox.limits import SaslLimits
from pillarbox.proto import sasl
from pillarbox.proto.sasl import Authenticated, BadExchange, Challenge, CheckCertificate, CheckToken, Terms

OFFERED = sasl.offer(private=True, tokens=True, certificate=True)
TERMS = Terms(
    nonce="n", offered=OFFERED, scope="mail", configuration="https://login.example.org/.well-known/openid-configuration"
)
TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg"
GOOD = b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer %b==\x01\x01" % TOKEN.encode()
XGOOD = b"user=user@example.com\x01auth=Bearer %b==\x01\x01" % TOKEN.encode()


def step(mechanism: str, initial: bytes | None, terms: Terms = TERMS) -> object:
    return sasl.resume(sasl.begin(mechanism, terms, initial))


def test_what_the_rfc_shows_is_a_question_whether_the_token_is_good() -> None:
    """RFC 7628 §4.1"""
    exchange = sasl.begin("OAUTHBEARER", TERMS, GOOD)
    assert sasl.resume(exchange) == CheckToken(TOKEN + "==", "user@example.com")
    assert sasl.resume(exchange, True) == Authenticated("user@example.com")


def test_a_token_is_not_in_any_repr() -> None:
    assert TOKEN not in repr(CheckToken(TOKEN, "x"))


@pytest.mark.parametrize(("mechanism", "message"), [("OAUTHBEARER", GOOD), ("XOAUTH2", XGOOD)])
def test_without_an_initial_response_it_is_asked_for_with_nothing(mechanism: str, message: bytes) -> None:
    exchange = sasl.begin(mechanism, TERMS, None)
    assert sasl.resume(exchange) == Challenge(b"")
    assert sasl.resume(exchange, message) == CheckToken(TOKEN + "==", "user@example.com")


@pytest.mark.parametrize("dummy", [b"\x01", b"", b"anything"])
def test_a_token_that_is_not_good_is_told_so_in_json_and_then_it_is_over(dummy: bytes) -> None:
    """RFC 7628 §3.2.2, §3.2.3"""
    exchange = sasl.begin("OAUTHBEARER", TERMS, GOOD)
    sasl.resume(exchange)
    assert sasl.resume(exchange, False) == Challenge(
        b'{"status":"invalid_token","scope":"mail",'
        b'"openid-configuration":"https://login.example.org/.well-known/openid-configuration"}'
    )
    with pytest.raises(AuthenticationFailed, match="wrong name or password"):
        sasl.resume(exchange, dummy)


def test_xoauth2_has_a_json_of_its_own() -> None:
    exchange = sasl.begin("XOAUTH2", TERMS, XGOOD)
    sasl.resume(exchange)
    assert sasl.resume(exchange, False) == Challenge(b'{"status":"400","schemes":"Bearer","scope":"mail"}')
    with pytest.raises(AuthenticationFailed):
        sasl.resume(exchange, b"")


def test_nothing_is_told_of_what_is_not_set() -> None:
    exchange = sasl.begin("OAUTHBEARER", Terms(nonce="n", offered=OFFERED), GOOD)
    sasl.resume(exchange)
    assert sasl.resume(exchange, False) == Challenge(b'{"status":"invalid_token"}')


@pytest.mark.parametrize(
    ("message", "identity"),
    [
        (b"n,,\x01auth=Bearer t\x01\x01", ""),
        (b"y,,\x01auth=Bearer t\x01\x01", ""),
        (b"n,a=a=2Cb=3Dc,\x01auth=bearer  t\x01\x01", "a,b=c"),
        (b"n,a=\xc3\xa9@example.org,\x01auth=BEARER t\x01\x01", "é@example.org"),
        (b"n,,\x01AUTH=Bearer t\x01unheard=\x01of=\t x\r\n\x01\x01", ""),
    ],
)
def test_what_may_be_said(message: bytes, identity: str) -> None:
    assert step("OAUTHBEARER", message) == CheckToken("t", identity)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        b"\x01\x01",
        b"n,,",
        b"n,,\x01",
        b"n,,\x01\x01",
        b"n,,auth=Bearer t\x01\x01",
        b"n,,\x01auth=Bearer t",
        b"n,,\x01auth=Bearer t\x01",
        b"n,,\x01auth=Bearer t\x01\x01\x01",
        b"n,,\x01auth=Bearer t\x01\x01more",
        b"n,,\x01\x01auth=Bearer t\x01\x01",
        b"n,,\x01auth=Bearer t\x01auth=Bearer u\x01\x01",
        b"n,,\x01auth=Bearer t\x01Auth=Bearer u\x01\x01",
        b"n,,\x01auth=Bearer \x01\x01",
        b"n,,\x01auth=Bearer\x01\x01",
        b"n,,\x01auth=Bearert\x01\x01",
        b"n,,\x01auth=Bearer t u\x01\x01",
        b"n,,\x01auth=Bearer t=t\x01\x01",
        b"n,,\x01auth=Basic dDp0\x01\x01",
        b"n,,\x01auth\x01\x01",
        b"n,,\x01=Bearer t\x01\x01",
        b"n,,\x01auth=Bearer t\x00\x01\x01",
        b"n,,\x01auth=Bearer \xff\x01\x01",
        b"n,,\x01auth=Bearer \xc3\xa9\x01\x01",
        b"n,,\x01host=\xc3\xa9\x01auth=Bearer t\x01\x01",
        b"n,,\x01host2=x\x01auth=Bearer t\x01\x01",
        b"p=tls-exporter,,\x01auth=Bearer t\x01\x01",
        b"F,n,,\x01auth=Bearer t\x01\x01",
        b"n,b=x,\x01auth=Bearer t\x01\x01",
        b"n,a=,\x01auth=Bearer t\x01\x01",
        b"n,a=x\x01auth=Bearer t\x01\x01",
        b"n,a=x=,\x01auth=Bearer t\x01\x01",
        b"n,a=x=2c,\x01auth=Bearer t\x01\x01",
        b"n,a=x\x00y,\x01auth=Bearer t\x01\x01",
        b"n,a=\xff,\x01auth=Bearer t\x01\x01",
        b"n,a=x,y,\x01auth=Bearer t\x01\x01",
        b"n,a=" + b"x" * 1025 + b",\x01auth=Bearer t\x01\x01",
        b"n,a=" + b"x" * 60_000 + b",\x01auth=Bearer t\x01\x01",
        b"n,,\x01auth=Bearer " + b"t" * (16 * 1024 + 1) + b"\x01\x01",
        b"n,,\x01" + b"x=\x01" * 20_000 + b"auth=Bearer t\x01\x01",
        b"n,," + b"\x01" * 60_000,
        b"n,,\x01auth=Bearer " + b"t=" * 30_000 + b"\x01\x01",
        b"N,,\x01auth=Bearer t\x01\x01",
    ],
)
def test_what_is_not_of_its_grammar_is_a_bad_exchange(message: bytes) -> None:
    with pytest.raises(BadExchange):
        step("OAUTHBEARER", message)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"user=\x01auth=Bearer t\x01\x01",
        b"a=x\x01auth=Bearer t\x01\x01",
        b"user=x\x01auth=Bearer t\x01",
        b"user=x\x01auth=Bearer t",
        b"user=x\x01\x01",
        b"user=x\x00\x01auth=Bearer t\x01\x01",
        b"user=\xff\x01auth=Bearer t\x01\x01",
        b"user=x\x01auth=Bearer t\xff\x01\x01",
        b"user=" + b"x" * 1025 + b"\x01auth=Bearer t\x01\x01",
        b"user=x\x01auth=Bearer " + b"t" * (16 * 1024 + 1) + b"\x01\x01",
        b"auth=Bearer t\x01user=x\x01\x01",
    ],
)
def test_what_is_not_xoauth2_is_a_bad_exchange(message: bytes) -> None:
    with pytest.raises(BadExchange):
        step("XOAUTH2", message)


@pytest.mark.parametrize("more", [0, 1])
def test_a_token_has_a_longest_length(more: int) -> None:
    terms = Terms(nonce="n", offered=OFFERED, limits=SaslLimits(token=10))
    message = b"n,,\x01auth=Bearer " + b"t" * (10 + more) + b"\x01\x01"
    if more:
        with pytest.raises(BadExchange):
            step("OAUTHBEARER", message, terms)
    else:
        assert step("OAUTHBEARER", message, terms) == CheckToken("t" * 10)


@given(st.binary(max_size=60), st.sampled_from(["OAUTHBEARER", "XOAUTH2", "EXTERNAL"]), st.integers(0, len(GOOD)))
@settings(max_examples=150)
def test_any_bytes_are_a_question_or_a_bad_exchange(noise: bytes, mechanism: str, place: int) -> None:
    for message in (noise, GOOD[:place] + noise, GOOD[:place] + noise + GOOD[place:]):
        try:
            asked = step(mechanism, message)
        except BadExchange:
            continue
        assert isinstance(asked, CheckToken | CheckCertificate)
        if isinstance(asked, CheckToken):
            assert asked.token.isascii()
            assert asked.token.isprintable()


@pytest.mark.parametrize(("initial", "wanted"), [(b"", ""), (b"fred@example.org", "fred@example.org"), ("é".encode(), "é")])
def test_external_names_nobody_or_whom_to_act_as(initial: bytes, wanted: str) -> None:
    """RFC 4422 Appendix A"""
    exchange = sasl.begin("EXTERNAL", TERMS, initial)
    assert sasl.resume(exchange) == CheckCertificate(wanted)
    assert sasl.resume(exchange, True) == Authenticated("", wanted)
    refused = sasl.begin("EXTERNAL", TERMS, None)
    assert sasl.resume(refused) == Challenge(b"")
    assert sasl.resume(refused, initial) == CheckCertificate(wanted)
    with pytest.raises(AuthenticationFailed):
        sasl.resume(refused, False)


@pytest.mark.parametrize("initial", [b"\0", b"a\0b", b"\xff", b"\xed\xa0\x80", b"x" * 1025])
def test_what_is_not_external_is_a_bad_exchange(initial: bytes) -> None:
    with pytest.raises(BadExchange):
        step("EXTERNAL", initial)


@pytest.mark.parametrize(
    ("have", "names"),
    [
        ({"private": True}, {"SCRAM-SHA-256", "PLAIN", "LOGIN"}),
        ({"private": True, "tokens": True}, {"SCRAM-SHA-256", "PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"}),
        ({"private": True, "certificate": True}, {"SCRAM-SHA-256", "PLAIN", "LOGIN", "EXTERNAL"}),
        ({"private": False, "tokens": True}, {"SCRAM-SHA-256"}),
    ],
)
def test_a_mechanism_is_offered_where_it_can_work(have: dict[str, bool], names: set[str]) -> None:
    offered = sasl.offer(**have)  # type: ignore[arg-type]
    assert set(offered) == names
    for mechanism in {"OAUTHBEARER", "XOAUTH2", "EXTERNAL"} - names:
        with pytest.raises(BadExchange):
            sasl.begin(mechanism, Terms(nonce="n", offered=offered), GOOD)
