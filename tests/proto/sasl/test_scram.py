"""SCRAM-SHA-256 against the example of its standard, against our client, and against liars."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.errors import AuthenticationFailed
from pillarbox.limits import SaslLimits
from pillarbox.proto import sasl
from pillarbox.proto.sasl import (
    Authenticated,
    BadExchange,
    Challenge,
    CheckProof,
    KeyPair,
    ScramKeys,
    StoredKeys,
    Terms,
    client,
)
from pillarbox.proto.sasl.scram import proved

BINDINGS = {"tls-server-end-point": b"hash of the certificate", "tls-exporter": b"exported"}
ALL = sasl.offer(private=True, bindings=BINDINGS)
KEYS = sasl.scram_keys("pencil", b"0123456789abcdef", 64)
PAIR = KEYS.pairs[0]
TERMS = Terms(nonce="SERVER", bindings=BINDINGS, offered=ALL)
UNBOUND = Terms(nonce="SERVER", offered=sasl.offer(private=True))


def converse(
    mechanism: str, peer: client.Client, terms: Terms = TERMS, keys: StoredKeys = KEYS
) -> tuple[Authenticated, list[object]]:
    """Both sides to the end: what the server found, and all it asked."""
    exchange = sasl.begin(mechanism, terms, next(peer))
    asked: list[object] = []
    step = sasl.resume(exchange)
    while not isinstance(step, Authenticated):
        asked.append(step)
        answer: sasl.Answer
        match step:
            case ScramKeys():
                answer = keys
            case CheckProof(_, stored_key):
                answer = stored_key is not None
            case _:
                answer = peer.send(step.data)  # type: ignore[union-attr]
        step = sasl.resume(exchange, answer)
    return step, asked


def unproven(step: object, exchange: sasl.Exchange) -> None:
    """The exchange has found no proof, and ends."""
    assert isinstance(step, CheckProof)
    assert step.stored_key is None
    sasl.resume(exchange, False)


def test_the_example_of_rfc_7677_section_3() -> None:
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    terms = Terms(nonce="%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", offered=UNBOUND.offered)
    exchange = sasl.begin("SCRAM-SHA-256", terms, b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    assert sasl.resume(exchange) == ScramKeys("user")
    keys = sasl.scram_keys("pencil", salt, 4096)
    assert sasl.resume(exchange, keys) == Challenge(
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    final = b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    assert sasl.resume(exchange, final) == CheckProof("user", keys.pairs[0].stored_key)
    assert sasl.resume(exchange, True) == Challenge(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    assert sasl.resume(exchange, b"") == Authenticated("user")


def test_our_client_says_what_rfc_7677_section_3_says() -> None:
    peer = client.scram_sha_256("user", "pencil", "rOprNGfwEbeRWgbNEkqO")
    assert next(peer) == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    said = peer.send(b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    assert said.endswith(b",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert peer.send(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") == b""


@pytest.mark.parametrize("kind", [None, *BINDINGS])
@pytest.mark.parametrize("name", ["tim", "a,b=c", "ü@example.org"])
@pytest.mark.parametrize("authorization", ["", "boss,=", "ü"])
def test_the_two_sides_agree(kind: str | None, name: str, authorization: str) -> None:
    binding = (kind, BINDINGS[kind]) if kind else None
    peer = client.scram_sha_256(name, "pencil", "client", binding, authorization=authorization)
    done, asked = converse("SCRAM-SHA-256-PLUS" if kind else "SCRAM-SHA-256", peer)
    assert done == Authenticated(name, authorization)
    assert ScramKeys(name, authorization) in asked
    assert CheckProof(name, PAIR.stored_key) in asked


@pytest.mark.parametrize("place", [0, 1, 7])
def test_any_of_several_passwords_is_good_and_the_server_proves_that_it_knows_that_one(place: int) -> None:
    words = [f"pencil {number}" for number in range(8)]
    pairs = [sasl.scram_keys(word, KEYS.salt, 64).pairs[0] for word in words]
    keys = StoredKeys(KEYS.salt, 64, pairs)
    _, asked = converse("SCRAM-SHA-256", client.scram_sha_256("tim", words[place], "c"), keys=keys)
    assert CheckProof("tim", pairs[place].stored_key) in asked
    with pytest.raises(AuthenticationFailed):
        converse("SCRAM-SHA-256", client.scram_sha_256("tim", "pencil 8", "c"), keys=keys)


def test_every_key_is_tried_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []

    def is_proof(proof: bytes, stored_key: bytes, message: bytes) -> bool:
        tried.append(stored_key)
        return stored_key == b"1"

    monkeypatch.setattr("pillarbox.proto.sasl.scram.is_proof", is_proof)
    pairs = [KeyPair(b"%d" % number, b"") for number in range(4)]
    assert proved(b"", pairs, b"") == pairs[1]
    assert tried == [b"0", b"1", b"2", b"3"]


def test_a_proof_that_is_no_longer_good_ends_without_one_of_the_servers() -> None:
    peer = client.scram_sha_256("tim", "pencil", "c")
    exchange = sasl.begin("SCRAM-SHA-256", TERMS, next(peer))
    sasl.resume(exchange)
    first = sasl.resume(exchange, KEYS)
    assert isinstance(first, Challenge)
    assert sasl.resume(exchange, peer.send(first.data)) == CheckProof("tim", PAIR.stored_key)
    with pytest.raises(AuthenticationFailed):
        sasl.resume(exchange, False)


def test_whoever_proves_nothing_is_not_let_in_whatever_is_answered() -> None:
    peer = client.scram_sha_256("tim", "pen", "c")
    exchange = sasl.begin("SCRAM-SHA-256", TERMS, next(peer))
    sasl.resume(exchange)
    first = sasl.resume(exchange, KEYS)
    assert isinstance(first, Challenge)
    assert sasl.resume(exchange, peer.send(first.data)) == CheckProof("tim")
    with pytest.raises(AuthenticationFailed):
        sasl.resume(exchange, True)


def test_a_server_without_the_keys_is_found_out_by_the_client() -> None:
    keys = StoredKeys(KEYS.salt, KEYS.iterations, [KeyPair(PAIR.stored_key, b"not the server's key, by any means")])
    with pytest.raises(AuthenticationFailed):
        converse("SCRAM-SHA-256", client.scram_sha_256("tim", "pencil", "c"), keys=keys)


def test_a_wrong_password_fails() -> None:
    with pytest.raises(AuthenticationFailed, match="wrong name or password"):
        converse("SCRAM-SHA-256", client.scram_sha_256("tim", "pen", "c"))


def test_a_password_that_can_be_typed_two_ways_is_one() -> None:
    keys = sasl.scram_keys("I\u00adX \u2168", KEYS.salt, 64)
    assert converse("SCRAM-SHA-256", client.scram_sha_256("tim", "IX IX", "c"), keys=keys)[0].identity == "tim"


def test_a_password_that_saslprep_forbids_still_works() -> None:
    keys = sasl.scram_keys("a\x07b\u0627x", KEYS.salt, 64)
    assert converse("SCRAM-SHA-256", client.scram_sha_256("tim", "a\x07b\u0627x", "c"), keys=keys)[0].identity == "tim"


def test_channel_binding_of_another_channel_fails() -> None:
    peer = client.scram_sha_256("tim", "pencil", "c", ("tls-exporter", b"of the man in the middle"))
    with pytest.raises(AuthenticationFailed):
        converse("SCRAM-SHA-256-PLUS", peer)


@pytest.mark.parametrize("kind", ["tls-unique", "tls-exporte", "TLS-EXPORTER"])
def test_channel_binding_of_a_type_we_lack_is_refused(kind: str) -> None:
    with pytest.raises(BadExchange):
        converse("SCRAM-SHA-256-PLUS", client.scram_sha_256("tim", "pencil", "c", (kind, b"")))


def test_a_client_from_which_plus_was_hidden_is_refused() -> None:
    peer = client.scram_sha_256("tim", "pencil", "c", flag="y")
    with pytest.raises(BadExchange, match="was announced"):
        converse("SCRAM-SHA-256", peer)


def test_a_client_that_could_bind_is_welcome_where_we_cannot() -> None:
    peer = client.scram_sha_256("tim", "pencil", "c", flag="y")
    assert converse("SCRAM-SHA-256", peer, UNBOUND)[0] == Authenticated("tim")


def test_the_mechanisms_are_not_to_be_mixed() -> None:
    with pytest.raises(BadExchange):
        converse("SCRAM-SHA-256", client.scram_sha_256("tim", "pencil", "c", ("tls-exporter", b"exported")))
    with pytest.raises(BadExchange):
        converse("SCRAM-SHA-256-PLUS", client.scram_sha_256("tim", "pencil", "c"))


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n",
        b"n,,",
        b"n,,n=,r=x",
        b"n,,n=u",
        b"n,,n=u,r=",
        b"n,,n=u,r=a b",
        b"n,,n=u,r=a\x7f",
        b"n,,m=ext,n=u,r=x",
        b"n,a=,n=u,r=x",
        b"n,b=u,n=u,r=x",
        b"x,,n=u,r=x",
        b"p=,,n=u,r=x",
        b"p=tls exporter,,n=u,r=x",
        b"n,,n=a=b,r=x",
        b"n,,n=a=2c,r=x",
        b"n,,n=a=,r=x",
        b"n,a=a=00,n=u,r=x",
        b"n,,n=u\0,r=x",
        b"n,,n=\xff,r=x",
        b"n,,n=u,r=x,",
        b"n,,n=u,r=x,e",
        b"n,,n=u,r=x\r\n",
        b"n,,n=" + b"u" * 1025 + b",r=x",
    ],
)
def test_a_first_message_must_keep_to_the_grammar(first: bytes) -> None:
    with pytest.raises(BadExchange):
        sasl.resume(sasl.begin("SCRAM-SHA-256", UNBOUND, first))


def test_extensions_we_do_not_know_are_passed_over() -> None:
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=x,z=whatever,y=more")
    assert sasl.resume(exchange) == ScramKeys("u")


@pytest.mark.parametrize(
    "final",
    [
        b"",
        b"c=biws",
        b"c=biws,r=xSERVER",
        b"c=biws,r=xSERVER,p=",
        b"c=biws,r=xSERVER,p=%%%%",
        b"c=biw,r=xSERVER,p=AAAA",
        b"c=biws,r=xSERVER,p=AAA",
        b"c=biws,r=xSERVER,p=AAAA,z=after",
        b"r=xSERVER,c=biws,p=AAAA",
        b"\xff",
    ],
)
def test_a_final_message_must_keep_to_the_grammar(final: bytes) -> None:
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=x")
    sasl.resume(exchange)
    sasl.resume(exchange, KEYS)
    with pytest.raises(BadExchange):
        sasl.resume(exchange, final)


@pytest.mark.parametrize("proof", [b"", b"short", b"x" * 31, b"x" * 33, b"\0" * 32])
@pytest.mark.parametrize("nonce", [b"xSERVER", b"SERVER", b"xSERVERx", b"x"])
def test_a_proof_that_is_none_fails(proof: bytes, nonce: bytes) -> None:
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=x")
    sasl.resume(exchange)
    sasl.resume(exchange, KEYS)
    with pytest.raises((AuthenticationFailed, BadExchange)):
        unproven(sasl.resume(exchange, b"c=biws,r=%b,p=%b" % (nonce, base64.b64encode(proof))), exchange)


@pytest.mark.parametrize("was", [b"c=biws", b",r=cSERVER"])
def test_a_message_changed_on_its_way_fails(was: bytes) -> None:
    """The header is proved with the rest: a binding flag taken out, or a nonce of another exchange, shows."""
    now = {b"c=biws": b"c=" + base64.b64encode(b"y,,"), b",r=cSERVER": b",r=cOTHERS"}[was]
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=c")
    peer = client.scram_sha_256("u", "pencil", "c")
    next(peer)
    sasl.resume(exchange)
    step = sasl.resume(exchange, KEYS)
    assert isinstance(step, Challenge)
    final = peer.send(step.data)
    assert was in final
    with pytest.raises(AuthenticationFailed):
        unproven(sasl.resume(exchange, final.replace(was, now)), exchange)


def test_a_valid_proof_over_another_nonce_is_no_proof_for_this_one() -> None:
    """A client that signs the nonce it likes, not ours, could replay itself."""
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=c")
    sasl.resume(exchange)
    step = sasl.resume(exchange, KEYS)
    assert isinstance(step, Challenge)
    salted = client.salted_password("pencil", KEYS.salt, KEYS.iterations)
    unproved = b"c=biws,r=cREPLAYED"
    proof = client._proof(salted, b",".join((b"n=u,r=c", step.data, unproved)))
    with pytest.raises(AuthenticationFailed):
        unproven(sasl.resume(exchange, unproved + b",p=" + base64.b64encode(proof)), exchange)


def test_the_client_may_only_be_silent_after_the_servers_proof() -> None:
    exchange = sasl.begin("SCRAM-SHA-256", UNBOUND, b"n,,n=u,r=c")
    peer = client.scram_sha_256("u", "pencil", "c")
    next(peer)
    sasl.resume(exchange)
    first = sasl.resume(exchange, KEYS)
    assert isinstance(first, Challenge)
    sasl.resume(exchange, peer.send(first.data))
    sasl.resume(exchange, True)
    with pytest.raises(BadExchange):
        sasl.resume(exchange, b"one more thing")


@pytest.mark.parametrize("size", [30, 31])
def test_a_name_in_scram_has_the_same_longest(size: int) -> None:
    terms = Terms(nonce="n", offered=ALL, limits=SaslLimits(identity=30))
    exchange = sasl.begin("SCRAM-SHA-256", terms, b"n,,n=" + b"=2C" * size + b",r=x")
    if size == 31:
        with pytest.raises(BadExchange):
            sasl.resume(exchange)
    else:
        assert sasl.resume(exchange) == ScramKeys("," * 30)


@pytest.mark.parametrize(
    "said", [b"", b"r=other,s=AAAA,i=1", b"r=cS,s=AAAA,i=99999999", b"r=cS,s=A,i=1", b"m=x,r=cS,s=AAAA,i=1"]
)
def test_our_client_does_not_believe_everything(said: bytes) -> None:
    peer = client.scram_sha_256("u", "pencil", "c")
    next(peer)
    with pytest.raises(AuthenticationFailed):
        peer.send(said)


parts = st.sampled_from(
    [b"n,,", b"y,,", b"p=tls-exporter,,", b"n=u", b",", b"r=x", b"=2C", b"=", b"a=b,", b"c=biws", b",p=AAAA", b"\0"]
)
messages = st.lists(parts | st.binary(max_size=3), max_size=8).map(b"".join)


@settings(max_examples=200)
@given(st.sampled_from(ALL), st.lists(messages, min_size=3, max_size=3), st.booleans())
def test_nothing_a_client_sends_raises_anything_else(mechanism: str, said: list[bytes], right: bool) -> None:
    exchange, given_ = sasl.begin(mechanism, TERMS, said[0]), iter(said[1:])
    try:
        step = sasl.resume(exchange)
        while not isinstance(step, Authenticated):
            answer = next(given_, b"") if isinstance(step, Challenge) else KEYS if isinstance(step, ScramKeys) else right
            step = sasl.resume(exchange, answer)
    except (BadExchange, AuthenticationFailed):
        return
    assert right
