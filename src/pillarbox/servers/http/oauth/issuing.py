"""The token endpoint (RFC 6749 §3.2), and revocation (RFC 7009): a program asks, and nobody looks."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from pillarbox.mail.office import Office
from pillarbox.mail.programs import Issued, NotGood, TooMuch

from .. import body
from . import asked, clients, scopes
from .asked import Unanswerable
from .clients import BadMetadata

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")  # RFC 7636 §4.1
_FORM = "application/x-www-form-urlencoded"


class Refused(Exception):
    """RFC 6749 §5.2."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class Issuing:
    """Of one worker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def token(self, request: Request) -> Response:
        try:
            form = await self._form(request)
            issued = await self._issued(form)
        except Refused as refused:
            return _refusal(refused.error, refused.description)
        except NotGood:
            return _refusal("invalid_grant", "it is not good, or not any more")
        except TooMuch:
            return _refusal("invalid_scope", "that was not granted")
        return json({
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": issued.seconds,
            "refresh_token": issued.refresh,
            "scope": scopes.written(issued.protocols),
        })  # fmt: skip

    async def revoke(self, request: Request) -> Response:
        """RFC 7009 §2.2: whatever it was, it is good for nothing now."""
        try:
            form = await self._form(request)
        except Refused as refused:
            return _refusal(refused.error, refused.description)
        if "token" not in form or "client_id" not in form:
            return _refusal("invalid_request", "token and client_id are needed")
        await self._office.accounts.programs.revoke(form["token"], form["client_id"])
        return Response(status_code=200)

    async def register(self, request: Request) -> Response:
        """RFC 7591 §3."""
        try:
            data = await self._read(request)
            given = msgspec.json.decode(data, type=dict[str, Any])
            client = await clients.registered(self._office, given)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return _refusal("invalid_client_metadata", "that is no JSON object")
        except Refused as refused:
            return _refusal("invalid_client_metadata", refused.description)
        except BadMetadata as bad:
            return _refusal(bad.error, bad.description)
        said = {
            "client_id": client.id,
            "client_id_issued_at": self._office.accounts.sign_ins.now(),
            "redirect_uris": client.redirections,
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
        }
        return json({**said, "client_name": client.name} if client.name else said, 201)

    async def _issued(self, form: Mapping[str, str]) -> Issued:
        """Raises Refused, NotGood."""
        client = await clients.read(self._office, form.get("client_id", ""))
        if client is None:
            raise Refused("invalid_client", "the client_id is not known here")
        match form.get("grant_type"):
            case "authorization_code":
                bound = asked.bound(client.id, form.get("redirect_uri", ""), _challenge(form.get("code_verifier", "")))
                return await self._office.accounts.programs.redeem(form.get("code", ""), bound)
            case "refresh_token":
                wanted = _protocols(form.get("scope", ""))
                return await self._office.accounts.programs.refresh(form.get("refresh_token", ""), client.id, wanted)
        raise Refused("unsupported_grant_type", "authorization_code or refresh_token")

    async def _form(self, request: Request) -> Mapping[str, str]:
        """Raises Refused."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            raise Refused("invalid_request", "the content type is not application/x-www-form-urlencoded")
        data = await self._read(request)
        try:
            return asked.fields(data.decode("ascii"))
        except UnicodeDecodeError:
            raise Refused("invalid_request", "that is no form") from None
        except Unanswerable as error:
            raise Refused("invalid_request", str(error)) from None

    async def _read(self, request: Request) -> bytes:
        """Raises Refused."""
        try:
            return await body.read(request.scope, request.receive, self._office.limits.http.page)
        except HTTPException:
            raise Refused("invalid_request", "it is too long") from None


def json(value: Mapping[str, Any], status: int = 200) -> Response:
    headers = {"cache-control": "no-store", "pragma": "no-cache"}
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _challenge(verifier: str) -> str:
    """RFC 7636 §4.6. Raises Refused."""
    if not _VERIFIER.match(verifier):
        raise Refused("invalid_request", "a code_verifier is needed")
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).decode("ascii").rstrip("=")


def _protocols(scope: str) -> frozenset[str]:
    """Those asked for anew; none: as before. Raises Refused."""
    if not scope.split():
        return frozenset()
    if found := scopes.protocols(scope):
        return found
    raise Refused("invalid_scope", "nothing of that is to be had here")


def _refusal(error: str, description: str) -> Response:
    return json({"error": error, "error_description": description}, 400)
