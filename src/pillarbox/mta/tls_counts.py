"""What became of TLS with each host, counted for the reports its domain may ask for (RFC 8460)."""

import json
from collections.abc import Sequence

from ..checks.questions import IPAddress
from ..clock import Clock
from ..store.api import Journal
from ..store.queued import TlsCount
from .hop import Hop, TlsFailure, TlsPolicy


class TlsCounts:
    def __init__(self, journal: Journal, clock: Clock, *, wanted: bool) -> None:
        """`wanted`: whether reports are sent at all."""
        self._journal = journal
        self._clock = clock
        self._wanted = wanted

    async def session(self, hop: Hop, address: IPAddress, result: str, detail: str, ours: str) -> None:
        """One call: `result` is "" for TLS as it has to be, else RFC 8460 §4.3's word; `ours` the address we called from."""
        if self._wanted and hop.policy is not None:
            count = self._count(hop.policy, hop.name, result, detail, receiving_ip=str(address), sending_ip=ours)
            await self._journal.count_tls([count])

    async def failures(self, failures: Sequence[TlsFailure]) -> None:
        """What kept us from calling at all."""
        if self._wanted and failures:
            await self._journal.count_tls(
                [self._count(failure.policy, failure.mx, failure.result, failure.detail) for failure in failures]
            )

    def _count(
        self, policy: TlsPolicy, mx: str, result: str, detail: str, *, receiving_ip: str = "", sending_ip: str = ""
    ) -> TlsCount:
        return TlsCount(
            day=self._clock.now().date().isoformat(),
            policy_domain=policy.domain,
            policy_type=policy.type,
            policy=json.dumps(policy.strings),
            mx=mx,
            result=result,
            receiving_ip=receiving_ip if result else "",
            sending_ip=sending_ip if result else "",
            detail=detail,
        )
