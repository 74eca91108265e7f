"""What IMAP keeps ready of every message: rendered once at delivery, sent as it is ever after (RFC 9051 §7.5.2)."""

from ...limits import KiB
from ...mail.reading import Forms, Render
from ...message import addresses, parameters
from ...message.headers import Buffer, Header
from ...message.structure import PLAIN, Parameters, Part
from ...message.summary import Summary
from ...proto.imap.encode import bodystructure
from ...proto.imap.encode.bodystructure import NO_EXTENSION, Body, BodyLeaf, BodyMessage, BodyMulti, Extension
from ...proto.imap.encode.envelope import Envelope, envelope
from . import fields, sections


def envelope_form(data: Buffer, read: Summary) -> bytes:
    """ENVELOPE's value."""
    header = read.header
    return envelope(_envelope(header, {name: read.addresses(name) for name in _ADDRESSED if name in header}))


def body_form(data: Buffer, read: Summary) -> bytes:
    """BODY's value."""
    return bodystructure.body(read.once(_described_root))


def structure_form(data: Buffer, read: Summary) -> bytes:
    """BODYSTRUCTURE's value."""
    return bodystructure.bodystructure(read.once(_described_root))


def fields_form(data: Buffer, read: Summary) -> bytes:
    """The usual header fields, ready to be chosen from."""
    return fields.block(read.header)


def parts_form(data: Buffer, read: Summary) -> bytes:
    """Where each section lies."""
    return sections.table(read.root)


def _bounded(render: Render, most: int) -> Render:
    """A form longer than this is not kept, but rendered when it is asked for: of many messages it would be too much to hold."""

    def rendered(data: Buffer, read: Summary) -> bytes:
        form = render(data, read)
        return form if len(form) <= most else b""

    return rendered


ALL: Forms = {
    "envelope": envelope_form,
    "body": body_form,
    "structure": structure_form,
    "fields": fields_form,
    "parts": parts_form,
}
"""The renderers, whatever comes of them."""
FORMS: Forms = {name: _bounded(render, 512 * KiB if name == "parts" else 64 * KiB) for name, render in ALL.items()}
"""What is kept."""

_ADDRESSED = (b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc")


def _envelope(header: Header, found: dict[bytes, list[addresses.Address]]) -> Envelope:
    named = {name: list(map(_cleaned, listed)) for name, listed in found.items()}
    return Envelope(
        date=_clean(header.first(b"date")),
        subject=_clean(header.first(b"subject")),
        from_=named.get(b"from", ()),
        sender=named.get(b"sender", ()),
        reply_to=named.get(b"reply-to", ()),
        to=named.get(b"to", ()),
        cc=named.get(b"cc", ()),
        bcc=named.get(b"bcc", ()),
        in_reply_to=_clean(header.first(b"in-reply-to")),
        message_id=_clean(header.first(b"message-id")),
    )


def _nested_envelope(header: Header) -> Envelope:
    found = {
        name: [address for value in header.all(name) for address in addresses.parse(value)]
        for name in _ADDRESSED
        if name in header
    }
    return _envelope(header, found)


def _clean(value: bytes | None) -> bytes | None:
    """No string of IMAP may have NUL in it (RFC 9051 §9, CHAR8)."""
    return value if value is None or b"\0" not in value else value.replace(b"\0", b"")


def _cleaned(address: addresses.Address) -> addresses.Address:
    return addresses.Address(*map(_clean, address))


def _described_root(read: Summary) -> Body:
    return described(read.root)


def described(root: Part) -> Body:
    """A part and all within it, in IMAP's words; built from the innermost out, so that depth costs nothing."""
    built: dict[int, Body] = {}
    for part in reversed(list(root.walk())):
        built[id(part)] = _described(part, built)
    return built[id(root)]


def _described(part: Part, built: dict[int, Body]) -> Body:
    extension = _extension(part)
    params = _parameters(part.params, None if part.params is PLAIN[2] else part.header.first(b"content-type"))
    if part.children:
        children = [built.pop(id(child)) for child in part.children]
        return BodyMulti(parts=children, subtype=_bytes(part.subtype), parameters=params, extension=extension)
    if part.message is not None:
        return BodyMessage(
            envelope=_nested_envelope(part.message.header),
            body=built.pop(id(part.message)),
            subtype=_bytes(part.subtype),
            parameters=params,
            id=_clean(part.id),
            description=_clean(part.description),
            encoding=_bytes(part.encoding),
            octets=part.size,
            lines=part.lines,
            md5=_clean(part.md5),
            extension=extension,
        )
    return BodyLeaf(
        type=_bytes(part.type),
        subtype=_bytes(part.subtype),
        parameters=params,
        id=_clean(part.id),
        description=_clean(part.description),
        encoding=_bytes(part.encoding),
        octets=part.size,
        lines=part.lines,
        md5=_clean(part.md5),
        extension=extension,
    )


def _extension(part: Part) -> Extension:
    disposition, language, location = part.disposition, part.language, part.location
    if disposition is None and not language and location is None:
        return NO_EXTENSION
    said = None
    if disposition is not None:
        said = (_bytes(disposition[0]), _parameters(disposition[1], part.header.first(b"content-disposition")))
    return Extension(disposition=said, language=[_bytes(tag) for tag in language], location=_clean(location))


def _parameters(params: Parameters, value: bytes | None) -> list[tuple[bytes, bytes]]:
    """As they stand in the field, not decoded: no string tells which charset it is in (RFC 9051 §4.3)."""
    if value is not None and (b"*" in value or b"=?" in value or not value.isascii()):
        return [(_clean(name) or b"", _clean(text) or b"") for name, text in parameters.undecoded(value)]
    return [(_bytes(name), _bytes(value)) for name, value in params]


def _bytes(text: str) -> bytes:
    return text.replace("\0", "").encode("utf-8", "replace")
