"""Whether a report comes from whom it says, by what we found when it came in.

A report that anyone could have made up is worse than none: RFC 9990 has those who send reports pass DMARC, RFC 8460 §3 sign
them. Ours to believe are the results above our own Received field alone; what stands below is the sender's to write. Mail that
was not checked when it came (by LMTP, behind another server) has only its signatures.
"""

from ..checks import dkim, testimony
from ..checks.names import ascii_domain
from ..checks.questions import Asking
from ..checks.testimony import PASS
from ..limits import CheckLimits
from ..message import headers
from ..message.heading import Heading


def is_vouched_for(message: bytes, hostname: str, *, now: int, limits: CheckLimits) -> Asking[bool]:
    """Whether its author's domain stands by a message: by DMARC, or where it has no policy by an aligned signature or SPF.

    `hostname` is what our own Authentication-Results are written under.
    """
    header = headers.read(message)
    results = testimony.ours(header, hostname)
    if results is not None:
        return testimony.is_vouched_for(results)
    heading = Heading(header)
    if heading.from_fields != 1:
        return False
    author = ascii_domain(heading.from_domain)
    signatures = yield from dkim.verify(message, now=now, limits=limits, header=header)
    return any(one.verdict == PASS and testimony.is_aligned(one.domain, author) for one in signatures)
