"""What a person reads in a delivery status notification: what happened to which address, why, and what to do."""

import re
import textwrap
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence

from pillarbox.message import dates
from pillarbox.message.status import Action, RecipientStatus

REPLY = re.compile(r"[2-5]\d\d[ -]")
"""A server's own words begin with its reply code (RFC 5321 §4.2)."""
LONGEST_SUBJECT = 150
LONGEST_WORD = 900
"""Letters of one word in a header field, which could not be folded otherwise."""
LONGEST_TEXT = 2000
"""Letters kept of what another server said."""
WIDTH = 76
ENCODED = 36
"""Bytes an encoded word holds: with charset and padding 60 letters of the 75 of RFC 2047 §2."""
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
"""They change the order in which the letters around them are shown."""

SUBJECTS: dict[Action, str] = {
    "failed": "Undelivered",
    "delayed": "Delayed",
    "expanded": "Forwarded",
    "relayed": "Passed on",
    "delivered": "Delivered",
}
"""The gravest comes first: it names the notification."""

OPENINGS: dict[Action, tuple[str, str]] = {
    # of one address, of several
    "failed": (
        "Your message could not be delivered to this address. It will not be tried again:",
        "Your message could not be delivered to these addresses. It will not be tried again:",
    ),
    "delayed": (
        "Your message has not been delivered to this address yet. There is no need to send it again:",
        "Your message has not been delivered to these addresses yet. There is no need to send it again:",
    ),
    "expanded": (
        "Your message was accepted for this address, and sent on to those that it stands for:",
        "Your message was accepted for these addresses, and sent on to those that they stand for:",
    ),
    "relayed": (
        "Your message was handed to a server that does not report on delivery. You hear more only if it fails:",
        "Your message was handed to servers that do not report on delivery. You hear more only if it fails:",
    ),
    "delivered": ("Your message was delivered to this address:", "Your message was delivered to these addresses:"),
}

ADVICE = {
    # by status, less its class: the most exact one counts (RFC 3463 §3, and the registry of enhanced status codes)
    "1.1": "There is no such mailbox. Please check how the address is written.",
    "1.2": "There is no such domain. Please check how the part after the @ is written.",
    "1.3": "The address is not written as an address can be. Please check it.",
    "1.6": "The mailbox has moved, and it is not known where to.",
    "1.10": "The domain takes no mail at all. Please check how the part after the @ is written.",
    "2.1": "The mailbox is closed or takes no mail now. Please ask its owner in another way.",
    "2.2": "The mailbox is full. Please try again when its owner has made room.",
    "2.3": "The message is larger than this mailbox takes. Please send less at a time, or a link.",
    "3.4": "The message is larger than the server takes. Please send less at a time, or a link.",
    "4.1": "No server of that domain answers.",
    "4.4": "It is not known which server takes mail for that domain. Please check how the part after the @ is written.",
    "4.6": "The mail for this address goes in circles. Whoever runs its domain must mend that.",
    "4.7": "It was tried for as long as messages are kept.",
    "5.3": "The message has more recipients than the server takes. Please send it to fewer at a time.",
    "6.7": "The server cannot take addresses with letters such as these. Please use another address, if there is one.",
    "7.30": "The message asked for encryption all the way, which the server does not offer.",
    "7": "The server does not want this message from you: a rule of its own. Its words above may say which.",
}


def subject(recipients: Sequence[RecipientStatus], original: str) -> str:
    """The notification's subject, after the one of the message it is about."""
    actions = {each.action for each in recipients}
    gravest = next((title for action, title in SUBJECTS.items() if action in actions), "Report")
    return f"{gravest}: {plain(original)[:LONGEST_SUBJECT] or 'your message'}"


def text(recipients: Sequence[RecipientStatus], original: str, from_: str) -> str:
    """The whole text, its lines at most `WIDTH` letters long but for addresses."""
    pieces: list[str] = []
    for action, openings in OPENINGS.items():
        concerned = [each for each in recipients if each.action == action]
        if concerned:
            pieces.append(_fill(openings[len(concerned) > 1]))
            pieces += ["\n".join(_lines(each)) for each in concerned]
    if original := plain(original)[:LONGEST_SUBJECT]:
        pieces.append(_fill(f"The subject of your message: {original}"))
    pieces.append(_fill(f"This was written by a program. To reach a person, write to {plain(from_)}."))
    return "\n\n".join(pieces) + "\n"


def _lines(each: RecipientStatus) -> Iterator[str]:
    yield f"    {plain(each.address)[:LONGEST_WORD]}"
    if said := plain(each.diagnostic):
        by = f"The server {plain(each.remote_mta)} said: " if each.remote_mta and REPLY.match(said) else ""
        yield _fill(by + said, "        ")
    if each.action == "failed" and (advice := _advice(each.status)):
        yield _fill(advice, "        ")
    if each.will_retry_until:
        yield _fill(f"It is tried until {dates.format(each.will_retry_until).decode()}.", "        ")


def _advice(status: str) -> str:
    detail = status.partition(".")[2]
    return ADVICE.get(detail) or ADVICE.get(detail.partition(".")[0], "")


def _fill(paragraph: str, indent: str = "") -> str:
    return textwrap.fill(paragraph, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def plain(said: str) -> str:
    """One line of printable letters, at most `LONGEST_TEXT`: what others wrote, where it can do no harm."""
    return " ".join("".join(map(_printable, said[:LONGEST_TEXT])).split())


def _printable(letter: str) -> str:
    if " " <= letter <= "~":
        return letter
    if letter in "\t\r\n":
        return " "
    return "?" if letter in TURNING or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") else letter


def words(said: str) -> list[str]:
    """The same in words, none longer than `LONGEST_WORD`: for a field that is to be folded between them."""
    return [word[at : at + LONGEST_WORD] for word in plain(said).split(" ") for at in range(0, len(word), LONGEST_WORD)]


def encoded(said: str) -> list[bytes]:
    """Words of an unstructured field: as they are in ASCII, else all of them encoded (RFC 2047 §2)."""
    if said.isascii() and "=?" not in said:
        return [word.encode() for word in words(said)]
    pieces: list[bytes] = [b""]
    for letter in plain(said):
        raw = letter.encode("utf-8", "replace")
        if len(pieces[-1]) + len(raw) > ENCODED:
            pieces.append(b"")
        pieces[-1] += raw
    return [b"=?utf-8?b?%b?=" % b64encode(piece) for piece in pieces]
