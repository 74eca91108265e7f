"""The kept text of a message's header, as bytes: a line a field, "name: value"."""

from collections.abc import Iterator


def values(text: bytes, name: bytes) -> Iterator[bytes]:
    """The value of each field of that name (lower case), in their order."""
    text = b"\n" + text
    start = b"\n" + name + b": "
    at = text.find(start)
    while at >= 0:
        end = text.find(b"\n", at + len(start))
        end = len(text) if end < 0 else end
        yield text[at + len(start) : end]
        at = text.find(start, end)
