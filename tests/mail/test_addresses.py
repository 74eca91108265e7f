import pytest

from pillarbox.errors import Invalid
from pillarbox.mail.addresses import canonical, canonical_domain, canonical_local


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Alice@Example.ORG", "alice@example.org"),
        ("a@b@example.org", "a@b@example.org"),
        ("käthe@bücher.example", "käthe@xn--bcher-kva.example"),
        ("KÄTHE@BÜCHER.example.", "käthe@xn--bcher-kva.example"),
        ("straße@example.org", "strasse@example.org"),
    ],
)
def test_spellings_of_an_address_come_down_to_one(given: str, kept: str) -> None:
    assert canonical(given) == kept


@pytest.mark.parametrize(
    "given", ["", "alice", "@", "alice@", "@example.org", "a@b..c", "a@-b.org", "a@b_c!.org", "a\n@b.org", "a@" + "x" * 300]
)
def test_what_is_no_address_is_invalid(given: str) -> None:
    with pytest.raises(Invalid):
        canonical(given)


def test_an_unnormalised_local_part_is_the_normalised_one() -> None:
    assert canonical_local("e\u0301") == canonical_local("\u00e9")


def test_a_domain_may_end_in_a_dot() -> None:
    assert canonical_domain("example.org.") == "example.org"
