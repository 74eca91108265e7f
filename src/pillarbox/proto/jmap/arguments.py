"""Reading one JSON object that a peer sent: every getter says what is wrong with what it was asked for."""

from collections.abc import Mapping
from typing import TypeAlias

from .errors import MethodRefused
from .ids import is_id

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MOST = 2**53 - 1
"""RFC 8620 §1.3: the numbers that every implementation keeps exactly."""


class Arguments:
    """Arguments of a call, or properties of an object. Whatever is not right raises MethodRefused("invalidArguments")."""

    __slots__ = ("_known", "given")

    def __init__(self, given: Mapping[str, Json]) -> None:
        self.given = given
        self._known: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Whether it is given, be it null."""
        return name in self.given

    def anything(self, name: str) -> Json:
        self._known.add(name)
        return self.given.get(name)

    def id(self, name: str) -> str:
        found = self.optional_id(name)
        if found is None:
            raise _wrong(name, "is missing")
        return found

    def optional_id(self, name: str) -> str | None:
        found = self.anything(name)
        if found is not None and not _is_reference(found):
            raise _wrong(name, "is no id")
        return found  # type: ignore[return-value]  # a string, as has been seen

    def ids(self, name: str) -> list[str] | None:
        """Without those that come twice."""
        found = self.anything(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(_is_reference(each) for each in found):
            raise _wrong(name, "is no list of ids")
        return list(dict.fromkeys(found))  # type: ignore[arg-type]

    def text(self, name: str, default: str | None = None) -> str:
        """With no default it has to be given."""
        found = self.anything(name)
        if found is None and default is not None:
            return default
        if not isinstance(found, str):
            raise _wrong(name, "is missing" if found is None else "is no text")
        return found

    def optional_text(self, name: str) -> str | None:
        found = self.anything(name)
        if found is not None and not isinstance(found, str):
            raise _wrong(name, "is no text")
        return found

    def number(self, name: str, default: int | None = None, least: int = 0, most: int = MOST) -> int:
        found = self.optional_number(name, least, most)
        if found is None and default is None:
            raise _wrong(name, "is missing")
        return default if found is None else found  # type: ignore[return-value]

    def optional_number(self, name: str, least: int = 0, most: int = MOST) -> int | None:
        found = self.anything(name)
        if found is None:
            return None
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise _wrong(name, "is no whole number")
        if not least <= found <= most:
            raise _wrong(name, "is out of range")
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        found = self.anything(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            raise _wrong(name, "is neither true nor false")
        return found

    def object(self, name: str) -> dict[str, Json] | None:
        found = self.anything(name)
        if found is not None and not isinstance(found, dict):
            raise _wrong(name, "is no object")
        return found

    def objects(self, name: str) -> dict[str, dict[str, Json]] | None:
        """An object of objects."""
        found = self.object(name)
        if found is not None and not all(isinstance(each, dict) for each in found.values()):
            raise _wrong(name, "is no object of objects")
        return found  # type: ignore[return-value]

    def object_list(self, name: str) -> list[dict[str, Json]] | None:
        """A list of objects."""
        found = self.anything(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise _wrong(name, "is no list of objects")
        return found  # type: ignore[return-value]

    def strings(self, name: str) -> list[str] | None:
        found = self.anything(name)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise _wrong(name, "is no list of texts")
        return found  # type: ignore[return-value]

    def finish(self) -> None:
        """Raises where there is anything that nobody asked for."""
        unknown = [name for name in self.given if name not in self._known]
        if unknown:
            raise _wrong(unknown[0], "is not known here")


def _is_reference(found: Json) -> bool:
    """An id, or `#` and the creation id of what is made in the same request (RFC 8620 §5.3)."""
    return is_id(found) or (isinstance(found, str) and found.startswith("#") and is_id(found[1:]))


def _wrong(name: str, what: str) -> MethodRefused:
    return MethodRefused("invalidArguments", f"{name[:100]!r} {what}", {"arguments": [name[:100]]})
