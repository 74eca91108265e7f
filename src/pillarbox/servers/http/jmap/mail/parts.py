"""A message's parts as EmailBodyParts, and the texts in them (RFC 8621 §4.1.4)."""

import re
from codecs import CodecInfo
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from pillarbox.message import charsets, text, transfer
from pillarbox.message.headers import Buffer
from pillarbox.message.structure import Part, find_part
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.mail import body, values
from pillarbox.proto.jmap.mail.body import Arrangement, BodyPart
from pillarbox.proto.jmap.mail.email import Wanted
from pillarbox.proto.jmap.mail.values import BodyValue

from .header import WholeHeader

BlobOf = Callable[[str], str]
"""The blob id of a part, by its number."""
_BRACKETED: Final = re.compile(rb"<([^<>]++)>")
_UNENCODED: Final = frozenset(("7bit", "8bit", "binary"))


def described(data: Buffer, root: Part, blob_of: BlobOf, wanted: Wanted) -> BodyPart:
    """The root and all that is in it."""
    return tree(root, lambda part, path: _described(data, part, path, blob_of, wanted))


def tree(root: Part, make: Callable[[Part, str], BodyPart]) -> BodyPart:
    """The root and all that is in it, less what messages within hold: those are leaves. `make` is told each one's number."""
    top = make(root, "" if root.children else "1")
    waiting = [(root, top, "")]
    while waiting:
        part, made, path = waiting.pop()
        if not part.children:
            continue
        made.sub_parts = []
        for number, child in enumerate(part.children, 1):
            place = f"{path}.{number}" if path else str(number)
            inner = make(child, place)
            made.sub_parts.append(inner)
            waiting.append((child, inner, place))
    return top


def _described(data: Buffer, part: Part, path: str, blob_of: BlobOf, wanted: Wanted) -> BodyPart:
    disposition, is_leaf = part.disposition, not part.children
    is_text = part.type == "text"
    return BodyPart(
        part_id=path if is_leaf else None,
        blob_id=blob_of(path) if is_leaf else None,
        size=sum(map(len, text.decode_chunks(data, part))) if is_leaf else part.size,
        name=part.file_name or None,
        type=part.content_type,
        charset=part.charset or ("us-ascii" if is_text and is_leaf else None),
        disposition=disposition[0] if disposition else None,
        cid=_bare(part.id),
        language=part.language or None,
        location=_location(part.location),
        fields=_fields(part, wanted),
    )


def _bare(cid: bytes | None) -> str | None:
    """A Content-ID without its brackets, and what stands outside of them."""
    found = _BRACKETED.search(cid or b"")
    bare = found[1] if found else (cid or b"").strip(b" \t<>")
    return bare.strip().decode("utf-8", "replace") or None


def _location(value: bytes | None) -> str | None:
    return value.decode("utf-8", "replace").strip() or None if value else None


def _fields(part: Part, wanted: Wanted) -> Mapping[str, Json]:
    if not wanted.body_fields and "headers" not in wanted.body_properties:
        return {}
    read = WholeHeader(part.header)
    found = {each.key: read.value(each) for each in wanted.body_fields}
    return {**found, "headers": read.all()} if "headers" in wanted.body_properties else found


def of_body(data: Buffer, root: Part, blob_of: BlobOf, wanted: Wanted) -> dict[str, Json]:
    """The properties of an Email that its body is read for, as far as they are wanted."""
    top = described(data, root, blob_of, wanted)
    found = body.arranged(top)
    every: dict[str, Callable[[], Json]] = {
        "bodyStructure": lambda: body.tree(top, wanted.body_properties),
        "textBody": lambda: body.flat(found.text, wanted.body_properties),
        "htmlBody": lambda: body.flat(found.html, wanted.body_properties),
        "attachments": lambda: body.flat(found.attachments, wanted.body_properties),
        "bodyValues": lambda: _values(data, root, _to_show(top, found, wanted), wanted.most),
    }
    return {name: make() for name, make in every.items() if name in wanted.properties}


def _to_show(top: BodyPart, found: Arrangement, wanted: Wanted) -> Iterable[BodyPart]:
    """The parts whose text is asked for, each once."""
    parts = [
        *(found.text if wanted.text_values else ()),
        *(found.html if wanted.html_values else ()),
        *(top.walk() if wanted.all_values else ()),
    ]
    return {each.part_id: each for each in parts if each.part_id and each.type.startswith("text/")}.values()


def _values(data: Buffer, root: Part, shown: Iterable[BodyPart], most: int) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for each in shown:
        part = find_part(root, [int(number) for number in (each.part_id or "").split(".")])
        if part is not None and each.part_id:
            found[each.part_id] = _value(data, part, most).to_json()
    return found


def _value(data: Buffer, part: Part, most: int) -> BodyValue:
    octets = text.decoded(data, part)
    decoded = charsets.decode(octets, part.charset)
    shown = decoded.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    kept, is_cut = values.cut(shown, most, is_html=part.subtype == "html")
    return BodyValue(kept, _has_problem(part, octets, decoded), is_cut)


def _has_problem(part: Part, octets: bytes, decoded: str) -> bool:
    """Whether the encoding or the charset is unknown, or something was none of it."""
    if part.encoding not in _UNENCODED and part.encoding not in transfer.DECODERS:
        return True
    codec = charsets.lookup(part.charset or "utf-8")
    if codec is None:
        return True
    if codec.name == "ascii":
        return not octets.isascii()
    return ("\ufffd" in decoded or not part.charset) and not _is_in(octets, codec)


def _is_in(octets: bytes, codec: CodecInfo) -> bool:
    """Whether it can be read so: that what was read has a U+FFFD says nothing, it may be in the text."""
    try:
        codec.decode(octets, "strict")
    except (ValueError, RuntimeError):
        return False
    return True
