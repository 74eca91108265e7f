"""Flags between the store's bits and words and IMAP's (RFC 9051 §2.3.2)."""

from collections.abc import Iterable, Sequence

from ...mail import rights
from ...mail.rights import Right
from ...store.models import Flag

SYSTEM = {
    "\\Answered": Flag.ANSWERED,
    "\\Flagged": Flag.FLAGGED,
    "\\Deleted": Flag.DELETED,
    "\\Seen": Flag.SEEN,
    "\\Draft": Flag.DRAFT,
}
RECENT = 32
"""Not kept: a session's own bit (RFC 3501 §2.3.2)."""
_NAMES = [(int(bit), name.encode("ascii")) for name, bit in SYSTEM.items()] + [(RECENT, b"\\Recent")]
_MOST = 4096
"""Texts remembered."""
_LONG = 500
"""Bytes; longer ones are not remembered."""


def parsed(flags: Iterable[str]) -> tuple[int, Sequence[str]]:
    """The bits and the keywords of flags as a command names them."""
    bits, keywords = 0, []
    for flag in flags:
        if bit := SYSTEM.get(flag):
            bits |= bit
        else:
            keywords.append(flag)
    return bits, keywords


class FlagTexts(dict[tuple[int, str], bytes]):
    """What stands between the parentheses of FLAGS, by the bits and keywords a row has; each made once.

    Notices keywords the client has not been told of in a FLAGS response: they are in `fresh` until it has.
    """

    def __init__(self, found: dict[str, str], most: int) -> None:
        """`found` are the keywords found in this mailbox so far, by whatever session: it is added to, until there are `most`.
        As keywords may come and go without end, it then begins anew with those that are met again."""
        super().__init__()
        self._room = most
        self.known = dict(found)
        """Keywords the client has been told of, by their lower-case spelling."""
        self.fresh: list[str] = []
        self._found = found

    def __missing__(self, key: tuple[int, str]) -> bytes:
        bits, keywords = key
        words = keywords.split()
        self.note(words)
        text = b" ".join([name for bit, name in _NAMES if bits & bit] + [word.encode("ascii", "replace") for word in words])
        if len(self) >= _MOST:
            self.clear()
        if len(text) <= _LONG:
            self[key] = text
        return text

    def note(self, keywords: Iterable[str]) -> None:
        """These are in the mailbox."""
        for word in keywords:
            if word.lower() not in self.known:
                if len(self.known) >= self._room:
                    self.clear()
                    self.known.clear()
                    self._found.clear()
                self.known[word.lower()] = self._found[word.lower()] = word
                self.fresh.append(word)

    def flags(self) -> Sequence[str]:
        """For a FLAGS response: all there can be."""
        return [*SYSTEM, *self.known.values()]

    def settable(self, has: Right) -> Sequence[str]:
        """For PERMANENTFLAGS: all that whoever has these rights can set, new keywords included (RFC 4314 §5.1)."""
        bits = rights.settable(has)
        words = [*self.known.values(), "\\*"] if Right.WRITE in has else []
        return [*(name for name, bit in SYSTEM.items() if bits & bit), *words]
