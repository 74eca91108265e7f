"""Address lists as IMAP's ENVELOPE wants them (RFC 5322 §3.4, §4.4; RFC 9051 §7.5.2).

Lenient as mail is: names with dots, commas in encoded words, "user@host (Name)", angle brackets not closed or not there,
semicolons for commas, routes, groups never ended. One pass over the tokens; only comments nest, and they are counted.

    list        words and signs of one address gather until "," ";" or the end
    "<"         what has gathered is the name; the address follows up to ">"
    ":"         what has gathered is a group's name; its members follow up to ";"
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import NamedTuple

from pillarbox.errors import Invalid
from pillarbox.limits import MessageLimits
from pillarbox.message.headers import DEFAULT_LIMITS
from pillarbox.message.parameters import end_of_comment, unquoted


class Address(NamedTuple):
    """One address, or a sign that a group begins (`host` None) or ends (`mailbox` None too)."""

    name: bytes | None
    """The phrase without quotes, encoded words left as they are."""
    route: bytes | None
    """RFC 5322 §4.4: "@a,@b"."""
    mailbox: bytes | None
    """The local part without quotes; a group's name at its start."""
    host: bytes | None
    """The domain; empty where none was given, None in a group's signs."""

    @property
    def is_mailbox(self) -> bool:
        return self.host is not None


TOKENS = 20_000
"""Words, signs and spaces read of one list, where its addresses are not simple: some two thousand such addresses."""
FIRST_FEW = MessageLimits(addresses=8)
GROUP_END = Address(None, None, None, None)

# what most mail has: name-addr and addr-spec without anything obsolete or odd, up to a comma or the end
SIMPLE = re.compile(
    rb"[ \t]*+(?:(?:\"([^\"\\]*+)\"|([^\x00-\x1f\"\\(),.:;<>@\[\]]*+))[ \t]*+<)?+"
    rb"([^\x00-\x20\"\\(),:;<>@\[\]]++)@([^\x00-\x20\"\\(),:;<>@\[\]]++)(?(2)>|(?(1)>|))[ \t]*+(?:,|\Z)"
)
TOKEN = re.compile(
    rb"(?P<space>[\x00-\x20]++)"
    rb"|(?P<quoted>\"(?:[^\"\\]|\\[\x00-\xff])*+\"?)"
    rb"|(?P<word>(?:=\?[^?\s]{1,80}\?[BbQq]\?[^?]*+\?=|[^\x00-\x20\"(),:;<>@\[])++)"
    rb"|(?P<literal>\[[^\[\]\r\n]*+\]?)"
    rb"|(?P<sign>[\x00-\xff])"
)
SPACES = re.compile(rb"[\x00-\x20]++")

WORD, QUOTED, LITERAL = "word", "quoted", "literal"


class _Piece(NamedTuple):
    kind: str
    text: bytes
    after_space: bool


def parse(value: bytes, limits: MessageLimits = DEFAULT_LIMITS) -> list[Address]:
    """An unfolded address list → its addresses with the signs of its groups, at most `limits.addresses`; never raises."""
    return _List(value, limits.addresses).parse()


def one(value: bytes) -> Address | None:
    """The first mailbox of an unfolded address list, or None."""
    return next((address for address in parse(value, FIRST_FEW) if address.is_mailbox), None)


class _List:
    def __init__(self, value: bytes, room: int) -> None:
        self.value = value
        self.at = 0
        self.room = room
        self.tokens_left = TOKENS
        self.found: list[Address] = []
        self.in_group = False
        self.start()

    def start(self) -> None:
        """Nothing has gathered for the next address."""
        self.pieces: list[_Piece] = []
        self.phrase: list[_Piece] | None = None  # once "<" has come
        self.is_closed = False  # ">" has come
        self.comment: bytes | None = None

    def parse(self) -> list[Address]:
        while self.at < len(self.value) and len(self.found) < self.room:
            if simple := SIMPLE.match(self.value, self.at):
                quoted, words, mailbox, host = simple.groups()
                name = words.strip(b" \t") if words else quoted
                self.found.append(Address(name or None, None, mailbox, host))
                self.at = simple.end()
            else:
                self.item()
        if self.in_group:
            self.found.append(GROUP_END)
        return self.found

    def item(self) -> None:
        """One address, or the begin of a group, with the sign that ends it."""
        for kind, text, after_space in self.tokens():
            is_sign = kind == "sign"
            if is_sign and text in b",;:" and self.ends_item(text):
                return self.end_of_item(text)
            if is_sign and text == b"<":
                self.open_angle()
            elif is_sign and text == b">":
                self.is_closed = self.phrase is not None
            elif not self.is_closed:
                self.pieces.append(_Piece(kind, text, after_space))
        return self.end_of_item(b"")

    def tokens(self) -> Iterator[tuple[str, bytes, bool]]:
        """Kind, text, and whether white space or a comment stood before; nothing more once there have been `TOKENS` of them."""
        value, after_space = self.value, False
        while token := TOKEN.match(value, self.at):
            self.tokens_left -= 1
            if self.tokens_left < 0:
                self.at = len(value)
                return
            kind, text = str(token.lastgroup), token[0]
            self.at = token.end()
            if text == b"(":
                self.at = end_of_comment(value, token.start())
                if self.pieces or self.phrase is not None:  # one before the address names nobody (RFC 8621 §4.1.2.3)
                    self.comment = value[token.start() + 1 : self.at].removesuffix(b")")
                after_space = True
            elif kind == "space":
                after_space = True
            else:
                yield kind, text, after_space
                after_space = False

    def ends_item(self, sign: bytes) -> bool:
        """Whether this sign ends what has gathered, or is part of it: a comma in a route, a colon in an address."""
        if sign == b",":
            return self.phrase is None or self.is_closed or not self.is_in_route()
        if sign == b":":
            return self.phrase is None and not self.in_group and not any(piece.text == b"@" for piece in self.pieces)
        return True

    def is_in_route(self) -> bool:
        """Whether these are the domains of "<@a,@b:" so far."""
        return bool(self.pieces) and self.pieces[0].text == b"@"

    def open_angle(self) -> None:
        if self.phrase is None:
            self.phrase, self.pieces = self.pieces, []
        elif not self.is_closed:  # "<<a@b>>", "<name <a@b>"
            self.phrase += self.pieces
            self.pieces = []

    def end_of_item(self, sign: bytes) -> None:
        """Take what has gathered, as the sign after it says."""
        if sign == b":":
            self.found.append(Address(None, None, _phrase(self.pieces) or b"", None))
            self.in_group = True
        elif address := self.gathered():
            self.found.append(address)
        if sign == b";" and self.in_group:
            self.found.append(GROUP_END)
            self.in_group = False
        self.start()

    def gathered(self) -> Address | None:
        if self.phrase is not None:
            if not self.pieces and not self.phrase:
                return None
            name = _phrase(self.phrase)
            route, pieces = _split_route(self.pieces)
        elif self.pieces:
            words, pieces = _split_missing_angle(self.pieces)
            name, route = _phrase(words), None
        else:
            return None
        mailbox, host = _addr_spec(pieces)
        if name is None and self.comment is not None:
            name = SPACES.sub(b" ", unquoted(self.comment)).strip() or None
        return Address(name, route, mailbox, host)


def _phrase(pieces: list[_Piece]) -> bytes | None:
    """Words with one space where there was some, quotes removed."""
    texts: list[bytes] = []
    for piece in pieces:
        if piece.after_space and texts:
            texts.append(b" ")
        texts.append(_unquote(piece))
    return b"".join(texts).strip() or None


def _unquote(piece: _Piece) -> bytes:
    if piece.kind != QUOTED:
        return piece.text
    closed = len(piece.text) > 1 and piece.text.endswith(b'"')
    return unquoted(piece.text[1:-1] if closed else piece.text[1:])


def _split_route(pieces: list[_Piece]) -> tuple[bytes | None, list[_Piece]]:
    """obs-route = obs-domain-list ":"  (RFC 5322 §4.4)"""
    if not pieces or pieces[0].text != b"@":
        return None, pieces
    for place, piece in enumerate(pieces):
        if piece.text == b":" and piece.kind == "sign":
            return b"".join(part.text for part in pieces[:place]).rstrip(b","), pieces[place + 1 :]
    return None, pieces


def _split_missing_angle(pieces: list[_Piece]) -> tuple[list[_Piece], list[_Piece]]:
    """Where brackets are missing, "John Smith js@example.org": the words before the one that holds the "@" are the name."""
    for place, piece in enumerate(pieces):
        if piece.text == b"@" and place:
            start = place - 1
            while start and not pieces[start].after_space and pieces[start].kind != QUOTED:
                start -= 1
            if pieces[place].after_space or (start and pieces[start - 1].text == b"."):
                return [], pieces  # "user @ host", "a . b@host": white space is no border there
            return pieces[:start], pieces[start:]
    return [], pieces


def _addr_spec(pieces: list[_Piece]) -> tuple[bytes, bytes]:
    """Local part and domain, without white space; the domain is empty where there is none."""
    for place, piece in enumerate(pieces):
        if piece.text == b"@" and piece.kind == "sign":
            local = b"".join(_unquote(part) for part in pieces[:place])
            return local, b"".join(part.text for part in pieces[place + 1 :])
    return _phrase(pieces) or b"", b""


ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+)*")
PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
ENCODED_CHUNK = 45
"""Bytes of UTF-8 in one encoded word, which then has 72 of the 75 letters allowed (RFC 2047 §2)."""


def format(name: str, mailbox: str, host: str, *, utf8: bool = False) -> bytes:  # noqa: A001
    """One mailbox for a header we write (RFC 5322 §3.4): quoted or, unless `utf8` (RFC 6532) allows it raw, encoded as needed.

    Raises `Invalid` where control characters are in it, no host is, or the address itself would need more than ASCII without
    `utf8`.
    """
    if CONTROLS.search(name + mailbox + host) or not mailbox or not host:
        raise Invalid("not an address that can be written")
    local = mailbox if ATOM.fullmatch(mailbox) else _quote(mailbox)
    address = f"{local}@{host}"
    if not ATOM.fullmatch(host) and not re.fullmatch(r"\[[!-Z^-~]+\]", host):
        raise Invalid("not a domain")
    if not utf8 and not address.isascii():
        raise Invalid("an address beyond ASCII needs SMTPUTF8")
    if not name:
        return address.encode("utf-8")
    return b"%b <%b>" % (_display_name(name, utf8), address.encode("utf-8"))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _display_name(name: str, utf8: bool) -> bytes:
    if name.isascii() or utf8:
        is_atoms = PHRASE.fullmatch(name) and "=?" not in name and name == " ".join(name.split())
        return (name if is_atoms else _quote(name)).encode("utf-8")
    return b" ".join(b"=?utf-8?B?%b?=" % b64encode(chunk) for chunk in _chunks(name))


def _chunks(text: str) -> Iterator[bytes]:
    """UTF-8 in pieces that end where characters do (RFC 2047 §5)."""
    chunk = b""
    for letter in text:
        octets = letter.encode("utf-8", "replace")
        if len(chunk) + len(octets) > ENCODED_CHUNK:
            yield chunk
            chunk = b""
        chunk += octets
    yield chunk
