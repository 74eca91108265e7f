"""The client's part in AUTH: an exchange of SASL in lines of base64 (RFC 4954 §4)."""

from pillarbox.errors import AuthenticationFailed

from ..sasl.client import Client
from ..sasl.exchange import BadExchange
from ..sasl.lines import decode_response, encode_challenge

COMMAND_LENGTH = 512
"""Bytes of a command's line that any server takes (RFC 5321 §4.5.3.1.4)."""
CANCEL = "*"


class BadLogin(Exception):
    """The server breaks the exchange off in a way that cannot be trusted; the text says how."""


class Login:
    """One exchange, from AUTH to its outcome."""

    __slots__ = ("_exchange", "_initial", "_is_cancelled", "_mechanism")

    def __init__(self, mechanism: str, exchange: Client) -> None:
        self._mechanism = mechanism
        self._exchange = exchange
        self._initial: str | None = None  # the first response, where it has to wait for an empty challenge
        self._is_cancelled = False

    def command(self) -> str:
        """AUTH with the initial response, unless the mechanism has none or the line would be too long for it (§4)."""
        first = next(self._exchange)
        bare = f"AUTH {self._mechanism}"
        if first is None:
            return bare
        response = encoded(first)
        if len(bare) + len(response) + len(" \r\n") > COMMAND_LENGTH:
            self._initial = response
            return bare
        return f"{bare} {response or '='}"

    def response(self, challenge: str) -> str:
        """The line that answers a challenge; `*` where the exchange cannot go on. Raises BadLogin."""
        if self._is_cancelled:
            raise BadLogin("a challenge after the exchange was cancelled")
        if self._initial is not None:
            response, self._initial = self._initial, None
            return response
        try:
            answer = self._exchange.send(decode_response(challenge.encode("utf-8")))
        except (AuthenticationFailed, BadExchange, StopIteration):
            answer = None
        if answer is None:
            self._is_cancelled = True
            return CANCEL
        return encoded(answer)

    def done(self) -> None:
        """The server says that we are logged in. Raises BadLogin where it left out what it has to prove."""
        try:
            if not self._is_cancelled and self._initial is None:
                self._exchange.send(b"")
        except StopIteration:
            return
        except (AuthenticationFailed, BadExchange):
            pass
        raise BadLogin("logged in before the exchange was over")


def encoded(response: bytes) -> str:
    return encode_challenge(response).decode("ascii")
