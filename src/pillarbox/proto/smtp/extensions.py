"""What the engine can do beyond RFC 821, as the keywords that announce it (RFC 5321 §2.2)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ...limits import SmtpLimits

Extensions = Mapping[str, tuple[str, ...]]
"""What is offered: keywords in upper case, and the parameters of each."""

# ehlo-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-") ; the "=" of AUTH=LOGIN is from before RFC 2554
KEYWORD_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9\-]*+)(?:[ =](.*+))?", re.DOTALL)


def keywords(
    limits: SmtpLimits,
    *,
    starttls: bool = False,
    mechanisms: Sequence[str] = (),
    require_tls: bool = False,
    future_release: tuple[int, datetime] | None = None,
) -> tuple[str, ...]:
    """All there is to announce; whoever answers EHLO may leave some out, and they are then not to be had.

    `require_tls` only on a connection under TLS (RFC 8689 §3). `future_release`: for how many seconds, and until when (UTC), a
    message may be held (RFC 4865 §3); only where people submit.
    """
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
    if require_tls:
        offered.append("REQUIRETLS")
    if future_release:
        longest, latest = future_release
        offered.append(f"FUTURERELEASE {longest} {latest:%Y-%m-%dT%H:%M:%SZ}")
    return tuple(offered)


def announced(lines: Iterable[str]) -> Extensions:
    """What the lines after the first of an EHLO reply offer. What is no keyword is passed over; AUTH said twice adds up."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        match = KEYWORD_LINE.fullmatch(line)
        if match is None:
            continue
        keyword = match[1].upper()
        parameters = tuple((match[2] or "").split())
        if keyword == "AUTH":
            parameters = tuple(dict.fromkeys((*found.get(keyword, ()), *map(str.upper, parameters))))
        found[keyword] = parameters
    return found
