import unicodedata

import pytest

from pace import within
from pillarbox.message import collation
from pillarbox.message.collation import ascii_casemap, in_turns, octet, unicode_casemap


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("", ""),
        ("aZ_", "AZ_"),
        ("é", "E\u0301"),
        ("É", "E\u0301"),
        ("e\u0301", "E\u0301"),
        ("ß", "ß"),
        ("ﬁ", "fi"),
        ("ǆ", "D" + "z\u030c"),
        ("Ω", "Ω"),
        ("ω", "Ω"),
        ("ａ", "A"),
        ("가", "\u1100\u1161"),
    ],
)
def test_unicode_casemap_is_titlecase_decomposed(text: str, form: str) -> None:
    assert unicode_casemap(text) == form


def test_marks_keep_their_order_and_cost_nothing() -> None:
    text = "a" + "\u0301\u0323" * 50_000
    with within(1):
        assert unicode_casemap(text) == "A" + "\u0301\u0323" * 50_000


def test_every_letter_has_a_form_however_many_are_met() -> None:
    every = "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, 0x110000, 7)))
    assert unicode_casemap(every).startswith(every[:0x61])
    assert unicode_casemap("é") == unicodedata.normalize("NFD", "É")
    assert len(collation._TITLECASE) <= 1 << 14


def test_ascii_casemap_leaves_other_letters_alone() -> None:
    assert ascii_casemap("aZé_") == "AZé_"
    assert ascii_casemap("abc") == "ABC"


def test_octets_are_what_they_are() -> None:
    assert octet("aZé_") == "aZé_"


@pytest.mark.parametrize("count", [0, 1, collation.RUN, collation.RUN + 1, 10 * collation.RUN + 3])
@pytest.mark.parametrize("reverse", [False, True])
def test_what_is_sorted_in_turns_is_sorted_and_stable(count: int, reverse: bool) -> None:
    items = [(number * 7919 % 101, number) for number in range(count)]
    assert in_turns(items, lambda item: item[0], reverse=reverse) == sorted(items, key=lambda item: item[0], reverse=reverse)
