from datetime import UTC, datetime

from pillarbox.mail.throttle import Throttle, origin_key


class StillClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


def test_a_few_mistakes_cost_nothing_and_many_cost_ever_more_up_to_a_bound() -> None:
    throttle = Throttle(StillClock())
    delays = []
    for _ in range(20):
        delays.append(throttle.delay("alice", "192.0.2.1"))
        throttle.failed("alice", "192.0.2.1")
    assert delays[:5] == [0.0] * 5
    assert delays == sorted(delays)
    assert delays[6] > 0
    assert delays[-1] == 15.0


def test_an_address_is_slowed_whatever_name_it_tries_and_a_name_wherever_it_is_tried_from() -> None:
    throttle = Throttle(StillClock())
    for number in range(20):
        throttle.failed(f"name{number}", "192.0.2.1")
        throttle.failed("alice", f"198.51.100.{number}")
    assert throttle.delay("bob", "192.0.2.1") > 0
    assert throttle.delay("", "192.0.2.1") > 0
    assert throttle.delay("alice", "203.0.113.1") > 0
    assert throttle.delay("bob", "203.0.113.1") == 0


def test_failures_are_forgotten_after_a_while_and_those_on_an_account_forgiven_by_a_success() -> None:
    clock = StillClock()
    throttle = Throttle(clock)
    for number in range(20):
        throttle.failed("alice", "192.0.2.1")
        throttle.failed(f"name{number}", "192.0.2.1")
    throttle.succeeded("alice", "203.0.113.1")
    assert throttle.delay("alice", "198.51.100.1") == 0
    assert throttle.delay("alice", "192.0.2.1") > 0
    clock.seconds += 901
    assert throttle.delay("alice", "192.0.2.1") == 0


def test_who_is_known_is_not_slowed_by_strangers_but_by_their_own_failures() -> None:
    clock = StillClock()
    throttle = Throttle(clock)
    throttle.succeeded("alice", "192.0.2.1")
    for number in range(20):
        throttle.failed(f"name{number}", "192.0.2.1")
        throttle.failed("alice", "198.51.100.1")
    assert throttle.delay("alice", "192.0.2.1") == 0
    for _ in range(10):
        throttle.failed("alice", "192.0.2.1")
    assert throttle.delay("alice", "192.0.2.1") > 0


def test_a_success_takes_back_what_the_address_was_charged_for_that_account_and_no_more() -> None:
    throttle = Throttle(StillClock())
    for _ in range(9):
        throttle.failed("alice", "192.0.2.1")
    throttle.succeeded("alice", "192.0.2.1")
    for number in range(9):
        throttle.failed(f"name{number}", "192.0.2.1")
    assert throttle.delay("bob", "192.0.2.1") == 0
    throttle.succeeded("alice", "192.0.2.1")
    throttle.failed("name9", "192.0.2.1")
    assert throttle.delay("bob", "192.0.2.1") > 0, "one good log-in does not hide a search for others"


def test_what_one_worker_counts_the_others_count() -> None:
    here = Throttle(StillClock())
    there = Throttle(StillClock(), here.heard)
    for _ in range(8):
        there.failed("älice@example.org", "192.0.2.1")
    assert here.delay("älice@example.org", "203.0.113.1") == there.delay("älice@example.org", "203.0.113.1") > 0
    there.succeeded("älice@example.org", "192.0.2.1")
    assert here.delay("älice@example.org", "203.0.113.1") == 0
    here.heard(b"")
    here.heard(b"rubbish")


def test_one_ipv6_subscriber_is_one_origin() -> None:
    assert origin_key("2001:db8::1") == origin_key("2001:db8:0:0:ffff::2") != origin_key("2001:db8:0:1::1")
    assert origin_key("::ffff:192.0.2.1") == "192.0.2.1"


def test_loopback_is_no_origin() -> None:
    assert origin_key("127.0.0.1") == origin_key("127.9.9.9") == origin_key("::1") == origin_key("::ffff:127.0.0.1") == ""
    throttle = Throttle(StillClock())
    for number in range(50):
        throttle.failed(f"name{number}@example.org", origin_key("127.0.0.1"))
    assert throttle.delay("alice@example.org", origin_key("127.0.0.1")) == 0
