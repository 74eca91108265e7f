"""What is switched off, for whom: names in capitals (RFC 9051 §7.2.2, RFC 2971).

Some clients break on an extension that is right. So each can be switched off for everyone, for an account, and for the clients
whose ID has a certain word in it.
"""

from collections.abc import Collection, Iterable, Sequence

from ...settings import Imap, disabled_for

_NAMED_BY = ("name", "vendor")
"""The fields of ID that say what program this is (RFC 2971 §3.3)."""

IdFields = Sequence[tuple[str, str | None]]


def switched_off(settings: Imap, account: Iterable[str], client: IdFields) -> frozenset[str]:
    """All that this client is not offered: `account` is what its owner has switched off, `client` what it says it is."""
    off = {*settings.disabled, *account}
    program = [value.lower() for name, value in client if value and name.lower() in _NAMED_BY]
    for text in settings.disabled_for if program else ():
        word, names = disabled_for(text)
        if any(word in each for each in program):
            off.update(names)
    return frozenset(name.upper() for name in off)


def is_off(name: str, off: Collection[str]) -> bool:
    """Whether a capability is among those: `SORT` is `SORT` and `SORT=DISPLAY`, and `SORT=DISPLAY` only itself."""
    if not off:
        return False
    name = name.upper()
    return name in off or name.partition("=")[0] in off
