"""All that can be found out about who sent a message: every check, the look-ups of all of them made together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..limits import CheckLimits
from ..message.headers import Buffer, Header
from . import arc, authres, bimi, dkim, dmarc, sender, spf
from .abreast import abreast
from .arc import ArcResult
from .bimi import BimiResult
from .dkim import DkimResult
from .dmarc import DmarcResult
from .questions import Asking, IPAddress
from .sender import ReverseResult
from .spf import SpfResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How a message came."""

    address: IPAddress
    helo: str
    sender: str
    """The reverse-path; "" is null."""
    receiver: str
    """Our name."""
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What each check found."""

    reverse: ReverseResult
    spf: SpfResult
    dkim: Sequence[DkimResult]
    arc: ArcResult
    dmarc: DmarcResult
    bimi: BimiResult

    def is_sealed_by(self, trusted: Sequence[str]) -> bool:
        """Whether one of those passed the message on as it is now, and found that its author's domain vouched for it.

        Who changed it after a trusted sealer had it may have put anything below that seal.
        """
        return self.arc.verdict == "pass" and any(
            sealer.domain in trusted and _says_pass(sealer.results)
            for sealer in self.arc.sealers
            if sealer.instance >= self.arc.oldest_pass
        )


def _says_pass(results: bytes) -> bool:
    found = authres.parse(results)
    outcome = found.first("dmarc") if found else None
    return outcome is not None and outcome.result == "pass"


def gather(raw: Buffer, header: Header, brought: Brought, limits: CheckLimits) -> Asking[Evidence]:
    """Run every check on a message; never raises because of what it says."""
    askings: list[Asking[Any]] = [sender.reverse(brought.address, limits=limits), _spf(brought, limits)]
    if dkim.NAME in header:
        askings.append(dkim.verify(raw, now=brought.now, limits=limits, header=header))
    if any(name in header for name in arc.NAMES):
        askings.append(arc.verify(raw, now=brought.now, limits=limits, header=header))
    found = iter((yield from abreast(askings)))
    reverse, spf_result = next(found), next(found)
    signatures: Sequence[DkimResult] = next(found) if dkim.NAME in header else ()
    chain: ArcResult = next(found, ArcResult("none"))
    vouched = yield from dmarc.evaluate_message(
        header, spf_result, [(one.domain, one.verdict) for one in signatures], limits=limits
    )
    picture = yield from bimi.find(vouched, header.first(b"bimi-selector"), limits=limits)
    return Evidence(reverse=reverse, spf=spf_result, dkim=signatures, arc=chain, dmarc=vouched, bimi=picture)


def _spf(brought: Brought, limits: CheckLimits) -> Asking[SpfResult]:
    """Of MAIL FROM; where that is null, of HELO (RFC 7208 §2.4)."""
    local, _, domain = brought.sender.rpartition("@")
    if not domain:
        domain, local = brought.helo, "postmaster"
    return spf.check_host(
        brought.address,
        domain,
        f"{local}@{domain}",
        helo=brought.helo,
        receiver=brought.receiver,
        limits=limits,
        now=brought.now,
        identity="mailfrom" if brought.sender else "helo",
    )
