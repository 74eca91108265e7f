"""HTML mail made harmless: what may be shown within a page of ours, whatever its sender wrote.

Three passes, each of which would do against most of what is tried:

    markup     reads it as browsers do, and leaves no two ways to read it
    here       writes known elements anew, well nested and not too deep, with known attributes, pictures and styles
    nh3        builds a tree of that as browsers build it, and keeps what stands in its own list; `_Guard` has the last word on
               every address and style that is left

What is not here, because mail needs none of it: scripts, forms, frames, plug-ins, SVG, MathML, media, and links by which
anything is fetched, but for pictures: those come from the message itself, or by way of whoever asks (`Picture`), or not at all.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import nh3

from . import css, elements, marks
from .elements import ATTRIBUTES, CLOSES, EVERYWHERE, LEFT_OUT, TAGS
from .markup import VOID, Style, Tag, Token, escaped, tokens

Picture = Callable[[str], str | None]
"""The address of a picture elsewhere → one of ours, from which a browser may fetch it; None: it is not to be fetched."""
Enclosed = Callable[[str], str | None]
"""A Content-ID → the address of that part; None: there is no picture of that name."""

LONGEST: Final = 4 * 1024 * 1024
"""Characters that are read of one message's HTML."""
MOST_TAGS: Final = 100_000
"""Start tags and end tags; what follows is not read."""
MOST_SIGNS: Final = 200_000
"""Character references; what follows is not read."""
DEEPEST: Final = 200
"""Elements within each other; a deeper one is left out, and what it holds stays. Browsers go to 512."""
MOST_GOING_ON: Final = 8
"""Forms of letters that go on behind the element that they began in."""
MOST_PICTURES: Final = 500
"""From elsewhere, of one message; further ones are neither shown nor counted."""
LONGEST_URL: Final = 8000
LONGEST_DATA: Final = 2 * 1024 * 1024
"""Characters of a picture written into an address."""
TINY: Final = 2
"""A picture from elsewhere no larger than that, in both directions, shows nothing: it counts its readers."""

_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\"<>\\]*+\Z", re.IGNORECASE)
_REMOTE = re.compile(r"https?://[^\s\"'<>\\]++\Z", re.IGNORECASE)
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=]++\Z", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f\xa0\u2000-\u200f\u2028-\u202f\ufeff]++")

_AROUND: Final = "".join(map(chr, range(33)))
_UNREAD: Final = dict.fromkeys(map(ord, "\t\n\r"))
_WRITTEN_OTHERWISE: Final = str.maketrans({" ": "%20", '"': "%22", "<": "%3C", ">": "%3E", "\\": "/"})
"""What is left out of an address, and what browsers read in it as something else (URL standard)."""

_MOST_CLASSES: Final = 30

QUOTED: Final = "quoted"
"""The class of what was quoted from an earlier message."""
QUOTED_BELOW: Final = "quoted-below"
"""The class of an element with which, and with all that follows it, an earlier message begins."""


@dataclass(slots=True)
class Cleaned:
    """HTML that may be shown, as the inside of an element; and what came of its pictures."""

    html: str = ""
    held: frozenset[str] = frozenset()
    """Addresses of pictures elsewhere that are not shown."""
    shown: frozenset[str] = frozenset()
    """Of those that are, by way of `Picture`."""
    trackers: frozenset[str] = frozenset()
    """Of those that show nothing: they are never fetched, and are not among the others."""
    tags: int = 0
    """How many were read."""


def clean(
    source: str, picture: Picture = lambda url: None, enclosed: Enclosed = lambda cid: None, *, most_tags: int = MOST_TAGS
) -> Cleaned:
    """A whole message's or part's HTML → what may be shown of it. Never raises, in bounded time."""
    writer = _Writer(_Pictures(picture, enclosed), most_tags)
    for token in tokens(source[:LONGEST]):
        if not writer.take(token):
            break
    body, found = writer.finish(), writer.pictures
    guard = _Guard(frozenset(found.made))
    safe = nh3.clean(
        body,
        tags=set(TAGS),
        clean_content_tags=set(LEFT_OUT),
        attributes={tag: set(EVERYWHERE | ATTRIBUTES.get(tag, frozenset())) for tag in TAGS},
        attribute_filter=guard,
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "tel", "data"},
    )
    sheets = f"<style>{css.sheet(writer.sheets)}</style>" if writer.sheets else ""
    written = sheets.replace("<style></style>", "") + marks.thinned(safe)
    return Cleaned(written, frozenset(found.held), frozenset(found.shown), frozenset(found.trackers), writer.tags)


class _Guard:
    """What nh3 asks of every attribute in the tree that it has built: the last word."""

    def __init__(self, made: frozenset[str]) -> None:
        self._made = made

    def __call__(self, tag: str, name: str, value: str) -> str | None:
        match name:
            case "src":
                return value if value in self._made else None
            case "href":
                return value if _LINK.match(value) or value.startswith(f"#{css.PREFIX}") else None
            case "style":
                return value if self._is_harmless(value) else None
        return value

    def _is_harmless(self, style: str) -> bool:
        """Whether it is just what would be kept of it."""
        return css.declarations(style, lambda url: url if url in self._made else None) == style


@dataclass(slots=True)
class _Pictures:
    """Where pictures come from, and how many there are."""

    picture: Picture
    enclosed: Enclosed
    known: dict[str, str | None] = field(default_factory=dict)
    """Addresses elsewhere, as they are written → what is shown for them."""
    made: set[str] = field(default_factory=set)
    """Every address that stands in what we have written."""
    held: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)
    trackers: set[str] = field(default_factory=set)

    def of(self, written: str) -> str | None:
        """The address to show a picture from; None: it is not shown."""
        url = _BLANKS.sub("", written) if len(written) <= LONGEST_DATA else ""
        if url[:4].lower() == "cid:":
            return self._keep(self.enclosed(unquote(url[4:].strip("<>"))))
        if url[:5].lower() == "data:":
            return self._keep(url if _DATA.match(url) else None)
        return self._elsewhere(written)

    def _elsewhere(self, written: str) -> str | None:
        """Each is asked for once, however often it is shown."""
        if written in self.known:
            return self.known[written]
        if len(self.known) >= MOST_PICTURES:
            return None
        url = absolute(written)
        if not _REMOTE.match(url) or len(url) > LONGEST_URL:
            return None
        ours = self.picture(url)
        (self.held if ours is None else self.shown).add(url)
        self.known[written] = self._keep(ours)
        return ours

    def _keep(self, made: str | None) -> str | None:
        if made is not None:
            self.made.add(made)
        return made

    def background(self, written: str) -> str | None:
        """As `of`, of a style's."""
        made = self.of(written)
        return None if made is None or '"' in made or "\\" in made else made


def absolute(written: str) -> str:
    """An address as a browser reads it: without what it leaves out, and https where it says nothing."""
    url = written[: LONGEST_URL + 1].strip(_AROUND).translate(_UNREAD)
    if url.startswith("//"):
        url = f"https:{url}"
    return url.translate(_WRITTEN_OTHERWISE)


class _Writer:
    """Writes elements anew, each closed in its place."""

    def __init__(self, pictures: _Pictures, most_tags: int) -> None:
        self.pictures = pictures
        self._most_tags = most_tags
        self._written: list[str] = []
        self._open: list[str] = []
        self._starts: list[str] = []
        """The start tags of those."""
        self._sheets: list[str] = []
        self._left_out: list[str] = []
        self._root: dict[str, str] = {}
        self.tags = self._signs = 0

    @property
    def sheets(self) -> str:
        return "\n".join(self._sheets)

    def take(self, token: Token) -> bool:
        """Whether there is room for more."""
        if isinstance(token, str):
            self._signs += token.count("&")
            if not self._left_out and self._signs < MOST_SIGNS:
                self._written.append(token)
        elif isinstance(token, Style):
            if not self._left_out:
                self._sheets.append(token.text)
        else:
            self.tags += 1
            self._take_tag(token)
        return self.tags < self._most_tags and self._signs < MOST_SIGNS

    def _take_tag(self, token: Tag) -> None:
        if token.name in LEFT_OUT or self._left_out:
            self._leave_out(token)
        elif token.is_end:
            self._close(token.name)
        elif token.name == "body":
            self._root = self._root or dict(_attributes(token, self.pictures))
        elif token.name in TAGS:
            self._begin(token)

    def finish(self) -> str:
        """All of it, within one element that stands for its body."""
        self._close_to(0)
        root = {**self._root, "class": " ".join(filter(None, ("mail", self._root.get("class"))))}
        return f"{_start('div', root)}{''.join(self._written)}</div>"

    def _leave_out(self, token: Tag) -> None:
        """An element of which nothing is to be seen, up to its end."""
        if token.name in ("script", "style", "title", "noembed", "noframes"):
            return  # its text has not been handed to us
        if not token.is_end:
            if not self._left_out or token.name == self._left_out[0]:
                self._left_out.append(token.name)
        elif self._left_out and token.name == self._left_out[0]:
            self._left_out.pop()

    def _begin(self, token: Tag) -> None:
        name = token.name
        if name in CLOSES:
            self._close_implied(*CLOSES[name])
        if len(self._open) >= DEEPEST and name not in VOID:
            return
        attributes = dict(_attributes(token, self.pictures))
        if name == "img" and not _is_to_see(token, attributes, self.pictures):
            return
        self._write(name, _start(name, attributes))

    def _close(self, name: str) -> None:
        """Ends it and all that is still open in it; an inline element ends nothing outside of its cell."""
        if name == "br":
            self._written.append("<br>")
        if name not in self._open:
            return
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at] == name:
                self._close_to(at, goes_on=name not in elements.CELLS)
                return
            if self._open[at] == "table" or (name in elements.INLINE and self._open[at] in ("td", "th")):
                return

    def _close_implied(self, which: frozenset[str], barriers: frozenset[str]) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at] in which:
                self._close_to(at, goes_on=self._open[at] not in elements.CELLS)
                return
            if self._open[at] in barriers:
                return

    def _close_to(self, at: int, *, goes_on: bool = False) -> None:
        """With `goes_on`, whatever form of letters has begun in it is not over."""
        going: list[tuple[str, str]] = []
        while len(self._open) > at:
            name, start = self._open.pop(), self._starts.pop()
            self._written.append(f"</{name}>")
            if goes_on and name in elements.LETTERS and len(self._open) > at and len(going) < MOST_GOING_ON:
                going.append((name, start))
        for name, start in reversed(going):
            self.tags += 1
            self._write(name, start)

    def _write(self, name: str, start: str) -> None:
        self._written.append(start)
        if name not in VOID:
            self._open.append(name)
            self._starts.append(start)


def _start(name: str, attributes: Mapping[str, str]) -> str:
    written = "".join(f' {each}="{escaped(value)}"' for each, value in attributes.items())
    return f"<{name}{written}>"


def _attributes(tag: Tag, pictures: _Pictures) -> Iterator[tuple[str, str]]:
    """Those that may stay, in their new form."""
    known = ATTRIBUTES.get(tag.name, frozenset())
    yield from _names(tag)
    if style := _style(tag, pictures):
        yield "style", style
    for name, value in tag.attributes.items():
        if name == "href" and tag.name == "a":
            yield from _link(value)
        elif name not in ("class", "id", "style", "src", "href", "target") and (name in known or name in EVERYWHERE):
            pattern = elements.FORMS.get(name, elements.NUMBER)
            if name in elements.FLAGS:
                yield name, ""
            elif pattern.match(value.strip()):
                yield name, value.strip()[: elements.LONGEST_TEXT]


def _names(tag: Tag) -> Iterator[tuple[str, str]]:
    """Its classes and its id, so changed that they are none of ours; and what it is of an earlier message."""
    given = tag.attributes
    words = given.get("class", "")[:4000].split()[:_MOST_CLASSES]
    own = [f"{css.PREFIX}{word}" for word in words if elements.NAME.match(word)]
    if mark := _mark(tag, words):
        own.insert(0, mark)
    if own:
        yield "class", " ".join(own)
    name = given.get("id") or (given.get("name") if tag.name == "a" else None)
    if name and elements.NAME.match(name):
        yield "id", f"{css.PREFIX}{name}"


def _mark(tag: Tag, classes: Sequence[str]) -> str:
    given = tag.attributes
    if tag.name == "blockquote" and given.get("type", "").lower() == "cite":
        return QUOTED
    if any(word.lower() in elements.QUOTES for word in classes) or (tag.name == "div" and given.get("name") == "quote"):
        return QUOTED
    if given.get("id", "").lower() in elements.QUOTES_BELOW:
        return QUOTED_BELOW
    if tag.name == "div" and "border-top" in (style := given.get("style", "")[:500]):
        return QUOTED_BELOW if elements.OUTLOOK.match(style.replace(" ", "").lower()) else ""
    return ""


def _style(tag: Tag, pictures: _Pictures) -> str:
    """What its style attribute says, and older ones that say the same."""
    given = tag.attributes
    said = [css.declarations(given["style"], pictures.background)] if "style" in given else []
    if (url := given.get("background")) and (made := pictures.background(url)):
        said.insert(0, f'background-image:url("{made}")')
    if tag.name == "body":
        for name, what in (("bgcolor", "background-color"), ("text", "color")):
            if elements.COLOR.match(given.get(name, "")):
                said.insert(0, f"{what}:{given[name]}")
    return ";".join(filter(None, said))


def _link(value: str) -> Iterator[tuple[str, str]]:
    if value.startswith("#"):
        if elements.NAME.match(value[1:]):
            yield "href", f"#{css.PREFIX}{value[1:]}"
        return
    url = absolute(value)
    if _LINK.match(url) and len(url) <= LONGEST_URL:
        yield "href", url
        yield "target", "_blank"


def _is_to_see(tag: Tag, attributes: dict[str, str], pictures: _Pictures) -> bool:
    """Gives a picture its address; where it has none, a class that tells so. False where there is nothing to see in it."""
    written = tag.attributes.get("src", "")
    remote = absolute(written)
    if _REMOTE.match(remote) and _is_tracker(tag):
        pictures.trackers.add(remote)
        return False
    made = pictures.of(written) if written else None
    if made is not None:
        attributes["src"] = made
    else:
        attributes["class"] = " ".join(filter(None, ("held", attributes.get("class"))))
    return True


_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def _is_tracker(tag: Tag) -> bool:
    given = tag.attributes
    style = given.get("style", "")[:2000]
    if _HIDDEN.search(style):
        return True
    sizes = [_size(given.get(name, ""), name, style) for name in ("width", "height")]
    return all(size is not None and size <= TINY for size in sizes)


def _size(written: str, name: str, style: str) -> int | None:
    """In pixels, where it says so."""
    found = re.search(rf"(?:^|[;\s]){name}\s*:\s*([0-9]{{1,4}})(?:px)?\s*(?:[;!]|\Z)", style, re.IGNORECASE)
    said = found[1] if found else written.strip().removesuffix("px")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 5 else None
