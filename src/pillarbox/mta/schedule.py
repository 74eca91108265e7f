"""When next, when to warn, when to give up (RFC 5321 §4.5.4.1). Times are seconds since 1970, spans seconds.

Early attempts come close together, for most trouble is over in minutes; later ones are hours apart, for what is left mostly
takes a person to mend. Days go by before anything is returned: RFC 5321 asks for four or five.
"""

from collections.abc import Sequence
from typing import Final

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE

DELAYS: Final = (5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 2 * HOUR, 3 * HOUR, 4 * HOUR)
"""After the first attempt, the second, …; the last one ever after."""

GREYLISTED: Final = (1 * MINUTE, 5 * MINUTE)
"""The same where a host only wants to see us come back (RFC 6647 §2.1); then as ever."""

PAUSES: Final = (1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 1 * HOUR)
"""For how long a destination that nobody could be reached at is left alone: the first time, the second, …"""

SPREAD: Final = 0.1
"""How far a delay is moved to either side, so that what failed together does not come back together."""


def next_at(*, attempts: int, now: int, expires_at: int, jitter: float, greylisted: bool = False) -> int | None:
    """When to try again after the `attempts`-th attempt failed for now; None: never, it is time to give up.

    The last attempt is made when the message expires, not hours before. `jitter`: anything from 0 up to 1.
    """
    if now >= expires_at:
        return None
    early = GREYLISTED if greylisted else ()
    delay = early[attempts - 1] if 0 < attempts <= len(early) else _of(DELAYS, attempts)
    return min(now + round(delay * (1 - SPREAD + 2 * SPREAD * jitter)), expires_at)


def pause(failures: int) -> int:
    """For how long to leave a destination alone that could not be reached so many times in a row."""
    return _of(PAUSES, failures)


def is_warning_due(*, created_at: int, now: int, warn_after: int, warned: bool) -> bool:
    """Whether a sender is now told that the message still waits. `warn_after` 0: never."""
    return not warned and warn_after > 0 and now >= created_at + warn_after


def is_greylisting(code: int, enhanced: str, text: str) -> bool:
    """Whether a reply to RCPT is likely to mean just "come back": there is no code of its own for it (RFC 6647 §5.1)."""
    if code not in (450, 451):
        return False
    return enhanced == "4.7.1" or any(word in text.lower() for word in ("greylist", "graylist", "grey list", "gray list"))


def _of(table: Sequence[int], times: int) -> int:
    return table[min(max(times, 1), len(table)) - 1]
