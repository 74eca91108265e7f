"""Message disposition notifications as JSON (RFC 9007 §2), and how one is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pillarbox.limits import JmapLimits
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import SetError, SetRefused
from pillarbox.proto.jmap.ids import is_id

_SETTABLE: Final = (
    "forEmailId", "subject", "textBody", "includeOriginalMessage", "reportingUA", "disposition", "finalRecipient",
    "extensionFields",
)  # fmt: skip
_MODES: Final[Mapping[str, tuple[str, ...]]] = {
    "actionMode": ("manual-action", "automatic-action"),
    "sendingMode": ("mdn-sent-manually", "mdn-sent-automatically"),
    "type": ("deleted", "dispatched", "displayed", "processed"),
}
_LINE: Final = 900


@dataclass(frozen=True, slots=True)
class NewNotification:
    email: str
    """An id, or `#` and a creation id."""
    subject: str
    text: str
    has_original: bool
    reporting_ua: str
    action_mode: str
    sending_mode: str
    type: str
    final_recipient: str
    extensions: Mapping[str, str]

    @classmethod
    def parse(cls, given: Mapping[str, Json], limits: JmapLimits) -> "NewNotification":
        """Raises SetRefused, with every property that is wrong."""
        wrong = [name for name in given if name not in _SETTABLE]
        checks: Mapping[str, Callable[[Json], bool]] = {
            "forEmailId": lambda value: isinstance(value, str) and is_id(value.removeprefix("#")),
            "subject": _is_line,
            "textBody": lambda value: value is None or (isinstance(value, str) and len(value) <= limits.text),
            "includeOriginalMessage": lambda value: value is None or isinstance(value, bool),
            "reportingUA": _is_line,
            "disposition": _is_disposition,
            "finalRecipient": _is_line,
            "extensionFields": _are_fields,
        }
        wrong += [name for name, is_right in checks.items() if not is_right(given.get(name))]
        if wrong:
            raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))
        mode: dict[str, str] = given["disposition"]  # type: ignore[assignment]  # as has been seen
        return cls(
            str(given["forEmailId"]),
            str(given.get("subject") or ""),
            str(given.get("textBody") or ""),
            given.get("includeOriginalMessage") is True,
            str(given.get("reportingUA") or ""),
            mode["actionMode"].lower(),
            mode["sendingMode"].lower(),
            mode["type"].lower(),
            str(given.get("finalRecipient") or ""),
            given.get("extensionFields") or {},  # type: ignore[arg-type]
        )


def _is_line(value: Json) -> bool:
    if value is None:
        return True
    return isinstance(value, str) and len(value) <= _LINE and not any(char < " " or char == "\x7f" for char in value)


def _is_disposition(value: Json) -> bool:
    if not isinstance(value, dict) or value.keys() != _MODES.keys():
        return False
    return all(isinstance(value[name], str) and str(value[name]).lower() in modes for name, modes in _MODES.items())


def _are_fields(value: Json) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and all(isinstance(each, str) and _is_line(each) for each in value.values())
