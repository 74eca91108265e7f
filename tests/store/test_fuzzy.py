"""About the same: words, accents, and how well they were found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.store import fuzzy
from pillarbox.store import query as q

LETTERS = st.text(alphabet="aäëßéøñİıσςйёガ한日م\u0301\u0327\u064e\u200d😀 -.\0\ud800", max_size=12)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("plain", "plain"),
        ("crème brûlée", "creme brulee"),
        ("e\u0301\u0327", "e"),
        ("ệ", "e"),
        ("ёлка й", "елка и"),
        ("ελλάδα", "ελλαδα"),
        ("مُحَمَّد", "محمد"),
        ("が ガ 한", "が ガ 한"),
        ("ø ß 日本", "ø ß 日本"),
    ],
)
def test_accents_are_left_out_and_other_letters_stay(text: str, shape: str) -> None:
    assert fuzzy.plain(text) == shape


@given(LETTERS, LETTERS)
def test_what_is_within_a_text_is_within_its_plain_form(one: str, other: str) -> None:
    assert fuzzy.plain(one + other) == fuzzy.plain(one) + fuzzy.plain(other)


@pytest.mark.parametrize(
    ("needle", "words"),
    [
        ("one two", ["one", "two"]),
        ("one, TWO_2! one", ["one", "TWO_2"]),
        ("naïve", ["naive"]),
        ("--", ["--"]),
        ("", [""]),
    ],
)
def test_a_needle_falls_into_words(needle: str, words: list[str]) -> None:
    assert list(fuzzy.words(needle)) == words


def test_no_more_words_are_looked_for_than_is_said() -> None:
    assert len(fuzzy.words(" ".join(map(str, range(1000))))) == fuzzy.MOST_WORDS


def test_a_needle_is_split_into_others_of_its_kind() -> None:
    assert list(fuzzy.split(q.Header("to", "ann bob"))) == [q.Header("to", "ann"), q.Header("to", "bob")]
    assert list(fuzzy.split(q.Body("one"))) == [q.Body("one")]


@pytest.mark.parametrize(
    ("text", "needle", "score"),
    [
        ("the café is open", "cafe is", 100),
        ("the cafés open", "café", 70),
        ("open is the café", "café open", 50),
        ("opening cafés", "café open", 20),
        ("open the cafés", "café open", 35),
        ("the café", "café open", 0),
        ("a -- b", "--", 100),
        ("anything", "", 70),
    ],
)
def test_a_text_has_a_score(text: str, needle: str, score: int) -> None:
    assert fuzzy.score(text, needle) == score
    assert fuzzy.has(text, fuzzy.words(needle)) == (score > 0)


def test_the_score_of_several_is_that_of_those_found() -> None:
    assert [fuzzy.overall(scores) for scores in ([], [0], [100, 0], [100, 50])] == [1, 1, 100, 75]


def test_a_score_takes_no_time_worth_speaking_of_whatever_the_text() -> None:
    assert fuzzy.score("a" * 500_000, "a " + "a" * 90 + " " + "a" * 50_000) == 30
