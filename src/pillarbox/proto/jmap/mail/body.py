"""The parts of a message as JMAP sees them, and which of them are its text and which are attached (RFC 8621 §4.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pillarbox.proto.jmap.arguments import Json

INLINE_MEDIA: Final = ("image/", "audio/", "video/")
PROPERTIES: Final = (
    "partId", "blobId", "size", "headers", "name", "type", "charset", "disposition", "cid", "language", "location", "subParts",
)  # fmt: skip
"""Of an EmailBodyPart; and any `header:…`."""
DEFAULT_PROPERTIES: Final = (
    "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location",
)  # fmt: skip
"""RFC 8621 §4.2."""


@dataclass(slots=True)
class BodyPart:
    """An EmailBodyPart."""

    part_id: str | None
    """As IMAP numbers parts; None: it has parts itself."""
    blob_id: str | None
    size: int
    name: str | None
    type: str
    charset: str | None
    disposition: str | None
    cid: str | None
    language: Sequence[str] | None
    location: str | None
    sub_parts: "list[BodyPart] | None" = None
    """None: it is no multipart."""
    fields: Mapping[str, Json] = field(default_factory=dict)
    """`headers` and `header:…`, as far as they are asked for."""

    def walk(self) -> "Iterator[BodyPart]":
        """This part and all within it, in their order."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.sub_parts or ()))

    def to_json(self, properties: Sequence[str]) -> dict[str, Json]:
        """Itself, without what is in it."""
        every: dict[str, Json] = {
            "partId": self.part_id,
            "blobId": self.blob_id,
            "size": self.size,
            "name": self.name,
            "type": self.type,
            "charset": self.charset,
            "disposition": self.disposition,
            "cid": self.cid,
            "language": None if self.language is None else list(self.language),
            "location": self.location,
            **self.fields,
        }
        return {name: every[name] for name in properties if name in every}


def tree(root: BodyPart, properties: Sequence[str]) -> dict[str, Json]:
    """A part with all in it, each with its `subParts` (RFC 8621 §4.1.4, bodyStructure); built from the innermost out."""
    built: dict[int, dict[str, Json]] = {}
    for part in reversed(list(root.walk())):
        made = part.to_json(properties)
        if part.sub_parts is not None:
            made["subParts"] = [built.pop(id(each)) for each in part.sub_parts]
        elif "subParts" in properties:
            made["subParts"] = None
        built[id(part)] = made
    return built[id(root)]


def flat(parts: Sequence[BodyPart], properties: Sequence[str]) -> list[Json]:
    """Parts alone, as in textBody, htmlBody and attachments: there is none in any of them, which is said where it is asked."""
    nothing: dict[str, Json] = {"subParts": None} if "subParts" in properties else {}
    return [{**part.to_json(properties), **nothing} for part in parts]


@dataclass(slots=True)
class Arrangement:
    """What is shown of a message, one after the other, and what hangs on it."""

    text: list[BodyPart] = field(default_factory=list)
    html: list[BodyPart] = field(default_factory=list)
    attachments: list[BodyPart] = field(default_factory=list)


@dataclass(slots=True)
class _Multipart:
    """A multipart whose parts are being taken."""

    kind: str
    parts: Sequence[BodyPart]
    in_alternative: bool
    text: list[BodyPart] | None
    """Where its text goes; None: not to the text."""
    html: list[BodyPart] | None
    text_before: int
    html_before: int
    at: int = 0


def arranged(root: BodyPart) -> Arrangement:
    """The algorithm of RFC 8621 §4.1.4, without calling itself: a stack of the multiparts that are open."""
    found = Arrangement()
    stack = [_Multipart("mixed", [root], False, found.text, found.html, -1, -1)]
    while stack:
        here = stack[-1]
        if here.at == len(here.parts):
            _close(stack.pop())
            continue
        part, index = here.parts[here.at], here.at
        here.at += 1
        if part.sub_parts is not None:
            stack.append(_opened(part, here))
        elif _is_inline(part, index, here.kind):
            _place(part, here, found.attachments)
        else:
            found.attachments.append(part)
    return found


def _opened(part: BodyPart, outer: _Multipart) -> _Multipart:
    kind = part.type.partition("/")[2]
    is_alternative = outer.in_alternative or kind == "alternative"
    text_before = len(outer.text) if outer.text is not None else -1
    html_before = len(outer.html) if outer.html is not None else -1
    return _Multipart(kind, part.sub_parts or (), is_alternative, outer.text, outer.html, text_before, html_before)


def _is_inline(part: BodyPart, index: int, kind: str) -> bool:
    if part.disposition == "attachment" or not (_is_text(part) or _is_media(part)):
        return False
    return index == 0 or (kind != "related" and (_is_media(part) or part.name is None))


def _place(part: BodyPart, here: _Multipart, attachments: list[BodyPart]) -> None:
    """A part that is shown where it stands."""
    if here.kind == "alternative":
        if part.type == "text/plain":
            _append(here.text, part)
        elif part.type == "text/html":
            _append(here.html, part)
        else:
            attachments.append(part)
        return
    if here.in_alternative:
        if part.type == "text/plain":
            here.html = None
        if part.type == "text/html":
            here.text = None
    _append(here.text, part)
    _append(here.html, part)
    if (here.text is None or here.html is None) and _is_media(part):
        attachments.append(part)


def _append(to: list[BodyPart] | None, part: BodyPart) -> None:
    if to is not None:
        to.append(part)


def _close(here: _Multipart) -> None:
    """An alternative that has one form only gives it to both."""
    if here.kind != "alternative" or here.text is None or here.html is None:
        return
    if len(here.text) == here.text_before and len(here.html) != here.html_before:
        here.text.extend(here.html[here.html_before :])
    elif len(here.html) == here.html_before and len(here.text) != here.text_before:
        here.html.extend(here.text[here.text_before :])


def _is_text(part: BodyPart) -> bool:
    return part.type in ("text/plain", "text/html")


def _is_media(part: BodyPart) -> bool:
    return part.type.startswith(INLINE_MEDIA)
