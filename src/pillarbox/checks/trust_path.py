"""A chain of certificates, from a server's own to an authority that DANE names (RFC 5280 §6, RFC 9525 §6).

Not for the authorities the system trusts: OpenSSL sees to those. Everything a server sends is hostile: the path is as long as
`CHAIN` at most, each certificate is used once, and one signature is verified a step.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN = 10
"""Certificates looked at of what a server sends along."""
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.NameConstraints,
    x509.CertificatePolicies,
)
"""Extensions that may be critical: anything else critical spoils a path (RFC 5280 §4.2)."""
UNREADABLE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What a certificate that is not well-formed, or of an unknown kind, may raise: parts of it are read only when asked for."""


class BadPath(Exception):
    """Why a path does not hold; `result` is RFC 8460 §4.3's word."""

    def __init__(self, result: str, detail: str) -> None:
        super().__init__(detail)
        self.result = result


def paths(leaf: x509.Certificate, sent: Sequence[x509.Certificate]) -> Iterator[Sequence[x509.Certificate]]:
    """Every way up from `leaf`, itself first, to one of `sent`, in whatever order they came: signatures hold all the way."""
    left = [certificate for certificate in sent if certificate != leaf]
    reached: list[Sequence[x509.Certificate]] = [[leaf]]
    for path in reached:
        above = [candidate for candidate in left if _is_issued(path[-1], candidate)]
        left = [candidate for candidate in left if candidate not in above]
        for parent in above:
            reached.append([*path, parent])
            yield reached[-1]


def check_path(path: Sequence[x509.Certificate], names: Sequence[str], now: datetime) -> None:
    """Whether a path, leaf first, is good at `now` for a server of one of `names`. Raises BadPath."""
    if not has_name(path[0], names):
        raise BadPath("certificate-host-mismatch", f"not for {' or '.join(names)}: {_called(path[0])}")
    for depth, certificate in enumerate(path):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise BadPath("certificate-expired", f"not valid now: {_called(certificate)}")
        try:
            extensions = certificate.extensions
        except UNREADABLE:
            raise BadPath("certificate-not-trusted", f"cannot be read: {_called(certificate)}") from None
        if any(extension.critical and not isinstance(extension.value, _UNDERSTOOD) for extension in extensions):
            raise BadPath("certificate-not-trusted", f"a critical extension is not understood: {_called(certificate)}")
        _check_purpose(extensions, _called(certificate))
        if depth:
            _check_authority(extensions, depth, _called(certificate))
            _check_constraints(extensions, _presented(path[0]), _called(certificate))


def has_name(leaf: x509.Certificate, names: Sequence[str]) -> bool:
    """Whether a certificate is for one of `names`; "*" may stand for the whole first label (RFC 7672 §3.2.3, RFC 9525 §6.3)."""
    presented = _presented(leaf)
    return any(_fits(name.lower().rstrip("."), pattern) for name in names for pattern in presented)


def _is_issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        if child.issuer != parent.subject:
            return False
        child.verify_directly_issued_by(parent)
    except InvalidSignature:
        return False
    except UNREADABLE:
        return False
    return True


def _check_authority(extensions: x509.Extensions, depth: int, called: str) -> None:
    """RFC 5280 §6.1.4 (k) to (n)"""
    constraints = _extension(extensions, x509.BasicConstraints)
    if constraints is None or not constraints.ca:
        raise BadPath("certificate-not-trusted", f"not an authority: {called}")
    if constraints.path_length is not None and depth - 1 > constraints.path_length:
        raise BadPath("certificate-not-trusted", f"too far below: {called}")
    usage = _extension(extensions, x509.KeyUsage)
    if usage is not None and not usage.key_cert_sign:
        raise BadPath("certificate-not-trusted", f"may not sign certificates: {called}")


def _check_purpose(extensions: x509.Extensions, called: str) -> None:
    """RFC 5280 §4.2.1.12"""
    purposes = _extension(extensions, x509.ExtendedKeyUsage)
    if purposes is not None and not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(
        purposes
    ):
        raise BadPath("certificate-not-trusted", f"not for servers: {called}")


def _check_constraints(extensions: x509.Extensions, presented: Sequence[str], called: str) -> None:
    """Of host names only: no other name is looked at (RFC 5280 §4.2.1.10)."""
    constraints = _extension(extensions, x509.NameConstraints)
    if constraints is None:
        return
    permitted, excluded = (_subtrees(part) for part in (constraints.permitted_subtrees, constraints.excluded_subtrees))
    for name in presented:
        outside = bool(permitted) and not any(_is_below(name, tree) for tree in permitted)
        if outside or any(_is_below(name, tree) for tree in excluded):
            raise BadPath("certificate-not-trusted", f"may not vouch for {name}: {called}")


def _subtrees(names: Sequence[x509.GeneralName] | None) -> list[str]:
    return [name.value.lower().lstrip(".") for name in names or () if isinstance(name, x509.DNSName)]


def _is_below(name: str, tree: str) -> bool:
    return not tree or name == tree or name.endswith(f".{tree}")


def _extension(extensions: x509.Extensions, kind: type[x509.ExtensionType]) -> Any:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _presented(leaf: x509.Certificate) -> list[str]:
    """The host names a certificate has: of its subject's common name only where there are no others (RFC 7672 §3.2.3)."""
    try:
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        if names := alternatives.get_values_for_type(x509.DNSName):
            return [name.lower() for name in names]
    except x509.ExtensionNotFound:
        pass
    return [str(name.value).lower() for name in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)][-1:]


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        label, _, rest = name.partition(".")
        return bool(label) and rest == pattern[2:] and "." in rest
    return name == pattern


def _called(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:200]
