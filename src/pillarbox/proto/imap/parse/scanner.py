"""A cursor over one command: the pieces of its line, and the literals between them."""

import re
from collections.abc import Iterator, Sequence

from pillarbox.limits import ImapLimits
from pillarbox.proto.imap.tolerances import Tolerances


class SyntaxProblem(Exception):
    """The client's command does not fit the grammar; the text, ASCII and none of the client's, goes into a BAD."""


class Scanner:
    """One command, read from left to right; what does not fit raises SyntaxProblem."""

    __slots__ = ("_at", "_fragments", "_index", "_line", "_literals", "limits", "tolerances", "utf8")

    def __init__(
        self,
        fragments: Sequence[bytes],
        literals: Sequence[bytes | bytearray] = (),
        limits: ImapLimits = ImapLimits(),
        tolerances: Tolerances = Tolerances(),
        utf8: bool = False,
    ) -> None:
        """`fragments` are the line cut at its literals, one more than there are of those."""
        self._fragments = fragments
        self._literals = literals
        self._index = 0
        self._line = fragments[0]
        self._at = 0
        self.limits = limits
        self.tolerances = tolerances
        self.utf8 = utf8
        """Whether the client has enabled UTF-8 (RFC 6855 §3, RFC 9051 §5.1)."""

    def match(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        """What the pattern finds here."""
        found = pattern.match(self._line, self._at)
        if found is None:
            raise SyntaxProblem(f"expected {what}")
        self._at = found.end()
        return found[0]

    def accept(self, token: bytes) -> bool:
        """Step over the token if it is here."""
        if self._line.startswith(token, self._at):
            self._at += len(token)
            return True
        return False

    def accept_match(self, pattern: re.Pattern[bytes]) -> bool:
        """Step over what the pattern finds here, if it does."""
        found = pattern.match(self._line, self._at)
        if found is not None:
            self._at = found.end()
        return found is not None

    def expect(self, token: bytes) -> None:
        if not self.accept(token):
            raise SyntaxProblem(f"expected {token.decode('ascii')}")

    def accept_word(self, word: bytes) -> bool:
        """Step over the word, in any case, and the space behind it, if they are here."""
        after = self._at + len(word)
        if self._line[self._at : after].upper() != word or not self._line.startswith(b" ", after):
            return False
        self._at = after
        self.space()
        return True

    def sees(self, tokens: bytes) -> bool:
        """Whether one of these bytes is next."""
        here = self._line[self._at : self._at + 1]
        return here != b"" and here in tokens

    def space(self) -> None:
        """SP"""
        line, at = self._line, self._at
        if not line.startswith(b" ", at):
            raise SyntaxProblem("expected a space")
        at += 1
        while line.startswith(b" ", at) and self.tolerances.extra_spaces:
            at += 1
        self._at = at

    def spaces(self) -> None:
        """*SP"""
        while self._line.startswith(b" ", self._at):
            self._at += 1

    def has_more(self) -> bool:
        """Whether a space and then something more follows; spaces at the end of the line may be forgiven."""
        line, at = self._line, self._at
        if not line.startswith(b" ", at):
            return False
        if not self.tolerances.extra_spaces or self._index < len(self._literals):
            return True
        while line.startswith(b" ", at):
            at += 1
        return at < len(line)

    def rest(self) -> bytes | None:
        """All that is left of the command, or None if there is a literal in it."""
        return self._line[self._at :] if self._index == len(self._literals) else None

    def skip_rest(self) -> None:
        """Step over what is left of the line."""
        self._at = len(self._line)

    def is_at_end(self) -> bool:
        """Whether nothing is left of the line, nor of the literals."""
        return self._at == len(self._line) and self._index == len(self._literals)

    def end(self) -> None:
        """The end of the command."""
        if self.is_at_end():
            return
        if self.tolerances.extra_spaces:
            self.spaces()
        if not self.is_at_end():
            raise SyntaxProblem("expected the end of the command")

    def literal(self, *, binary: bool = False) -> bytes | None:
        """The literal that is here, if there is one; NUL may only be in a literal8, which is `binary`."""
        if self._at != len(self._line) or self._index == len(self._literals):
            return None
        data = bytes(self._literals[self._index])
        if b"\0" in data and not binary:
            raise SyntaxProblem("NUL in a literal")
        self._index += 1
        self._line, self._at = self._fragments[self._index], 0
        return data

    def items(self) -> Iterator[None]:
        """Once for each item of "(" [item *(SP item)] ")"; the caller reads the item each time."""
        self.expect(b"(")
        lenient = self.tolerances.spaces_in_lists
        if lenient:
            self.spaces()
        if self.accept(b")"):
            return
        while True:
            yield
            if lenient:
                spaced = self._line.startswith(b" ", self._at)
                self.spaces()
                if self.accept(b")"):
                    return
                if not spaced:
                    raise SyntaxProblem("expected a space or )")
            elif self.accept(b")"):
                return
            else:
                self.space()
