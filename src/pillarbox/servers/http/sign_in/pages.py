"""Signing in and out, in JSON: what the webmail asks before it speaks JMAP.

    GET  /sign-in                    {signedIn, address?, accountId?, token?}
    POST /sign-in                    {address, password, code? | recovery?, stay?} → the same, and the cookie
    POST /sign-in/passkey/options    {again?} → {publicKey}: what the browser is told to ask its authenticator for
    POST /sign-in/passkey            {credential, stay?, again?} → as after a password
    POST /sign-out                   with the token

Whoever is signed in already, and does so again, is so in the same place as before, with another cookie, and has shown anew who
they are; with `again` by a passkey of nobody else. What is wrong is told as {error}: "wrong" (with methods where it is the
code), "code-needed" (with methods), "another" (a good passkey, of somebody else), "locked" and "busy" (with retryAfter),
"origin", "token", "request".
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pillarbox.errors import AuthenticationFailed, NotFound, Unavailable
from pillarbox.mail.accounts import Origin
from pillarbox.mail.office import Office
from pillarbox.mail.passkeys import Site
from pillarbox.mail.persons import Another, CodeNeeded, Shown
from pillarbox.mail.second_factors import TooManyCodes
from pillarbox.proto.jmap import ids
from pillarbox.servers.http import body, same_origin
from pillarbox.store.models import Account
from pillarbox.store.sign_ins import SignIn

from . import cookie, proof

SERVICE: Final = "web"
_SOON: Final = 60
"""Seconds after which it may be tried again where too many wait."""


class Password(msgspec.Struct):
    """What a form says."""

    address: str
    password: str
    code: str | None = None
    recovery: str | None = None
    stay: bool = True


class PasskeyAnswer(msgspec.Struct):
    """What an authenticator says."""

    credential: dict[str, Any]
    stay: bool = True
    again: bool = False


class PasskeyQuestion(msgspec.Struct):
    """For whom a page asks: whoever is signed in alone, or anybody."""

    again: bool = False


class Refused(Exception):
    def __init__(self, status: int, error: str, **more: Any) -> None:
        super().__init__(error)
        self.status = status
        self.said = {"error": error, **more}


class Pages:
    """Those of one worker."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def state(self, request: Request) -> Response:
        sign_in = await signed_in(self._office, request)
        account = await self._office.kept.account_by_id(sign_in.account) if sign_in else None
        if sign_in is None or account is None:
            was_in = cookie.read(request.scope) and not same_origin.is_others(request.scope, self._office.settings)
            return _answer({"signedIn": False}, headers={"clear-site-data": cookie.FORGET_FILES} if was_in else {})
        return _answer(await self._welcome(account, sign_in))

    async def sign_in(self, request: Request) -> Response:
        given = await self._read(request, Password)
        shown = Shown(given.code or "", given.recovery or "")
        account = await self._office.persons.by_password(given.address, given.password, shown, origin_of(request, "PASSWORD"))
        return await self._signed_in(request, account, stays=given.stay)

    async def options(self, request: Request) -> Response:
        given = await self._read(request, PasskeyQuestion)
        expected = await self._present(request) if given.again else None
        return _answer({"publicKey": await self._office.accounts.passkeys.request(site_of(self._office, request), expected)})

    async def passkey(self, request: Request) -> Response:
        given = await self._read(request, PasskeyAnswer)
        expected = await self._present(request) if given.again else None
        site, origin = site_of(self._office, request), origin_of(request, "PASSKEY")
        account = await self._office.persons.by_passkey(site, given.credential, origin, expected=expected)
        return await self._signed_in(request, account, stays=given.stay)

    async def sign_out(self, request: Request) -> Response:
        self._check_origin(request)
        sign_in = await signed_in(self._office, request)
        if sign_in is not None:
            if not await proof.is_in_header(self._office, sign_in, request.scope):
                raise Refused(403, "token")
            await self._office.accounts.sign_ins.drop(sign_in)
        return _answer({"signedIn": False}, cookie.ending(), headers={"clear-site-data": cookie.FORGET})

    async def _present(self, request: Request) -> Account:
        """Who is signed in here. Raises AuthenticationFailed where nobody is."""
        sign_in = await signed_in(self._office, request)
        account = await self._office.kept.account_by_id(sign_in.account) if sign_in else None
        if account is None:
            raise AuthenticationFailed("nobody is signed in")
        return account

    async def _signed_in(self, request: Request, account: Account, *, stays: bool) -> Response:
        sign_in, text = await settled(self._office, request, account, stays=stays)
        return _answer(await self._welcome(account, sign_in), text)

    async def _welcome(self, account: Account, sign_in: SignIn) -> dict[str, Any]:
        return {
            "signedIn": True,
            "address": account.address,
            "accountId": ids.account_id(account.id),
            "token": await proof.of(self._office, sign_in),
        }

    async def _read(self, request: Request, kind: type[Any]) -> Any:
        self._check_origin(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "request")
        data = await body.read(request.scope, request.receive, self._office.limits.http.page)
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Refused(400, "request") from None

    def _check_origin(self, request: Request) -> None:
        """Nobody is signed in, or out, by another's page; not even as somebody else."""
        if not same_origin.is_ours(request.scope, self._office.settings):
            raise Refused(403, "origin")


async def signed_in(office: Office, request: Request) -> SignIn | None:
    """The sign-in that the cookie stands for, if our own page asks, or a person."""
    if same_origin.is_others(request.scope, office.settings):
        return None
    found = await office.accounts.sign_ins.of_cookie(cookie.read(request.scope))
    account = await office.kept.account_by_id(found.account) if found else None
    return found if account is not None and account.enabled and not account.is_group else None


async def settled(office: Office, request: Request, account: Account, *, stays: bool) -> tuple[SignIn, str]:
    """Somebody has shown who they are: their sign-in, in the place where they had one, and the field that sets its cookie."""
    sign_ins = office.accounts.sign_ins
    before = await signed_in(office, request)
    made = await _renewed(office, before) if before is not None and before.account == account.id else None
    if made is None:
        if before is not None:
            await sign_ins.drop(before)
        made = await sign_ins.begin(account, address_of(request), request.headers.get("user-agent", ""), stays=stays)
    found, text = made
    is_brief = found.idle == office.limits.sign_in.brief_idle
    return found, cookie.setting(text, None if is_brief else max(0, found.expires_at - sign_ins.now()))


async def _renewed(office: Office, before: SignIn) -> tuple[SignIn, str] | None:
    """None: it was ended meanwhile."""
    try:
        return await office.accounts.sign_ins.renew(before)
    except NotFound:
        return None


def site_of(office: Office, request: Request) -> Site:
    return same_origin.site(request.scope, office.settings)


def origin_of(request: Request, mechanism: str) -> Origin:
    return Origin(address_of(request), SERVICE, mechanism)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def routes(office: Office) -> list[BaseRoute]:
    """Those of one worker."""
    pages = Pages(office)
    return [
        Route("/sign-in", _told(pages.state), methods=["GET"]),
        Route("/sign-in", _told(pages.sign_in), methods=["POST"]),
        Route("/sign-in/passkey/options", _told(pages.options), methods=["POST"]),
        Route("/sign-in/passkey", _told(pages.passkey), methods=["POST"]),
        Route("/sign-out", _told(pages.sign_out), methods=["POST"]),
    ]


def _told(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The same, with whatever is refused in words that a page understands."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as refused:
            return _answer(refused.said, status=refused.status)
        except CodeNeeded as needed:
            error = "wrong" if needed.is_wrong else "code-needed"
            return _answer({"error": error, "methods": list(needed.methods)}, status=401)
        except Another:
            return _answer({"error": "another"}, status=401)
        except AuthenticationFailed:
            return _answer({"error": "wrong"}, status=401)
        except TooManyCodes as error:
            return _later("locked", error.seconds)
        except Unavailable:
            return _later("busy", _SOON)
        except HTTPException as error:
            return _answer({"error": "request"}, status=error.status_code)

    return answered


def _later(error: str, seconds: int) -> Response:
    return _answer({"error": error, "retryAfter": seconds}, status=429, headers={"retry-after": str(seconds)})


def _answer(value: Mapping[str, Any], set_cookie: str = "", status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    more = {"set-cookie": set_cookie} if set_cookie else {}
    return Response(msgspec.json.encode(value), status, {**headers, **more}, "application/json")
