"""The content of one message on its way out: every line ends with CRLF, and no line of it can be taken for the end.

What leaves has no CR and no LF but as CR LF, whatever went in: servers that disagree about a CR or LF standing alone are how
one message is made to carry another. A NUL passes: nothing may be taken out of what is signed, and it ends no line.
"""

import re

LINE_END = re.compile(rb"\r\n?+|\n")
"""However it was written."""
END = b".\r\n"


class CleanText:
    """Text whose line ends are made CRLF, piece by piece (RFC 5321 §2.3.8)."""

    __slots__ = ("_cr_held", "at_line_start")

    def __init__(self) -> None:
        self._cr_held = False  # a CR came last: whether it is half of a CRLF, the next piece tells
        self.at_line_start = True

    def add(self, piece: bytes) -> bytes:
        """What the piece adds to the text; it never ends in a CR."""
        if self._cr_held:
            piece = b"\r" + piece
        self._cr_held = piece.endswith(b"\r")
        if self._cr_held:
            piece = piece[:-1]
        pairs = piece.count(b"\r\n")
        if pairs != piece.count(b"\n") or pairs != piece.count(b"\r"):
            piece = LINE_END.sub(b"\r\n", piece)
        if piece:
            self.at_line_start = piece.endswith(b"\n")
        return piece

    def end(self) -> bytes:
        """What makes the last line whole."""
        if self.at_line_start and not self._cr_held:
            return b""
        self._cr_held, self.at_line_start = False, True
        return b"\r\n"


class DottedText:
    """What follows DATA (RFC 5321 §4.1.1.4): clean text, a dot put before each that begins a line (§4.5.2)."""

    __slots__ = ("_text",)

    def __init__(self) -> None:
        self._text = CleanText()

    def add(self, piece: bytes) -> bytes:
        begins_line = self._text.at_line_start
        piece = self._text.add(piece)
        if b"\n." in piece:
            piece = piece.replace(b"\n.", b"\n..")
        return b"." + piece if begins_line and piece.startswith(b".") else piece

    def end(self) -> bytes:
        """The last line's end if it lacks one, and the end of all."""
        return self._text.end() + END


class Chunks:
    """What follows as chunks (RFC 3030 §2): each a BDAT of its own, the last marked LAST.

    One piece is always held back, so that the last is never empty but where the message is.
    """

    __slots__ = ("_held", "_text")

    def __init__(self, *, binary: bool) -> None:
        """`binary` (BINARYMIME): bytes and not lines, sent as they are."""
        self._text = None if binary else CleanText()
        self._held = b""

    def add(self, piece: bytes) -> bytes:
        """The BDAT of the piece before this one, or nothing yet."""
        if self._text:
            piece = self._text.add(piece)
        if not piece:
            return b""
        before, self._held = self._held, piece
        return b"BDAT %d\r\n%b" % (len(before), before) if before else b""

    def end(self) -> bytes:
        """The BDAT that ends the message."""
        if self._text:
            self._held += self._text.end()
        last, self._held = self._held, b""
        return b"BDAT %d LAST\r\n%b" % (len(last), last)
