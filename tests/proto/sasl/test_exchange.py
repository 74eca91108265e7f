"""PLAIN and LOGIN: what a client may say, and what comes of it."""

import pytest

from pillarbox.errors import AuthenticationFailed, MailError
from pillarbox.limits import SaslLimits
from pillarbox.proto import sasl
from pillarbox.proto.sasl import Authenticated, BadExchange, Challenge, CheckPassword, Terms

OFFERED = sasl.offer(private=True)
TERMS = Terms(nonce="n0nce", offered=OFFERED)


def run(mechanism: str, initial: bytes | None, *answers: object, terms: Terms = TERMS) -> list[object]:
    """Every step, the answers given in order."""
    exchange = sasl.begin(mechanism, terms, initial)
    steps: list[object] = [sasl.resume(exchange)]
    for answer in answers:
        steps.append(sasl.resume(exchange, answer))  # type: ignore[arg-type]
    return steps


def test_plain_with_an_initial_response() -> None:
    assert run("PLAIN", b"\0tim\0tanstaaftanstaaf", True) == [
        CheckPassword("tim", "tanstaaftanstaaf", ""),
        Authenticated("tim"),
    ]


def test_plain_without_an_initial_response_asks_for_it_with_nothing() -> None:
    assert run("plain", None, b"Ursel\0Kurt\0xipj3plmq", True) == [
        Challenge(b""),
        CheckPassword("Kurt", "xipj3plmq", "Ursel"),
        Authenticated("Kurt", "Ursel"),
    ]


@pytest.mark.parametrize(
    ("initial", "prompts"), [(None, [b"Username:", b"Password:"]), (b"tim", [b"Password:"]), (b"", [b"Password:"])]
)
def test_login_asks_for_what_it_was_not_told(initial: bytes | None, prompts: list[bytes]) -> None:
    exchange = sasl.begin("LOGIN", TERMS, initial)
    step = sasl.resume(exchange)
    for prompt in prompts[:-1]:
        assert step == Challenge(prompt)
        step = sasl.resume(exchange, b"tim")
    assert step == Challenge(prompts[-1])
    if initial == b"":
        with pytest.raises(AuthenticationFailed):
            sasl.resume(exchange, b"secret")
        return
    assert sasl.resume(exchange, b"secret") == CheckPassword("tim", "secret")
    assert sasl.resume(exchange, True) == Authenticated("tim")


@pytest.mark.parametrize("initial", [b"", b"tim", b"tim\0secret", b"\0tim\0sec\0ret", b"\0\xff\0secret", b"\0tim\0\xc3"])
def test_a_message_that_is_not_plain_is_a_bad_exchange(initial: bytes) -> None:
    with pytest.raises(BadExchange):
        run("PLAIN", initial)


@pytest.mark.parametrize("initial", [b"\0\0secret", b"\0tim\0", b"a\0\0"])
def test_an_empty_name_or_password_fails_unasked(initial: bytes) -> None:
    with pytest.raises(AuthenticationFailed):
        run("PLAIN", initial)


@pytest.mark.parametrize("limit", ["identity", "password"])
@pytest.mark.parametrize("beyond", [0, 1])
def test_names_and_passwords_have_a_longest(limit: str, beyond: int) -> None:
    limits = SaslLimits(identity=30, password=40)
    name, password = b"n" * 5, b"p" * 5
    long = b"x" * (getattr(limits, limit) + beyond)
    name, password = (long, password) if limit == "identity" else (name, long)
    terms = Terms(nonce="n", offered=OFFERED, limits=limits)
    for initial in (b"\0" + name + b"\0" + password, (name if limit == "identity" else b"a") + b"\0u\0" + password):
        if beyond:
            with pytest.raises(BadExchange):
                run("PLAIN", initial, terms=terms)
        else:
            assert isinstance(run("PLAIN", initial, True, terms=terms)[-1], Authenticated)


def test_a_wrong_password_fails_in_the_same_words_as_an_unknown_name() -> None:
    said = set()
    for initial in (b"\0tim\0wrong", b"\0nobody\0wrong"):
        with pytest.raises(AuthenticationFailed) as failure:
            run("PLAIN", initial, False)
        said.add(str(failure.value))
    assert len(said) == 1


def test_a_password_is_in_no_repr() -> None:
    [question] = run("PLAIN", b"\0tim\0sesame")
    assert "sesame" not in repr(question)
    assert "tim" in repr(question)
    keys = sasl.scram_keys("sesame", b"salt", 1)
    [pair] = keys.pairs
    assert repr(pair) == "KeyPair()"
    assert not any(repr(secret)[2:-1] in repr(keys) for secret in (keys.salt, pair.stored_key, pair.server_key))
    assert "n0nce" not in repr(TERMS)


@pytest.mark.parametrize("name", ["CRAM-MD5", "", "PLAIN ", "plain\0", "SCRAM-SHA-256-PLUS"])
def test_a_mechanism_that_is_not_offered_cannot_be_had(name: str) -> None:
    with pytest.raises(BadExchange):
        sasl.begin(name, TERMS)


def test_a_mechanism_that_is_known_but_not_offered_cannot_be_had() -> None:
    with pytest.raises(BadExchange):
        sasl.begin("PLAIN", Terms(nonce="n", offered=("SCRAM-SHA-256",)))


def test_what_is_offered_depends_on_the_channel() -> None:
    bindings = {"tls-exporter": b"x"}
    assert sasl.offer(private=False) == ("SCRAM-SHA-256",)
    assert sasl.offer(private=True) == ("SCRAM-SHA-256", "PLAIN", "LOGIN")
    assert sasl.offer(private=True, bindings=bindings) == ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "PLAIN", "LOGIN")


@pytest.mark.parametrize(
    ("line", "data"),
    [
        (b"", b""),
        (b"AHRpbQB0YW5z", b"\x00tim\x00tans"),
        (b"=", None),
        (b"QQ=", None),
        (b"QQ", None),
        (b"QQ==\n", None),
        (b"Q Q=", None),
        (b"QQ==QQ==", None),
        (b"A", None),
        (b"-_-_", None),
        (b"\xff", None),
        (b"====", None),
    ],
)
def test_a_response_is_strict_base64(line: bytes, data: bytes | None) -> None:
    if data is None:
        with pytest.raises(sasl.Undecodable):
            sasl.decode_response(line)
    else:
        assert sasl.decode_response(line) == data
        assert sasl.encode_challenge(data) == line


def test_a_lone_asterisk_cancels() -> None:
    with pytest.raises(sasl.Cancelled):
        sasl.decode_response(b"*")


def test_an_equals_sign_is_an_empty_initial_response() -> None:
    assert sasl.decode_initial(b"=") == b""
    assert sasl.decode_initial(b"QQ==") == b"A"


@pytest.mark.parametrize(("size", "taken"), [(29, True), (30, True), (31, False)])
def test_a_message_has_a_longest(size: int, taken: bool) -> None:
    line = sasl.encode_challenge(b"x" * size)
    if taken:
        assert len(sasl.decode_response(line, SaslLimits(message=30))) == size
    else:
        with pytest.raises(sasl.Undecodable):
            sasl.decode_response(line, SaslLimits(message=30))


def test_what_the_client_did_wrong_is_no_error_of_the_mail() -> None:
    assert not issubclass(BadExchange, MailError)


def test_an_answer_of_the_wrong_kind_is_a_bug_of_ours() -> None:
    with pytest.raises(TypeError):
        run("PLAIN", b"\0tim\0secret", b"yes")
    with pytest.raises(TypeError):
        run("PLAIN", None, True)
    with pytest.raises(TypeError):
        run("SCRAM-SHA-256", b"n,,n=u,r=x", b"no keys")
