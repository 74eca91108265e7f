import pytest

from pillarbox.mta.schedule import HOUR, MINUTE, PAUSES, is_greylisting, is_warning_due, next_at, pause

NOW = 1_800_000_000
DAYS = 24 * HOUR


@pytest.mark.parametrize(
    ("attempts", "delay"),
    [
        (0, 5 * MINUTE),
        (1, 5 * MINUTE),
        (2, 10 * MINUTE),
        (3, 20 * MINUTE),
        (4, 40 * MINUTE),
        (5, 80 * MINUTE),
        (6, 2 * HOUR),
        (7, 3 * HOUR),
        (8, 4 * HOUR),
        (9, 4 * HOUR),
        (10**9, 4 * HOUR),
    ],
)
def test_attempts_come_close_together_and_then_hours_apart(attempts: int, delay: int) -> None:
    assert next_at(attempts=attempts, now=NOW, expires_at=NOW + 5 * DAYS, jitter=0.5) == NOW + delay


@pytest.mark.parametrize(("attempts", "delay"), [(1, MINUTE), (2, 5 * MINUTE), (3, 20 * MINUTE), (8, 4 * HOUR)])
def test_a_host_that_wants_us_to_come_back_sees_us_soon(attempts: int, delay: int) -> None:
    assert next_at(attempts=attempts, now=NOW, expires_at=NOW + 5 * DAYS, jitter=0.5, greylisted=True) == NOW + delay


@pytest.mark.parametrize(("jitter", "delay"), [(0.0, 270), (0.5, 300), (0.999, 330)])
def test_what_failed_together_comes_back_apart(jitter: float, delay: int) -> None:
    assert next_at(attempts=1, now=NOW, expires_at=NOW + 5 * DAYS, jitter=jitter) == NOW + delay


@pytest.mark.parametrize(
    ("expires_in", "delay"), [(301, 300), (300, 300), (299, 299), (1, 1), (0, None), (-1, None), (-10 * DAYS, None)]
)
def test_the_last_attempt_is_made_when_the_message_expires(expires_in: int, delay: int | None) -> None:
    due = next_at(attempts=1, now=NOW, expires_at=NOW + expires_in, jitter=0.5)
    assert due == (None if delay is None else NOW + delay)


def test_days_go_by_before_it_is_given_up() -> None:
    now: int | None = NOW
    tried = []
    while now is not None:
        tried.append(now)
        now = next_at(attempts=len(tried), now=now, expires_at=NOW + 5 * DAYS, jitter=0.5)
    assert tried[-1] == NOW + 5 * DAYS
    assert 30 <= len(tried) <= 40
    assert tried == sorted(set(tried))


@pytest.mark.parametrize(("failures", "seconds"), [(0, 60), (1, 60), (2, 120), (3, 300), (7, HOUR), (8, HOUR), (10**9, HOUR)])
def test_a_destination_that_stays_away_is_asked_ever_less_often(failures: int, seconds: int) -> None:
    assert pause(failures) == seconds
    assert list(PAUSES) == sorted(PAUSES)


@pytest.mark.parametrize(
    ("age", "warn_after", "warned", "due"),
    [
        (4 * HOUR, 4 * HOUR, False, True),
        (4 * HOUR - 1, 4 * HOUR, False, False),
        (9 * HOUR, 4 * HOUR, False, True),
        (9 * HOUR, 4 * HOUR, True, False),
        (9 * HOUR, 0, False, False),
    ],
)
def test_a_sender_is_told_once_that_a_message_waits(age: int, warn_after: int, warned: bool, due: bool) -> None:
    assert is_warning_due(created_at=NOW - age, now=NOW, warn_after=warn_after, warned=warned) is due


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "is_it"),
    [
        (451, "4.7.1", "Try again later", True),
        (450, "4.7.1", "", True),
        (450, "4.2.0", "Recipient address rejected: Greylisted", True),
        (451, "", "Graylisting in action", True),
        (451, "4.3.0", "Temporary lookup failure", False),
        (452, "4.5.3", "Too many recipients", False),
        (421, "4.7.1", "Greylisted", False),
        (550, "5.7.1", "We do not greylist", False),
    ],
)
def test_greylisting_is_told_by_its_usual_words(code: int, enhanced: str, text: str, is_it: bool) -> None:
    assert is_greylisting(code, enhanced, text) is is_it
