"""What letters mean, who has what of them, and what each verb asks for."""

import pytest

from pillarbox.errors import Invalid, MailboxNotFound, NotPermitted
from pillarbox.mail.rights import ALL, LETTERS, NEEDED, NONE, Right, Verb, effective, letters, may, parsed, permit, settable
from pillarbox.store.models import Flag

L, R, S, W, _, P, K, X, T, E, A = Right


@pytest.mark.parametrize(
    ("given", "rights", "written", "with_old"),
    [
        ("", NONE, "", ""),
        ("lr", L | R, "lr", "lr"),
        ("arl", L | R | A, "lra", "lra"),
        ("aetxkpiwsrl", ALL, LETTERS, LETTERS + "cd"),
        ("c", K | X, "kx", "kxc"),
        ("d", T | E, "te", "ted"),
        ("lrt", L | R | T, "lrt", "lrtd"),
        ("llrr", L | R, "lr", "lr"),
    ],
)
def test_letters_are_read_in_any_order_and_written_in_one(given: str, rights: Right, written: str, with_old: str) -> None:
    assert parsed(given) == rights
    assert (letters(rights), letters(rights, old=True)) == (written, with_old)
    assert parsed(letters(rights)) == rights


@pytest.mark.parametrize("given", ["n", "lr1", "L", "l r", "\u017f"])
def test_there_is_no_other_right(given: str) -> None:
    with pytest.raises(Invalid):
        parsed(given)


@pytest.mark.parametrize(
    ("granted", "rights"),
    [
        ({}, NONE),
        ({"#7": "lr"}, L | R),
        ({"#7": "lr", "#9": "w", "anyone": "p"}, L | R | W | P),
        ({"#8": "lrswipkxtea", "anonymous": "lr", "7": "lr", "*": "lr", "": "lr"}, NONE),
        ({"anyone": "lrs", "-#7": "rs"}, L),
        ({"#7": "lrs", "-anyone": "s"}, L | R),
        ({"#7": "lrs", "-#9": "lrs"}, NONE),
        ({"#7": "lrs", "-#8": "lrs"}, L | R | S),
        ({"#7": "l?\u00e9r"}, L | R),
    ],
)
def test_rights_are_what_is_granted_to_somebodys_identifiers_but_what_is_denied_to_them(
    granted: dict[str, str], rights: Right
) -> None:
    assert effective(granted, ["#7", "#9", "anyone"]) == rights


@pytest.mark.parametrize(
    ("verb", "enough", "less"),
    [
        (Verb.LOOK, "l", "rswipkxtea"),
        (Verb.READ, "r", "lswipkxtea"),
        (Verb.INSERT, "i", "lrswpkxtea"),
        (Verb.CREATE, "k", "lrswipxtea"),
        (Verb.DELETE, "x", "lrswipktea"),
        (Verb.EXPUNGE, "e", "lrswipkxta"),
        (Verb.MOVE, "te", "lrswipkxta"),
        (Verb.MOVE, "te", "lrswipkxea"),
        (Verb.ADMINISTER, "a", "lrswipkxte"),
        (Verb.MY_RIGHTS, "x", "swpte"),
        (Verb.READ_ANNOTATIONS, "lp", "lkxtea"),
        (Verb.READ_ANNOTATIONS, "ls", "rswip"),
        (Verb.WRITE_ANNOTATIONS, "lw", "lrsipkxtea"),
    ],
)
def test_each_verb_asks_for_its_rights(verb: Verb, enough: str, less: str) -> None:
    permit(parsed(enough), verb)
    assert may(ALL, verb)
    assert not may(parsed(less), verb)
    with pytest.raises(NotPermitted if "l" in less else MailboxNotFound):
        permit(parsed(less), verb)
    with pytest.raises(MailboxNotFound):
        permit(NONE, verb)


def test_every_verb_is_in_the_table() -> None:
    assert set(NEEDED) == set(Verb)


@pytest.mark.parametrize(
    ("rights", "flags"),
    [("lr", 0), ("s", Flag.SEEN), ("t", Flag.DELETED), ("w", Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT), ("swt", 31)],
)
def test_each_kind_of_flag_has_a_right(rights: str, flags: int) -> None:
    assert settable(parsed(rights)) == flags
