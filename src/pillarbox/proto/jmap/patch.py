"""A PatchObject (RFC 8620 §5.3): which properties of an object are to be what."""

from collections.abc import Iterable, Mapping
from typing import Final

from pillarbox.limits import JmapLimits

from .arguments import Json
from .errors import SetError, SetRefused

MOST_TOKENS: Final = JmapLimits().patch_path
"""Names of a path: no object that we keep is nested so deeply."""
_Branch = dict[str, "_Branch | None"]
"""Names, with those behind each; None: there a path ends."""


def apply(
    value: Mapping[str, Json],
    patch: Mapping[str, Json],
    defaults: Mapping[str, Json] = {},
    limits: JmapLimits = JmapLimits(),
) -> dict[str, Json]:
    """A changed copy; what is set to null goes back to its default, or goes. Raises SetRefused (invalidPatch, tooLarge)."""
    if len(patch) > limits.properties:
        raise SetRefused(SetError("tooLarge", f"more than {limits.properties} paths"))
    if any(name.count("/") >= MOST_TOKENS for name in patch):
        raise _invalid("a path leads deeper than anything is")
    paths = {name: _tokens(name) for name in patch}
    _check_prefixes(paths.values())
    changed = dict(value)
    copied: set[int] = set()
    for name, tokens in paths.items():
        parent = _parent(changed, tokens, copied)
        if patch[name] is not None:
            parent[tokens[-1]] = patch[name]
        elif len(tokens) == 1 and tokens[0] in defaults:
            parent[tokens[0]] = defaults[tokens[0]]
        else:
            parent.pop(tokens[-1], None)
    return changed


def _tokens(path: str) -> tuple[str, ...]:
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in path.split("/"))


def _check_prefixes(paths: Iterable[tuple[str, ...]]) -> None:
    """No path leads to, or through, what another one sets."""
    root: _Branch = {}
    for path in paths:
        here = root
        for token in path[:-1]:
            behind = here.setdefault(token, {})
            if behind is None:
                raise _invalid("one path leads through what another sets")
            here = behind
        if path[-1] in here:
            raise _invalid("a path leads to, or through, what another sets")
        here[path[-1]] = None


def _parent(value: dict[str, Json], tokens: tuple[str, ...], copied: set[int]) -> dict[str, Json]:
    """The object that the last token is a name in, copied on the way, once, so that nothing that was is changed."""
    for token in tokens[:-1]:
        inner = value.get(token)
        if not isinstance(inner, dict):
            raise _invalid("a path leads through what is no object")
        if id(inner) not in copied:
            inner = value[token] = dict(inner)
            copied.add(id(inner))
        value = inner
    return value


def _invalid(description: str) -> SetRefused:
    return SetRefused(SetError("invalidPatch", description))


def differing(now: Mapping[str, Json], then: Mapping[str, Json]) -> dict[str, Json]:
    """The properties in which an object that was patched is another, as they are to be; null for one it has no more."""
    return {name: then.get(name) for name in {**now, **then} if name not in now or then.get(name) != now[name]}
