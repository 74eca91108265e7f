"""What all of JMAP's endpoints share: who asks, where we are found, and how a refusal is told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from pillarbox.errors import MailError, NotFound, OverQuota, TooBig
from pillarbox.mail.accounts import Entry
from pillarbox.mail.office import Office
from pillarbox.proto.jmap import ijson
from pillarbox.proto.jmap.arguments import Json
from pillarbox.proto.jmap.errors import RequestRefused

from .. import same_origin
from ..who import who
from .api import Api
from .call import Call, OpenedFor
from .push import Pushes
from .session import Base, Sessions
from .turns import Places, Turns

Endpoint = Callable[[Request], Awaitable[Response]]
JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_STATUS: Final = {NotFound: 404, TooBig: 413, OverQuota: 413}
NEVER_STORED: Final = {"Cache-Control": "no-cache, no-store, must-revalidate"}


@dataclass(frozen=True, slots=True)
class Desk:
    """One a worker."""

    office: Office
    sessions: Sessions
    api: Api
    pushes: Pushes
    parts: Turns
    """Of whoever fetches parts of messages, each of which is held in memory whole."""
    coming: Places
    """Of large requests that are not whole yet: what has come of them is held in memory, however slowly the rest comes."""
    sockets: Places
    """Of WebSockets, each of which may hold as much."""

    @classmethod
    def of(cls, office: Office) -> "Desk":
        sessions = Sessions(office)
        limits = office.limits.jmap
        turns = Turns(limits.parts), Places(limits.requests), Places(limits.listeners)
        return cls(office, sessions, Api(office, sessions), Pushes(office), *turns)

    async def entry(self, connection: HTTPConnection) -> Entry:
        """Who asks. Raises what becomes a 401."""
        return await who(connection.scope, self.office)

    def base(self, connection: HTTPConnection) -> Base:
        """As the settings say, else as the client itself says that it has found us: nobody but the client is told."""
        return Base(same_origin.root(connection.scope, self.office.settings))

    def call(self, entry: Entry) -> Call:
        """For what is asked without a method: an upload, a download."""
        return Call(self.office, entry, frozenset(), {}, self.office.limits.jmap)

    async def account(self, entry: Entry, name: str) -> OpenedFor:
        """Raises MethodRefused."""
        return await self.call(entry).account(name)


def answer(value: Json, status: int = 200, **headers: str) -> Response:
    return encoded(ijson.encode(value), status, **headers)


def encoded(data: bytes, status: int = 200, **headers: str) -> Response:
    return Response(data, status, {**NEVER_STORED, **headers}, JSON)


def problem(refused: RequestRefused) -> Response:
    """RFC 7807."""
    return Response(ijson.encode(refused.to_json()), refused.status, NEVER_STORED, _PROBLEM)


def told(error: MailError) -> Response:
    """The same of what no table of the RFC has a type for."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 503)
    return _untyped(status, str(error), {})


def declined(error: HTTPException) -> Response:
    """The same of what HTTP itself refuses: nobody has logged in."""
    return _untyped(error.status_code, error.detail, error.headers or {})


def _untyped(status: int, detail: str, headers: Mapping[str, str]) -> Response:
    found = ijson.encode({"type": "about:blank", "status": status, "detail": detail})
    return Response(found, status, {**NEVER_STORED, **headers}, _PROBLEM)
