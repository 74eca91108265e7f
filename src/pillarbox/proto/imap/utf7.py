"""Mailbox names in modified UTF-7 (RFC 3501 §5.1.3): `&` shifts to base64 of UTF-16, `,` stands for `/`."""

import binascii


def encode(name: str) -> bytes:
    """A name as modified UTF-7, the shortest form, which is the only right one. A lone surrogate becomes U+FFFD."""
    if name.isascii() and name.isprintable():
        return name.replace("&", "&-").encode("ascii")
    out = bytearray()
    shifted: list[str] = []
    for char in name:
        if " " <= char <= "~":
            _flush(out, shifted)
            out += b"&-" if char == "&" else char.encode("ascii")
        else:
            shifted.append(char)
    _flush(out, shifted)
    return bytes(out)


def _flush(out: bytearray, shifted: list[str]) -> None:
    if shifted:
        text = "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in shifted)
        base64 = binascii.b2a_base64(text.encode("utf-16-be"), newline=False)
        out += b"&" + base64.rstrip(b"=").replace(b"/", b",") + b"-"
        shifted.clear()


def decode(raw: bytes) -> str | None:
    """The name that `raw` encodes, or None if it is not modified UTF-7 in the one form a name may have.

    8-bit bytes, controls, a shift left open, padding bits that are set and printable ASCII in base64 are all refused: two
    spellings of one name would be two names to a client.
    """
    if not raw.isascii():
        return None
    if b"&" not in raw:
        name = raw.decode("ascii")
        return name if name.isprintable() else None
    first, *rest = raw.split(b"&")
    out = [first.decode("ascii")]
    for piece in rest:
        encoded, dash, plain = piece.partition(b"-")
        if not dash:
            return None
        text = _unshifted(encoded) if encoded else "&"
        if text is None:
            return None
        out.append(text + plain.decode("ascii"))
    name = "".join(out)
    return name if encode(name) == raw else None


def _unshifted(encoded: bytes) -> str | None:
    if b"/" in encoded or b"=" in encoded:
        return None
    try:
        units = binascii.a2b_base64(encoded.replace(b",", b"/") + b"=" * (-len(encoded) % 4), strict_mode=True)
        return units.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        return None
