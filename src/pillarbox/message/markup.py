"""HTML as it comes, read into tags and text as browsers read it (HTML standard, "Tokenization"); linear, whatever the bytes.
But for a quote that is never closed, in which browsers lose the rest of the page: here it is a letter.

What is read here is written anew, in one form only, before anybody builds a tree of it: no two readers of what comes out can
disagree about where a tag, a comment or a script begins.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.entities import html5
from typing import Final, NamedTuple

MOST_ATTRIBUTES: Final = 50
"""Of one tag; further ones are not read. Readers compare each with all others."""


def words(text: str) -> frozenset[str]:
    """The words of a list as it is written in this package."""
    return frozenset(text.split())


RAW: Final = words("script style xmp iframe noembed noframes title textarea plaintext")
"""Elements in which there are no tags; a style's text is handed out, others' is not."""
VOID: Final = words("area base br col embed frame hr img input link meta param source track wbr")

_BEGUN = re.compile(r"<(?=[A-Za-z/!?])")
"""Where something begins that is no text: any other "<" is a letter."""
_NAME = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*+)")
_ATTRIBUTE = re.compile(
    r"[\t\n\f\r /]*+([^\t\n\f\r />=][^\t\n\f\r />=]*+|=[^\t\n\f\r />=]*+)"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\t\n\f\r >]*+)))?+"
)
_END = re.compile(r"[\t\n\f\r /]*+>")
_CHARACTER = re.compile(r"&(?:#[0-9]{1,9}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{0,40});?(=?)")
_CLOSED = {name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in RAW}


class Tag(NamedTuple):
    """A start tag, or an end tag, which has no attributes."""

    name: str
    attributes: Mapping[str, str]
    """By lower-case name, the first of each, with character references read."""
    is_end: bool


class Style(NamedTuple):
    """What stands in a style element."""

    text: str


Token = Tag | Style | str
"""Text is as it stands, with its references, and without "<"."""


def tokens(source: str) -> Iterator[Token]:
    """The tags and the text of a document; comments, declarations and scripts are left out. Never raises."""
    at = 0
    while at < len(source):
        begun = _BEGUN.search(source, at)
        opened = begun.start() if begun else len(source)
        if opened > at:
            yield source[at:opened].replace("<", "&lt;")
        if opened == len(source):
            return
        found = _NAME.match(source, opened)
        if found is None:
            at = _behind_no_tag(source, opened)
            continue
        name = found[2].lower()
        attributes, at = _attributes(source, found.end())
        if at < 0:  # the tag is never closed: browsers drop it
            return
        yield Tag(name, {} if found[1] else attributes, bool(found[1]))
        if name in RAW and not found[1]:
            closed = _CLOSED[name].search(source, at) if name != "plaintext" else None
            end = closed.start() if closed else len(source)
            if name == "style":
                yield Style(source[at:end])
            at = end


def _behind_no_tag(source: str, at: int) -> int:
    """Where a comment, or what browsers take for one, ends."""
    if source.startswith("<!--", at):
        if source.startswith(">", at + 4) or source.startswith("->", at + 4):
            return source.index(">", at) + 1
        ends = [end + len(mark) for mark in ("-->", "--!>") if (end := source.find(mark, at + 4)) >= 0]
        return min(ends, default=len(source))
    end = source.find(">", at)
    return len(source) if end < 0 else end + 1


def _attributes(source: str, at: int) -> tuple[Mapping[str, str], int]:
    """Those of a tag, and where it ends; -1 where it does not."""
    found: dict[str, str] = {}
    while True:
        if end := _END.match(source, at):
            return found, end.end()
        attribute = _ATTRIBUTE.match(source, at)
        if attribute is None:
            return found, -1
        at = attribute.end()
        name = attribute[1].lower()
        if name not in found and len(found) < MOST_ATTRIBUTES:
            found[name] = _value(attribute[2] or attribute[3] or attribute[4] or "")


def _value(written: str) -> str:
    return _CHARACTER.sub(_character, written) if "&" in written else written


def _character(found: re.Match[str]) -> str:
    """A reference in an attribute: a name without its semicolon is none before a letter, a digit or "=", so that
    "?a=1&copy=2" stays as it is."""
    written = found[0]
    if written[1] == "#":
        return unescape(written.removesuffix("=")) + found[1]
    if written[-1] == ";":
        return unescape(written)
    return html5.get(written[1:], written) if not found[1] else written


def escaped(value: str) -> str:
    """For an attribute in double quotes, or for text."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
