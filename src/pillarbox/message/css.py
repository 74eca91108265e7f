"""Style sheets of strangers, of which only looks are kept: names and values that are known, written anew (CSS Syntax).

Nothing that fetches, moves out of its place, runs or reads: no @import and no font faces, no position, no content, no
functions but a few, no escapes (by which names can be spelt so that a filter does not see them). Linear, never raises.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from .markup import words

Picture = Callable[[str], str | None]
"""The address a background is fetched from → what stands in its place; None: nothing."""

LONGEST_STYLE: Final = 16 * 1024
LONGEST_SHEET: Final = 256 * 1024
MOST_RULES: Final = 3000
MOST_DECLARATIONS: Final = 200
"""Of one rule or attribute."""
PREFIX: Final = "m-"
"""What stands before the names of a message's own classes and ids."""
SCOPE: Final = ".mail"
"""What every rule applies within."""

_PLAIN = words("""
    background background-clip background-color background-image background-origin background-position background-repeat
    background-size border border-collapse border-color border-radius border-spacing border-style border-width box-shadow
    box-sizing break-inside caption-side clear color color-scheme column-gap cursor direction display empty-cells
    flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float font font-family font-feature-settings
    font-kerning font-size font-stretch font-style font-variant font-weight gap grid-template-columns height hyphens
    justify-content justify-items letter-spacing line-height list-style list-style-position list-style-type margin
    margin-inline max-height max-width min-height min-width object-fit opacity order outline overflow overflow-wrap
    overflow-x overflow-y padding padding-inline page-break-inside quotes row-gap table-layout text-align text-align-last
    text-decoration text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness text-indent
    text-overflow text-shadow text-transform text-underline-offset unicode-bidi vertical-align visibility white-space width
    word-break word-spacing word-wrap align-content align-items align-self text-size-adjust -webkit-text-size-adjust
    -ms-text-size-adjust
""")
_SIDES = [
    f"{what}-{side}{more}"
    for what, mores in (("margin", [""]), ("padding", [""]), ("border", ["", "-color", "-style", "-width"]))
    for side in ("top", "right", "bottom", "left")
    for more in mores
]
_CORNERS = [f"border-{y}-{x}-radius" for y in ("top", "bottom") for x in ("left", "right")]
PROPERTIES: Final = frozenset((*_PLAIN, *_SIDES, *_CORNERS))
FUNCTIONS: Final = words("rgb rgba hsl hsla calc min max clamp linear-gradient radial-gradient repeat minmax")
_WITH_PICTURES: Final = words("background background-image")
_PSEUDO: Final = words("hover active focus link first-child last-child nth-child first-of-type last-of-type")

_COMMENT = re.compile(r"/\*[\s\S]*?(?:\*/|\Z)|<!--|-->")
_STRING = r"\"[^\"\n]*+\"|'[^'\n]*+'"
_DECLARATION = re.compile(rf"(?:[^;\"'()]++|{_STRING}|\((?:[^()\"']++|{_STRING}|\((?:[^()\"']++|{_STRING})*+\))*+\)|[\"'()])++")
_URL = re.compile(r"url\(\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^)\"'\s]*+))\s*+\)", re.IGNORECASE)
_VALUE = re.compile(r"(?:[\w\s#%.,()+*/-]++|\"[\w\s.,+-]*+\"|'[\w\s.,+-]*+')++")
"""In quotes, only what names of fonts have: a sheet is written between tags, and no string of it may end them."""
_FUNCTION = re.compile(r"([\w-]*+)\(")
_TOO_MUCH = re.compile(r"[0-9]{6}|[0-9.](?:[sld]?v(?:h|b|min|max))\b", re.IGNORECASE)
"""Numbers beyond any screen, and lengths of its height: the frame is as high as what is in it."""
_UP_TO = re.compile(r"[^{};]*+")
_MEDIA = re.compile(r"@media((?:\s|\()[a-z0-9\s:(),.-]*+)\Z", re.IGNORECASE)
_SELECTOR = re.compile(
    r"\s*+(?:[>+~]\s*+)?+(?:([a-zA-Z][a-zA-Z0-9]*+|\*)|([.#])(-?[A-Za-z_][\w-]*+)|:([a-z-]++)(\([0-9a-z+\s.-]*+\))?+)"
)
_ROOTS = re.compile(r"(?:html\b\s*+)?+(?:body\b|\.mail\b)?+", re.IGNORECASE)


def declarations(text: str, picture: Picture = lambda url: None) -> str:
    """What may stay of a style attribute, or of a rule's block."""
    kept: list[str] = []
    if "/*" in text:
        text = _COMMENT.sub(" ", text)
    for found in _DECLARATION.finditer(text[:LONGEST_STYLE]):
        name, colon, value = found[0].partition(":")
        name = name.strip().lower()
        if colon and name in PROPERTIES and (safe := _value(name, value.strip(), picture)):
            kept.append(f"{name}:{safe}")
            if len(kept) == MOST_DECLARATIONS:
                break
    return ";".join(kept)


def _value(name: str, value: str, picture: Picture) -> str:
    """A value in a form that means the same to everybody; "" where it has none."""
    value, important, _ = value.partition("!")
    pictures: list[str] = []
    if "(" in value and name in _WITH_PICTURES:
        value = _URL.sub(lambda found: _taken_out(found, picture, pictures), value)
    value = " ".join(value.split())
    if not value or not _VALUE.fullmatch(value) or _TOO_MUCH.search(value):
        return _joined("", pictures)
    if value.count("(") != value.count(")") or not all(each.lower() in FUNCTIONS for each in _FUNCTION.findall(value)):
        return ""
    return _joined(value, pictures) + ("!important" if important else "")


def _taken_out(found: re.Match[str], picture: Picture, pictures: list[str]) -> str:
    made = picture(found[1] or found[2] or found[3] or "")
    if made is not None:
        pictures.append(f'url("{made}")')
    return " "


def _joined(value: str, pictures: list[str]) -> str:
    return " ".join((*pictures[:1], value)).strip()


def sheet(text: str) -> str:
    """What may stay of a style element: rules for screens, each within `SCOPE`."""
    return "".join(_rules(_COMMENT.sub(" ", text[:LONGEST_SHEET])))


def _rules(text: str) -> Iterator[str]:
    at, is_open, count = 0, False, 0
    while at < len(text) and count < MOST_RULES:
        found = _UP_TO.match(text, at)
        assert found is not None
        prelude, end = found[0].strip(), text[found.end() : found.end() + 1]
        at = found.end() + 1
        if end == "}" and is_open:
            is_open = False
            yield "}"
        if end != "{":
            continue
        if prelude.startswith("@"):
            condition = None if is_open else _condition(prelude)
            if condition is None:
                at = _behind_block(text, at)
            else:
                is_open = True
                yield f"@media{condition}{{"
            continue
        close = text.find("}", at)
        block = text[at:] if close < 0 else text[at:close]
        at = len(text) if close < 0 else close + 1
        selector, kept = _selectors(prelude), declarations(block)
        if selector and kept:
            count += 1
            yield f"{selector}{{{kept}}}"
    if is_open:
        yield "}"


def _condition(prelude: str) -> str | None:
    """What a screen is like; nothing else can be asked."""
    found = _MEDIA.match(prelude)
    return None if found is None else found[1].rstrip().lower()


def _behind_block(text: str, at: int) -> int:
    depth = 1
    for found in re.compile(r"[{}]").finditer(text, at):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return found.end()
    return len(text)


def _selectors(prelude: str) -> str:
    """Those of a rule that are understood, within the message."""
    return ",".join(filter(None, map(_selector, prelude.split(",")[:100])))


def _selector(written: str) -> str:
    written = written.strip()[:300]
    roots = _ROOTS.match(written)
    assert roots is not None
    at, kept = roots.end(), [SCOPE]
    if at == 0:
        kept.append(" ")
    while at < len(written):
        found = _SELECTOR.match(written, at)
        if found is None:
            return ""
        before = written[at : found.start(1) if found[1] else found.start(2) if found[2] else found.start(4) - 1]
        kept += [" ".join(before.split()) or (" " if before else "")]
        if found[1]:
            kept.append(found[1].lower())
        elif found[2]:
            kept.append(f"{found[2]}{PREFIX}{found[3]}")
        elif found[4] in _PSEUDO:
            kept.append(f":{found[4]}{found[5] or ''}")
        else:
            return ""
        at = found.end()
    return "".join(kept)
