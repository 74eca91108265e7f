"""What we forgive clients, each a switch with its reason; everything here is outside the grammar of RFC 9051 §9."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    extra_spaces: bool = True
    """More than one space between words, and spaces before the end of the line: people at a terminal, and scripts that join
    optional words with spaces."""

    spaces_in_lists: bool = True
    """Spaces inside the parentheses of a list, and none before those of HEADER.FIELDS: older mobile clients."""

    specials_in_login: bool = True
    """LOGIN with `(`, `)`, `{`, `%`, `*` or `]` in a word that is not quoted: scripts that paste a password as it is."""

    raw_utf8: bool = True
    """UTF-8 in quoted strings and mailbox names where it has not been enabled: webmail written in PHP, and phones."""

    malformed_utf7: bool = True
    """A mailbox name that is not modified UTF-7 is taken as it stands: `R&D`, from clients that never encode."""

    latin1_login: bool = True
    """A name or password in LOGIN that is not UTF-8 is read as ISO 8859-1: clients from before RFC 6855."""

    recent_flag: bool = True
    """`\\Recent` among the flags of APPEND and STORE is dropped: tools that copy every flag they were told."""

    unpadded_day: bool = True
    """`"7-Jul-1996 …"` as an APPEND's date, without the space the grammar wants before a single digit: scripts."""


STRICT = Tolerances(
    extra_spaces=False,
    spaces_in_lists=False,
    specials_in_login=False,
    raw_utf8=False,
    malformed_utf7=False,
    latin1_login=False,
    recent_flag=False,
    unpadded_day=False,
)
"""The grammar and nothing else."""
