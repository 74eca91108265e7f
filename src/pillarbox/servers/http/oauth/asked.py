"""A program's request for somebody's consent (RFC 6749 §4.1.1, RFC 7636 §4.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from pillarbox.mail.office import Office

from . import clients, redirection, scopes
from .clients import Client

STATE: Final = 1024
"""Characters of `state`, which we bring back as it came."""
HINT: Final = 320
"""Characters of an address."""
FIELDS: Final = 32
"""In a query or a form."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # RFC 7636 §4.2: of SHA-256


class Unanswerable(Exception):
    """Nobody may be sent anywhere with an answer: it is told to the person who looks (RFC 6749 §4.1.2.1)."""


class Wrong(Exception):
    """The program is told, where it wants to be."""

    def __init__(self, uri: str, answer: Mapping[str, str]) -> None:
        super().__init__(answer.get("error", ""))
        self.uri = uri
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Asked:
    client: Client
    uri: str
    state: str | None
    challenge: str
    protocols: frozenset[str]
    hint: str
    """Whose mail it is about, as the program believes."""
    query: str
    """The request as it came, for the next page."""

    @property
    def bound(self) -> str:
        """What has to come with the code."""
        return bound(self.client.id, self.uri, self.challenge)

    def answer(self, **answer: str) -> Mapping[str, str]:
        return answer if self.state is None else {**answer, "state": self.state}


def bound(client: str, uri: str, challenge: str) -> str:
    return f"{client}\n{uri}\n{challenge}"


def fields(text: str) -> Mapping[str, str]:
    """Of a query or a form. Raises Unanswerable for one that comes twice (RFC 6749 §3.1), and too many."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
    except ValueError:
        raise Unanswerable("the request cannot be read") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unanswerable("the request says something twice")
    return found


async def read(office: Office, query: str) -> Asked:
    """Raises Unanswerable, Wrong."""
    given = fields(query)
    client = await clients.read(office, given.get("client_id", ""))
    if client is None:
        raise Unanswerable("the program is not known here")
    uri = given.get("redirect_uri", "")
    if not redirection.fits(uri, client.redirections):
        raise Unanswerable("the program wants its answer where it has not said it would")
    state = given.get("state")
    if state is not None and (len(state) > STATE or not state.isprintable()):
        raise Unanswerable("the request cannot be read")
    protocols = scopes.protocols(given.get("scope", ""))
    if fault := _fault(given, protocols):
        error, description = fault
        said = {"error": error, "error_description": description}
        raise Wrong(uri, said if state is None else {**said, "state": state})
    return Asked(
        client,
        uri,
        state,
        given["code_challenge"],
        protocols,
        given.get("login_hint", "")[:HINT],
        urlencode(list(given.items())),
    )


def _fault(given: Mapping[str, str], protocols: frozenset[str]) -> Sequence[str] | None:
    """What is wrong, in the words of RFC 6749 §4.1.2.1."""
    if given.get("response_type") != "code":
        return "unsupported_response_type", "response_type is code"
    if given.get("response_mode", "query") != "query":
        return "invalid_request", "response_mode is query"
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.match(given.get("code_challenge", "")):
        return "invalid_request", "a code_challenge by S256 is needed"
    if not protocols:
        return "invalid_scope", "nothing of that is to be had here"
    return None
