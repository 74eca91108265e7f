"""The one spelling of an address that is looked up and compared (RFC 5321 §2.4, RFC 6531 §3.2, RFC 5890)."""

import functools
import unicodedata

import idna

from ..errors import Invalid

_MAX_DOMAIN = 255


@functools.lru_cache(4096)
def canonical_domain(domain: str) -> str:
    """Lower case, A-labels, no dot at the end. Raises Invalid where it is no domain name."""
    bare = domain.rstrip(".").lower() if len(domain) <= _MAX_DOMAIN else ""
    if bare.isascii():
        if not bare or not all(_is_label(label) for label in bare.split(".")):
            raise Invalid("that is not a domain name")
        return bare
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise Invalid("that is not a domain name") from None


def canonical_local(local: str) -> str:
    """NFC and case-folded: spellings that differ in case are one person. Raises Invalid where it is empty or too long."""
    if not local or len(local) > 256 or any(ord(char) < 32 or ord(char) == 127 for char in local):
        raise Invalid("that is not a local part")
    return local.lower() if local.isascii() else unicodedata.normalize("NFC", local.casefold())


def split(address: str) -> tuple[str, str]:
    """ "local@domain", both canonical. Raises Invalid."""
    local, at, domain = address.rpartition("@")
    if not at:
        raise Invalid("an address looks like name@example.org")
    return canonical_local(local), canonical_domain(domain)


@functools.lru_cache(4096)
def canonical(address: str) -> str:
    """Raises Invalid."""
    local, domain = split(address)
    return f"{local}@{domain}"


def _is_label(label: str) -> bool:
    bare = label.replace("-", "").replace("_", "")
    return 0 < len(label) <= 63 and bare.isalnum() and label[0] != "-" and label[-1] != "-"
