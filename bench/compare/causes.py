"""Why answers differ where ours stays as it is: each cause a rule that knows it, and a case under tests/cases/imap.

A rule sees one difference. It must name the cause, not the messages: whatever it doesn't recognise is unexplained.
"""

import binascii
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from bench.compare.answers import Value
from bench.compare.differences import Difference
from pillarbox.message import charsets, encoded_words, summary, text, transfer
from pillarbox.message.structure import Part

Rule = Callable[[Difference], bool]
RULES: dict[str, Rule] = {}
"""Case → rule; the first that fits explains."""
NOWHERE = re.compile(rb"SYNTAX_ERROR|MISSING_(?:MAILBOX|DOMAIN)")
SPACE = re.compile(rb"[ \t\r\n]+")
ODD_DATE = re.compile(rb"\d:\d(?!\d)|[+-]{2}|\d:\d\d:\d(?!\d)|(?<![+-])\b0\d{3}\b|\d\s?[AP]M\b")
ODD_THREADS: set[str] = set()
"""Base subjects of messages with such dates."""
THEY_DO_NOT_KNOW = ("ks_c_5601-1987",)
SIZES = ("FETCH BINARY.SIZE[n]", "FETCH BINARY.SIZE[]")
ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
ADDRESSED = ("from", "to", "cc", "bcc", "sender", "reply-to")


def explains(case: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        RULES[case] = rule
        return rule

    return register


def cause(difference: Difference) -> str | None:
    """The case that explains it, or None."""
    return next((case for case, rule in RULES.items() if rule(difference)), None)


@lru_cache(maxsize=4096)
def read(message: bytes) -> summary.Summary:
    return summary.read(message)


# ENVELOPE.


@explains("01-white-space-is-kept")
def _white_space(found: Difference) -> bool:
    if found.kind == "SORT=DISPLAY":
        return any(_first_name(found, name) != _collapsed(_first_name(found, name))[0] for name in _sorted_by(found))
    return _fact(found) in ("subject", *ADDRESSES) and _collapsed(found.ours) == _collapsed(found.theirs)


@explains("02-white-space-at-the-ends")
def _at_the_ends(found: Difference) -> bool:
    same = isinstance(found.ours, bytes) and isinstance(found.theirs, bytes) and found.ours == found.theirs.strip(b" \t")
    return _fact(found) in ("in-reply-to", "message-id", "date") and same


@explains("03-addresses-that-are-none")
def _no_address(found: Difference) -> bool:
    if found.kind.startswith("SORT"):
        return any(_has_no_address(found, name) for name in _sorted_by(found) if name in ADDRESSES)
    return _fact(found) in ADDRESSES and NOWHERE.search(b" ".join(_strings(found.theirs))) is not None


@explains("04-address-as-a-name")
def _name_is_address(found: Difference) -> bool:
    if _fact(found) not in ADDRESSES or not isinstance(found.ours, list) or not isinstance(found.theirs, list):
        return False
    pairs = zip(found.ours, found.theirs, strict=False)
    odd = [(ours, theirs) for ours, theirs in pairs if ours != theirs]
    return all(ours[1:] == theirs[1:] and theirs[0] is None and b"@" in (ours[0] or b"") for ours, theirs in odd)


@explains("05-words-behind-an-address")
def _words_behind(found: Difference) -> bool:
    """Words between an address and the next comma: more of it to us, nothing to them."""
    if _fact(found) not in ADDRESSES or not isinstance(found.ours, list) or not isinstance(found.theirs, list):
        return False
    header = read(found.message).header
    values = b" ".join(header.all(_fact(found).encode()) or header.all(b"from"))
    return re.search(rb"@[^,<>]*[\s:]+[\[<][^,]*", values) is not None


# BODYSTRUCTURE and BODY.


@explains("06-charset-not-said")
def _charset(found: Difference) -> bool:
    if not found.fact.endswith("params") or not isinstance(found.ours, dict) or not isinstance(found.theirs, dict):
        return False
    return b"charset" not in found.ours and {**found.ours, b"charset": b"us-ascii"} == found.theirs


@explains("07-encoding-without-mime")
def _encoding(found: Difference) -> bool:
    header = read(found.message).header
    return found.fact == "1 encoding" and found.theirs == b"7bit" and b"content-type" not in header


@explains("08-parameters-with-spaces")
def _spaces_in_parameters(found: Difference) -> bool:
    ours, theirs = found.ours, found.theirs
    if found.fact.endswith("disposition") and ours and theirs:
        ours, theirs = ours[1], theirs[1]
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or ours.keys() != theirs.keys():
        return False
    return all(ours[name] == theirs[name] or ours[name].startswith(theirs[name] + b" ") for name in ours)


@explains("09-multipart-of-no-parts")
def _no_parts(found: Difference) -> bool:
    root = read(found.message).root
    declared = root.header.first(b"content-type") or b""
    return declared.lower().startswith(b"multipart/") and not root.children


# Sections.


@explains("10-line-end-before-a-delimiter")
def _line_end(found: Difference) -> bool:
    if found.kind == "FETCH BINARY.SIZE[n]":
        ours, theirs = (side.get(_item(found).replace("BINARY.SIZE", "BODY")) for side in found.beside)
        return isinstance(ours, bytes) and isinstance(theirs, bytes) and ours + b"\r\n" == theirs
    ends = isinstance(found.ours, bytes) and isinstance(found.theirs, bytes) and found.ours + b"\r\n" == found.theirs
    return found.kind in ("FETCH BODY[n]", "FETCH BINARY[n]") and ends and found.message.count(found.ours + b"\r\n--") > 0


@explains("11-binary-of-what-has-parts")
def _binary_of_parts(found: Difference) -> bool:
    """It has no encoding of its own, and is as it stands; they undo those of the parts in it."""
    part = _part_asked(found)
    if "BINARY" not in found.kind or part is None:
        return False
    start = part.start if part is read(found.message).root else part.body_start
    stands = found.message[start : part.end]
    return found.ours in (stands, b"%d" % len(stands)) and any(inner.encoding in transfer.DECODERS for inner in part.walk())


@explains("12-binary-of-broken-encodings")
def _broken_encoding(found: Difference) -> bool:
    part = _part_asked(found)
    refused = isinstance(found.theirs, str) and found.theirs.startswith("refused")
    if found.fact in ("body", "text") and found.ours:
        return any(_holds(found, inner) and _is_broken(found.message, inner) for inner in _texts(read(found.message).root))
    return "BINARY" in found.kind and refused and part is not None and part.encoding in ("base64", "quoted-printable")


@explains("13-binary-size-as-told-by-dovecot")
def _binary_size(found: Difference) -> bool:
    """Their own BINARY is as long as we say."""
    data = found.beside[1].get(_item(found).replace("BINARY.SIZE", "BINARY"))
    return found.kind in SIZES and isinstance(data, bytes) and found.ours == b"%d" % len(data)


# SEARCH.


@explains("14-dates-as-people-write-them")
def _lenient_date(found: Difference) -> bool:
    date = read(found.message).header.first(b"date") or b""
    if found.kind.startswith("THREAD"):
        return read(found.message).base_subject in ODD_THREADS
    asked = found.question.startswith(b"SEARCH SENT") or "date" in _sorted_by(found)
    return asked and ODD_DATE.search(date) is not None


@explains("15-addresses-searched-as-they-stand")
def _addresses_as_they_stand(found: Difference) -> bool:
    """They look into what they made of the field, we into the field."""
    if found.fact not in ADDRESSED or not found.kind.startswith("SEARCH"):
        return False
    header = read(found.message).header
    return bool(found.ours) == (_folded(found.needle) in _folded_values(header.all(found.fact.encode())))


@explains("16-white-space-in-searched-fields")
def _searched_white_space(found: Difference) -> bool:
    if not found.kind.startswith("SEARCH") or found.fact in ("body", ""):
        return False
    if found.fact == "text":
        header = read(found.message).header
        raw = found.message[header.start : header.body_start].replace(b"\r\n", b"").decode("latin-1")
        return _folded(found.needle) in text.fold(text.header_text(header)) and _folded(found.needle) not in text.fold(raw)
    values = [SPACE.sub(b" ", value) for value in read(found.message).header.all(found.fact.encode())]
    as_they_stand = _folded_values(read(found.message).header.all(found.fact.encode()))
    return bool(found.ours) == (_folded(found.needle) in as_they_stand) != (_folded(found.needle) in _folded_values(values))


@explains("17-header-of-a-part")
def _header_of_part(found: Difference) -> bool:
    """It stands in the header of a part or of a message within, and in no text."""
    if found.fact not in ("body", "text") or not found.ours:
        return False
    root = read(found.message).root
    headers = [text.fold(text.header_text(part.header)) for part in root.walk() if part is not root]
    return any(_folded(found.needle) in each for each in headers) and not any(_holds(found, part) for part in _texts(root))


@explains("18-html-as-it-reads")
def _html(found: Difference) -> bool:
    """It reads so, though tags, entities or line ends stand between."""
    if found.fact not in ("body", "text") or not found.ours:
        return False
    root = read(found.message).root
    there = read(found.message).search_text
    holds = there is not None and _folded(found.needle) in there.body
    return (
        holds and any(part.subtype == "html" for part in _texts(root)) and not any(_holds(found, part) for part in _texts(root))
    )


@explains("19-charset-undeclared-or-wrong")
def _undeclared(found: Difference) -> bool:
    """There are 8-bit bytes that no declared charset makes sense of: what they are is a guess on either side."""
    if found.needle.isascii() and found.kind.startswith("SEARCH"):
        return False
    if found.fact in ("body", "text"):
        return any(_is_guess(found.message, part) for part in _texts(read(found.message).root))
    names = _sorted_by(found) if found.kind.startswith("SORT") else [found.fact]
    return found.kind.startswith("S") and any(not value.isascii() for name in names for value in _values(found, name))


@explains("20-cases-and-compatible-letters")
def _folding(found: Difference) -> bool:
    """ß is ss and a ligature its letters."""
    if not found.kind.startswith("SEARCH") or not found.ours:
        return False
    if found.fact not in ("body", "text"):
        shown = "\n".join(encoded_words.decode(value) for value in read(found.message).header.all(found.fact.encode()))
        return _folded(found.needle) in text.fold(shown) and found.needle.lower() not in shown.lower()
    return any(_holds(found, part) and not _holds_simply(found, part) for part in _texts(read(found.message).root))


@explains("21-encoded-words-in-addresses")
def _encoded_address(found: Difference) -> bool:
    return found.kind.startswith("SORT") and any(
        b"?=@" in value for name in _sorted_by(found) for value in _values(found, name)
    )


@explains("22-threads-by-arrival")
def _by_arrival(found: Difference) -> bool:
    """Which thread, or branch of a thread without a root, comes first."""
    is_branch = isinstance(found.ours, int) and isinstance(found.theirs, int) and found.ours < 0 and found.theirs < 0
    return found.kind == "THREAD=REFS" and (found.fact == "order" or is_branch)


def know(messages: Sequence[bytes]) -> None:
    """Threads in which one message has a date that is read differently are threads in another order, all of them."""
    for message in messages:
        if ODD_DATE.search(read(message).header.first(b"date") or b""):
            ODD_THREADS.add(read(message).base_subject)


def _sorted_by(found: Difference) -> list[str]:
    """The fields that a SORT looks at."""
    if not found.kind.startswith("SORT"):
        return []
    return [word.removeprefix("display") for word in found.fact.split() if word != "reverse"]


def _values(found: Difference, name: str) -> list[bytes]:
    return read(found.message).header.all(name.encode())


def _first_name(found: Difference, name: str) -> bytes:
    first = next((each for each in read(found.message).addresses(name.encode()) if each.is_mailbox), None)
    return (first and first.name) or b""


def _has_no_address(found: Difference, name: str) -> bool:
    """Whether the first address of a field is none that the grammar has."""
    value = b"".join(_values(found, name)[:1])
    return re.search(rb"<[^<>]*[\s:;][^<>]*>|\"\"\s*<>", value.partition(b",")[0]) is not None


def _item(found: Difference) -> str:
    """What a FETCH asked for."""
    return found.question.decode("latin-1").partition("(")[2].rstrip(")")


def _fact(found: Difference) -> str:
    """The name of the fact, without the part it is of."""
    return found.fact.rpartition(" ")[2] if "ENVELOPE" in found.kind or "envelope" in found.fact else ""


def _strings(value: Value) -> list[bytes]:
    """Every string in a value."""
    found, ahead = [], [value]
    while ahead:
        match ahead.pop():
            case bytes() as string:
                found.append(string)
            case list() as values:
                ahead += reversed(values)
            case _:
                found.append(b"NIL")
    return found


def _collapsed(value: Value) -> list[bytes]:
    return [SPACE.sub(b" ", string).strip() for string in _strings(value)]


def _part_asked(found: Difference) -> Part | None:
    """The part that a section names."""
    section = found.question.partition(b"[")[2].partition(b"]")[0]
    part = read(found.message).root
    if not section:
        return part
    for number in map(int, section.split(b".")):
        inner = part.message if part.message is not None else part
        if inner.children:
            if number > len(inner.children):
                return None
            part = inner.children[number - 1]
        elif number != 1:
            return None
        else:
            return _Leaf(inner)
    return part


class _Leaf(Part):
    """The only part of a message, which shares the message's place in our tree."""

    __slots__ = ()

    def __init__(self, part: Part) -> None:
        super().__init__(part.header, (part.type, part.subtype, part.params), part.encoding)
        self.body_start, self.end = part.body_start, part.end


def _texts(root: Part) -> list[Part]:
    return [part for part in root.walk() if part.type == "text"]


def _folded(needle: str) -> str:
    return text.fold(needle)


def _folded_values(values: list[bytes]) -> str:
    return text.fold("\n".join(value.decode("utf-8", "replace") for value in values))


def _holds(found: Difference, part: Part) -> bool:
    return _folded(found.needle) in text.fold(text.text_of(found.message, part))


def _holds_simply(found: Difference, part: Part) -> bool:
    return found.needle.lower() in text.text_of(found.message, part).lower()


def _is_broken(message: bytes, part: Part) -> bool:
    """Whether it says base64, and not all of it is."""
    if part.encoding != "base64":
        return False
    try:
        binascii.a2b_base64(SPACE.sub(b"", message[part.body_start : part.end]), strict_mode=True)
    except binascii.Error:
        return True
    return False


def _is_guess(message: bytes, part: Part) -> bool:
    data = text.decoded(message, part)
    codec = charsets.lookup(part.charset)
    if data.isascii():
        return False
    if codec is None or codec.name == "ascii" or part.charset.lower() in THEY_DO_NOT_KNOW:
        return True
    try:
        codec.decode(data, "strict")
    except UnicodeError:
        return True
    return False
