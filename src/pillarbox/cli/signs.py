"""What `pillarbox doctor` says of one thing."""

from dataclasses import dataclass

WELL, BAD, UNSURE = "ok", "BAD", "?"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing looked at."""

    about: str
    state: str
    says: str
    hint: str = ""
    """What to do where it is not well."""
