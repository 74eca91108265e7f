"""BODY and BODYSTRUCTURE taken apart: each fact of each part by its name, and the sections (RFC 9051 §7.5.2)."""

from bench.compare.answers import Value

Facts = dict[str, Value]
"""What is said of a message, by names like "2.1 encoding"; the number alone of the whole message is ""."""
ENVELOPE = ("date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id")
SINGLE = ("params", "id", "description", "encoding", "octets")
EXTENSION = ("disposition", "language", "location")


def envelope(value: Value, prefix: str = "") -> Facts:
    return {prefix + name: part for name, part in zip(ENVELOPE, value, strict=True)}


def facts(body: Value) -> Facts:
    """A BODY or BODYSTRUCTURE as its facts. What is compared without case is in lower case."""
    found: Facts = {}
    _read(body, "", found, is_message=True)
    return found


def sections(known: Facts) -> tuple[str, ...]:
    """Every section of a message that its structure says there is, other than that of the whole."""
    found: list[str] = []
    for name, value in known.items():
        number, _, fact = name.partition(" ")
        if fact != "type" or not number:
            continue
        found += [number, f"{number}.MIME"]
        if value == b"message/rfc822":
            found += [f"{number}.HEADER", f"{number}.TEXT"]
    return tuple(found)


def _read(body: Value, number: str, found: Facts, *, is_message: bool) -> None:
    """`is_message`: this is the body of a message, so that its only part has a number of its own."""
    if isinstance(body[0], list):
        children = [part for part in body if isinstance(part, list)]
        count = next(place for place, part in enumerate(body) if not isinstance(part, list))
        _multipart(body[count:], number, found)
        for place, child in enumerate(children[:count], 1):
            _read(child, _below(number, place), found, is_message=False)
    else:
        _single(body, _below(number, 1) if is_message else number, found)


def _below(number: str, place: int) -> str:
    return f"{number}.{place}" if number else f"{place}"


def _multipart(rest: Value, number: str, found: Facts) -> None:
    found[f"{number} type"] = b"multipart/" + rest[0].lower()
    if len(rest) > 1:
        found[f"{number} params"] = _pairs(rest[1])
        _extension(rest[2:], number, found)


def _single(body: Value, number: str, found: Facts) -> None:
    kind = found[f"{number} type"] = body[0].lower() + b"/" + body[1].lower()
    found[f"{number} params"] = _pairs(body[2])
    found.update({f"{number} {name}": value for name, value in zip(SINGLE[1:], body[3:7], strict=True)})
    found[f"{number} encoding"] = body[5].lower()
    rest = body[7:]
    if kind == b"message/rfc822":
        found.update(envelope(rest[0], f"{number} envelope "))
        found[f"{number} lines"] = rest[2]
        _read(rest[1], number, found, is_message=True)
        rest = rest[3:]
    elif kind.startswith(b"text/"):
        found[f"{number} lines"] = rest[0]
        rest = rest[1:]
    if rest:
        found[f"{number} md5"] = rest[0]
        _extension(rest[1:], number, found)


def _extension(rest: Value, number: str, found: Facts) -> None:
    disposition = rest[0] and (rest[0][0].lower(), _pairs(rest[0][1]))
    for name, value in zip(EXTENSION, (disposition, *rest[1:3]), strict=True):
        found[f"{number} {name}"] = value


def _pairs(value: Value) -> dict[bytes, bytes]:
    """Parameters by their names, which come in any order; a charset is the same in any case (RFC 2046 §4.1.2)."""
    pairs = value or []
    named = zip((name.lower() for name in pairs[::2]), pairs[1::2], strict=True)
    return {name: text.lower() if name == b"charset" else text for name, text in named}
