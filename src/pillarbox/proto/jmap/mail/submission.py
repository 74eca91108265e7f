"""Email submissions as JSON (RFC 8621 §7): how one is made, found and put in order.

An envelope becomes the commands of SMTP that it stands for, read by the same parser.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from pillarbox.limits import SmtpLimits
from pillarbox.proto.jmap.arguments import Arguments, Json
from pillarbox.proto.jmap.errors import MethodRefused, SetError, SetRefused
from pillarbox.proto.jmap.ids import is_id
from pillarbox.proto.jmap.mail import filter as filters
from pillarbox.proto.jmap.mail import sort as sorts
from pillarbox.proto.smtp import commands, envelope, extensions, parse
from pillarbox.proto.smtp.commands import OriginalRecipient
from pillarbox.proto.smtp.grammar import Dialect, SyntaxProblem
from pillarbox.proto.smtp.tolerances import Tolerances

PROPERTIES: Final = (
    "id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds", "mdnBlobIds",
)  # fmt: skip
SORTS: Final = ("emailId", "threadId", "sentAt", "sendAt")
"""RFC 8621 §7.3 has sendAt under its old name."""
UNDO: Final = ("pending", "final", "canceled")
CONDITIONS: Final = frozenset(("identityIds", "emailIds", "threadIds", "undoStatus", "before", "after"))
Command = TypeVar("Command", commands.Mail, commands.Rcpt)


# Made.


@dataclass(frozen=True, slots=True)
class GivenParty:
    """An Address of an envelope, as it was given."""

    email: str
    parameters: Mapping[str, str | None] | None = None

    def to_json(self) -> dict[str, Json]:
        return {"email": self.email, "parameters": None if self.parameters is None else dict(self.parameters)}


@dataclass(frozen=True, slots=True)
class GivenEnvelope:
    sender: GivenParty
    recipients: Sequence[GivenParty]


@dataclass(frozen=True, slots=True)
class NewSubmission:
    identity: str
    email: str
    """Ids, or `#` and creation ids."""
    envelope: GivenEnvelope | None

    @classmethod
    def parse(cls, given: Mapping[str, Json]) -> "NewSubmission":
        """Raises SetRefused."""
        wrong = [name for name in given if name not in ("identityId", "emailId", "envelope")]
        identity, email, wanted = given.get("identityId"), given.get("emailId"), given.get("envelope")
        wrong += [name for name, value in (("identityId", identity), ("emailId", email)) if not _is_reference(value)]
        found = None if wanted is None else _envelope(wanted)
        if wanted is not None and found is None:
            wrong.append("envelope")
        if wrong:
            raise SetRefused(SetError("invalidProperties", "", tuple(wrong)))
        return cls(str(identity), str(email), found)


def _is_reference(value: Json) -> bool:
    return isinstance(value, str) and is_id(value.removeprefix("#"))


def _envelope(value: Json) -> GivenEnvelope | None:
    """None: it is none."""
    if not isinstance(value, dict) or not value.keys() <= {"mailFrom", "rcptTo"}:
        return None
    recipients = value.get("rcptTo")
    sender = _party(value.get("mailFrom"))
    if sender is None or not isinstance(recipients, list):
        return None
    parties = [party for each in recipients if (party := _party(each)) is not None]
    return GivenEnvelope(sender, parties) if len(parties) == len(recipients) else None


def _party(value: Json) -> GivenParty | None:
    if not isinstance(value, dict) or not value.keys() <= {"email", "parameters"}:
        return None
    email, parameters = value.get("email"), value.get("parameters")
    if not isinstance(email, str) or not (parameters is None or isinstance(parameters, dict)):
        return None
    if not all(each is None or isinstance(each, str) for each in (parameters or {}).values()):
        return None
    return GivenParty(email, parameters)  # type: ignore[arg-type]  # as has been seen


# As SMTP says it.


def offered(limits: SmtpLimits, now: datetime) -> extensions.Extensions:
    """What may be asked for in an envelope: what our submission service announces, as far as it makes sense here."""
    longest = limits.hold
    latest = f"{now.astimezone(UTC) + timedelta(seconds=longest):%Y-%m-%dT%H:%M:%SZ}"
    return {
        "SIZE": (str(limits.message),),
        "8BITMIME": (),
        "SMTPUTF8": (),
        "DSN": (),
        "REQUIRETLS": (),
        "FUTURERELEASE": (str(longest), latest),
    }


def dialect(limits: SmtpLimits, now: datetime) -> Dialect:
    return Dialect(limits, Tolerances(), extensions=offered(limits, now), utf8=True)


def mail(party: GivenParty, spoken: Dialect) -> commands.Mail:
    """The MAIL that a sender stands for. Raises ValueError, with what is wrong."""
    given = dict(party.parameters or {})
    if not party.email.isascii() and "SMTPUTF8" not in map(str.upper, given):
        given["SMTPUTF8"] = None
    return _read("FROM", party.email, given, spoken, parse.mail)


def rcpt(party: GivenParty, spoken: Dialect) -> commands.Rcpt:
    """The RCPT that a recipient stands for. Raises ValueError, with what is wrong."""
    if "@" not in party.email:
        raise ValueError("not an address")
    return _read("TO", party.email, party.parameters or {}, spoken, parse.rcpt)


def _read(
    word: str, email: str, given: Mapping[str, str | None], spoken: Dialect, read: Callable[[str, Dialect], Command]
) -> Command:
    """As it would be said to a server, read as a server does."""
    said = [f"{word}:{envelope.path(email)}", *(_parameter(name, value) for name, value in given.items())]
    if any(char <= " " or char == "\x7f" for each in said[1:] for char in each):
        raise ValueError("a parameter has white space in it")
    try:
        return read(" ".join(said), spoken)
    except SyntaxProblem as problem:
        raise ValueError(problem.reply.text) from None


def _parameter(name: str, value: str | None) -> str:
    """What was decoded for JSON is encoded again (RFC 8621 §7)."""
    if value is None:
        return name
    match name.upper():
        case "ENVID":
            value = envelope.xtext(value)
        case "ORCPT":
            kind, semicolon, address = value.partition(";")
            original = OriginalRecipient(kind.lower(), address)
            value = f"{kind}{semicolon}{envelope.original_recipient(original, utf8=True)}"
    return f"{name}={value}"


# Found.


@dataclass(frozen=True, slots=True)
class Facts:
    """What a filter or a sort may ask of a submission."""

    id: str
    identity: str
    email: str
    thread: str
    undo: str
    send_at: datetime


Test = Callable[[Facts], bool]


def wanted(filter_: Mapping[str, Json] | None) -> Test:
    """Which submissions a filter is true of (RFC 8621 §7.3). Raises MethodRefused."""
    return filters.as_test(filter_, _condition)


def _condition(given: Mapping[str, Json]) -> Test:
    if not given.keys() <= CONDITIONS:
        raise MethodRefused("unsupportedFilter")
    asked = Arguments(given)
    identities, emails, threads = asked.ids("identityIds"), asked.ids("emailIds"), asked.ids("threadIds")
    undo, before, after = asked.optional_text("undoStatus"), filters.date(asked, "before"), filters.date(asked, "after")
    if undo not in (None, *UNDO):
        raise MethodRefused("invalidArguments", "there is no such undoStatus")
    return lambda facts: (
        (identities is None or facts.identity in identities)
        and (emails is None or facts.email in emails)
        and (threads is None or facts.thread in threads)
        and undo in (None, facts.undo)
        and (before is None or facts.send_at < before)
        and (after is None or facts.send_at >= after)
    )


def in_order(found: Iterable[Facts], sort: Sequence[Mapping[str, Json]]) -> list[Facts]:
    """The last ones first, unless a sort says otherwise. Raises MethodRefused("unsupportedSort")."""
    ordered = sorted(found, key=lambda facts: (facts.send_at, facts.id), reverse=True)
    for by in reversed(sorts.read(sort, SORTS)):
        ordered.sort(key=_KEYS[by.property], reverse=not by.is_ascending)
    return ordered


def _numbered(name: str) -> tuple[int, str]:
    """An id of ours, a letter and a number: by that number."""
    return len(name), name


_KEYS: Final[Mapping[str, Callable[[Facts], Any]]] = {
    "emailId": lambda facts: _numbered(facts.email),
    "threadId": lambda facts: _numbered(facts.thread),
    "sentAt": lambda facts: facts.send_at,
    "sendAt": lambda facts: facts.send_at,
}
