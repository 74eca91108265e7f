"""Senders of forwarded mail: there and back, and nobody else's."""

import pytest

from pillarbox.errors import NotFound
from pillarbox.mail import srs

SECRET = b"s" * 32
NOW = 1_800_000_000
DAY = 86_400


@pytest.mark.parametrize(
    "sender",
    ["carol@example.com", "Carol.Clark@EXAMPLE.com", "a=b@example.com", "x+y=z@sub.example.co.uk", "jürgen@example.com"],
)
def test_a_bounce_finds_its_way_back(sender: str) -> None:
    rewritten = srs.forward(sender, "example.org", SECRET, NOW)
    assert rewritten.startswith("SRS0=")
    assert rewritten.endswith("@example.org")
    local, _, domain = srs.back(rewritten.rpartition("@")[0], SECRET, NOW + 5 * DAY).rpartition("@")
    assert (local, domain) == (sender.rpartition("@")[0], sender.rpartition("@")[2])


def test_the_null_path_stays_null() -> None:
    assert srs.forward("", "example.org", SECRET, NOW) == ""


def test_letters_whose_case_was_changed_on_the_way_are_still_ours() -> None:
    local = srs.forward("carol@example.com", "example.org", SECRET, NOW).rpartition("@")[0]
    assert srs.back(local.lower(), SECRET, NOW) == "carol@example.com"
    assert srs.back(local.upper(), SECRET, NOW) == "CAROL@EXAMPLE.COM"


@pytest.mark.parametrize("later", [22, 100, 1000])
def test_after_three_weeks_it_is_nobodys(later: int) -> None:
    local = srs.forward("carol@example.com", "example.org", SECRET, NOW).rpartition("@")[0]
    with pytest.raises(NotFound):
        srs.back(local, SECRET, NOW + later * DAY)


@pytest.mark.parametrize(
    "local",
    [
        "SRS0=AAAAAAAA=AA=example.com=carol",
        "SRS0=",
        "SRS0",
        "SRS0====",
        "SRS1=AAAAAAAA=example.com==x=y=z=w",
        "SRS0=é=AA=example.com=carol",
        "SRS0=\ud800=AA=example.com=carol",
    ],
)
def test_a_guess_is_nobodys(local: str) -> None:
    with pytest.raises(NotFound):
        srs.back(local, SECRET, NOW)


def test_another_house_has_another_secret() -> None:
    local = srs.forward("carol@example.com", "example.org", b"o" * 32, NOW).rpartition("@")[0]
    with pytest.raises(NotFound):
        srs.back(local, SECRET, NOW)


def test_a_second_forwarder_sends_bounces_to_the_first() -> None:
    first = srs.forward("carol@example.com", "first.example", b"1" * 32, NOW)
    second = srs.forward(first, "second.example", SECRET, NOW)
    third = srs.forward(second, "third.example", b"3" * 32, NOW)
    assert second.startswith("SRS1=")
    assert third.startswith("SRS1=")
    assert len(third) < len(second) + 10
    assert srs.back(third.rpartition("@")[0], b"3" * 32, NOW) == first
    assert srs.back(second.rpartition("@")[0], SECRET, NOW) == first
    assert srs.back(first.rpartition("@")[0], b"1" * 32, NOW) == "carol@example.com"
