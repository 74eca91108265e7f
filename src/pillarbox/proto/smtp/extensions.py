"""What the engine can do beyond RFC 821, as the keywords that announce it (RFC 5321 §2.2)."""

from collections.abc import Sequence

from ...limits import SmtpLimits


def keywords(limits: SmtpLimits, *, starttls: bool = False, mechanisms: Sequence[str] = ()) -> tuple[str, ...]:
    """All there is to announce; whoever answers EHLO may leave some out, and they are then not to be had."""
    offered = [
        "PIPELINING",
        f"SIZE {limits.message}",
        "8BITMIME",
        "BINARYMIME",
        "CHUNKING",
        "SMTPUTF8",
        "ENHANCEDSTATUSCODES",
        "DSN",
        f"LIMITS RCPTMAX={limits.recipients} MAILMAX={limits.transactions}",
    ]
    if starttls:
        offered.append("STARTTLS")
    if mechanisms:
        offered.append("AUTH " + " ".join(mechanisms))
    return tuple(offered)


def announced(lines: Sequence[str]) -> frozenset[str]:
    """The keywords of an EHLO reply's lines after the first."""
    return frozenset(line.partition(" ")[0].upper() for line in lines)
