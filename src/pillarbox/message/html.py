"""The text a reader of HTML sees, roughly, in linear time.

Parsers that build the tree browsers build take seconds for 100,000 nested elements or attributes; for search and preview it is
enough to leave out what is no text, to put a space where a block ends, and to read entities.
"""

import re
from html import unescape

# a tag's attributes, which may hold ">" in quotes; what is never closed reaches to the next "<", and is not tried again
ATTRIBUTES = r"(?:[^<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+>?"
# what is no text, to the end where it is never closed
HIDDEN = re.compile(
    r"<!--[\s\S]*?(?:-->|\Z)"
    r"|<(script|style|title|template|noframes|xml|SCRIPT|STYLE|TITLE|Script|Style|Title)\b[\s\S]*?(?:</\1\b[^<>]*+>?|\Z)"
)
# elements that part no words: bo<b>l</b>d
INLINE = re.compile(
    r"</?(?:[AaBbIiSsUu]|abbr|big|em|font|nobr|o:p|small|span|strike|strong|su[bp]|tt|wbr|BIG|EM|FONT|SMALL|SPAN|STRONG)\b"
    + ATTRIBUTES
)
TAG = re.compile(r"<[/!?A-Za-z]" + ATTRIBUTES)
INVISIBLE = re.compile("[\0\xad\u034f\u200b-\u200d\ufeff]")


def text(source: str) -> str:
    """HTML → its text in one line, white space collapsed; never raises."""
    if "<" in source:
        source = TAG.sub(" ", INLINE.sub("", HIDDEN.sub(" ", source)))
    found = " ".join(unescape(source).split())
    return found if found.isascii() else INVISIBLE.sub("", found)
