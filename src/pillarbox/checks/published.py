"""Whether what `checks.publishing` asks for is there: one record looked up, and what is wrong with what is found."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..limits import CheckLimits
from . import dkim_key, dmarc_record, mtasts, spf, tlsrpt
from .dkim_signature import Unusable
from .publishing import Need, Plan, Record
from .questions import Address, Answer, Asking, Caa, Cname, Fetch, Mx, Question, Srv, Status, Tlsa, Txt

# version = "v=spf1", then a space or the end (RFC 7208 §4.5)
_SPF: Final = re.compile(rb"v=spf1(?: |\Z)", re.IGNORECASE)


class State(Enum):
    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """Nobody could say just now."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one record is like."""

    record: Record
    state: State
    found: Sequence[str] = ()
    """What is published in its place."""
    says: str = ""
    """What is wrong with it, or worth knowing."""

    @property
    def is_fault(self) -> bool:
        """Whether mail suffers from it: something needed is not right, or DANE tells others to trust another key."""
        if self.record.type == "TLSA":
            return self.state is State.WRONG
        return self.record.need is Need.REQUIRED and self.state is not State.RIGHT


@dataclass(frozen=True, slots=True)
class _Case:
    """One record under examination."""

    record: Record
    plan: Plan
    limits: CheckLimits
    answer: Answer

    @property
    def found(self) -> list[str]:
        return [_shown(self.record.type, one) for one in self.answer.records]

    def ends(self, state: State, says: str = "", found: Sequence[str] | None = None) -> Finding:
        return Finding(self.record, state, self.found if found is None else found, says)


def examine(record: Record, plan: Plan, limits: CheckLimits) -> Asking[Finding]:
    """Look one record up: yields what it must know, returns what it found."""
    answer: Answer = yield _question(record)
    case = _Case(record, plan, limits, answer)
    if answer.status is Status.TRY_LATER:
        return case.ends(State.UNKNOWN, answer.reason or "nobody could say")
    match record.type:
        case "TXT":
            return (yield from _text(case))
        case "CNAME":
            return (yield from _alias(case))
        case "MX":
            return _mx(case)
        case "SRV":
            return _service(case)
        case "A" | "AAAA":
            return _address(case)
        case "CAA":
            return case.ends(State.RIGHT if answer.records else State.MISSING)
        case _:
            return _exact(case)


def _question(record: Record) -> Question:
    match record.type:
        case "A" | "AAAA":
            return Address(record.name, 4 if record.type == "A" else 6)
        case kind:
            return _QUESTIONS[kind](record.name)


_QUESTIONS: Final[dict[str, Callable[[str], Question]]] = {
    "MX": Mx,
    "TXT": Txt,
    "SRV": Srv,
    "CNAME": Cname,
    "CAA": Caa,
    "TLSA": Tlsa,
}


def _shown(kind: str, value: Any) -> str:
    """A record's value as a zone file has it."""
    match kind:
        case "TXT":
            return bytes(value).decode("utf-8", "replace")
        case "MX":
            return f"{value.preference} {value.host}."
        case "SRV":
            return f"{value.priority} {value.weight} {value.port} {value.host}."
        case "CNAME":
            return f"{value}."
        case "CAA":
            return f'{value.flags} {value.tag} "{value.value}"'
        case "TLSA":
            return f"{value.usage} {value.selector} {value.matching} {value.data.hex()}"
        case _:
            return str(value)


def _exact(case: _Case) -> Finding:
    if not case.found:
        return case.ends(State.MISSING)
    right = case.record.value.lower() in case.found
    return case.ends(State.RIGHT) if right else case.ends(State.WRONG, "it is of another key")


def _address(case: _Case) -> Finding:
    if case.answer.name:
        return case.ends(State.WRONG, "it is an alias, and MX records may not lead to one (RFC 5321 §5.1)")
    if not case.found:
        return case.ends(State.MISSING)
    return case.ends(State.RIGHT) if case.record.value in case.found else case.ends(State.WRONG, "it leads elsewhere")


def _mx(case: _Case) -> Finding:
    preferences = {one.host: one.preference for one in sorted(case.answer.records, reverse=True)}
    if not preferences:
        return case.ends(State.MISSING)
    if "" in preferences:
        return case.ends(State.WRONG, "it says that the domain takes no mail (RFC 7505)")
    ours = preferences.get(case.plan.hostname)
    if ours is None:
        return case.ends(State.WRONG, f"mail does not come to {case.plan.hostname}")
    before = sum(preference < ours for preference in preferences.values())
    if case.plan.is_backup:
        return case.ends(State.RIGHT) if before else case.ends(State.WRONG, "no server of its own comes before this one")
    return case.ends(State.RIGHT, "others come before this server" if before else "")


def _service(case: _Case) -> Finding:
    """Priority and weight are for their owner to choose; where it leads is not."""
    if not case.found:
        return case.ends(State.MISSING)
    wanted = case.record.value.split()[2:]
    if any(found.split()[2:] == wanted for found in case.found):
        return case.ends(State.RIGHT)
    return case.ends(State.WRONG, "this server does not offer it" if wanted[1] == "." else "it leads elsewhere")


def _alias(case: _Case) -> Asking[Finding]:
    """An address will do as well as an alias."""
    if case.found:
        right = case.record.value.lower() in case.found
        return case.ends(State.RIGHT) if right else case.ends(State.WRONG, "it leads elsewhere")
    for version in (4, 6):
        answer: Answer = yield Address(case.record.name, 4 if version == 4 else 6)
        if answer.records:
            return case.ends(State.RIGHT, "by an address of its own", [str(one) for one in answer.records])
    return case.ends(State.MISSING)


# Texts. Of all those under a name only one may be of the kind that is looked for.


def _text(case: _Case) -> Asking[Finding]:
    version = case.record.value.partition(";")[0].partition(" ")[0]
    match version:
        case "v=spf1":
            return (yield from _spf(case))
        case "v=DKIM1":
            return _dkim(case)
        case "v=DMARC1":
            return _dmarc(case)
        case "v=TLSRPTv1":
            return _tls_reports(case)
        case "v=STSv1":
            return (yield from _mta_sts(case))
        case _:
            return _configuration(case)


def _lone(case: _Case, texts: Sequence[bytes]) -> Finding | None:
    """What is wrong with their number, if anything."""
    if not texts:
        return case.ends(State.MISSING)
    if len(texts) > 1:
        return case.ends(State.WRONG, "there are several; only one may be", [_shown("TXT", text) for text in texts])
    return None


def _spf(case: _Case) -> Asking[Finding]:
    """Whatever it says is right if it lets our server send."""
    texts = [text for text in case.answer.records if _SPF.match(text)]
    if wrong := _lone(case, texts):
        return wrong
    found = [_shown("TXT", texts[0])]
    plan, name = case.plan, case.record.name
    if plan.smart_host:
        return case.ends(State.RIGHT, f"see that it lets the servers of {plan.smart_host} send", found)
    if not plan.senders:
        if _squeezed(found[0]) == _squeezed(case.record.value):
            return case.ends(State.RIGHT, "", found)
        return case.ends(State.UNKNOWN, "it is another than ours, and the server's addresses are not known", found)
    for address in plan.senders:
        result = yield from spf.check_host(address, name, f"postmaster@{name}", helo=plan.hostname, limits=case.limits)
        if result.result is spf.Result.TEMPERROR:
            return case.ends(State.UNKNOWN, f"whether it lets {address} send, nobody could say", found)
        if result.result is not spf.Result.PASS:
            why = f"{result.result}: {result.problem}" if result.problem else str(result.result)
            return case.ends(State.WRONG, f"it does not let {address} send ({why})", found)
    return case.ends(State.RIGHT, "", found)


def _dkim(case: _Case) -> Finding:
    texts = [text for text in case.answer.records if b"p=" in text]
    if wrong := _lone(case, texts):
        return wrong
    kind = "ed25519" if "k=ed25519" in case.record.value else "rsa"
    found = [_shown("TXT", texts[0])]
    try:
        theirs = dkim_key.read(texts[0], kind, case.limits)
    except Unusable as problem:
        return case.ends(State.WRONG, problem.reason, found)
    if theirs.public != dkim_key.read(case.record.value.encode(), kind, case.limits).public:
        return case.ends(State.WRONG, "it is another key", found)
    return case.ends(State.RIGHT, "t=y: others may pass over signatures that fail" if theirs.is_testing else "", found)


def _dmarc(case: _Case) -> Finding:
    texts = dmarc_record.select(case.answer.records)
    if wrong := _lone(case, texts):
        return wrong
    found = [_shown("TXT", texts[0])]
    policy = dmarc_record.parse(texts[0], case.limits.dmarc_destinations)
    if policy.p is None or not policy.has_valid_policies:
        return case.ends(State.WRONG, "it has no policy (p=) that others could follow", found)
    notes = []
    if policy.p is dmarc_record.Policy.NONE or policy.is_test:
        notes.append("nothing happens to mail that only claims to be from here")
    if f"dmarc-reports@{case.plan.domain}" not in [to.address for to in policy.rua]:
        notes.append(f"reports go elsewhere; with rua=mailto:dmarc-reports@{case.plan.domain} we read them")
    return case.ends(State.RIGHT, "; ".join(notes), found)


def _tls_reports(case: _Case) -> Finding:
    texts = [text for text in case.answer.records if text.startswith(b"v=TLSRPTv1")]
    if wrong := _lone(case, texts):
        return wrong
    to = tlsrpt.destinations(texts)
    if not to:
        return case.ends(State.WRONG, "it names nobody to report to")
    ours = f"mailto:tls-reports@{case.plan.domain}"
    return case.ends(State.RIGHT, "" if ours in to else f"reports go elsewhere; with rua={ours} we read them")


def _mta_sts(case: _Case) -> Asking[Finding]:
    """The record is right if the policy it promises is."""
    texts = [text for text in case.answer.records if text.startswith(b"v=STSv1")]
    if wrong := _lone(case, texts):
        return wrong
    if mtasts.record_id(tuple(texts)) is None:
        return case.ends(State.WRONG, "it is not well-formed: v=STSv1; id=LETTERSANDDIGITS")
    answer: Answer = yield Fetch(mtasts.policy_url(case.plan.domain))
    policy = mtasts.read(answer)
    if isinstance(policy, mtasts.Problem):
        return case.ends(State.WRONG, f"its policy is of no use: {policy.detail}")
    if policy.mode is not mtasts.Mode.NONE and not policy.names(case.plan.hostname):
        return case.ends(State.WRONG, f"its policy does not name {case.plan.hostname}")
    return case.ends(State.RIGHT, f"the mode of its policy is {policy.mode.value}")


def _configuration(case: _Case) -> Finding:
    texts = [text for text in case.answer.records if text.startswith(b"v=UAAC1")]
    if not texts:
        return case.ends(State.MISSING)
    found = [_shown("TXT", text) for text in texts]  # there may be several, while one takes the other's place
    right = case.record.value in found
    return case.ends(State.RIGHT if right else State.WRONG, "" if right else "it is of other settings", found)


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split())
