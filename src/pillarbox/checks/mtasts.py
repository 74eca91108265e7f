"""MTA-STS: a domain says by HTTPS which hosts take its mail, and that each shows a right certificate (RFC 8461).

The TXT record at _mta-sts.DOMAIN says only that there is a policy, and its id; a new id is what makes one fetch it again. A
policy holds for its max_age, whatever becomes of record and web server meanwhile: that is what keeps an attacker who can make
either vanish from undoing it (§10.2). Without a policy ever seen, mail goes as if there were no such thing (§3.3).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Any

from .questions import Answer, Asking, Fetch, Fetched, Status, Txt

LONGEST = 31_557_600
"""Seconds: the largest max_age (§3.2); a policy that asks for more is kept so long."""
FRESH = 86400
"""Seconds for which a policy is not fetched again while its id stays the same (§10.2 suggests a day)."""
PATIENCE = 300
"""Seconds for which a fetch that failed is not tried again (§3.3)."""
LARGEST = 64 * 1024
"""Bytes of a policy's document (§3.3 suggests it)."""
_RECORD = 4096
"""Bytes of a TXT record that could be one of ours."""
_QUOTED_LINES, _QUOTED_LINE = 100, 300
"""How much of a document TLS reports quote: lines, and characters of each."""
_ALPHANUMERIC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_NAME = _ALPHANUMERIC | set("_-.")


class Mode(Enum):
    """§3.2, §5"""

    ENFORCE = "enforce"
    """A host that is not named, or shows no right certificate, gets no mail."""
    TESTING = "testing"
    """It does, and the domain is told of it by TLS reports."""
    NONE = "none"
    """As if there were no policy: how one is taken back (§8.3)."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a policy says (§3.2)."""

    mode: Mode
    mx: tuple[str, ...]
    """Host names; "*." in front of one stands for just one label."""
    max_age: int
    lines: tuple[str, ...] = ()
    """As published, for TLS reports (RFC 8460 §4.4)."""

    def names(self, host: str) -> bool:
        """Whether `host` is one that may take the domain's mail (§4.1)."""
        return any(_fits(host.lower().rstrip("."), pattern) for pattern in self.mx)


@dataclass(frozen=True, slots=True)
class Policy:
    """A document as we hold it."""

    id: str
    """Of the TXT record it was fetched for."""
    document: Document
    fetched_at: int

    @property
    def expires_at(self) -> int:
        return self.fetched_at + self.document.max_age


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no policy where one was promised, as TLS reports say it (RFC 8460 §4.3.2.2)."""

    result: str
    """"sts-policy-fetch-error", "sts-policy-invalid" or "sts-webpki-invalid"."""
    detail: str


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of one domain between messages."""

    policy: Policy | None = None
    failed_id: str = ""
    """The record for which there was no policy to be had,"""
    failed_at: int = 0
    """when that was,"""
    problem: Problem | None = None
    """and why."""

    @property
    def until(self) -> int:
        """From when on it is worth nothing."""
        return max(self.policy.expires_at if self.policy else 0, self.failed_at + PATIENCE if self.problem else 0)

    def encode(self) -> bytes:
        return json.dumps(asdict(self), default=lambda mode: mode.value).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Remembered | None":
        """None where that is not what `encode` wrote."""
        try:
            return _remembered(json.loads(data))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


@dataclass(frozen=True, slots=True)
class Discovered:
    """What holds for a domain now."""

    policy: Policy | None
    """In force; None also where its mode is "none"."""
    problem: Problem | None = None
    """What to report, with or without an older policy in force."""
    remember: Remembered | None = None
    """To be kept in place of what was, until its `until`; None: as it is."""


def discover(domain: str, remembered: Remembered | None, now: int) -> Asking[Discovered]:
    """The policy for mail to `domain` (§3, §5.1). Yields Txt, and Fetch only where a new id, or a day gone by, asks for it."""
    remembered = remembered or Remembered()
    held = remembered.policy if remembered.policy and now < remembered.policy.expires_at else None
    record: Answer = yield Txt(f"_mta-sts.{domain}")
    announced = record_id(record.records)
    if announced is None or (held and held.id == announced and now < held.fetched_at + FRESH):
        return Discovered(_in_force(held))
    if remembered.failed_id == announced and remembered.failed_at <= now < remembered.failed_at + PATIENCE:
        return Discovered(_in_force(held), remembered.problem)
    answer: Answer = yield Fetch(policy_url(domain), LARGEST)
    fetched = read(answer)
    if isinstance(fetched, Problem):
        tried = replace(remembered, policy=held, failed_id=announced, failed_at=now, problem=fetched)
        return Discovered(_in_force(held), fetched, tried)
    policy = Policy(announced, fetched, now)
    return Discovered(_in_force(policy), None, Remembered(policy))


MODE = "mta_sts"
"""A domain's setting: the mode of the policy that we publish for it."""
PUBLISHED_FOR = 7 * 86400
"""Seconds for which others are to keep to what we publish: weeks, says §3.2, and a mistake is over in one."""


def mode_of(settings: Mapping[str, str]) -> Mode:
    """As a domain's settings have it: testing, until somebody has seen from reports that all is well."""
    try:
        return Mode(settings.get(MODE, Mode.TESTING.value))
    except ValueError:
        return Mode.TESTING


def written(host: str, mode: Mode) -> str:
    """The policy of a domain whose mail `host` takes (RFC 8461 §3.2)."""
    lines = ("version: STSv1", f"mode: {mode.value}", f"mx: {host}", f"max_age: {PUBLISHED_FOR}")
    return "".join(f"{line}\r\n" for line in lines)


def id_of(text: str) -> str:
    """The id under which a policy is announced: another for another policy (RFC 8461 §3.1)."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def policy_url(domain: str) -> str:
    """§3.3"""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def record_id(records: tuple[bytes, ...]) -> str | None:
    """The id of the one record that is MTA-STS's; None where there is none, or more, or it is not well-formed (§3.1).

    sts-text-record = sts-version 1*(sts-field-delim sts-field) [sts-field-delim]
    """
    ours = [record for record in records if _is_version(record)]
    if len(ours) != 1 or len(ours[0]) > _RECORD or not ours[0].isascii():
        return None
    _, *fields = (part.strip(" \t") for part in ours[0].decode("ascii").split(";"))
    if fields and not fields[-1]:
        fields.pop()
    found = None
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or not _is_name(name) or not _is_value(value):
            return None
        if name == "id" and found is None:
            found = value
    return found if found and len(found) <= 32 and _ALPHANUMERIC.issuperset(found) else None


def read(answer: Answer) -> Document | Problem:
    """What was fetched, as a policy, or what is wrong with it (§3.3)."""
    if answer.status is not Status.FOUND:
        return Problem("sts-webpki-invalid" if answer.reason.startswith("tls:") else "sts-policy-fetch-error", answer.reason)
    fetched: Fetched = answer.records[0]
    if fetched.status != 200:
        return Problem("sts-policy-fetch-error", f"http: status {fetched.status}")
    media_type = fetched.content_type.partition(";")[0].strip().lower()
    if media_type != "text/plain":
        return Problem("sts-policy-invalid", f"media type {media_type[:100]!r}, not text/plain")
    try:
        return parse(fetched.body)
    except ValueError as error:
        return Problem("sts-policy-invalid", str(error))


def parse(body: bytes) -> Document:
    """A policy's document (§3.2). Raises ValueError with a sentence.

    Lines end in CRLF or LF; fields we do not know are passed over, and so is all but the first of a field other than mx.
    """
    if len(body) > LARGEST:
        raise ValueError("the policy is too long")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("the policy is not text") from None
    lines = tuple(line.rstrip("\r \t") for line in text.split("\n"))
    single: dict[str, str] = {}
    hosts: list[str] = []
    for line in filter(None, lines):
        name, value = _field(line)
        if name == "mx":
            hosts.append(_pattern(value))
        else:
            single.setdefault(name, value)
    quoted = [line[:_QUOTED_LINE] for line in lines if line]
    return _document(single, tuple(hosts), tuple(quoted[:_QUOTED_LINES]))


def _document(single: dict[str, str], hosts: tuple[str, ...], lines: tuple[str, ...]) -> Document:
    if single.get("version") != "STSv1":
        raise ValueError("the policy has no version STSv1")
    try:
        mode = Mode(single.get("mode"))
    except ValueError:
        raise ValueError("the policy's mode is none of enforce, testing and none") from None
    age = single.get("max_age", "")
    if not 0 < len(age) <= 10 or not age.isascii() or not age.isdigit():
        raise ValueError("the policy's max_age is no number of seconds")
    if not hosts and mode is not Mode.NONE:
        raise ValueError("the policy names no mx")
    return Document(mode, hosts, min(int(age), LONGEST), lines)


def _field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not _is_name(name):
        raise ValueError(f"not a field of a policy: {line[:100]!r}")
    return name, value.strip(" \t")


def _pattern(value: str) -> str:
    pattern = value.lower()
    labels = pattern.removeprefix("*.").split(".")
    if len(pattern) > 255 or not all(0 < len(label) <= 63 and _NAME.issuperset(label) for label in labels):
        raise ValueError(f"mx is no host name: {value[:100]!r}")
    return pattern


def _fits(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label) and rest == pattern[2:]
    return host == pattern


def _is_version(record: bytes) -> bool:
    version, semicolon, _ = record.partition(b";")
    return bool(semicolon) and version.rstrip(b" \t") == b"v=STSv1"


def _is_name(name: str) -> bool:
    return 0 < len(name) <= 32 and name[0] in _ALPHANUMERIC and _NAME.issuperset(name)


def _is_value(value: str) -> bool:
    return bool(value) and all("!" <= char <= "~" and char != "=" for char in value)


def _in_force(policy: Policy | None) -> Policy | None:
    return policy if policy and policy.document.mode is not Mode.NONE else None


def _remembered(raw: dict[str, Any]) -> Remembered:
    policy, problem = raw["policy"], raw["problem"]
    if policy is not None:
        told = policy["document"]
        document = Document(Mode(told["mode"]), tuple(told["mx"]), told["max_age"], tuple(told["lines"]))
        policy = Policy(policy["id"], document, policy["fetched_at"])
    return Remembered(policy, raw["failed_id"], raw["failed_at"], Problem(**problem) if problem else None)
