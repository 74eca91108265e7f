"""A message in memory: what is asked of it, and what a change makes of it."""

from typing import Any

from ...errors import NotFound
from .. import keywords
from ..models import Column, FlagAction, FlagChange, NewMessage
from .state import Placement


def data_of(message: NewMessage) -> bytes:
    """Its bytes. Raises NotFound where they were in a file that is gone."""
    if message.content.data is not None:
        return message.content.data
    if message.content.path is None:
        raise ValueError("a message has neither data nor path")
    try:
        with open(message.content.path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise NotFound("the message is gone") from None


def after(placement: Placement, change: FlagChange) -> tuple[int, str]:
    """Its flags and keywords after a change."""
    words = keywords.changed(placement.keywords, change.action, keywords.joined(change.keywords))
    match change.action:
        case FlagAction.ADD:
            return placement.flags | change.flags, words
        case FlagAction.REMOVE:
            return placement.flags & ~change.flags, words
        case _:
            return change.flags, words


def column_of(placement: Placement, name: Column) -> Any:
    """As `Mail.rows` returns it."""
    email = placement.email
    match name:
        case "uid" | "flags" | "keywords" | "modseq" | "saved_at" | "collected_at" | "uidl" | "size":
            return getattr(placement, name)
        case "email":
            return email.id
        case "thread" | "data":
            return getattr(email, name)
        case "blob":
            return email.message.content.blob
        case "envelope" | "body" | "structure" | "fields" | "parts":
            return email.forms[name]
        case "refs":
            return "\n".join(email.message.references)
        case _:
            return getattr(email.message, name)
