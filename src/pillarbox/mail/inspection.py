"""Who really sent a message that came from outside, and what follows from it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Final

import structlog

from ..checks import aggregate, authres, bimi, evidence, testimony
from ..checks.bimi import BimiResult
from ..checks.bimi import Result as Picture
from ..checks.dmarc import Result
from ..checks.evidence import Brought, Evidence
from ..checks.questions import Answers, IPAddress
from ..checks.sender import Reverse
from ..checks.spf import Result as Spf
from ..clock import Clock
from ..errors import MailError
from ..limits import Limits
from ..message.heading import Heading
from ..settings import Checks, Network, Settings, networks
from ..store import api
from ..store.queued import DmarcCount
from .directory import Directory
from .spool import Buffer

log = structlog.get_logger(__name__)

JUNK: Final = "\\Junk"
HOUR, WEEK = 3600, 7 * 86400
FETCHES: Final = 3
"""Pictures fetched at a time, so few that slow ones leave room for the policies that mail waits for; of the others that come
meanwhile, the next message reminds us."""
NONE, QUARANTINE, REJECT = "none", "quarantine", "reject"
_SEVERITY: Final = (NONE, QUARANTINE, REJECT)

SEVERAL_FROM: Final = "the message has more than one From field (RFC 5322, section 3.6)"
AUTHORLESS: Final = "nobody can tell whose domain is to vouch for this message"
FORGED: Final = "that domain is ours, and you are not: log in to send from it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who brought a message."""

    address: IPAddress | None
    """None: over a Unix socket."""
    helo: str
    sender: str
    """The reverse-path; "" is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found out, and what is to be done."""

    fields: bytes = b""
    """Header fields to put on top of the message."""
    host: str = ""
    """The client's name, confirmed both ways."""
    refusal: str = ""
    """Why it is not taken; "" where it is."""
    special_use: str | None = None
    """The use of the mailbox it goes to (RFC 6154 §2); None: where its recipients want it."""
    accountable: bool = False
    """Whether the sender of its envelope is who it says."""
    disowned: bool = False
    """Whether the domain of that sender says that it is not."""
    is_from_front: bool = False
    """Whether a server of ours hands it on, which has checked it."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """For `pillarbox trace`."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    disposition: str
    because: str = ""
    """What the author or its server may be told."""
    reason: str = ""
    """Why a policy was not followed to the letter, in a word of RFC 9990 §2.1.1.11."""


class Inspection:
    """Looks at everything that comes in by the smtp door."""

    def __init__(
        self,
        kept: api.Accounts,
        directory: Directory,
        answers: Answers | None,
        settings: Settings,
        limits: Limits,
        clock: Clock,
    ) -> None:
        """Without `answers` nothing is checked but what the message itself says."""
        self._kept = kept
        self._directory = directory
        self._answers = answers
        self._hostname = settings.hostname
        self._limits = limits.checks
        self._clock = clock
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self.reload(settings)

    def reload(self, settings: Settings) -> None:
        """Go by these from now on."""
        self._policy: Checks = settings.checks
        self._inside: Sequence[Network] = networks(settings.checks.inside)
        self._exempt: Sequence[Network] = networks(settings.checks.exempt)
        self._in_front: Sequence[str] = [name.lower() for name in settings.checks.trusted_results]
        self._trusted: Sequence[str] = [name.lower() for name in settings.checks.trusted_sealers]
        self._reports = settings.outgoing.reports

    async def close(self) -> None:
        """Fetch no more."""
        fetching = list(self._fetching.values())
        for task in fetching:
            task.cancel()
        await asyncio.gather(*fetching, return_exceptions=True)

    def without_ours(self, header: bytes, *, is_from_front: bool = False) -> bytes:
        """A header without the results that others wrote in our name or, unless it comes from a server of ours in front, in
        the name of one (RFC 8601 §5)."""
        if b"uthentication-" not in header.lower():
            return header
        for name in (self._hostname, *(() if is_from_front else self._in_front)):
            header = authres.without_ours(header, name)
        return header

    def from_front(self, heading: Heading) -> Findings:
        """Of a message that a server of ours hands on: what that server found is what we say of it."""
        found = testimony.of_others(heading.header, self._in_front)
        return Findings(fields=authres.write(self._hostname, found) if found else b"", is_from_front=True)

    async def inspect(self, raw: Buffer, heading: Heading, client: Client) -> Findings:
        """All checks on one message, in a bounded time."""
        if heading.from_fields > 1:
            return Findings(refusal=SEVERAL_FROM, facts={"refused": SEVERAL_FROM})
        if self._answers is None or client.address is None:
            return Findings()
        if any(client.address in network for network in self._exempt):
            return replace(self.from_front(heading), accountable=True)
        brought = Brought(
            address=client.address,
            helo=client.helo,
            sender=client.sender,
            receiver=self._hostname,
            now=int(self._clock.now().timestamp()),
        )
        found = await self._answers.answer(evidence.gather(raw, heading.header, brought, self._limits))
        verdict = await self._judged(found, heading, client.address)
        await self._count(found, verdict, client)
        self._keep_indicator(found.bimi)
        return Findings(
            fields=authres.write(self._hostname, _outcomes(found)),
            host=found.reverse.name if found.reverse.result is Reverse.PASS else "",
            refusal=verdict.because if verdict.disposition == REJECT else "",
            special_use=JUNK if verdict.disposition == QUARANTINE else None,
            accountable=(is_accountable := _is_accountable(found, client.sender)),
            disowned=_is_forged(found) and not is_accountable,
            facts=_facts(found, verdict),
        )

    # What follows.

    async def _judged(self, found: Evidence, heading: Heading, address: IPAddress) -> _Verdict:
        """The severer of what the author's domain asks for and what we think of a stranger in our name."""
        if found.is_sealed_by(self._trusted):
            return _Verdict(NONE, reason="trusted_forwarder")
        asked = self._by_dmarc(found, heading, address)
        if found.dmarc.result is Result.PASS or not await self._is_stranger(heading, address):
            return asked
        ours = _Verdict(self._policy.forged, FORGED, "local_policy")
        return max(asked, ours, key=lambda one: _SEVERITY.index(one.disposition))

    def _by_dmarc(self, found: Evidence, heading: Heading, address: IPAddress) -> _Verdict:
        """What its author's domain asks for. From without an author's domain, or with several, would go past all of them."""
        if found.dmarc.result is Result.PERMERROR and not self._is_inside(address):
            return _Verdict(min(QUARANTINE, self._policy.dmarc, key=_SEVERITY.index), AUTHORLESS)
        if found.dmarc.result is not Result.FAIL:
            return _Verdict(NONE)
        asked = str(found.dmarc.policy)
        because = f"{found.dmarc.author} does not vouch for this message (DMARC, RFC 9989)"
        if asked == REJECT and heading.is_list:
            return _Verdict(min(QUARANTINE, self._policy.dmarc, key=_SEVERITY.index), because, "mailing_list")
        done = min(asked, self._policy.dmarc, key=_SEVERITY.index)
        return _Verdict(done, because, "" if done == asked else "local_policy")

    async def _is_stranger(self, heading: Heading, address: IPAddress) -> bool:
        """Whether it comes from outside, and says it is from one of us."""
        if self._is_inside(address):
            return False
        return any([await self._directory.is_local_domain(domain) for _, domain in heading.authors])

    def _is_inside(self, address: IPAddress) -> bool:
        return any(address in network for network in self._inside)

    async def _count(self, found: Evidence, verdict: _Verdict, client: Client) -> None:
        """For the report to the author's domain (RFC 9990)."""
        record = found.dmarc.record
        if record is None or not record.rua or not self._reports:
            return
        aligned = {identifier.method for identifier in found.dmarc.aligned}
        row = DmarcCount(
            day=self._clock.now().astimezone(UTC).strftime("%Y-%m-%d"),
            policy_domain=found.dmarc.domain,
            policy=record.text,
            source=str(client.address),
            disposition=verdict.disposition,
            dkim="pass" if "dkim" in aligned else "fail",
            spf="pass" if "spf" in aligned else "fail",
            header_from=found.dmarc.author,
            envelope_from=client.sender.rpartition("@")[2],
            auth=_auth(found, verdict).encode(),
        )
        await self._kept.journal().count_dmarc([row])

    def _keep_indicator(self, found: BimiResult) -> None:
        """Fetch the picture of an author's domain meanwhile, if it is not kept already: nobody waits for it."""
        if found.result is not Picture.PASS or found.location in self._fetching or len(self._fetching) >= FETCHES:
            return
        task = asyncio.get_running_loop().create_task(self._fetch_indicator(found))
        self._fetching[found.location] = task
        task.add_done_callback(lambda _: self._fetching.pop(found.location, None))

    async def _fetch_indicator(self, found: BimiResult) -> None:
        queue, name, now = self._kept.queue(), indicator_name(found), int(self._clock.now().timestamp())
        try:
            if self._answers is None or await queue.recall(name, now) is not None:
                return
            fetched = await self._answers.answer(bimi.indicator(found.location, limits=self._limits))
            await queue.remember(name, fetched.svg, now + (HOUR if fetched.is_later else WEEK))
        except MailError as error:
            log.warning("an indicator could not be kept", domain=found.domain, problem=str(error))


def indicator_name(found: BimiResult) -> str:
    """What a domain's picture is remembered by; where there is none, nothing is remembered, for a while."""
    return f"bimi {found.selector} {found.domain}"


def _outcomes(found: Evidence) -> list[authres.Outcome]:
    outcomes = [authres.of_reverse(found.reverse), authres.of_spf(found.spf), *authres.of_dkim(found.dkim)]
    if found.arc.verdict != "none":
        outcomes.append(authres.Outcome("arc", found.arc.verdict, (), found.arc.reason))
    outcomes.append(authres.of_dmarc(found.dmarc))
    if found.bimi.result is Picture.PASS:
        named = (("header.d", found.bimi.domain), ("header.selector", found.bimi.selector), ("policy.authority", "none"))
        outcomes.append(authres.Outcome("bimi", "pass", (*named, ("policy.indicator-uri", found.bimi.location))))
    return outcomes


def _auth(found: Evidence, verdict: _Verdict) -> aggregate.Auth:
    return aggregate.Auth(
        dkim=[{"domain": one.domain, "selector": one.selector, "result": one.verdict} for one in found.dkim],
        spf=[{"domain": found.spf.domain, "scope": "mfrom", "result": str(found.spf.result)}]
        if found.spf.identity == "mailfrom"
        else [{"domain": found.spf.domain, "scope": "helo", "result": str(found.spf.result)}],
        reasons=[{"type": verdict.reason}] if verdict.reason else [],
    )


def _is_accountable(found: Evidence, sender: str) -> bool:
    """A failure may be told to this sender: its domain says that the client may send for it, or signed the message."""
    domain = sender.rpartition("@")[2].lower()
    if not domain:
        return False
    if found.spf.result is Spf.PASS and found.spf.identity == "mailfrom":
        return True
    return any(one.verdict == "pass" and one.domain == domain for one in found.dkim)


def _is_forged(found: Evidence) -> bool:
    """A domain says that it did not send this: the envelope's, or the author's, whose name is in vain then."""
    return found.spf.result in (Spf.FAIL, Spf.SOFTFAIL) or found.dmarc.result is Result.FAIL


def _facts(found: Evidence, verdict: _Verdict) -> dict[str, str]:
    return {
        "iprev": str(found.reverse.result),
        "spf": str(found.spf.result),
        "dkim": " ".join(f"{one.verdict}:{one.domain}" for one in found.dkim) or "none",
        "arc": "" if found.arc.verdict == "none" else found.arc.verdict,
        "dmarc": str(found.dmarc.result),
        "disposition": "" if verdict.disposition == NONE else verdict.disposition,
        "because": verdict.because if verdict.disposition != NONE else "",
    }
