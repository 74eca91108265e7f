"""An email to be made, as a client describes it (RFC 8621 §4.6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.ids import is_id

from . import dates, fields, keywords
from .fields import FieldProperty, Form

PARTS: Final = JmapLimits().email_parts
"""Parts of one email."""
MAILBOXES: Final = JmapLimits().email_mailboxes
"""Mailboxes of one email."""
_SERVER_SET: Final = ("id", "blobId", "threadId", "size", "hasAttachment", "preview", "headers")
_PART_PROPERTIES: Final = frozenset((
    "partId", "blobId", "size", "name", "type", "charset", "disposition", "cid", "language", "location", "subParts",
))  # fmt: skip
_TOLD_ELSE: Final[Mapping[str, Sequence[str]]] = {
    "content-type": ("type", "charset"),
    "content-disposition": ("disposition", "name"),
    "content-id": ("cid",),
    "content-language": ("language",),
    "content-location": ("location",),
}
"""Fields of a part, and the properties that say the same."""
_LISTS: Final = frozenset((Form.ADDRESSES, Form.GROUPED, Form.MESSAGE_IDS, Form.URLS))


@dataclass(frozen=True, slots=True)
class NewField:
    property: FieldProperty
    value: Json
    """As the form has it; nobody has looked at it."""
    path: str
    """Where it stands, for whoever is told that it is wrong."""


@dataclass(slots=True)
class NewPart:
    path: str
    """Where it is described, to the slash before its properties; "": nowhere."""
    type: str = ""
    """"" where it is not said."""
    charset: str | None = None
    name: str | None = None
    disposition: str | None = None
    cid: str | None = None
    language: Sequence[str] = ()
    location: str | None = None
    part_id: str | None = None
    blob_id: str | None = None
    has_size: bool = False
    sub_parts: "list[NewPart] | None" = None
    fields: Sequence[NewField] = ()

    def walk(self) -> "Iterator[NewPart]":
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.sub_parts or ()))


@dataclass(frozen=True, slots=True)
class NewEmail:
    mailboxes: frozenset[str]
    """Ids, or `#` and creation ids."""
    keywords: frozenset[str]
    received_at: datetime | None
    fields: Sequence[NewField]
    root: NewPart
    values: Mapping[str, str]
    """Texts, by part id."""


class _Reader:
    """Reads one object and gathers what is wrong with it."""

    def __init__(self, given: Mapping[str, Json], limits: JmapLimits) -> None:
        self.given = given
        self.wrong: dict[str, str] = {}
        self._most = self._room = limits.properties

    def note(self) -> None:
        """One more property that may be a header field's, of the email or any part. Raises SetRefused for too many."""
        self._room -= 1
        if self._room < 0:
            raise SetRefused(SetError("tooLarge", f"an email is made of {self._most} properties at most"))

    def text(self, path: str, value: Json) -> str | None:
        if value is not None and not isinstance(value, str):
            self.wrong[path] = "is no text"
            return None
        return value


def read(given: Mapping[str, Json], limits: JmapLimits = JmapLimits()) -> NewEmail:
    """Raises SetRefused, with every property that is wrong."""
    reader = _Reader(given, limits)
    for name in _SERVER_SET:
        if given.get(name) is not None:
            reader.wrong[name] = "is not for clients to set"
    made = NewEmail(
        _mailboxes(reader),
        keywords.read(given.get("keywords") or {}),
        _received(reader),
        _fields_of_email(reader),
        _root(reader),
        _values(reader),
    )
    _check_parts(reader, made)
    if reader.wrong:
        said = "; ".join(f"{path[:100]!r} {what}" for path, what in list(reader.wrong.items())[:5])
        raise SetRefused(SetError("invalidProperties", said, tuple(reader.wrong)))
    return made


def mailbox_ids(value: Json) -> frozenset[str]:
    """The ids of an object that says true of each, one at least. Raises SetRefused."""
    if isinstance(value, dict) and len(value) > MAILBOXES:
        raise too_many_mailboxes()
    if not isinstance(value, dict) or not value or any(said is not True for said in value.values()):
        raise SetRefused(SetError("invalidProperties", "an email is in one mailbox at least", ("mailboxIds",)))
    if not all(is_id(name.removeprefix("#")) for name in value):
        raise SetRefused(SetError("invalidProperties", "there is what is no id", ("mailboxIds",)))
    return frozenset(value)


def too_many_mailboxes() -> SetRefused:
    return SetRefused(SetError("tooManyMailboxes", f"an email is in {MAILBOXES} mailboxes at most"))


def _mailboxes(reader: _Reader) -> frozenset[str]:
    return mailbox_ids(reader.given.get("mailboxIds"))


def _received(reader: _Reader) -> datetime | None:
    text = reader.given.get("receivedAt")
    found = dates.read(text, is_utc=True)
    if text is not None and found is None:
        reader.wrong["receivedAt"] = "is no UTCDate"
    return found


def _fields_of_email(reader: _Reader) -> Sequence[NewField]:
    known = {"mailboxIds", "keywords", "receivedAt", "bodyStructure", "bodyValues", "textBody", "htmlBody", "attachments"}
    found = _fields(reader, reader.given, "", known | set(_SERVER_SET))
    for each in found:
        if each.property.name.lower().startswith("content-"):
            reader.wrong[each.path] = "is said of a part, not of an email"
    return found


def _fields(reader: _Reader, given: Mapping[str, Json], path: str, known: frozenset[str] | set[str]) -> Sequence[NewField]:
    """The properties that are header fields; every other must be known, and no field may be given twice. A list of nothing
    makes none: there is no field without a value (RFC 5322 §3.6.3)."""
    found: dict[str, NewField] = {}
    for key, value in given.items():
        if key in known:
            continue
        reader.note()
        try:
            prop = fields.parsed(key) if not path or key.startswith(fields.PREFIX) else None
        except MethodRefused:
            prop = None
        if prop is None:
            reader.wrong[path + key] = "is no property that can be set"
        elif value is not None and not (value == [] and (prop.all or prop.form in _LISTS)):
            if prop.name.lower() in found:
                reader.wrong[path + key] = "is given twice"
            found[prop.name.lower()] = NewField(prop, value, path + key)
    return list(found.values())


# The body.


def _root(reader: _Reader) -> NewPart:
    given = reader.given
    structure = given.get("bodyStructure")
    if structure is None:
        return _arranged(reader)
    for name in ("textBody", "htmlBody", "attachments"):
        if given.get(name) is not None:
            reader.wrong[name] = "cannot stand beside bodyStructure"
    if not isinstance(structure, dict):
        reader.wrong["bodyStructure"] = "is no object"
        return NewPart("bodyStructure")
    return _tree(reader, structure)


def _tree(reader: _Reader, structure: Mapping[str, Json]) -> NewPart:
    """All parts, with their own, without calling itself."""
    root = _part(reader, structure, "bodyStructure/")
    waiting = [(root, structure)]
    room = PARTS
    while waiting:
        part, given = waiting.pop()
        inside = given.get("subParts")
        if inside is None:
            continue
        part.sub_parts = []
        if not isinstance(inside, list):
            reader.wrong[f"{part.path}subParts"] = "is no list"
            continue
        room -= len(inside)
        if room < 0:
            raise SetRefused(SetError("tooLarge", f"an email has {PARTS} parts at most"))
        for place, each in enumerate(inside):
            path = f"{part.path}subParts/{place}/"
            if not isinstance(each, dict):
                reader.wrong[path] = "is no object"
                continue
            made = _part(reader, each, path)
            part.sub_parts.append(made)
            waiting.append((made, each))
    return root


def _part(reader: _Reader, given: Mapping[str, Json], path: str) -> NewPart:
    """One part, without what is in it."""
    part = NewPart(path, sub_parts=[] if given.get("subParts") is not None else None)
    for name in ("type", "charset", "name", "disposition", "cid", "location"):
        text = reader.text(path + name, given.get(name))
        setattr(part, name, text or "" if name == "type" else text)
    part.type = part.type.lower()
    part.part_id = reader.text(f"{path}partId", given.get("partId"))
    part.blob_id = reader.text(f"{path}blobId", given.get("blobId"))
    part.has_size = given.get("size") is not None
    language = given.get("language")
    if isinstance(language, list) and all(isinstance(each, str) for each in language):
        part.language = [str(each) for each in language]
    elif language is not None:
        reader.wrong[f"{path}language"] = "is no list of texts"
    part.fields = _fields(reader, given, path, _PART_PROPERTIES)
    _check_fields(reader, part, given)
    return part


def _check_fields(reader: _Reader, part: NewPart, given: Mapping[str, Json]) -> None:
    for each in part.fields:
        name = each.property.name.lower()
        if name == "content-transfer-encoding":
            reader.wrong[each.path] = "is for the server to choose"
        elif not name.startswith("content-") and part.path != "bodyStructure/":
            continue
        elif any(given.get(other) is not None for other in _TOLD_ELSE.get(name, ())):
            reader.wrong[each.path] = "says what another property says too"


def _arranged(reader: _Reader) -> NewPart:
    """From textBody, htmlBody and attachments: alternatives in one multipart, with HTML what it shows of its attachments, and
    with both what is attached."""
    text, html = _only(reader, "textBody", "text/plain"), _only(reader, "htmlBody", "text/html")
    attached = _listed(reader, "attachments")
    shown = [each for each in attached if html and each.cid and each.disposition == "inline"]
    rest = [each for each in attached if each not in shown]
    for each in rest:
        each.disposition = each.disposition or "attachment"
    if html is not None and shown:
        html = _multipart("related", [html, *shown])
    bodies = [each for each in (text, html) if each is not None]
    body = _multipart("alternative", bodies) if len(bodies) == 2 else bodies[0] if bodies else None
    if rest:
        return _multipart("mixed", [*([body] if body else []), *rest])
    return body or NewPart("", type="text/plain")


def _multipart(kind: str, parts: list[NewPart]) -> NewPart:
    return NewPart("", type=f"multipart/{kind}", sub_parts=parts)


def _only(reader: _Reader, name: str, kind: str) -> NewPart | None:
    found = _listed(reader, name)
    if not found:
        return None
    if len(found) != 1 or found[0].type not in (kind, ""):
        reader.wrong[name] = f"has one part, which is {kind}"
    found[0].type = kind
    return found[0]


def _listed(reader: _Reader, name: str) -> list[NewPart]:
    given = reader.given.get(name)
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(each, dict) and each.get("subParts") is None for each in given):
        reader.wrong[name] = "is no list of parts"
        return []
    if len(given) > PARTS:
        raise SetRefused(SetError("tooLarge", f"an email has {PARTS} parts at most"))
    parts = (each for each in given if isinstance(each, dict))
    return [_part(reader, each, f"{name}/{place}/") for place, each in enumerate(parts)]


def _values(reader: _Reader) -> Mapping[str, str]:
    given = reader.given.get("bodyValues")
    if given is None:
        return {}
    if not isinstance(given, dict):
        reader.wrong["bodyValues"] = "is no object"
        return {}
    if len(given) > PARTS:
        raise SetRefused(SetError("tooLarge", f"an email has {PARTS} parts at most"))
    found: dict[str, str] = {}
    for name, value in given.items():
        path, text = f"bodyValues/{name[:100]}", value.get("value") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(text, str):
            reader.wrong[path] = "has no text"
            continue
        found[name] = text
        for flaw in ("isTruncated", "isEncodingProblem"):
            if value.get(flaw):
                reader.wrong[f"{path}/{flaw}"] = "must be false: a text is given whole"
    return found


def _check_parts(reader: _Reader, made: NewEmail) -> None:
    taken = {each.property.name.lower() for each in made.fields}
    for part in made.root.walk():
        is_multipart = part.type.startswith("multipart/")
        if (part.sub_parts is not None) != is_multipart:
            reader.wrong[f"{part.path}type"] = "and subParts do not go together"
        if part.sub_parts is not None:
            if part.part_id is not None or part.blob_id is not None:
                reader.wrong[f"{part.path}partId"] = "cannot stand beside subParts"
            if not part.sub_parts:
                reader.wrong[f"{part.path}subParts"] = "has no part"
        else:
            _check_leaf(reader, part, made.values)
    for each in made.root.fields:
        if each.property.name.lower() in taken:
            reader.wrong[each.path] = "is given twice"


def _check_leaf(reader: _Reader, part: NewPart, values: Mapping[str, str]) -> None:
    if part.part_id is not None and part.blob_id is not None:
        reader.wrong[f"{part.path}partId"] = "cannot stand beside blobId"
        reader.wrong[f"{part.path}blobId"] = "cannot stand beside partId"
    elif part.part_id is not None:
        if part.part_id not in values:
            reader.wrong[f"{part.path}partId"] = "is none of bodyValues"
        if part.charset is not None:
            reader.wrong[f"{part.path}charset"] = "is for the server to choose"
        if part.has_size:
            reader.wrong[f"{part.path}size"] = "follows from the text"
        if part.type.startswith("message/"):
            reader.wrong[f"{part.path}type"] = "is a message's: that is given as a blob"
    elif part.blob_id is None and part.path:
        reader.wrong[f"{part.path}partId"] = "is missing, and blobId too"
