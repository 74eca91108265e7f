"""Decoded text of a body part, cut to what a client wants of it (RFC 8621 §4.1.4, §4.2)."""

import re
from collections import deque
from dataclasses import dataclass
from typing import Final

from pillarbox.proto.jmap.arguments import Json


@dataclass(frozen=True, slots=True)
class BodyValue:
    """An EmailBodyValue."""

    value: str
    has_problem: bool = False
    """Whether something in it could not be decoded."""
    is_cut: bool = False

    def to_json(self) -> dict[str, Json]:
        return {"value": self.value, "isEncodingProblem": self.has_problem, "isTruncated": self.is_cut}


def cut(text: str, most: int, *, is_html: bool = False) -> tuple[str, bool]:
    """A text within `most` octets of UTF-8 (0: no bound), and whether it had to be cut: between characters, and in HTML neither
    within a tag nor within an entity."""
    if not most or len(text) * 4 <= most:
        return text, False
    encoded = text[:most].encode("utf-8", "replace")
    if len(encoded) <= most and len(text) <= most:
        return text, False
    kept = encoded[:most].decode("utf-8", "ignore")
    return (_before_tag(kept) if is_html else kept), True


_LONGEST_ENTITY: Final = 40
_TAG: Final = re.compile(r"""<[a-zA-Z/!?](?:=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))|[^>])*+(>)?""")
"""One, or (without its end) as much of one as there is; in a quoted value of an attribute nothing ends it."""


def _before_tag(text: str) -> str:
    """Without a tag or an entity that is not closed at the end."""
    for last in deque(_TAG.finditer(text), 1):
        if last[1] is None:
            return text[: last.start()]
    if text.endswith("<"):
        return text[:-1]
    entity = text.rfind("&", max(0, len(text) - _LONGEST_ENTITY))
    if entity >= 0 and ";" not in text[entity:] and (entity + 1 == len(text) or text[entity + 1 :].lstrip("#").isalnum()):
        return text[:entity]
    return text
