"""Domain names as questions have them: A-labels in lower case without the last dot (RFC 1035 §2.3.4, RFC 5890)."""

import re

import idna

LONGEST_NAME = 253
"""Letters of a name as text (RFC 1035 §2.3.4)."""
LONGEST_LABEL = 63

PRINTABLE = re.compile(r"[\x20-\x7e]+\Z")
LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")


def ascii_domain(domain: str) -> str:
    """The form that questions have; empty where there is none. What comes out need not be a domain."""
    bare = domain.lower().removesuffix(".")
    if len(bare) > LONGEST_NAME:
        return ""
    if bare.isascii():
        return bare
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def is_askable(name: str) -> bool:
    """Whether a question can be asked of it: labels neither empty nor too long, of printable ASCII, spaces included."""
    return (
        0 < len(name) <= LONGEST_NAME
        and PRINTABLE.match(name) is not None
        and all(0 < len(label) <= LONGEST_LABEL for label in name.split("."))
    )


def is_domain(name: str) -> bool:
    """Whether mail could have it as its domain: letters, digits, hyphens, underscores; the last label is no number."""
    labels = name.split(".")
    return len(name) <= LONGEST_NAME and not labels[-1].isdecimal() and all(LABEL.match(label) for label in labels)


def is_within(name: str, domain: str) -> bool:
    """Whether the name is the domain, or in it."""
    return name == domain or name.endswith(f".{domain}")


def shortened(name: str) -> str:
    """Without the left-hand labels that make a name too long, and the last dot (RFC 7208 §7.3)."""
    name = name.removesuffix(".")
    if len(name) <= LONGEST_NAME:
        return name
    return name[-LONGEST_NAME - 1 :].partition(".")[2]
