"""What we ourselves have said of a message when it came: who vouches for its author, and what a signature covers.

Ours to believe are the results above the topmost Received field alone, if that is ours as well: what stands below is the
sender's to write (RFC 8601 §5). And that only of a message which came by a door of ours: one that a mail program or a person
put into a mailbox has no testimony, whatever stands in it.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from ..message.headers import Header
from ..message.heading import Heading
from . import authres
from .authres import Outcome, Results
from .dkim import NAME as SIGNATURE
from .dkim_signature import WHITE, Unusable, read_tags
from .names import ascii_domain, is_within

PASS, FAIL, NONE = "pass", "fail", "none"
Word = Literal["verified", "unverified", "failed", "own", "unknown"]
_METHODS: Final = frozenset(("iprev", "spf", "dkim", "arc", "dmarc"))
"""That others are believed of."""
MOST_SIGNATURES: Final = 20
"""Looked at of one header."""
_BY = re.compile(rb"(?:\A|\s)by\s++(\S++)\s++with\s++([A-Za-z0-9]++)")
_SUBMITTED: Final = frozenset((b"ESMTPA", b"ESMTPSA", b"UTF8SMTPA", b"UTF8SMTPSA", b"HTTP"))
"""By somebody who had logged in (RFC 3848)."""


class Sender(NamedTuple):
    """Whether a message is from whom it says."""

    verdict: Word
    domain: str
    """The author's."""
    why: tuple[str, ...]
    """Words of this module: "dmarc-pass", "dmarc-fail", "dkim-aligned", "spf-aligned", "no-proof", "submitted-here",
    "written-here", "not-checked", "several-authors", "no-author"."""


def ours(header: Header, hostname: str) -> Results | None:
    """What we found when the message came; None where we said nothing. `hostname` is what we write it under."""
    if not _protocol(header, hostname):
        return None
    for field in header.fields:
        if field.name == b"received":
            break
        if field.name == authres.NAME.lower():
            found = authres.parse(header.value(field))
            if found and found.authserv_id.lower() == hostname.lower():
                return found
    return None


def of_others(header: Header, trusted: Sequence[str]) -> list[Outcome]:
    """What servers of these (lower-case) names found, one of which has just handed it to us: in fields above all Received but
    its own, the first."""
    found: list[Outcome] = []
    hops = 0
    for field in header.fields:
        hops += field.name == b"received"
        if hops > 1:
            break
        if field.name == authres.NAME.lower() and trusted:
            results = authres.parse(header.value(field))
            if results and results.authserv_id.lower() in trusted:
                found += [one for one in results.outcomes if one.method in _METHODS]
    return found[: authres.OUTCOMES]


def sender(header: Header, hostname: str, *, is_own: bool, is_local: bool, is_delivered: bool) -> Sender:
    """The verdict on a message's author. `is_own`: the address is the reader's; `is_local`: of a domain of ours, in whose name
    nobody may submit but its owner; `is_delivered`: it came by a door of ours."""
    heading = Heading(header)
    if heading.from_fields > 1 or len({domain.lower() for _, domain in heading.authors}) > 1:
        return Sender("unverified", "", ("several-authors",))
    author = ascii_domain(heading.from_domain)
    if not author:
        return Sender("unverified", "", ("no-author",))
    results = ours(header, hostname) if is_delivered else None
    if results is not None:
        return _by_results(results, author)
    if not (is_delivered and is_submitted(header, hostname)):
        written = is_own and b"received" not in header
        return Sender("own" if written else "unknown", author, ("written-here" if written else "not-checked",))
    if is_own:
        return Sender("own", author, ("submitted-here",))
    return Sender("verified" if is_local else "unverified", author, ("submitted-here",))


def is_submitted(header: Header, hostname: str) -> bool:
    """Whether it came from somebody who had logged in here, as our own Received field says, the topmost."""
    return _protocol(header, hostname) in _SUBMITTED


def _protocol(header: Header, hostname: str) -> bytes:
    """By which it came to us, as the topmost Received field says; empty where that is not ours."""
    found = _BY.search(header.first(b"received") or b"")
    return found[2].upper() if found is not None and found[1].lower() == hostname.lower().encode() else b""


def is_vouched_for(results: Results) -> bool:
    """Whether a program may believe who its author is: by DMARC, or where there is no policy by an aligned signature or SPF."""
    dmarc = results.first("dmarc")
    if dmarc is None or dmarc.result != NONE:
        return dmarc is not None and dmarc.result == PASS
    author = property_of(dmarc, "header.from")
    return any(is_aligned(proved(one), author) for one in results.outcomes)


def covers(header: Header, results: Results, names: Iterable[str]) -> bool:
    """Whether a signature that we found good was made over the fields of these (lower-case) names."""
    wanted = {name.encode() for name in names}
    good = [(property_of(one, "header.d"), _raw(one, "header.b")) for one in results.outcomes if one == _passed_dkim(one)]
    for value in header.all(SIGNATURE)[:MOST_SIGNATURES]:
        try:
            tags = read_tags(value)
        except Unusable:
            continue
        domain = ascii_domain(tags.given("d").decode("utf-8", "replace"))
        letters = tags.given("b").translate(None, WHITE).decode("ascii", "replace")
        if any(domain == each and letters.startswith(begin) for each, begin in good) and wanted <= set(tags.words("h")):
            return True
    return False


def _passed_dkim(one: Outcome) -> Outcome | None:
    return one if one.method == "dkim" and one.result == PASS else None


def _by_results(results: Results, author: str) -> Sender:
    dmarc = results.first("dmarc")
    if dmarc is None or property_of(dmarc, "header.from") != author:
        return Sender("unverified", author, ("no-proof",))
    if dmarc.result == PASS:
        return Sender("verified", author, ("dmarc-pass", *_proving(results, author)))
    if dmarc.result == FAIL:
        return Sender("failed", author, ("dmarc-fail",))
    proving = _proving(results, author) if dmarc.result == NONE else ()
    return Sender("verified" if proving else "unverified", author, proving or ("no-proof",))


def _proving(results: Results, author: str) -> tuple[str, ...]:
    """The methods that prove the author's very domain. Which others are of the same organization, the DNS knows (the tree walk,
    RFC 9989 §4.10): without a policy, none. Below a public suffix a neighbour's is no proof, nor is the suffix's own."""
    found = {one.method for one in results.outcomes if author and proved(one) == author}
    return tuple(f"{method}-aligned" for method in ("dkim", "spf") if method in found)


def proved(outcome: Outcome) -> str:
    """The domain that a signature or SPF proves; "" where they do not."""
    if outcome.result != PASS:
        return ""
    if outcome.method == "dkim":
        return property_of(outcome, "header.d")
    return property_of(outcome, "smtp.mailfrom") if outcome.method == "spf" else ""


def property_of(outcome: Outcome, name: str) -> str:
    """A domain, also where it is an address's."""
    return ascii_domain(_raw(outcome, name).rpartition("@")[2])


def _raw(outcome: Outcome, name: str) -> str:
    return next((value for each, value in outcome.properties if each == name), "")


def is_aligned(domain: str, author: str) -> bool:
    """Relaxed: one is the other, or in it."""
    return bool(domain and author) and (is_within(domain, author) or is_within(author, domain))
