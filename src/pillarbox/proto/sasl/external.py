"""EXTERNAL: who the client is, TLS has shown already, by its certificate (RFC 4422 Appendix A)."""

from .exchange import Authenticated, CheckCertificate, Exchange, Terms, challenge, check, failed, text


def external(terms: Terms, initial: bytes | None) -> Exchange:
    """extern-resp = *( UTF8-char-no-nul ): whom to act as, mostly nobody else (RFC 4422 Appendix A.1)"""
    message = (yield from challenge(b"")) if initial is None else initial
    authorization = text(message, terms.limits.identity)
    if not (yield from check(CheckCertificate(authorization))):
        raise failed()
    return Authenticated("", authorization)
