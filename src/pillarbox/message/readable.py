"""HTML as lines of plain text, for whoever wants no HTML; linear, bounded, never raises."""

import re
from html import unescape
from typing import Final

from .markup import Tag, tokens, words

LONGEST: Final = 1024 * 1024
"""Characters of HTML that are read."""
_BLOCKS: Final = words("div tr li dt dd section article header footer center br")
_PARAGRAPHS: Final = words("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr")
_HIDDEN: Final = words("template select svg math")
_BLANKS = re.compile(r"[ \t\r\n\f\0\xa0\u200b\u200c\ufeff]++")
_DEEPEST: Final = 9


def lines(source: str) -> str:
    """The text of HTML, with lines where blocks end, "- " before what is in lists, "> " before what is quoted."""
    page = _Page()
    for token in tokens(source[:LONGEST]):
        if isinstance(token, Tag):
            page.tag(token)
        elif isinstance(token, str):
            page.text(token)
    return page.finish()


class _Page:
    def __init__(self) -> None:
        self._made: list[str] = []
        self._line: list[str] = []
        self._hidden = self._quotes = 0

    def text(self, written: str) -> None:
        if not self._hidden:
            self._line.append(written)

    def tag(self, tag: Tag) -> None:
        step = -1 if tag.is_end else 1
        if tag.name in _HIDDEN:
            self._hidden = max(0, self._hidden + step)
        elif tag.name in _PARAGRAPHS or tag.name in _BLOCKS:
            self._end(tag.name in _PARAGRAPHS)
            if tag.name == "blockquote":
                self._quotes = max(0, self._quotes + step)
            elif tag.name == "li" and not tag.is_end:
                self._line.append("- ")
        elif tag.name in ("td", "th"):
            self._line.append(" ")

    def finish(self) -> str:
        self._end(False)
        return "\n".join(self._made).strip("\n")

    def _end(self, is_paragraph: bool) -> None:
        """Of a line; behind a paragraph there is an empty one."""
        written = _BLANKS.sub(" ", unescape("".join(self._line))).strip()
        self._line.clear()
        if written:
            self._made.append("> " * min(self._quotes, _DEEPEST) + written)
        if is_paragraph and self._made and self._made[-1]:
            self._made.append("")
