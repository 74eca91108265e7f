"""PLAIN (RFC 4616) and its forerunner LOGIN: the password itself, for use under TLS."""

from .exchange import Authenticated, BadExchange, CheckPassword, Exchange, Terms, challenge, check, failed, text


def plain(terms: Terms, initial: bytes | None) -> Exchange:
    """message = [authzid] UTF8NUL authcid UTF8NUL passwd (RFC 4616 §2)"""
    message = (yield from challenge(b"")) if initial is None else initial
    fields = message.split(b"\0", 3)
    if len(fields) != 3:
        raise BadExchange("PLAIN is two NULs between three fields")
    return (yield from _with_password(terms, fields[1], fields[2], fields[0]))


def login(terms: Terms, initial: bytes | None) -> Exchange:
    """LOGIN was never a standard: two prompts, the name and the password; an initial response is the name."""
    name = (yield from challenge(b"Username:")) if initial is None else initial
    password = yield from challenge(b"Password:")
    return (yield from _with_password(terms, name, password, b""))


def _with_password(terms: Terms, name: bytes, password: bytes, authorization: bytes) -> Exchange:
    limits = terms.limits
    question = CheckPassword(text(name, limits.identity), text(password, limits.password), text(authorization, limits.identity))
    if not question.identity or not question.password:
        raise failed()
    if not (yield from check(question)):
        raise failed()
    return Authenticated(question.identity, question.authorization)
