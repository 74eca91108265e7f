"""The picture a domain wants beside its mail: found, fetched, and looked at before anyone is shown it (BIMI).

Only for mail that passes DMARC under a policy that is enforced, on the author's domain and its subdomains alike. No certificate
is verified: whoever shows the picture must not call it a proven mark.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from ..limits import CheckLimits
from . import dmarc
from .dmarc import DmarcResult
from .dmarc_record import Policy, Record
from .names import is_askable, is_domain
from .questions import Answer, Asking, Fetch, Fetched, Status, Txt

DEFAULT_LIMITS = CheckLimits()
DEFAULT_SELECTOR = "default"
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})\Z")
VERSION = re.compile(rb"[ \t]*+v[ \t]*+=[ \t]*+BIMI1[ \t]*+(?:;|\Z)")
URL = re.compile(r"https://[!-~]+\Z")


class Result(StrEnum):
    """What Authentication-Results call it."""

    PASS = "pass"
    NONE = "none"
    FAIL = "fail"
    TEMPERROR = "temperror"
    DECLINED = "declined"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class BimiResult:
    """Where the picture of a message's author is; `pass` says no more than that one is named."""

    result: Result
    domain: str = ""
    """Where the record was found."""
    selector: str = DEFAULT_SELECTOR
    location: str = ""
    """URL of the picture."""
    evidence: str = ""
    """URL of a certificate for it; not verified."""
    problem: str = ""


def find(
    author: DmarcResult, selector_field: bytes | None = None, *, limits: CheckLimits = DEFAULT_LIMITS
) -> Asking[BimiResult]:
    """The record of the author's domain, else of its organization, under the selector of BIMI-Selector or "default".

    `selector_field` is that field's unfolded value; asks for TXT.
    """
    selector = read_selector(selector_field)
    if problem := _refusal(author):
        return BimiResult(Result.SKIPPED, author.author, selector, problem=problem)
    if problem := (yield from _weak_organization(author, limits)):
        return BimiResult(Result.SKIPPED, author.author, selector, problem=problem)
    for domain in dict.fromkeys((author.author, author.organization)):
        found = yield from _at(domain, selector)
        if found.result is not Result.NONE:
            return found
    return BimiResult(Result.NONE, author.author, selector, problem="there is no record")


def read_selector(value: bytes | None) -> str:
    """BIMI-Selector: "v=BIMI1; s=brand" → the selector; "default" where it is anything else."""
    if value is None or not VERSION.match(value):
        return DEFAULT_SELECTOR
    selector = _tags(value).get("s", "")
    return selector.lower() if LABEL.match(selector) else DEFAULT_SELECTOR


def _refusal(author: DmarcResult) -> str:
    """Why mail like this has no picture; empty where it may."""
    record = author.record
    if author.result is not dmarc.Result.PASS or record is None:
        return "only for mail that passes DMARC"
    if author.policy is Policy.NONE or not _is_enforced(record, is_organization=author.domain == author.organization):
        return "the DMARC policy is not enforced"
    return ""


def _is_enforced(record: Record, *, is_organization: bool) -> bool:
    return not record.is_test and record.p not in (None, Policy.NONE) and not (is_organization and record.sp is Policy.NONE)


def _weak_organization(author: DmarcResult, limits: CheckLimits) -> Asking[str]:
    """The policy of the organization counts too, where the author's domain has one of its own."""
    if author.domain == author.organization or author.record is None or author.record.psd == "y":
        return ""
    walk = yield from dmarc.walk_up(author.organization, limits)
    record = walk.at(author.organization)
    if record is not None and not _is_enforced(record, is_organization=True):
        return "the DMARC policy of the organization is not enforced"
    return ""


def _at(domain: str, selector: str) -> Asking[BimiResult]:
    name = f"{selector}._bimi.{domain}"
    if not is_askable(name):
        return BimiResult(Result.NONE, domain, selector)
    answer: Answer = yield Txt(name)
    if answer.status is Status.TRY_LATER:
        return BimiResult(Result.TEMPERROR, domain, selector, problem="the record cannot be looked up now")
    records = [text for text in answer.records if VERSION.match(text)]
    if len(records) != 1:
        return BimiResult(Result.NONE, domain, selector)
    tags = _tags(records[0])
    location, evidence = tags.get("l", ""), tags.get("a", "")
    if not location and not evidence:
        return BimiResult(Result.DECLINED, domain, selector, problem="the domain wants none")
    if not is_fetchable(location) or (evidence and not is_fetchable(evidence)):
        return BimiResult(Result.FAIL, domain, selector, problem="the record has no URL by HTTPS")
    return BimiResult(Result.PASS, domain, selector, location, evidence)


def _tags(text: bytes) -> dict[str, str]:
    tags: dict[str, str] = {}
    for piece in text.decode("latin-1").split(";")[1:]:
        name, equals, value = piece.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def is_fetchable(url: str) -> bool:
    """Whether it is an HTTPS URL of a named host, on its usual port, without a user."""
    if not URL.match(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.port in (None, 443) and "@" not in parts.netloc and "." in parts.netloc and is_domain(parts.hostname or "")
    except ValueError:
        return False


# The picture.


@dataclass(frozen=True, slots=True)
class Indicator:
    """A picture as it was fetched, or why there is none."""

    svg: bytes = b""
    problem: str = ""
    is_later: bool = False
    """It may be there another time."""


def indicator(url: str, *, limits: CheckLimits = DEFAULT_LIMITS) -> Asking[Indicator]:
    """Fetch a picture. It is kept as it came, and only if nothing in it could run, be fetched, or grow."""
    if not is_fetchable(url):
        return Indicator(problem="not a URL by HTTPS")
    answer: Answer = yield Fetch(url, most=limits.indicator_bytes)
    if answer.status is not Status.FOUND:
        return Indicator(problem=answer.reason or "cannot be fetched", is_later=not answer.reason.startswith("size:"))
    fetched: Fetched = answer.records[0]
    if fetched.status != 200:
        return Indicator(problem=f"http: status {fetched.status}", is_later=fetched.status >= 500)
    if len(fetched.body) > limits.indicator_bytes:
        return Indicator(problem="size: larger than a picture may be")
    problem = fault(fetched.body)
    return Indicator(problem=problem) if problem else Indicator(fetched.body)


ROOT = re.compile(rb"\s*+(?:<\?xml[^<>?]*+\?>\s*+)?(?:<!--(?:[^-]++|-(?!-))*+-->\s*+)*+<svg[\s>]")
TINY = re.compile(rb"<svg\s[^<>]*?\sbaseProfile\s*+=\s*+[\"']tiny-ps[\"']")
# what SVG Tiny PS does not have: what runs, what fetches, what moves, what is expanded
FORBIDDEN = [
    (re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|\[)", re.I), "a document type, an entity or a section"),
    (re.compile(rb"<\?(?!xml\s)", re.I), "a processing instruction"),
    (re.compile(rb"<\s*+/?(?:[a-z0-9_-]++:)?(?:script|foreignobject|image|iframe|a|animate\w*|set|handler|listener|style|audio|video|"
                rb"embed|object|use-?data|feimage|link)[\s/>]", re.I), "an element it may not have"),
    (re.compile(rb"[\s\"'/]on[a-z]++\s*+=", re.I), "an event attribute"),
    (re.compile(rb"\shref\s*+=\s*+[\"'](?!\s*+#)|:href\s*+=\s*+[\"'](?!\s*+#)", re.I), "a reference to something outside"),
    (re.compile(rb"url\s*+\(\s*+[\"']?+\s*+(?!#)", re.I), "a reference to something outside"),
    (re.compile(rb"(?<![a-z])(?:javascript|vbscript|data)\s*+:|@import|&#", re.I), "text that stands for something else"),
]  # fmt: skip


def fault(svg: bytes) -> str:
    """Why bytes are not plausible as SVG Tiny PS; empty where they are.

    Not a parser: anything that looks like a danger is one, and encodings other than UTF-8 are refused.
    """
    text = svg.removeprefix(b"\xef\xbb\xbf")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    if b"\0" in text or not ROOT.match(text) or not text.rstrip().endswith(b"</svg>"):
        return "not an SVG document"
    if re.match(rb"\s*+<\?xml[^<>]*?encoding\s*+=\s*+[\"'](?!utf-8[\"'])", text, re.I):
        return "not UTF-8"
    if not TINY.search(text):
        return "not of the profile tiny-ps"
    return next((f"it has {what}" for danger, what in FORBIDDEN if danger.search(text)), "")
