"""SASLprep by the examples of RFC 4013 §3, and some more."""

import pytest

from pillarbox.errors import Invalid
from pillarbox.proto.sasl import saslprep


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("I\u00adX", "IX"),
        ("user", "user"),
        ("USER", "USER"),
        ("\u00aa", "a"),
        ("\u2168", "IX"),
        ("a\u00a0b", "a b"),
        ("a\u3000b", "a b"),
        ("u\u0308", "ü"),
        ("", ""),
        ("\u0627\u0628", "\u0627\u0628"),
        ("\u06271\u0628", "\u06271\u0628"),
    ],
)
def test_prepared(text: str, prepared: str) -> None:
    assert saslprep(text) == prepared
    assert saslprep(prepared) == prepared


@pytest.mark.parametrize("text", ["\u0007", "\u06271", "\u0627a\u0628", "\ue000", "\ufffd", "\u200e", "a\u2028b", "\U000e0001"])
def test_forbidden(text: str) -> None:
    with pytest.raises(Invalid):
        saslprep(text)


def test_a_character_younger_than_the_tables_may_be_typed() -> None:
    assert saslprep("\U0001f600") == "\U0001f600"
