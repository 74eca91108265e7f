"""Other people's mistakes that are understood, each a switch named with the client it is for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """What is accepted though RFC 5321 does not allow it. None of it changes where a command or a message ends."""

    space_before_path: bool = True
    """`MAIL FROM: <a@b>`: Outlook Express, printers, and people at a terminal."""
    bare_paths: bool = True
    """`MAIL FROM:a@b`, without angle brackets: scanners, alarm systems, old CGI scripts."""
    loose_dots: bool = True
    """`<.a..b.@docomo.ne.jp>`: addresses that Japanese mobile networks gave out before 2009."""
    extra_spaces: bool = True
    """Two spaces after `AUTH PLAIN` (Windows Mail), spaces at the end of a line and between parameters."""
    any_hello: bool = True
    """`EHLO my_pc`: machine names that are no host names, from home computers."""


STRICT = Tolerances(space_before_path=False, bare_paths=False, loose_dots=False, extra_spaces=False, any_hello=False)
