"""For how long answers are kept, and how many."""

import pytest

from pillarbox.checks.questions import Answer, Status, Txt
from pillarbox.limits import DnsLimits
from pillarbox.net.dns_cache import Cache


def test_an_answer_is_kept_until_its_time_is_over() -> None:
    cache: Cache[Txt] = Cache(DnsLimits())
    cache.keep(Txt("a"), Answer(Status.NO_NAME, ttl=10), 100.0)
    assert cache.get(Txt("a"), 100.0) == Answer(Status.NO_NAME, ttl=10)
    assert cache.get(Txt("a"), 103.5) == Answer(Status.NO_NAME, ttl=6)
    assert cache.get(Txt("a"), 110.0) is None
    assert len(cache) == 0


@pytest.mark.parametrize(("answer", "kept"), [(Answer(Status.FOUND, ttl=0), False), (Answer(Status.TRY_LATER), True)])
def test_what_may_not_be_kept_is_not(answer: Answer, kept: bool) -> None:
    cache: Cache[Txt] = Cache(DnsLimits())
    cache.keep(Txt("a"), answer, 0.0)
    assert (cache.get(Txt("a"), 4.9) is not None) is kept
    assert cache.get(Txt("a"), 5.0) is None


def test_of_too_many_the_one_not_asked_for_goes() -> None:
    cache: Cache[Txt] = Cache(DnsLimits(cached=3))
    for name in "abc":
        cache.keep(Txt(name), Answer(Status.NO_NAME, ttl=10), 0.0)
    cache.get(Txt("a"), 1.0)
    cache.keep(Txt("d"), Answer(Status.NO_NAME, ttl=10), 1.0)
    assert [name for name in "abcd" if cache.get(Txt(name), 1.0)] == ["a", "c", "d"]
