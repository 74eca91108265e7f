"""A message written as a client describes it (RFC 8621 §4.6)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from pillarbox.errors import Invalid, NotFound
from pillarbox.ids import new_token
from pillarbox.limits import JmapLimits
from pillarbox.message import composition
from pillarbox.message.composition import Group, Part
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.mail import dates
from pillarbox.proto.jmap.mail.creation import NewEmail, NewField, NewPart
from pillarbox.proto.jmap.mail.fields import Form

Fetch = Callable[[str], Awaitable[bytes]]
"""The bytes of a blob. Raises NotFound."""
VALUES: Final = JmapLimits().field_values
"""Values of one field, and addresses of one group."""


async def composed(new: NewEmail, fetch: Fetch, at: datetime, host: str, most: int) -> bytes:
    """The whole message, with the Date and the Message-ID that it lacks; of so many bytes at most. Raises SetRefused."""
    blobs = await _blobs(new, fetch, most)
    data = await asyncio.to_thread(_written, new, blobs, at, f"{new_token()}@{host}")
    if len(data) > most:
        raise SetRefused(SetError("tooLarge", f"an email may have {most} bytes"))
    return data


async def _blobs(new: NewEmail, fetch: Fetch, most: int) -> Mapping[str, bytes]:
    """A blob or a text that several parts have counts for each of them: it will be written as often."""
    found: dict[str, bytes] = {}
    missing: list[Json] = []
    room = most
    for part in new.root.walk():
        if part.blob_id is not None and part.blob_id not in found:
            try:
                found[part.blob_id] = await fetch(part.blob_id)
            except NotFound:
                missing.append(part.blob_id)
        room -= len(found.get(part.blob_id or "", b"")) + len(new.values.get(part.part_id or "", ""))
        if room < 0:
            raise SetRefused(SetError("tooLarge", f"an email may have {most} bytes"))
    if missing:
        raise SetRefused(SetError("blobNotFound", more={"notFound": missing}))
    return found


def _written(new: NewEmail, blobs: Mapping[str, bytes], at: datetime, message_id: str) -> bytes:
    given = {each.property.name.lower() for each in new.fields} | {each.property.name.lower() for each in new.root.fields}
    header: list[bytes] = []
    if "date" not in given:
        header.append(composition.date_field(b"Date", at))
    if "message-id" not in given:
        header.append(composition.ids_field(b"Message-ID", [message_id]))
    header += [line for each in new.fields if each.property.name.lower() != "mime-version" for line in _lines(each)]
    try:
        return composition.write(_tree(new, blobs), header, lambda: f"=-{new_token()}")
    except Invalid as error:
        raise SetRefused(SetError("invalidProperties", str(error), ("bodyStructure",))) from None


def _tree(new: NewEmail, blobs: Mapping[str, bytes]) -> Part:
    """The parts to be written, from the innermost out."""
    made: dict[int, Part] = {}
    every = list(new.root.walk())
    in_digest = {id(each) for part in every if part.type == "multipart/digest" for each in part.sub_parts or ()}
    for part in reversed(every):
        children = None if part.sub_parts is None else [made.pop(id(each)) for each in part.sub_parts]
        unsaid = "message/rfc822" if id(part) in in_digest else "application/octet-stream"  # RFC 2046 §5.1.5
        made[id(part)] = _part(part, children, new.values, blobs, unsaid)
    return made[id(new.root)]


def _part(
    part: NewPart, children: Sequence[Part] | None, values: Mapping[str, str], blobs: Mapping[str, bytes], unsaid: str
) -> Part:
    """`unsaid` is the type of a blob of which none is given. Raises SetRefused."""
    is_blob = part.blob_id is not None
    kind = part.type or (unsaid if is_blob else "text/plain")
    if not composition.is_type(kind):
        raise SetRefused(SetError("invalidProperties", "that is no media type", (f"{part.path}type",)))
    given = None if is_blob or children is not None else values.get(part.part_id or "", "")
    is_text = given is not None and kind.startswith("text/")
    parameters = [("charset", part.charset)] if part.charset and is_blob else []
    if part.name and not part.disposition:
        parameters.append(("name", part.name))
    try:
        return Part(
            kind,
            parameters,
            [*_described(part), *(line for each in part.fields for line in _lines(each))],
            children,
            given if is_text else None,
            blobs[part.blob_id] if part.blob_id is not None else (given or "").encode("utf-8", "replace"),
        )
    except Invalid as error:
        raise SetRefused(SetError("invalidProperties", str(error), (part.path.removesuffix("/"),))) from None


def _described(part: NewPart) -> list[bytes]:
    """The fields that its properties stand for. Raises Invalid."""
    found: list[bytes] = []
    if part.disposition:
        name = [("filename", part.name)] if part.name else []
        found.append(composition.parameters_field(b"Content-Disposition", _token(part.disposition), name))
    if part.cid:
        found.append(composition.ids_field(b"Content-ID", [part.cid]))
    if part.language:
        found.append(composition.text_field(b"Content-Language", ", ".join(map(_token, part.language))))
    if part.location:
        found.append(composition.raw_field(b"Content-Location", " " + part.location))
    return found


def _token(text: str) -> str:
    if not text.isascii() or not text.replace("-", "").isalnum():
        raise Invalid("that is no word")
    return text


# Fields by their forms.


def _lines(new: NewField) -> Sequence[bytes]:
    """A field, or one for each of its values. Raises SetRefused."""
    name = new.property.name.encode("ascii")
    try:
        written = [
            _WRITERS[new.property.form](name, value) for value in (_list(new.value) if new.property.all else [new.value])
        ]
    except Invalid as error:
        raise SetRefused(SetError("invalidProperties", str(error), (new.path,))) from None
    return written


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list) or len(value) > VALUES:
        raise Invalid("that is no list, or too long a one")
    return value


def _string(value: Json) -> str:
    if not isinstance(value, str):
        raise Invalid("that is no text")
    return value


def _raw(name: bytes, value: Json) -> bytes:
    """With a space after the colon, where whoever wrote it left that out: some readers know no field without."""
    text = _string(value)
    return composition.raw_field(name, text if text.startswith((" ", "\t", "\r", "\n")) else f" {text}")


def _text(name: bytes, value: Json) -> bytes:
    return composition.text_field(name, _string(value))


def _addresses(name: bytes, value: Json) -> bytes:
    return composition.addresses_field(name, [Group(None, _members(value))])


def _grouped(name: bytes, value: Json) -> bytes:
    groups = []
    for each in _list(value):
        if not isinstance(each, dict):
            raise Invalid("that is no group of addresses")
        named = each.get("name")
        groups.append(Group(None if named is None else _string(named), _members(each.get("addresses"))))
    return composition.addresses_field(name, groups)


def _members(value: Json) -> list[tuple[str, str]]:
    found = []
    for each in _list(value):
        if not isinstance(each, dict):
            raise Invalid("that is no address")
        found.append((_string(each.get("name") or ""), _string(each.get("email"))))
    return found


def _ids(name: bytes, value: Json) -> bytes:
    return composition.ids_field(name, [_string(each) for each in _list(value)])


def _date(name: bytes, value: Json) -> bytes:
    at = dates.read(value)
    if at is None or at.year < 1900:
        raise Invalid("that is no Date")
    return composition.date_field(name, at)


def _urls(name: bytes, value: Json) -> bytes:
    return composition.urls_field(name, [_string(each) for each in _list(value)])


_WRITERS: Final[Mapping[Form, Callable[[bytes, Json], bytes]]] = {
    Form.RAW: _raw,
    Form.TEXT: _text,
    Form.ADDRESSES: _addresses,
    Form.GROUPED: _grouped,
    Form.MESSAGE_IDS: _ids,
    Form.DATE: _date,
    Form.URLS: _urls,
}
