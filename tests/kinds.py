"""Every error that all protocols share; those a server adds for itself are its own business."""

from pillarbox import errors
from pillarbox.errors import MailError


def _below(kind: type[MailError]) -> list[type[MailError]]:
    return [kind, *(sub for child in kind.__subclasses__() for sub in _below(child))]


SHARED = [kind for kind in _below(MailError) if kind.__module__ == errors.__name__]
