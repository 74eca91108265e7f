"""TLS reports: who wants them, writing them, reading them (RFC 8460).

A report tells a domain's owner how sessions with its hosts went, by the policy that they were judged by. It is all JSON: made
of counts, and read into rows of the same kind.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated, Any, Protocol

import msgspec

from ..limits import CheckLimits

SUCCESS = ""
"""The result of a session that nothing was wrong with."""
UNEXPLAINED = "validation-failure"
"""RFC 8460 §4.3.3: for what fits no other word."""
_DESTINATIONS, _URI = 10, 1000
"""How many are seen of a record, and characters of each."""
_STRINGS, _TEXT = 100, 300
"""How many of a policy's are read, and characters of each, as of all other texts."""


class Count(Protocol):
    """How many sessions with one host had the same outcome: `store.queued.TlsCount`."""

    @property
    def policy_domain(self) -> str: ...
    @property
    def policy_type(self) -> str:
        """ "tlsa", "sts" or "no-policy-found"."""

    @property
    def policy(self) -> str:
        """A JSON list of the policy's strings."""

    @property
    def mx(self) -> str: ...
    @property
    def result(self) -> str:
        """RFC 8460 §4.3's word; SUCCESS."""

    @property
    def receiving_ip(self) -> str: ...
    @property
    def sending_ip(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def count(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a report that was read; a `Count` too, but for the day."""

    policy_domain: str
    policy_type: str
    policy: str
    mx: str = ""
    result: str = SUCCESS
    receiving_ip: str = ""
    sending_ip: str = ""
    detail: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report that was read (§4.4)."""

    organisation: str
    contact: str
    id: str
    begins_at: int
    ends_at: int
    rows: tuple[Row, ...]


def destinations(records: Sequence[bytes]) -> tuple[str, ...]:
    """Where the reports of a domain go, by the TXT records at _smtp._tls.DOMAIN: "mailto:…" and "https:…" (§3).

    Nothing where there is no record of this kind, or more than one, or it is not well-formed.
    """
    ours = [record for record in records if record.partition(b";")[0].rstrip(b" \t") == b"v=TLSRPTv1"]
    if len(ours) != 1 or not ours[0].isascii():
        return ()
    for text in ours[0].decode("ascii").split(";")[1:]:
        name, _, value = text.strip(" \t").partition("=")
        if name == "rua":
            uris = [uri.strip(" \t") for uri in value.split(",", _DESTINATIONS)[:_DESTINATIONS]]
            return tuple(uri for uri in uris if uri.lower().startswith(("mailto:", "https:")) and len(uri) <= _URI)
    return ()


def build(counts: Iterable[Count], *, organisation: str, contact: str, report_id: str, begins_at: int, ends_at: int) -> bytes:
    """A report as JSON (§4.4). Times are seconds since 1970."""
    ordered = sorted(counts, key=_policy_key)
    report = {
        "organization-name": organisation,
        "date-range": {"start-datetime": _time(begins_at), "end-datetime": _time(ends_at)},
        "contact-info": contact,
        "report-id": report_id,
        "policies": [_policy_part(list(alike)) for _, alike in groupby(ordered, _policy_key)],
    }
    return json.dumps(report, ensure_ascii=False, separators=(",", ":")).encode()


def parse(data: bytes, limits: CheckLimits) -> Report:
    """A report that was received. Raises ValueError where it is none, or too large."""
    if len(data) > limits.report_unpacked or data.count(b'"result-type"') > limits.report_rows:
        raise ValueError("the report is too large")
    try:
        raw = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Report, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not a TLS report: {str(error)[:_TEXT]}") from None
    if sum(1 + len(part.failure_details or ()) for part in raw.policies) > limits.report_rows:
        raise ValueError("the report is too large")
    return Report(
        organisation=_plain(raw.organization_name),
        contact=_plain(raw.contact_info),
        id=_plain(raw.report_id),
        begins_at=_seconds(raw.date_range.start_datetime),
        ends_at=_seconds(raw.date_range.end_datetime),
        rows=tuple(row for part in raw.policies for row in _rows(part)),
    )


# Writing.


def _policy_key(count: Count) -> tuple[str, str, str]:
    return count.policy_domain, count.policy_type, count.policy


def _policy_part(counts: Sequence[Count]) -> dict[str, Any]:
    """All that is counted under one policy."""
    first = counts[0]
    failures = [count for count in counts if count.result != SUCCESS]
    failed = sum(count.count for count in failures)
    part: dict[str, Any] = {
        "policy": _policy(first),
        "summary": {
            "total-successful-session-count": sum(count.count for count in counts) - failed,
            "total-failure-session-count": failed,
        },
    }
    if failures:
        part["failure-details"] = [_failure_detail(count) for count in failures]
    return part


def _policy(count: Count) -> dict[str, Any]:
    policy: dict[str, Any] = {"policy-type": count.policy_type, "policy-domain": count.policy_domain}
    strings: list[str] = json.loads(count.policy) if count.policy else []
    if strings:
        policy["policy-string"] = strings
    if count.policy_type == "sts":
        fields = (line.partition(":") for line in strings)
        policy["mx-host"] = [value.strip() for name, _, value in fields if name == "mx"]
    return policy


def _failure_detail(count: Count) -> dict[str, Any]:
    detail = {
        "result-type": count.result,
        "sending-mta-ip": count.sending_ip,
        "receiving-mx-hostname": count.mx,
        "receiving-ip": count.receiving_ip,
        "failed-session-count": count.count,
        "failure-reason-code": count.detail,
    }
    return {name: value for name, value in detail.items() if value != ""}


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# Reading. What is required here keeps a report from having more parts than bytes.

_Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class _Failure(msgspec.Struct, rename="kebab"):
    result_type: str
    failed_session_count: _Number
    sending_mta_ip: str | None = None
    receiving_mx_hostname: str | None = None
    receiving_ip: str | None = None
    failure_reason_code: str | None = None


class _Summary(msgspec.Struct, rename="kebab"):
    total_successful_session_count: _Number
    total_failure_session_count: _Number


class _Policy(msgspec.Struct, rename="kebab"):
    policy_type: str
    policy_domain: str
    policy_string: list[str] | str | None = None


class _Part(msgspec.Struct, rename="kebab"):
    policy: _Policy
    summary: _Summary
    failure_details: list[_Failure] | None = None


class _DateRange(msgspec.Struct, rename="kebab"):
    start_datetime: datetime
    end_datetime: datetime


class _Report(msgspec.Struct, rename="kebab"):
    report_id: str
    date_range: _DateRange
    policies: list[_Part]
    organization_name: str | None = None
    contact_info: str | None = None


def _rows(part: _Part) -> Iterator[Row]:
    """What went well, each kind of failure, and the failures nothing is said of."""
    told = part.policy.policy_string or []
    strings = [_plain(text) for text in ([told] if isinstance(told, str) else told[:_STRINGS])]
    under = Row(
        policy_domain=_plain(part.policy.policy_domain).lower(),
        policy_type=_plain(part.policy.policy_type),
        policy=json.dumps(strings),
    )
    failures = part.failure_details or []
    unexplained = part.summary.total_failure_session_count - sum(failure.failed_session_count for failure in failures)
    yield replace(under, count=part.summary.total_successful_session_count)
    for failure in failures:
        yield replace(
            under,
            mx=_plain(failure.receiving_mx_hostname),
            result=_plain(failure.result_type) or UNEXPLAINED,
            receiving_ip=_plain(failure.receiving_ip),
            sending_ip=_plain(failure.sending_mta_ip),
            detail=_plain(failure.failure_reason_code),
            count=failure.failed_session_count,
        )
    if unexplained > 0:
        yield replace(under, result=UNEXPLAINED, detail="no details were given", count=unexplained)


def _plain(text: str | None) -> str:
    """Peers' words as they may be shown: on one line, without what a terminal acts upon, and not too many."""
    return "".join(char if char.isprintable() else " " for char in (text or "")[:_TEXT]).strip()


def _seconds(when: datetime) -> int:
    """Where no time zone is given, UTC is meant."""
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
