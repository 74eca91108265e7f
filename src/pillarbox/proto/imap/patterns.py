"""LIST's wildcards: `*` is anything, `%` anything without the hierarchy separator (RFC 9051 §6.3.9).

A pattern is a nondeterministic automaton whose states are the bits of one integer, so a thousand wildcards cost a thousand
bits and never a search back.
"""

INBOX = "INBOX"


class Pattern:
    """One pattern, ready to be held against many names. INBOX, and what is below it, match in any case."""

    __slots__ = ("_accept", "_literals", "_percents", "_separator", "_stars", "_wildcards", "text")

    def __init__(self, text: str, separator: str = "/") -> None:
        self.text = text
        self._separator = separator
        parts = _collapsed(text)
        self._accept = 1 << len(parts)
        self._literals: dict[str, int] = {}
        self._stars = self._percents = 0
        for index, part in enumerate(parts):
            if part == "*":
                self._stars |= 1 << index
            elif part == "%":
                self._percents |= 1 << index
            else:
                self._literals[part] = self._literals.get(part, 0) | 1 << index
        self._wildcards = self._stars | self._percents

    def matches(self, name: str) -> bool:
        """Whether the whole name fits."""
        text = self.text
        if text == "*":
            return True
        if not self._wildcards:
            return text == name or (_is_inbox(name) and _with_inbox(text) == name)
        at = 1
        inbox = 5 if _is_inbox(name) else 0
        for index, char in enumerate(name):
            at |= (at & self._wildcards) << 1
            here = self._literals.get(char, 0)
            if index < inbox:
                here |= self._literals.get(char.lower(), 0)
            passing = self._stars if char == self._separator else self._wildcards
            at = (at & here) << 1 | at & passing
            if not at:
                return False
        at |= (at & self._wildcards) << 1
        return bool(at & self._accept)


def _collapsed(text: str) -> list[str]:
    """The pattern without wildcards side by side: any run with a `*` in it is a `*`, any other a `%`."""
    parts: list[str] = []
    for char in text:
        if char in "*%" and parts and parts[-1] in "*%":
            if char == "*":
                parts[-1] = "*"
        else:
            parts.append(char)
    return parts


def _is_inbox(name: str) -> bool:
    return name == INBOX or name.startswith(INBOX + "/")


def _with_inbox(text: str) -> str:
    return text[:5].upper() + text[5:]


def combined(reference: str, pattern: str) -> str:
    """What LIST's two arguments ask together (RFC 9051 §6.3.9): the reference is what every name begins with."""
    return reference + pattern
