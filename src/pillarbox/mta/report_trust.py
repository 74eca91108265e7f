"""Whether a report comes from whom it says, by what we found when it came in.

A report that anyone could have made up is worse than none: RFC 9990 has those who send reports pass DMARC, RFC 8460 §3 sign
them. Ours to believe are the results above our own Received field alone; what stands below is the sender's to write. Mail that
was not checked when it came (by LMTP, behind another server) has only its signatures.
"""

from ..checks import authres, dkim
from ..checks.authres import Outcome, Results
from ..checks.names import ascii_domain, is_within
from ..checks.questions import Asking
from ..limits import CheckLimits
from ..message import headers
from ..message.headers import Header
from ..message.heading import Heading

PASS, NONE = "pass", "none"


def is_vouched_for(message: bytes, hostname: str, *, now: int, limits: CheckLimits) -> Asking[bool]:
    """Whether its author's domain stands by a message: by DMARC, or where it has no policy by an aligned signature or SPF.

    `hostname` is what our own Authentication-Results are written under.
    """
    header = headers.read(message)
    results = _ours(header, hostname)
    if results is not None:
        return _is_passed(results)
    heading = Heading(header)
    if heading.from_fields != 1:
        return False
    author = ascii_domain(heading.from_domain)
    signatures = yield from dkim.verify(message, now=now, limits=limits, header=header)
    return any(one.verdict == PASS and _is_aligned(one.domain, author) for one in signatures)


def _is_passed(results: Results) -> bool:
    dmarc = results.first("dmarc")
    if dmarc is None:
        return False
    if dmarc.result != NONE:
        return dmarc.result == PASS
    author = _property(dmarc, "header.from")
    return any(_is_aligned(domain, author) for outcome in results.outcomes if (domain := _passed(outcome)))


def _ours(header: Header, hostname: str) -> Results | None:
    for field in header.fields:
        if field.name == b"received":
            break
        if field.name == authres.NAME.lower():
            found = authres.parse(header.value(field))
            if found and found.authserv_id.lower() == hostname.lower():
                return found
    return None


def _passed(outcome: Outcome) -> str:
    """The domain that a signature or SPF proves; "" where they do not."""
    if outcome.result != PASS:
        return ""
    if outcome.method == "dkim":
        return _property(outcome, "header.d")
    return _property(outcome, "smtp.mailfrom") if outcome.method == "spf" else ""


def _property(outcome: Outcome, name: str) -> str:
    """A domain, also where it is an address's."""
    value = next((value for each, value in outcome.properties if each == name), "")
    return ascii_domain(value.rpartition("@")[2])


def _is_aligned(domain: str, author: str) -> bool:
    """Relaxed: one is the other, or in it."""
    return bool(author) and (is_within(domain, author) or is_within(author, domain))
