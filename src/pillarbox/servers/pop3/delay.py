"""The least time between two log-ins of one account, where its owner set one (RFC 2449 §6.5).

Each worker remembers its own log-ins: with several, a client that comes too soon is turned away most of the time, not always.
"""

from weakref import WeakKeyDictionary

from pillarbox.ids import AccountId
from pillarbox.mail.office import Office, OpenAccount

_LAST: "WeakKeyDictionary[Office, dict[AccountId, float]]" = WeakKeyDictionary()


def remaining(office: Office, opened: OpenAccount) -> int:
    """Whole seconds until the account may log in again; 0: now."""
    last = _LAST.get(office, {}).get(opened.account.id)
    if last is None or not opened.settings.pop3_login_delay:
        return 0
    left = last + opened.settings.pop3_login_delay - office.clock.monotonic()
    return max(0, -int(-left // 1))


def began(office: Office, opened: OpenAccount) -> None:
    """A session has begun."""
    if opened.settings.pop3_login_delay:
        _LAST.setdefault(office, {})[opened.account.id] = office.clock.monotonic()
