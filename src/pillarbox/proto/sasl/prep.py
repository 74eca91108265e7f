"""SASLprep: the one form of a name or password that can be typed in several (RFC 4013)."""

import stringprep
import unicodedata

from pillarbox.errors import Invalid

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """The prepared form of `text`, as a query: code points that Unicode 3.2 did not know may be in it (RFC 3454 §7).

    Raises Invalid for characters that may not be, and for text that mixes directions (RFC 3454 §6). Whoever calls
    bounds the length first: normalising thousands of combining marks is slow.
    """
    if text.isascii() and text.isprintable():
        return text
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", "".join(map(_mapped, text)))
    for char in prepared:
        if any(prohibits(char) for prohibits in _PROHIBITED):
            raise Invalid("a character that a name or password may not hold")
    _check_direction(prepared)
    return prepared


def _mapped(char: str) -> str:
    """RFC 4013 §2.1: other spaces become a space, what is commonly mapped to nothing is left out."""
    if stringprep.in_table_c12(char):
        return " "
    return "" if stringprep.in_table_b1(char) else char


def _check_direction(text: str) -> None:
    """RFC 3454 §6: right-to-left text holds no left-to-right letter, and begins and ends with its own."""
    if not any(map(stringprep.in_table_d1, text)):
        return
    if any(map(stringprep.in_table_d2, text)):
        raise Invalid("text of both directions")
    if not (stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])):
        raise Invalid("text of one direction between characters of none")
