"""What stands for something else in an SPF record: "%{ir}.%{v}._spf.%{d2}" (RFC 7208 §7).

Parsed once, with the record, so that a mistake in it is found wherever it stands; expanded when its term is reached.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from urllib.parse import quote

from ..errors import Invalid
from .names import is_within
from .questions import IPAddress

MOST_PARTS = 999
"""As good as all: no name has more labels."""

# macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
# macro-literal = %x21-24 / %x26-7E; the text of an explanation has spaces too
PIECE = re.compile(
    r"%\{(?P<letter>[slodiphcrtvSLODIPHCRTV])(?P<digits>[0-9]*+)(?P<reverse>[rR]?)(?P<delimiters>[-.+,/_=]*+)\}"
    r"|%(?P<escape>[%_-])"
    r"|(?P<literal>[\x20-\x24\x26-\x7e]++)"
)
ESCAPES = {"%": "%", "_": " ", "-": "%20"}
EXPLANATION_ONLY = frozenset("crt")
LOCAL_PART = frozenset("sl")

# toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
TOPLABEL = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")


@dataclass(frozen=True, slots=True)
class Macro:
    """ "%{" letter transformers delimiters "}" """

    letter: str
    """In lower case."""
    parts: int
    """Of the right-hand side; 0 for all."""
    is_reversed: bool
    delimiters: str
    is_escaped: bool
    """Written in upper case: for a place in a URL (RFC 7208 §7.3)."""

    def transform(self, value: str) -> str:
        """The value as it is wanted here."""
        parts = [value] if self.delimiters == "" else _split(value, self.delimiters)
        if self.is_reversed:
            parts.reverse()
        text = ".".join(parts[-self.parts :] if self.parts else parts)
        return quote(text, safe="", errors="replace") if self.is_escaped else text


@dataclass(frozen=True, slots=True)
class Text:
    """A macro-string: what stands as it is, and what is replaced."""

    pieces: tuple[str | Macro, ...]
    ends_in_macro: bool = False
    """What the grammar calls a macro-expand; "%%" is one too."""

    @property
    def letters(self) -> frozenset[str]:
        """Which macros are in it."""
        return frozenset(piece.letter for piece in self.pieces if isinstance(piece, Macro))

    def expand(self, values: Mapping[str, str]) -> str:
        """With the value of each of its `letters`."""
        return "".join(piece if isinstance(piece, str) else piece.transform(values[piece.letter]) for piece in self.pieces)


def macro_string(text: str) -> Text:
    """A macro-string of a record (RFC 7208 §7.1). Raises Invalid."""
    if " " in text:
        raise Invalid("there is a space in a macro string")
    return _parse(text, EXPLANATION_ONLY)


def explain_string(text: str) -> Text:
    """What a record's exp= leads to: spaces, and the letters c, r and t, are allowed (RFC 7208 §6.2, §7.2). Raises Invalid."""
    return _parse(text, frozenset())


def domain_spec(text: str) -> Text:
    """A macro-string that ends in a macro, or in a dot and a top label (RFC 7208 §7.1). Raises Invalid."""
    spec = macro_string(text)
    if not spec.ends_in_macro:
        last = spec.pieces[-1] if spec.pieces else ""
        assert isinstance(last, str)
        _, dot, label = last.removesuffix(".").rpartition(".")
        if not dot or not TOPLABEL.match(label):
            raise Invalid(f'"{text}" does not end in a domain name')
    return spec


def _parse(text: str, forbidden: frozenset[str]) -> Text:
    pieces: list[str | Macro] = []
    at, ends_in_macro = 0, False
    while at < len(text):
        found = PIECE.match(text, at)
        if found is None:
            raise Invalid(f'"{text[at : at + 20]}" is neither text nor a macro')
        piece = _piece(found)
        if isinstance(piece, Macro) and piece.letter in forbidden:
            raise Invalid(f"the macro {piece.letter} is for explanations only")
        ends_in_macro = found["literal"] is None
        pieces.append(piece)
        at = found.end()
    return Text(tuple(pieces), ends_in_macro)


def _piece(found: "re.Match[str]") -> str | Macro:
    if found["literal"]:
        return found["literal"]
    if found["escape"]:
        return ESCAPES[found["escape"]]
    letter, is_reversed, delimiters = found["letter"], bool(found["reverse"]), found["delimiters"]
    parts = _count(found["digits"])
    if (parts or is_reversed) and not delimiters:
        delimiters = "."
    return Macro(letter.lower(), parts, is_reversed, delimiters, letter.isupper())


def _count(digits: str) -> int:
    if not digits:
        return 0
    significant = digits.lstrip("0")
    if not significant:
        raise Invalid("a macro that takes none of its parts")
    return int(significant) if len(significant) < 4 else MOST_PARTS


def _split(value: str, delimiters: str) -> list[str]:
    for other in delimiters[1:]:
        value = value.replace(other, delimiters[0])
    return value.split(delimiters[0])


# What the letters stand for.


def dotted(address: IPAddress) -> str:
    """%{i}: an IPv6 address by its nibbles."""
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(f"{int(address):032X}")


def family(address: IPAddress) -> str:
    """%{v}"""
    return "in-addr" if isinstance(address, IPv4Address) else "ip6"


def nearest(names: Iterable[str], domain: str) -> str:
    """%{p}: the domain itself, or a name in it, or any; "unknown" where there is none (RFC 7208 §7.3)."""
    return min(names, key=lambda name: 0 if name == domain else 1 if is_within(name, domain) else 2, default="unknown")
